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
    const std::array rules{
        rule{
            op.resume_from_file && op.remote_header_name,
            {"--continue-at", "--remote-header-name"}},
        // The name would be known too late.
        rule{op.resume && op.remote_header_name, {"--resume", "--remote-header-name"}},
        // There is no body that could be compared.
        rule{compares && op.head, {"--sha256", "--head"}},
    };
    const auto found = std::ranges::find_if(rules, &rule::holds);
    return found == rules.end() ? std::nullopt : std::optional(found->what);
}

}  // namespace tool
