// Reading Content-Disposition, and names that are safe to use.
#pragma once

#include <xfer/content_disposition.hpp>
#include <xfer/detail/octets.hpp>
#include <xfer/detail/only_value.hpp>
#include <xfer/detail/parameters.hpp>
#include <xfer/detail/percent.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace XFER_NAMESPACE {

namespace detail {

/// The value of `filename*`: charset, language and percent-encoded text (RFC 8187).
/// ISO-8859-1 was allowed once; what else there is nobody sends.
inline std::optional<std::string> extended_value(std::string_view text) {
    const auto charset_end = text.find('\'');
    const auto language_end =
        charset_end == text.npos ? text.npos : text.find('\'', charset_end + 1);
    if (language_end == text.npos) {
        return std::nullopt;
    }
    auto decoded = percent_decode(text.substr(language_end + 1));
    const auto charset = text.substr(0, charset_end);
    if (!decoded || iequals(charset, "utf-8")) {
        return decoded;
    }
    if (!iequals(charset, "iso-8859-1")) {
        return std::nullopt;
    }
    std::string utf8;
    for (const char c : *decoded) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x80) {
            utf8 += c;
        } else {
            utf8 += static_cast<char>(0xc0 | (octet >> 6));
            utf8 += static_cast<char>(0x80 | (octet & 0x3f));
        }
    }
    return utf8;
}

/// CON, PRN, AUX, NUL, COM1 to LPT9, whatever their extension: devices on Windows.
inline bool is_device_name(std::string_view name) noexcept {
    const auto base = name.substr(0, name.find('.'));
    if (base.size() == 3) {
        constexpr std::array<std::string_view, 4> plain{"con", "prn", "aux", "nul"};
        return std::ranges::any_of(plain, [&](auto p) { return iequals(base, p); });
    }
    return base.size() == 4 && base[3] >= '0' && base[3] <= '9' &&
           (iequals(base.substr(0, 3), "com") || iequals(base.substr(0, 3), "lpt"));
}

inline bool is_unsafe_in_name(char c) noexcept {
    constexpr std::string_view marks = "<>:\"|?*";
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f || marks.find(c) != marks.npos;
}

}  // namespace detail

XFER_DECL std::optional<content_disposition> parse_content_disposition(
    std::string_view value
) {
    const auto end = std::min(value.find(';'), value.size());
    const auto type = detail::trimmed(value.substr(0, end));
    if (!detail::is_token(type)) {
        return std::nullopt;
    }
    content_disposition d;
    std::ranges::transform(type, std::back_inserter(d.type), detail::to_lower);
    bool has_extended = false;
    const bool good = detail::for_each_parameter(
        value.substr(end),
        [&](std::string_view name, std::string_view text) {
            if (detail::iequals(name, "filename*")) {
                if (auto decoded = detail::extended_value(text)) {
                    d.filename = std::move(decoded);
                    has_extended = true;
                }
            } else if (detail::iequals(name, "filename") && !has_extended) {
                d.filename = std::string(text);
            }
        }
    );
    return good ? std::optional(std::move(d)) : std::nullopt;
}

XFER_DECL std::string safe_filename(std::string_view suggested) {
    constexpr std::size_t most = 255;
    if (const auto slash = suggested.find_last_of("/\\"); slash != suggested.npos) {
        suggested.remove_prefix(slash + 1);
    }
    std::string name;
    for (const char c : suggested) {
        if (!detail::is_unsafe_in_name(c)) {
            name += c;
        }
    }
    if (name.size() > most) {
        auto cut = most;
        while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80) {
            --cut;  // not in the middle of a character
        }
        name.resize(cut);
    }
    const auto first = name.find_first_not_of(". ");
    if (first == name.npos) {
        return {};
    }
    name.erase(0, first);
    name.erase(name.find_last_not_of(". ") + 1);
    return detail::is_device_name(name) ? std::string() : name;
}

XFER_DECL std::string suggested_filename(
    fields_view response, std::string_view url_path
) {
    if (const auto field = detail::only_value(response, "Content-Disposition")) {
        if (const auto d = parse_content_disposition(*field); d && d->filename) {
            if (auto name = safe_filename(*d->filename); !name.empty()) {
                return name;
            }
        }
    }
    // Decoded first: an encoded slash is a slash to whoever chose the name.
    const auto decoded = detail::percent_decode(url_path);
    return safe_filename(decoded ? *decoded : std::string(url_path));
}

}  // namespace XFER_NAMESPACE
