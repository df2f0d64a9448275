// What options act on while a command line is read.
#pragma once

#include "options/exit_codes.hpp"
#include "options/options.hpp"
#include "options/parse.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// The request that an operation makes; more than one of them is a mistake.
enum class request_kind : std::uint8_t { none, get, head, form, post, put };

struct reader {
    using environment_function = std::function<const char*(const char*)>;

    reader(
        command& command_line, persona started_as, const environment_function& getenv
    );

    command& asked;
    persona who;
    const environment_function& environment;

    std::string_view name;            ///< of the option that is being applied
    std::string errors;               ///< whole lines for standard error
    std::optional<std::string> text;  ///< of --help and its like: reading ends here
    unsigned config_depth = 0;        ///< config files that read config files
    bool verbose_in_word = false;     ///< a -v of the same word came before: -vv
    unsigned verbosity = 0;           ///< of -v
    bool trace_chosen = false;        ///< --trace-config was there

    /// What is known of the operation that is being read, besides its settings.
    struct progress {
        struct filled {
            bool url = false, output = false, upload = false, sha256 = false;
        };
        std::vector<filled> targets;  ///< what each target has already
        std::size_t urls = 0;
        std::optional<unsigned> auth;  ///< bits of xfer::auth that were asked for
        request_kind request = request_kind::none;
        bool resume = false;     ///< -C was there
        bool by_status = false;  ///< redirects are followed by --follow, not by -L
    };
    progress done;

    /// The operation that options hold for.
    [[nodiscard]] operation& now() { return asked.operations.back(); }
    /// A new operation, for --next.
    void begin_operation();
    /// The first target that has no `what` yet: a new one if all of them have.
    [[nodiscard]] target& next_target(bool progress::filled::*what);

    /// A line on standard error, behind the tool's name.
    void complain(std::string_view what);
    /// A warning, which -s hides.
    void warn(std::string what);
    /// The line that says where help is to be found.
    void suggest_help();
};

/// A warning or note as it is printed: in lines of at most 79 columns, with the prefix
/// in front of each.
[[nodiscard]] std::string wrapped_lines(std::string_view prefix, std::string_view text);

/// Says that an operation is to be `kind`; false, and a warning, if it is another one.
[[nodiscard]] bool choose_request(reader& r, request_kind kind);

/// Checks the operation that ends here, and drops targets without a URL. Not 0: the
/// exit code of a mistake, which was reported.
[[nodiscard]] int finish_operation(reader& r);

/// What became of a word of options.
struct word_use {
    bool next = false;  ///< the word behind it was its argument
    /// Where a secret begins, to the end of the word: in the next one if that was used.
    std::optional<std::size_t> secret;
};

/// Applies one word of options: "-sSLo", "-ofile", "--long", "--long=argument",
/// "--no-long", "--expand-long", or a long name without dashes, as config files have
/// them. `next` is the word that follows, or null.
[[nodiscard]] option_error read_option_word(
    reader& r, std::string_view word, const std::string* next, word_use& use
);

/// Mistakes, in curl's words.
namespace mistakes {
[[nodiscard]] option_error bad_use();
[[nodiscard]] option_error blank();
[[nodiscard]] option_error not_a_number();
[[nodiscard]] option_error negative();
[[nodiscard]] option_error too_large();
[[nodiscard]] option_error unreadable();
}  // namespace mistakes

}  // namespace tool
