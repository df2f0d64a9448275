// Where a script is played: its servers and its files, by names that are the same in
// every play.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace differential {

struct place {
    std::string base_url;  ///< of the script's server, without a path
    std::string unix_path;
    std::string ca_file;
    std::string broken_ca_file;
    std::string directory;
    std::vector<std::uint16_t> ports;  ///< of the servers: any host leads to them

    /// What stands for what, as `<server>` for 127.0.0.1:1234; the longer ones first.
    std::vector<std::pair<std::string, std::string>> names;

    /// With the addresses for their names.
    [[nodiscard]] std::string filled(std::string text) const;
    /// With the names for the addresses.
    [[nodiscard]] std::string named(std::string text) const;

    [[nodiscard]] std::string file(std::string_view name) const;
    /// The path of a new file with this text.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const;
};

/// All of `what` in the text replaced.
[[nodiscard]] std::string replaced(
    std::string text, std::string_view what, std::string_view by
);

}  // namespace differential
