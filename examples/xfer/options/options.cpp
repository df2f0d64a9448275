// The option table as a whole, and how options are found in it.
#include "options/options.hpp"

#include "options/table/table.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tool {

namespace {

std::vector<option> sorted_options() {
    std::vector<option> all;
    for (const auto group :
         {body_options(),
          ftp_options(),
          identity_options(),
          network_options(),
          other_options(),
          output_options(),
          proxy_options(),
          proxy_tls_options(),
          redirects_options(),
          request_options(),
          tls_options(),
          tls_versions_options(),
          tool_options(),
          transfer_options(),
          verbose_options()}) {
        all.insert(all.end(), group.begin(), group.end());
    }
    std::ranges::sort(all, {}, &option::name);
    return all;
}

using letters = std::array<const option*, 128>;

letters options_by_letter() {
    letters found{};
    for (const auto& each : all_options()) {
        if (each.letter != 0) {
            found[static_cast<unsigned char>(each.letter)] = &each;
        }
    }
    return found;
}

}  // namespace

std::span<const option> all_options() noexcept {
    static const std::vector<option> table = sorted_options();
    return table;
}

const option* find_option(std::string_view name, bool& ambiguous) noexcept {
    ambiguous = false;
    const auto all = all_options();
    const auto first = std::ranges::lower_bound(all, name, {}, &option::name);
    if (name.empty() || first == all.end() || !first->name.starts_with(name)) {
        return nullptr;
    }
    const auto next = first + 1;
    ambiguous =
        first->name != name && next != all.end() && next->name.starts_with(name);
    return ambiguous ? nullptr : &*first;
}

const option* find_option(char letter) noexcept {
    static const letters table = options_by_letter();
    const auto at = static_cast<unsigned char>(letter);
    return at < table.size() ? table[at] : nullptr;
}

}  // namespace tool
