// The option table: the one place that knows every option of the command line.
#pragma once

#include "options/config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tool {

/// curl's categories of --help, as bits.
enum category : std::uint32_t {
    auth_category = 1U << 0U,
    connection_category = 1U << 1U,
    curl_category = 1U << 2U,  ///< the tool itself
    file_category = 1U << 3U,
    ftp_category = 1U << 4U,
    http_category = 1U << 5U,
    important_category = 1U << 6U,
    misc_category = 1U << 7U,
    output_category = 1U << 8U,
    post_category = 1U << 9U,
    proxy_category = 1U << 10U,
    tls_category = 1U << 11U,
    upload_category = 1U << 12U,
    verbose_category = 1U << 13U,
    other_category = 1U << 14U,  ///< protocols that the library does not speak yet
};

/// What an option takes.
enum class takes : std::uint8_t {
    nothing,   ///< acts when it is there
    flag,      ///< the same, and --no-NAME takes it back
    argument,  ///< a text: the next word, or what follows '='
};

struct reader;  // what an option acts on; see reader.hpp

/// What came of an option: empty is good.
struct option_error {
    int code = 0;         ///< curl's exit code: 2, 4, 26 and so on; 0: none
    std::string message;  ///< what stands behind "option NAME: "; empty: was reported
};

/// One option.
struct option {
    std::string_view name;  ///< without the dashes
    char letter = 0;        ///< its short form; 0: none
    takes what = takes::nothing;
    std::string_view placeholder;  ///< "<file>", for help; empty without an argument
    std::uint32_t categories = 0;
    std::string_view help;    ///< one line, as in --help
    std::string_view manual;  ///< a paragraph or more, for the manual page
    bool repeats = false;     ///< may be given several times, and each counts
    /// Does what it says. `on` is false for --no-NAME.
    option_error (*apply)(reader& r, std::string_view argument, bool on) = nullptr;
    /// A flag that is on from the start: --no-NAME is what help and manual name, and
    /// what its letter means.
    bool negative = false;
    /// Other users, who see the arguments of a process, are not to see this one's.
    bool secret = false;
};

/// All options by name, in alphabetical order.
[[nodiscard]] std::span<const option> all_options() noexcept;

/// By a long name: a unique beginning of one is enough, as in curl. Null: none, or more
/// than one (`ambiguous`).
[[nodiscard]] const option* find_option(
    std::string_view name, bool& ambiguous
) noexcept;
/// By a letter; null: none.
[[nodiscard]] const option* find_option(char letter) noexcept;

}  // namespace tool
