// Lines of -H: "Name: value" is sent, "Name:" is taken away, "Name;" is sent empty.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

#include <string_view>
#include <vector>

namespace tool {

/// What a line says.
struct header_words {
    std::string_view name;   ///< empty: the line is no field
    std::string_view value;  ///< without blanks around it
    bool removes = false;    ///< no field of that name is to be sent
};

[[nodiscard]] header_words read_header_line(std::string_view line);

/// Puts the line into the request. Transfer-Encoding: chunked is left to the body.
void add_header_line(std::string_view line, xfer::request& r);
/// The same for a line of --proxy-header; the library keeps to proxies alone what
/// begins with "Proxy-", and of others people are warned that they are not sent.
void add_proxy_header_line(std::string_view line, const console& at, xfer::request& r);

/// Whether the lines ask for Transfer-Encoding: chunked.
[[nodiscard]] bool asks_for_chunks(const std::vector<header_line>& lines);
/// Whether they ask for Expect: 100-continue.
[[nodiscard]] bool asks_for_continue(const std::vector<header_line>& lines);

}  // namespace tool
