// Parsing and resolving URLs.
#pragma once

#include <xfer/detail/impl/url_reader.ipp>
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE {
namespace detail {

[[nodiscard]] inline std::error_code refuse_url(parsed_url& out, url_complaint why) {
    out = parsed_url();
    out.why = why;
    return error::url_malformed;
}

/// Whether the reference begins with a scheme; false with `bad` set when what stands
/// before its first colon can be neither that nor a segment (RFC 3986 4.2).
[[nodiscard]] inline bool begins_with_scheme(std::string_view reference, bool& bad) {
    const std::size_t end = reference.find_first_of(":/?#");
    bad = false;
    if (end == std::string_view::npos || reference[end] != ':') {
        return false;
    }
    const std::string_view scheme = reference.substr(0, end);
    bad = scheme.empty() || !ascii_alpha(scheme[0]) ||
          !std::all_of(scheme.begin(), scheme.end(), is_scheme_octet);
    return !bad;
}

/// Resolves the dot segments that a reference begins with against the base, whose path
/// begins at `root` and ends in a slash.
inline void take_leading_dots(
    std::string& base, std::size_t root, std::string_view& reference
) {
    for (;;) {
        if (reference.starts_with("./")) {
            reference.remove_prefix(2);
        } else if (reference.starts_with("../")) {
            reference.remove_prefix(3);
            if (base.size() > root + 1) {
                base.pop_back();
                base.resize(base.rfind('/') + 1);
            }
        } else {
            return;
        }
    }
}

}  // namespace detail

XFER_DECL std::uint16_t default_port(std::string_view scheme) noexcept {
    if (scheme == "https" || scheme == "wss") {
        return 443;
    }
    if (scheme == "http" || scheme == "ws") {
        return 80;
    }
    if (scheme == "ftp") {
        return 21;
    }
    return scheme == "ftps" ? 990 : 0;
}

XFER_DECL std::error_code url::parse(
    std::string_view text, parsed_url& out, path_rule paths
) {
    // Of what is plain both rules make the same.
    if (detail::url_reader::read_plain(text, out)) return {};
    detail::url_reader reader(text, paths);
    if (const detail::url_complaint why = reader.read()) {
        return detail::refuse_url(out, why);
    }
    out.target = std::move(reader.made);
    out.user = std::move(reader.user);
    out.password = std::move(reader.password);
    out.why = {};
    return {};
}

XFER_DECL std::error_code url::parse(std::string&& text, parsed_url& out) {
    return parse(std::move(text), out, url());
}

XFER_DECL std::error_code url::parse(
    std::string&& text, parsed_url& out, const url& like, path_rule paths
) {
    if (detail::url_reader::read_plain(text, out, &text, &like)) return {};
    return parse(std::string_view(text), out, paths);
}

XFER_DECL std::error_code url::resolve(
    std::string_view reference, parsed_url& out, fragment_rule rule, path_rule paths
) const {
    // RFC 3986 5.2.2, as text: whole components of the base are set before the
    // reference, and what comes of it is read like any other URL.
    if (reference.size() > max_size) {
        return detail::refuse_url(out, detail::url_complaints::too_long);
    }
    bool bad = false;
    std::string composed;
    if (!detail::begins_with_scheme(reference, bad) && !empty()) {
        const bool has_path = reference.find_first_of("?#") != 0 && !reference.empty();
        const bool hierarchical = path().starts_with('/');
        if (bad) {
            return detail::refuse_url(
                out, detail::url_complaints::colon_in_first_segment
            );
        }
        if (reference.starts_with("//")) {
            composed = piece(0, part_.scheme_end + 1U);
        } else if (has_path && !hierarchical) {
            return detail::refuse_url(out, detail::url_complaints::no_hierarchy);
        } else if (reference.starts_with('/')) {
            composed = piece(0, part_.path);
        } else if (has_path) {
            composed =
                piece(0, part_.path + static_cast<unsigned>(path().rfind('/')) + 1U);
            if (paths == path_rule::as_is) {
                detail::take_leading_dots(composed, part_.path, reference);
            }
        } else if (reference.starts_with('?')) {
            composed = piece(0, part_.query);
        } else {
            composed = str_without_fragment();
        }
    }
    composed += reference;
    const bool inherits = rule == fragment_rule::inherit && fragment() &&
                          reference.find('#') == std::string_view::npos;
    if (inherits) {
        composed += piece(part_.fragment, part_.end);
    }
    return parse(composed, out, paths);
}

}  // namespace XFER_NAMESPACE
