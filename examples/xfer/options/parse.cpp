// From a command line to what it asks for.
#include "options/parse.hpp"

#include "options/config_file.hpp"
#include "options/reader.hpp"

#include <utility>

namespace tool {

namespace {

/// Whether the first argument says not to read the default config file.
bool skips_default_file(const std::vector<std::string>& arguments) {
    return !arguments.empty() &&
           (arguments.front().starts_with("-q") || arguments.front() == "--disable");
}

/// Says what is wrong with a word; not 0: the exit code.
int report(reader& r, std::string_view word, const option_error& wrong) {
    if (wrong.code == 0 || wrong.message.empty()) {
        return wrong.code;
    }
    std::string line("option ");
    r.complain(line.append(word).append(": ").append(wrong.message));
    if (wrong.code != exit_codes::not_built_in) {
        r.suggest_help();
    }
    return wrong.code;
}

int read_arguments(
    reader& r,
    const std::vector<std::string>& arguments,
    std::vector<parsed::secret>& secrets
) {
    bool options_end = false;
    for (std::size_t at = 0; at < arguments.size() && !r.text; ++at) {
        const auto& word = arguments[at];
        if (!options_end && word == "--") {
            options_end = true;
            continue;
        }
        const bool is_option = !options_end && word.starts_with('-');
        const std::string* next =
            at + 1 < arguments.size() ? &arguments[at + 1] : nullptr;
        word_use use;
        const auto wrong = is_option ? read_option_word(r, word, next, use)
                                     : read_option_word(r, "--url", &word, use);
        if (use.secret) {
            secrets.push_back({at + (use.next ? 1 : 0), *use.secret});
        }
        if (const int code = report(r, word, wrong); code != 0) {
            return code;
        }
        at += is_option && use.next ? 1 : 0;
    }
    return 0;
}

int read_all(
    reader& r,
    const std::vector<std::string>& arguments,
    std::vector<parsed::secret>& secrets
) {
    if (!skips_default_file(arguments)) {
        const auto wrong = read_default_config_file(r);
        if (wrong.code != 0 || r.text) {
            return wrong.code;
        }
    }
    if (arguments.empty() && r.done.urls == 0) {
        r.suggest_help();
        return exit_codes::bad_use;
    }
    const int code = read_arguments(r, arguments, secrets);
    return code == 0 && !r.text ? finish_operation(r) : code;
}

}  // namespace

parsed parse(
    const std::vector<std::string>& arguments,
    persona who,
    const std::function<const char*(const char*)>& environment
) {
    parsed result;
    reader r(result.asked, who, environment);
    const int code = read_all(r, arguments, result.secrets);
    if (code == 0 && !r.text) {
        return result;
    }
    result.exit_code = code;
    if (!result.asked.silent) {
        for (const auto& each : result.asked.warnings) {
            result.err += wrapped_lines("Warning: ", each);
        }
    }
    result.err += r.errors;
    result.out = std::move(r.text).value_or("");
    return result;
}

}  // namespace tool
