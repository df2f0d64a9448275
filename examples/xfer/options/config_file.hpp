// Files of options: -K, and the default one.
#pragma once

#include "options/reader.hpp"

#include <string>

namespace tool {

/// Reads options from a file, "-" is standard input: one a line, as
///
///     # a comment
///     url = "http://a.test/"
///     -o out.txt
///     user-agent: me
///
/// Dashes may be left out. An argument begins behind '=', ':' or blanks, and may stand
/// in quotes, where \t, \n, \r, \v, \" and \\ have their meaning.
[[nodiscard]] option_error read_config_file(reader& r, const std::string& name);

/// Reads the default config file, if there is one: .curlrc or .xferrc in $CURL_HOME,
/// curlrc or xferrc in $XDG_CONFIG_HOME, .curlrc or .xferrc in $HOME, and curlrc or
/// xferrc in $HOME/.config; the first that is there.
[[nodiscard]] option_error read_default_config_file(reader& r);

}  // namespace tool
