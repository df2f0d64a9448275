// The list of them.
#include "options/combinations.hpp"

#include <algorithm>
#include <array>

namespace tool {

std::optional<contradiction> find_contradiction(const operation& op) {
    struct rule {
        bool holds;
        contradiction what;
    };
    const bool compares = std::ranges::any_of(op.targets, [](const target& each) {
        return !each.sha256.empty();
    });
    const bool numbers = op.clobber == clobbering::never;
    const bool asks_for_rest = op.resume_from_file || op.resume_from;
    const bool has_mode = op.create_file_mode.has_value();
    const std::array rules{
        rule{
            op.resume_from_file && op.remote_header_name,
            {"--continue-at", "--remote-header-name"}},
        // The name would be known too late.
        rule{op.resume && op.remote_header_name, {"--resume", "--remote-header-name"}},
        // There is no body (and --head shows headers too).
        rule{op.resume && op.head, {"--resume", "--head"}},
        rule{compares && op.head, {"--sha256", "--head"}},
        // The library would not know that there is a head in front.
        rule{op.resume && op.include, {"--resume", "--show-headers"}},
        // These decide otherwise about a file that is there.
        rule{op.resume && numbers, {"--resume", "--no-clobber"}},
        rule{op.resume && op.remove_on_error, {"--resume", "--remove-on-error"}},
        rule{op.resume && asks_for_rest, {"--resume", "--continue-at"}},
        rule{op.resume && !op.range.empty(), {"--resume", "--range"}},
        // The library makes the file.
        rule{op.resume && has_mode, {"--resume", "--create-file-mode"}},
    };
    const auto found = std::ranges::find_if(rules, &rule::holds);
    return found == rules.end() ? std::nullopt : std::optional(found->what);
}

}  // namespace tool
