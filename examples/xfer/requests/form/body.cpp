// Parts of a form, nested as -F nests them.
#include "requests/form/body.hpp"

#include "options/letters.hpp"
#include "output/files.hpp"
#include "requests/body.hpp"
#include "requests/form/argument.hpp"
#include "requests/form/encoding.hpp"

#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {

namespace {

/// 24 dashes and 16 digits, as long as curl's, so that bodies are as long, too. Who
/// wrote a part must not guess them: he could begin another.
std::string make_boundary() {
    std::array<unsigned char, 8> octets{};
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
        throw std::runtime_error("there are no random numbers for a form's boundary");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string made(24, '-');
    for (const auto octet : octets) {
        made += digits[octet >> 4U];
        made += digits[octet & 15U];
    }
    return made;
}

/// The media types that curl tells from a file's name; empty: none.
std::string type_of_file(std::string_view name) {
    constexpr std::array<std::array<std::string_view, 2>, 10> known{{
        {".gif", "image/gif"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".png", "image/png"},
        {".svg", "image/svg+xml"},
        {".txt", "text/plain"},
        {".htm", "text/html"},
        {".html", "text/html"},
        {".pdf", "application/pdf"},
        {".xml", "application/xml"},
    }};
    for (const auto& [extension, type] : known) {
        if (name.size() >= extension.size() &&
            same_letters(name.substr(name.size() - extension.size()), extension)) {
            return std::string(type);
        }
    }
    return {};
}

/// A name inside quotes: percent-encoded as browsers do, or with backslashes.
std::string quoted(std::string_view name, bool backslashes) {
    std::string out;
    for (const char c : name) {
        if (backslashes && (c == '"' || c == '\\')) {
            out.append("\\").append(1, c);
        } else if (!backslashes && c == '"') {
            out += "%22";
        } else if (c == '\r') {
            out += "%0D";
        } else if (c == '\n') {
            out += "%0A";
        } else {
            out += c;
        }
    }
    return out;
}

/// A multipart that is being filled.
struct level {
    xfer::multipart parts;
    std::string name;                  ///< of the part that it will be
    std::string type;                  ///< multipart/...
    std::vector<std::string> headers;  ///< of that part
};

class builder {
 public:
    builder(const operation& op, const console& at) : op_(op), at_(at) {
        levels_.push_back({xfer::multipart(), {}, "multipart/form-data", {}});
        levels_.back().parts.boundary(make_boundary());
    }

    refusal add(const form_piece& piece) {
        using kind = form_argument::kind;
        form_argument part;
        if (auto refused = read_form_argument(piece, at_, part)) {
            return refused;
        }
        escape_ = op_.form_escape || piece.escape;
        switch (part.what) {
            case kind::begin:
                open(part.name, part.contents[0], "multipart/mixed");
                return {};
            case kind::end:
                return close();
            case kind::files:
                return add_files(part);
            default:
                return add_content(part.name, part.contents[0], part.what);
        }
    }

    xfer::source finish() {
        while (levels_.size() > 1) {
            close_last();
        }
        return levels_.back().parts;
    }

 private:
    void open(const std::string& name, const form_content& about, const char* type) {
        level inner{xfer::multipart(), name, about.type.value_or(type), about.headers};
        inner.parts.boundary(make_boundary());
        levels_.push_back(std::move(inner));
    }
    refusal close() {
        if (levels_.size() == 1) {
            return {2, "no multipart to terminate"};
        }
        close_last();
        return {};
    }
    void close_last() {
        auto inner = std::move(levels_.back());
        levels_.pop_back();
        xfer::source body = inner.parts;
        const std::string form = "multipart/form-data";
        const auto type = inner.type + body.content_type().substr(form.size());
        put(inner.name, std::nullopt, type, {}, inner.headers, body.content_type({}));
    }
    refusal add_files(const form_argument& part) {
        const bool several = part.contents.size() > 1;
        if (several) {
            open(part.name, {}, "multipart/mixed");
        }
        for (const auto& file : part.contents) {
            const std::string none;
            auto refused = add_content(
                several ? none : part.name, file, form_argument::kind::files
            );
            if (refused) {
                return refused;
            }
        }
        if (several) {
            close_last();
        }
        return {};
    }

    refusal add_content(
        const std::string& name, const form_content& c, form_argument::kind what
    ) {
        const bool is_file = what == form_argument::kind::files;
        xfer::source body;
        auto refused = what == form_argument::kind::text
                           ? encode(c.text, c.encoder, body)
                           : open_file(c, body);
        if (refused) {
            return refused;
        }
        auto filename = c.filename;
        auto type = c.type.value_or("");
        if (is_file && !filename) {
            filename = file_part(c.text);
        }
        if (type.empty() && filename) {
            type = type_of_file(*filename);
            const bool has_path = what != form_argument::kind::text && c.text != "-";
            if (type.empty() && has_path) {
                type = type_of_file(c.text);
                type = type.empty() ? "application/octet-stream" : type;
            }
        }
        put(name, filename, type, c.encoder, c.headers, body);
        return {};
    }

    static refusal encode(
        const std::string& text, const std::string& encoder, xfer::source& body
    ) {
        std::string out;
        auto refused = encode_content(text, encoder, out);
        body = xfer::source(std::move(out));
        return refused;
    }
    static refusal open_file(const form_content& c, xfer::source& body) {
        if (c.encoder.empty() && c.text != "-") {
            if (::access(c.text.c_str(), R_OK) != 0) {
                return {
                    exit_codes::read_error,
                    "Failed to open/read local data from " +
                        (c.text.empty() ? "a file of -F that has no name" : c.text)};
            }
            body = xfer::from_file(c.text);
            return {};
        }
        std::string text;
        if (auto refused = read_file(c.text, text)) {
            return refused;
        }
        return encode(text, c.encoder, body);
    }

    /// A part with its fields in curl's order, those of the user's in place of its own.
    void put(
        const std::string& name,
        const std::optional<std::string>& filename,
        const std::string& type,
        const std::string& encoder,
        const std::vector<std::string>& headers,
        const xfer::source& body
    ) {
        xfer::fields given;
        for (const auto& line : headers) {
            const auto colon = std::min(line.find(':'), line.size());
            const auto value = line.substr(std::min(colon + 1, line.size()));
            given.add(line.substr(0, colon), value);
        }
        xfer::fields all;
        all.suppress("Content-Disposition");
        all.suppress("Content-Type");
        const auto say = [&](std::string_view field_name, std::string_view value) {
            if (!value.empty() && !given.contains(field_name)) {
                all.add(field_name, value);
            }
        };
        say("Content-Disposition", disposition(name, filename));
        say("Content-Type", type);
        say("Content-Transfer-Encoding", encoder);
        for (const auto& field : given) {
            all.add(field.name, field.value);
        }
        if (given.has_error()) {
            at_.warn(given.first_error());
        }
        xfer::part_options options;
        options.headers = &all;
        levels_.back().parts.add(name, body, options);
    }
    [[nodiscard]] std::string disposition(
        const std::string& name, const std::optional<std::string>& filename
    ) const {
        const bool in_form = levels_.back().type.starts_with("multipart/form-data");
        if (!in_form && name.empty() && !filename) {
            return {};
        }
        std::string out = in_form ? "form-data" : "attachment";
        if (!name.empty()) {
            out.append("; name=\"").append(quoted(name, escape_)).append("\"");
        }
        if (filename) {
            out.append("; filename=\"").append(quoted(*filename, escape_)).append("\"");
        }
        return out;
    }

    const operation& op_;
    const console& at_;
    std::vector<level> levels_;
    bool escape_ = false;
};

}  // namespace

std::optional<std::uint64_t> form_size(const xfer::source& body) {
    if (const auto* text = std::get_if<std::string>(&body.from())) {
        return text->size();
    }
    if (const auto* file = std::get_if<xfer::source::file_origin>(&body.from())) {
        return upload_size(file->path);
    }
    const auto* several = std::get_if<xfer::source::sequence_origin>(&body.from());
    if (several == nullptr) {
        return body.known_length();
    }
    std::uint64_t sum = 0;
    for (const auto& part : several->parts) {
        const auto size = form_size(part);
        if (!size) {
            return std::nullopt;
        }
        sum += *size;
    }
    return sum;
}

refusal form_body(const operation& op, const console& at, xfer::source& body) {
    builder form(op, at);
    for (const auto& piece : op.form) {
        if (auto refused = form.add(piece)) {
            return refused;
        }
    }
    body = form.finish();
    return {};
}

}  // namespace tool
