// Cookie files: reading line by line, replacing as a whole.
#pragma once

#include <xfer/cookie_jar.hpp>
#include <xfer/detail/atomic_file.hpp>
#include <xfer/detail/cookie_time.hpp>
#include <xfer/detail/file.hpp>
#include <xfer/detail/octets.hpp>
#include <xfer/proto/cookie_file.hpp>

#include <array>
#include <memory>
#include <utility>

namespace XFER_NAMESPACE {
namespace detail {

[[nodiscard]] inline cookie_file_result cookie_file_failed(
    const std::string& path, std::string_view what, std::error_code ec
) {
    cookie_file_result result;
    result.ec = ec;
    result.message = "cookie file '" + escaped(path, 256) + "' ";
    result.message.append(what).append(": ").append(ec.message());
    return result;
}

[[nodiscard]] inline std::string_view failed_step(replace_step step) noexcept {
    switch (step) {
        case replace_step::target:
            return "cannot be replaced";
        case replace_step::create:
            return "cannot be written: no file can be made beside it";
        case replace_step::rename:
            return "cannot be replaced by what was written beside it";
        case replace_step::write:
        case replace_step::done:
            break;
    }
    return "cannot be written";
}

/// Cuts what is read into lines, and drops those that are too long as a whole: the end
/// of one must never be taken for a line of its own.
class line_reader {
 public:
    explicit line_reader(std::size_t max_size) : max_size_(max_size) {}

    /// Calls `take` with each line that has ended, without its LF.
    template <class Take>
    void read(std::string_view block, const Take& take) {
        while (!block.empty()) {
            const std::size_t end = block.find('\n');
            keep(block.substr(0, end));
            if (end == std::string_view::npos) return;
            block.remove_prefix(end + 1);
            finish(take);
        }
    }

    /// The last line may lack its LF.
    template <class Take>
    void finish(const Take& take) {
        if (!too_long_) take(std::string_view(line_));
        dropped_ += too_long_ ? 1 : 0;
        line_.clear();
        too_long_ = false;
    }

    [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
    void keep(std::string_view piece) {
        too_long_ = too_long_ || piece.size() > max_size_ - line_.size();
        if (!too_long_) line_.append(piece);
    }

    std::size_t max_size_;
    std::string line_;
    bool too_long_ = false;
    std::size_t dropped_ = 0;
};

}  // namespace detail

XFER_DECL cookie_file_result cookie_jar::load(const std::string& path, time_point now) {
    constexpr std::size_t max_file_size = 64U << 20U;  // a jar's is below 20 MiB
    std::error_code ec;
    if (path.find('\0') != std::string::npos) {
        ec = std::make_error_code(std::errc::invalid_argument);
    }
    detail::file file;
    if (!ec) file = detail::file::open_to_read(path, ec);
    if (ec) return detail::cookie_file_failed(path, "cannot be opened", ec);

    cookie_file_result result;
    const auto take = [&](std::string_view line) {
        if (proto::is_cookie_file_comment(line)) return;
        auto c = proto::parse_cookie_line(line, detail::whole_seconds(now));
        const bool taken = c && add(std::move(*c), now);
        ++(taken ? result.cookies : result.ignored);
    };
    detail::line_reader lines(proto::max_cookie_line);
    using block = std::array<char, 16384>;
    const auto space = std::make_unique<block>();
    for (std::size_t total = 0;;) {
        const std::size_t size = file.read(*space, ec);
        if (ec) break;
        if (size == 0) {
            lines.finish(take);
            break;
        }
        total += size;
        if (total > max_file_size) {
            ec = std::make_error_code(std::errc::file_too_large);
            break;
        }
        lines.read({space->data(), size}, take);
    }
    result.ignored += lines.dropped();
    if (ec) {
        auto failed = detail::cookie_file_failed(path, "cannot be read", ec);
        failed.cookies = result.cookies;
        failed.ignored = result.ignored;
        return failed;
    }
    return result;
}

XFER_DECL std::string cookie_jar::file_text(time_point now, cookie_file_result& counts)
    const {
    std::string text =
        "# Netscape HTTP Cookie File\n"
        "# Written by xfer. Whoever can read this can act as the user.\n\n";
    const auto time = detail::whole_seconds(now);
    for (const cookie& c : cookies()) {
        if (detail::is_expired(c.expires, time)) continue;
        ++(proto::append_cookie_line(text, c) ? counts.cookies : counts.ignored);
    }
    return text;
}

XFER_DECL std::string cookie_jar::text(time_point now) const {
    cookie_file_result ignored;
    return file_text(now, ignored);
}

XFER_DECL cookie_file_result
cookie_jar::save(const std::string& path, time_point now) const {
    cookie_file_result result;
    const auto replaced = detail::replace_file(path, file_text(now, result));
    if (!replaced.ec) return result;
    return detail::cookie_file_failed(
        path, detail::failed_step(replaced.step), replaced.ec
    );
}

}  // namespace XFER_NAMESPACE
