// Bodies out of arguments and files.
#include "requests/body.hpp"

#include "options/input.hpp"
#include "options/letters.hpp"
#include "output/files.hpp"
#include "run/stop_signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace tool {

namespace {

/// As in forms: a blank is '+'.
void append_encoded(std::string& to, std::string_view text) {
    for (const char c : text) {
        to += c == ' ' ? std::string("+") : percent_encoded({&c, 1});
    }
}

refusal piece_text(const data_piece& piece, std::string& text) {
    using kind = data_piece::kind;
    switch (piece.what) {
        case kind::file_text: {
            auto refused = read_file(piece.value, text);
            join_lines(text);
            return refused;
        }
        case kind::file_binary:
            return read_file(piece.value, text);
        case kind::urlencode:
            return urlencode(piece.value, text);
        default:
            text = piece.value;
            return {};
    }
}

/// A descriptor of a file, positioned, for as long as a body is sent from it.
class input_file {
 public:
    explicit input_file(int descriptor) noexcept : descriptor_(descriptor) {}
    ~input_file() {
        if (descriptor_ > STDIN_FILENO) {
            ::close(descriptor_);
        }
    }
    input_file(const input_file&) = delete;
    input_file& operator=(const input_file&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
    int descriptor_;
};

std::size_t read_some(const input_file& file, std::span<char> space) {
    const auto n = ::read(file.get(), space.data(), space.size());
    if (n < 0) {
        throw std::system_error(errno, std::system_category());
    }
    return static_cast<std::size_t>(n);
}

/// LF becomes CRLF (--crlf).
std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    char before = 0;
    for (const char c : text) {
        if (c == '\n' && before != '\r') {
            out += '\r';
        }
        out += c;
        before = c;
    }
    return out;
}

/// The rest of a file: what its server already has is left out.
refusal rest_of_file(
    const std::string& path, std::uint64_t offset, xfer::source& body
) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return {exit_codes::read_error, "Failed to open " + path};
    }
    const auto file = std::make_shared<input_file>(descriptor);
    const auto size = upload_size(path).value_or(0);
    if (offset > size) {
        return {
            exit_codes::read_error,
            path + " is shorter than what is to be skipped of it"};
    }
    const auto seek = [file, offset] {
        ::lseek(file->get(), static_cast<off_t>(offset), SEEK_SET);
    };
    seek();
    const auto read = [file](std::span<char> space) { return read_some(*file, space); };
    body = xfer::from_function(read);
    body.length(size - offset).rewind(seek);
    return {};
}

/// Waits for the other end of a FIFO, as curl does, but not longer than until Ctrl-C.
refusal body_of_fifo(const std::string& path, xfer::source& body) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return {exit_codes::read_error, "Failed to open " + path};
    }
    const auto file = std::make_shared<input_file>(descriptor);
    const auto read = [file](std::span<char> space) {
        if (!wait_until_ready(file->get(), POLLIN)) {
            throw std::system_error(EINTR, std::generic_category());
        }
        return read_some(*file, space);
    };
    body = xfer::from_function(read);
    return {};
}

}  // namespace

xfer::source without_length(const xfer::source& body) {
    const auto nothing = [](std::span<char> /*space*/) { return std::size_t{0}; };
    auto end = xfer::from_function(nothing);
    end.rewind([] {});
    auto made = xfer::from_sequence(body, end);
    made.content_type(std::string(body.content_type()));
    return made;
}

refusal urlencode(const std::string& argument, std::string& text) {
    text.clear();
    auto mark = argument.find('=');
    if (mark == std::string::npos) {
        mark = argument.find('@');
    }
    if (mark == std::string::npos) {
        append_encoded(text, argument);
        return {};
    }
    if (mark > 0) {
        text.append(argument, 0, mark).append("=");
    }
    if (argument[mark] == '=') {
        append_encoded(text, std::string_view(argument).substr(mark + 1));
        return {};
    }
    std::string content;
    auto refused = read_file(argument.substr(mark + 1), content);
    append_encoded(text, content);
    return refused;
}

refusal data_text(const std::vector<data_piece>& pieces, std::string& text) {
    text.clear();
    bool first = true;
    for (const auto& piece : pieces) {
        std::string content;
        if (auto refused = piece_text(piece, content)) {
            return refused;
        }
        if (!first && piece.what != data_piece::kind::json) {
            text += '&';
        }
        first = false;
        text += content;
    }
    return {};
}

refusal query_text(const std::vector<std::string>& pieces, std::string& query) {
    query.clear();
    for (const auto& piece : pieces) {
        std::string text;
        if (piece.starts_with('+')) {
            text = piece.substr(1);
        } else if (auto refused = urlencode(piece, text)) {
            return refused;
        }
        query.append(query.empty() ? "" : "&").append(text);
    }
    return {};
}

std::optional<std::uint64_t> upload_size(const std::string& path) {
    std::error_code ec;
    const auto size = std::filesystem::file_size(path, ec);
    return ec ? std::nullopt : std::optional<std::uint64_t>(size);
}

refusal upload_body(
    const operation& op,
    const std::string& path,
    std::uint64_t offset,
    const std::shared_ptr<standard_input>& input,
    const asio::any_io_executor& loop,
    xfer::source& body
) {
    if (op.crlf) {
        std::string text;
        auto refused = read_file(input ? "-" : path, text);
        if (input) {
            input->was_read = true;
        }
        body = xfer::source(with_crlf(text));
        return refused;
    }
    if (input) {
        return standard_input_body(input, loop, body);
    }
    if (offset > 0) {
        return rest_of_file(path, offset, body);
    }
    if (::access(path.c_str(), R_OK) != 0) {
        return {exit_codes::read_error, "Failed to open " + path};
    }
    if (std::filesystem::is_fifo(path)) {
        return body_of_fifo(path, body);
    }
    body = xfer::from_file(path);
    return {};
}

}  // namespace tool
