// How the demo writes numbers, and how it names files.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace demo {

/// "1023 B", "1.50 KiB", "64.0 MiB".
std::string bytes_text(double bytes);
/// "0.123 s", "12.3 s", "3:05", "1:02:03".
std::string time_text(std::chrono::duration<double> t);
/// Visible ASCII only, so that nothing of a peer's or of a user's can steer a terminal,
/// and each character is one column.
std::string plain_ascii(std::string_view text);
/// Cut, or filled with blanks, to this many columns; a cut shows as "...".
std::string fitted(std::string_view text, std::size_t columns);

/// A file name from the last segment of a URL's path: decoded, without separators and
/// control characters, never empty, hidden, "." or "..".
std::string safe_file_name(std::string_view url_path);
/// Creates an empty file of that name in the current directory or, if the name is
/// taken, of that name with .1, .2 and so on; never overwrites. Returns the name.
/// Throws std::system_error if the directory cannot be written.
std::string reserve_file(const std::string& name);

}  // namespace demo
