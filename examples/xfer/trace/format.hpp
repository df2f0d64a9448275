// How a trace is written: dumps, and what --trace-config switches on.
#pragma once

#include "options/config.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// Lines of "offset: hexadecimal text", 16 octets each, as --trace has them.
[[nodiscard]] std::string hexadecimal_dump(std::string_view octets);
/// Lines of "offset: text", 64 octets each at most, which end with a CRLF as well: as
/// --trace-ascii has them.
[[nodiscard]] std::string ascii_dump(std::string_view octets);
/// The line at the beginning of a text, its end included; it is taken away.
[[nodiscard]] std::string_view take_line(std::string_view& text);
/// The time of the wall, "HH:MM:SS.microseconds " with a blank behind it.
[[nodiscard]] std::string time_of_day();

/// What is shown beside the lines that -v and --trace have anyway.
struct trace_components {
    bool ids = false;
    bool time = false;
    bool multi = false;  ///< transfers that wait, and that begin
    bool dns = false;    ///< names that are looked up
    bool tcp = false;    ///< both ends of sockets
    bool ssl = false;    ///< more of TLS
    bool read = false;   ///< each piece of a body that is sent
    bool write = false;  ///< each piece of a body that is received
};
/// As the settings say; names that are unknown are put into `unknown`.
[[nodiscard]] trace_components trace_components_of(
    const command& settings, std::vector<std::string>& unknown
);

}  // namespace tool
