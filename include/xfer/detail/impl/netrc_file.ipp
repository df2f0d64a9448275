// Reading ~/.netrc through detail::file.
#pragma once

#include <xfer/detail/file.hpp>
#include <xfer/detail/netrc_file.hpp>

#include <cstdlib>
#include <span>
#include <string_view>

namespace XFER_NAMESPACE::detail {

XFER_DECL std::string usual_netrc() {
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return std::string(home) + "/.netrc";
}

XFER_DECL std::error_code read_netrc(
    const std::string& path, std::size_t max_size, secret& out
) {
    out = secret();
    const std::string name = path.empty() ? usual_netrc() : path;
    if (name.empty()) {
        return std::make_error_code(std::errc::no_such_file_or_directory);
    }
    std::error_code ec;
    file source = file::open_to_read(name, ec);
    if (ec) return ec;
    // One octet more than may come tells a file that is too large. Never reallocated,
    // so that one place is to be overwritten.
    std::string text(max_size + 1, '\0');
    const struct wiping {
        std::string& written;
        ~wiping() { wipe(written); }
    } at_the_end{text};
    std::size_t size = 0;
    while (size < text.size()) {
        const auto space = std::span(text).subspan(size);
        const std::size_t read = source.read(space, ec);
        if (ec || read == 0) break;
        size += read;
    }
    if (!ec && size > max_size) {
        ec = std::make_error_code(std::errc::file_too_large);
    }
    if (!ec) out = secret(std::string_view(text).substr(0, size));
    return ec;
}

}  // namespace XFER_NAMESPACE::detail
