// What options act on while a command line is read.
#include "options/reader.hpp"

#include "options/combinations.hpp"
#include "texts/texts.hpp"

#include <array>
#include <utility>

namespace tool {

reader::reader(
    command& command_line, persona started_as, const environment_function& getenv
)
    : asked(command_line), who(started_as), environment(getenv) {
    begin_operation();
}

void reader::begin_operation() {
    operation fresh;
    if (!asked.operations.empty()) {
        fresh.styled_output = now().styled_output;  // it is of the whole command line
    }
    asked.operations.push_back(std::move(fresh));
    done = {};
}

target& reader::next_target(bool progress::filled::*what) {
    std::size_t at = 0;
    while (at < done.targets.size() && done.targets[at].*what) {
        ++at;
    }
    if (at == done.targets.size()) {
        done.targets.emplace_back();
        now().targets.emplace_back();
        if (now().remote_name_all) {
            now().targets.back().output = target::output_kind::remote_name;
        }
    }
    done.targets[at].*what = true;
    return now().targets[at];
}

void reader::complain(std::string_view what) {
    errors.append(name_of(who)).append(": ").append(what).append("\n");
}

void reader::warn(std::string what) { asked.warnings.push_back(std::move(what)); }

void reader::suggest_help() {
    const std::string self(name_of(who));
    complain(
        "try '" + self + " --help' or '" + self + " --manual' for more information"
    );
}

std::string wrapped_lines(std::string_view prefix, std::string_view text) {
    constexpr std::size_t columns = 79;
    const auto width = columns - prefix.size();
    std::string out;
    while (text.size() > width) {
        auto cut = text.substr(0, width).find_last_of(" \t");
        cut = cut == std::string_view::npos || cut == 0 ? width - 1 : cut;
        out.append(prefix).append(text.substr(0, cut + 1)).append("\n");
        text.remove_prefix(cut + 1);
    }
    return out.append(prefix).append(text).append("\n");
}

bool choose_request(reader& r, request_kind kind) {
    if (r.done.request == request_kind::none || r.done.request == kind) {
        r.done.request = kind;
        return true;
    }
    constexpr std::array<std::string_view, 6> names{
        "",
        "GET (-G, --get)",
        "HEAD (-I, --head)",
        "multipart formpost (-F, --form)",
        "POST (-d, --data)",
        "PUT (-T, --upload-file)",
    };
    std::string line =
        "You can only select one HTTP request method! You asked for both ";
    line.append(names[static_cast<std::size_t>(kind)]);
    line.append(" and ").append(names[static_cast<std::size_t>(r.done.request)]);
    r.warn(line + ".");
    return false;
}

int finish_operation(reader& r) {
    auto& op = r.now();
    if (r.done.urls == 0) {
        r.complain("(2) no URL specified");
        r.suggest_help();
        return exit_codes::bad_use;
    }
    if (!op.data.empty()) {
        const auto by_get = op.head ? request_kind::head : request_kind::get;
        if (!choose_request(r, op.get ? by_get : request_kind::post)) {
            return exit_codes::bad_use;
        }
    }
    for (const auto& each : op.targets) {
        if (each.upload && !choose_request(r, request_kind::put)) {
            return exit_codes::bad_use;
        }
    }
    if (const auto found = find_contradiction(op)) {
        std::string line(found->one);
        line.append(" and ").append(found->other).append(" cannot be combined");
        r.complain(line);
        r.suggest_help();
        return exit_codes::bad_use;
    }
    if (r.done.urls < op.targets.size()) {
        std::vector<target> with_url;
        for (std::size_t at = 0; at < op.targets.size(); ++at) {
            const auto& has = r.done.targets[at];
            if (has.url) {
                with_url.push_back(std::move(op.targets[at]));
            } else if (has.sha256) {
                r.complain("(2) more --sha256 than URLs");
                r.suggest_help();
                return exit_codes::bad_use;
            } else if (has.output || has.upload) {
                r.warn("Got more output options than URLs");
            }
        }
        op.targets = std::move(with_url);
    }
    return 0;
}

namespace mistakes {

option_error bad_use() { return {exit_codes::bad_use, "is badly used here"}; }
option_error blank() {
    return {exit_codes::bad_use, "blank argument where content is expected"};
}
option_error not_a_number() {
    return {exit_codes::bad_use, "expected a proper numerical parameter"};
}
option_error negative() {
    return {exit_codes::bad_use, "expected a positive numerical parameter"};
}
option_error too_large() { return {exit_codes::bad_use, "too large number"}; }
option_error unreadable() {
    return {exit_codes::read_error, "error encountered when reading a file"};
}

}  // namespace mistakes

}  // namespace tool
