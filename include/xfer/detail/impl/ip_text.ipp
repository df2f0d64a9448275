// Strict parsers of IPv4 and IPv6 text, and RFC 5952 output.
#pragma once

#include <xfer/detail/ip_text.hpp>
#include <xfer/detail/url_octets.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace XFER_NAMESPACE {
namespace detail {

XFER_DECL bool parse_dotted_quad(
    std::string_view text, std::array<std::uint8_t, 4>& out
) noexcept {
    std::size_t part = 0;
    unsigned value = 0;
    bool begun = false;  // a digit of this part was seen
    for (const char c : text) {
        if (c == '.') {
            if (!begun || part == 3) return false;
            out[part++] = static_cast<std::uint8_t>(value);
            value = 0;
            begun = false;
            continue;
        }
        const bool padded = begun && value == 0;
        if (!ascii_digit(c) || padded) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > 255) return false;
        begun = true;
    }
    out[3] = static_cast<std::uint8_t>(value);
    return begun && part == 3;
}

XFER_DECL bool is_dotted_quad(std::string_view text) noexcept {
    std::array<std::uint8_t, 4> ignored{};
    return parse_dotted_quad(text, ignored);
}

XFER_DECL bool ends_in_number(std::string_view name) noexcept {
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    if (name.empty()) {
        return false;
    }
    // A label that ends in something else than a hexadecimal digit or the x of a bare
    // 0x is no number: decides nearly every real name by one look.
    if (hex_value(name.back()) < 0 && to_lower(name.back()) != 'x') {
        return false;
    }
    const std::size_t begin = name.rfind('.') + 1;
    const std::string_view label(name.data() + begin, name.size() - begin);
    if (label.size() >= 2 && label[0] == '0' && to_lower(label[1]) == 'x') {
        return std::all_of(label.begin() + 2, label.end(), [](char c) {
            return hex_value(c) >= 0;
        });
    }
    return !label.empty() && std::all_of(label.begin(), label.end(), ascii_digit);
}

/// Reads one to four hexadecimal digits at `at` and steps past them; -1 when none.
[[nodiscard]] inline int read_ipv6_group(
    std::string_view text, std::size_t& at
) noexcept {
    const std::size_t begin = at;
    int value = 0;
    while (at < text.size() && at - begin < 4 && hex_value(text[at]) >= 0) {
        value = value * 16 + hex_value(text[at++]);
    }
    return at == begin ? -1 : value;
}

/// Moves the groups behind the `::` to the end, zeros between.
inline void expand_zero_run(
    ipv6_groups& groups, std::size_t count, std::size_t run_at
) noexcept {
    const auto at = groups.begin() + static_cast<std::ptrdiff_t>(run_at);
    const auto used = groups.begin() + static_cast<std::ptrdiff_t>(count);
    const auto moved_to = std::move_backward(at, used, groups.end());
    std::fill(at, moved_to, std::uint16_t{0});
}

XFER_DECL bool parse_ipv6(std::string_view text, ipv6_groups& out) noexcept {
    constexpr std::size_t no_run = 9;  // no place in an address
    std::size_t count = 0;
    std::size_t run_at = no_run;
    std::size_t at = 0;
    if (text.starts_with("::")) {
        run_at = 0;
        at = 2;
    }
    while (at < text.size()) {
        if (count == out.size()) {
            return false;
        }
        std::array<std::uint8_t, 4> quad{};
        if (count <= 6 && parse_dotted_quad(text.substr(at), quad)) {
            out[count++] = static_cast<std::uint16_t>(quad[0] << 8 | quad[1]);
            out[count++] = static_cast<std::uint16_t>(quad[2] << 8 | quad[3]);
            break;
        }
        const int group = read_ipv6_group(text, at);
        if (group < 0) {
            return false;
        }
        out[count++] = static_cast<std::uint16_t>(group);
        if (at == text.size()) {
            break;
        }
        if (text[at++] != ':' || at == text.size()) {
            return false;
        }
        if (text[at] == ':') {
            if (run_at != no_run) {
                return false;
            }
            run_at = count;
            ++at;
        }
    }
    if (run_at == no_run) {
        return count == out.size();
    }
    // A `::` stands for at least one group (RFC 4291 2.2).
    if (count == out.size()) {
        return false;
    }
    expand_zero_run(out, count, run_at);
    return true;
}

inline void append_number(std::string& to, unsigned value, int base) {
    std::array<char, 8> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    to.append(digits.data(), end);
}

/// A run of zero groups, empty when shorter than two.
struct zero_run {
    std::size_t begin;
    std::size_t end;
};

[[nodiscard]] inline zero_run longest_zero_run(const ipv6_groups& groups) noexcept {
    zero_run best{8, 8};
    for (std::size_t begin = 0; begin < groups.size();) {
        std::size_t end = begin;
        while (end < groups.size() && groups[end] == 0) {
            ++end;
        }
        if (end - begin >= 2 && end - begin > best.end - best.begin) {
            best = {begin, end};
        }
        begin = end + 1;
    }
    return best;
}

XFER_DECL void append_ipv6(std::string& to, const ipv6_groups& groups) {
    const bool mapped = groups[5] == 0xffff &&
                        std::all_of(groups.begin(), groups.begin() + 5, [](auto group) {
                            return group == 0;
                        });
    if (mapped) {
        to += "::ffff:";
        append_number(to, groups[6] >> 8U, 10);
        to += '.';
        append_number(to, groups[6] & 0xffU, 10);
        to += '.';
        append_number(to, groups[7] >> 8U, 10);
        to += '.';
        append_number(to, groups[7] & 0xffU, 10);
        return;
    }
    const zero_run run = longest_zero_run(groups);
    for (std::size_t i = 0; i < groups.size();) {
        if (i == run.begin) {
            to += "::";
            i = run.end;
            continue;
        }
        if (i != 0 && i != run.end) {
            to += ':';
        }
        append_number(to, groups[i], 16);
        ++i;
    }
}

XFER_DECL std::optional<ip_octets> parse_ip(std::string_view text) noexcept {
    ipv4_octets quad{};
    if (parse_dotted_quad(text, quad)) return ip_octets(quad);
    ipv6_groups groups{};
    if (!parse_ipv6(text, groups)) return std::nullopt;
    ipv6_octets octets{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8U);
        octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xffU);
    }
    return ip_octets(octets);
}

XFER_DECL void append_ip(std::string& to, const ip_octets& address) {
    if (const auto* const quad = std::get_if<ipv4_octets>(&address)) {
        for (std::size_t i = 0; i < quad->size(); ++i) {
            if (i != 0) to += '.';
            append_number(to, (*quad)[i], 10);
        }
        return;
    }
    const auto& octets = std::get<ipv6_octets>(address);
    ipv6_groups groups{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i] = static_cast<std::uint16_t>(octets[2 * i] << 8U | octets[2 * i + 1]);
    }
    append_ipv6(to, groups);
}

}  // namespace detail
}  // namespace XFER_NAMESPACE
