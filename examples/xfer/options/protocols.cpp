// The protocols that this build speaks.
#include "options/protocols.hpp"

#include "options/letters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tool {

namespace {

constexpr std::array<std::string_view, 2> spoken{"http", "https"};

struct modifiers {
    bool alone = false;  ///< '=': what stands before is dropped
    bool add = true;
};

modifiers take_modifiers(std::string_view& term) {
    modifiers out;
    for (; !term.empty(); term.remove_prefix(1)) {
        switch (term.front()) {
            case '=':
                out = {true, true};
                break;
            case '-':
                out = {false, false};
                break;
            case '+':
                out = {false, true};
                break;
            default:
                return out;
        }
    }
    return out;
}

}  // namespace

std::span<const std::string_view> spoken_protocols() noexcept { return spoken; }

std::span<const std::string_view> redirect_protocols() noexcept { return spoken; }

bool is_spoken(std::string_view scheme) noexcept {
    return std::ranges::find(spoken, lower(scheme)) != spoken.end();
}

std::string_view guessed_scheme(std::string_view host) {
    constexpr std::array<std::string_view, 6> known{
        "ftp", "dict", "ldap", "imap", "smtp", "pop3"};
    const auto dot = host.find('.');
    const auto label = lower(host.substr(0, dot));
    const auto* const found = std::ranges::find(known, label);
    return dot == std::string_view::npos || found == known.end() ? "http" : *found;
}

std::vector<std::string> choose_protocols(
    reader& r, std::string_view expression, std::span<const std::string_view> allowed
) {
    std::vector<std::string> chosen(allowed.begin(), allowed.end());
    while (!expression.empty()) {
        const auto comma = expression.find(',');
        auto term = expression.substr(0, comma);
        expression.remove_prefix(
            comma == std::string_view::npos ? expression.size() : comma + 1
        );
        const auto how = take_modifiers(term);
        if (how.alone) {
            chosen.clear();
        }
        auto name = lower(term);
        if (name == "all") {
            chosen.clear();
            if (how.add) {
                chosen.assign(spoken.begin(), spoken.end());
            }
        } else if (!is_spoken(name)) {
            r.warn("unrecognized protocol '" + std::string(term) + "'");
        } else {
            std::erase(chosen, name);
            if (how.add) {
                chosen.push_back(std::move(name));
            }
        }
    }
    std::ranges::sort(chosen);
    return chosen;
}

}  // namespace tool
