// The rules of RFC 9112 6.3 in their order.
#pragma once

#include <xfer/proto/content_coding.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/octets.hpp>

#include <limits>

namespace XFER_NAMESPACE::proto {
namespace detail_framing {

/// The fields that matter, gathered in one walk over the head.
struct gathered {
    bool has_length = false;
    bool length_valid = true;
    std::uint64_t length = 0;
    unsigned codings = 0;  // members of Transfer-Encoding
    bool has_transfer_encoding = false;
    bool only_chunked = true;
    bool close = false;
    bool keep_alive = false;
};

/// A number of so few digits that it cannot pass 2^63; nullopt if it is anything else,
/// which may be valid all the same.
inline std::optional<std::uint64_t> parse_short_number(std::string_view text) noexcept {
    constexpr std::size_t most_digits = 18;
    if (text.empty() || text.size() > most_digits) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return std::nullopt;
        number = number * 10 + digit;
    }
    return number;
}

/// The one number of a list, each of whose members says the same.
[[gnu::noinline]] inline std::optional<std::uint64_t> parse_length_list(
    std::string_view value
) noexcept {
    constexpr auto most =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::optional<std::uint64_t> agreed;
    for (;;) {
        const std::size_t comma = value.find(',');
        const std::string_view digits = trimmed(value.substr(0, comma));
        if (digits.empty()) return std::nullopt;
        std::uint64_t number = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9') return std::nullopt;
            const auto digit = static_cast<std::uint64_t>(c - '0');
            if (number > (most - digit) / 10) return std::nullopt;
            number = number * 10 + digit;
        }
        if (agreed && *agreed != number) return std::nullopt;
        agreed = number;
        if (comma == value.npos) return agreed;
        value.remove_prefix(comma + 1);
    }
}

inline std::optional<std::uint64_t> parse_length(std::string_view value) noexcept {
    const auto number = parse_short_number(value);  // nearly always
    return number ? number : parse_length_list(value);
}

inline void add_length(gathered& g, std::string_view value) noexcept {
    const auto length = parse_length(value);
    if (!length || (g.has_length && *length != g.length)) g.length_valid = false;
    if (length) g.length = *length;
    g.has_length = true;
}

// Out of the way of the walk, which seldom meets them.
[[gnu::noinline]] inline void add_codings(
    gathered& g, std::string_view value
) noexcept {
    g.has_transfer_encoding = true;
    for (const auto coding : fields_view::members(value)) {
        ++g.codings;
        if (!iequals(coding, "chunked")) g.only_chunked = false;
    }
}

[[gnu::noinline]] inline void add_options(
    gathered& g, std::string_view value
) noexcept {
    for (const auto option : fields_view::members(value)) {
        g.close = g.close || iequals(option, "close");
        g.keep_alive = g.keep_alive || iequals(option, "keep-alive");
    }
}

/// Connection or Proxy-Connection: nearly always one word, and no list to be walked.
inline void add_connection(gathered& g, std::string_view value) noexcept {
    if (iequals(value, "keep-alive")) {
        g.keep_alive = true;
    } else {
        add_options(g, value);
    }
}

inline gathered gather(const framing_facts& facts, fields_view fields) noexcept {
    gathered g;
    const auto lines = fields.entries();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        switch (lines[i].name_size) {  // most fields are ruled out by their size alone
            case 10:
                if (iequals(fields[i].name, "Connection"))
                    add_connection(g, fields[i].value);
                break;
            case 14:
                if (iequals(fields[i].name, "Content-Length"))
                    add_length(g, fields[i].value);
                break;
            case 16:
                if (facts.through_proxy && iequals(fields[i].name, "Proxy-Connection"))
                    add_connection(g, fields[i].value);
                break;
            case 17:
                if (iequals(fields[i].name, "Transfer-Encoding"))
                    add_codings(g, fields[i].value);
                break;
            default:
                break;
        }
    }
    return g;
}

inline bool has_no_body(const framing_facts& facts) noexcept {
    return facts.method == "HEAD" || facts.status / 100 == 1 || facts.status == 204 ||
           facts.status == 304 ||
           (facts.method == "CONNECT" && facts.status / 100 == 2);
}

/// The connection after a response that has no body, whatever its fields claim.
inline void without_body(
    body_framing& framing, const framing_facts& facts, const gathered& g
) noexcept {
    const bool may_declare = facts.method == "HEAD" || facts.status == 304;
    if (may_declare && g.has_length && g.length_valid && !g.has_transfer_encoding) {
        framing.declared_length = g.length;
    }
    // Elsewhere such a field is forbidden (RFC 9110 8.6, RFC 9112 6.1), and a peer that
    // sends it may send a body as well; a broken one is not to be trusted anywhere.
    const bool claims_body = g.has_transfer_encoding || (g.has_length && g.length > 0);
    if ((!may_declare && claims_body) || !g.length_valid) framing.must_close = true;
}

/// Whether the codings are one `chunked`, or what was asked for.
inline refusal check_codings(
    const framing_facts& facts, const gathered& g, fields_view fields
) noexcept {
    if (g.only_chunked && g.codings == 1) {
        return {};
    }
    return facts.codings_asked_for
               ? parse_transfer_codings(fields).failure
               : refusal{
                     error::bad_encoding,
                     "Transfer-Encoding is other than one 'chunked'"};
}

inline void with_transfer_encoding(
    body_framing& framing,
    const framing_facts& facts,
    const gathered& g,
    fields_view fields
) {
    if (facts.version < 11) {
        framing.failure = {
            error::weird_reply, "Transfer-Encoding in an HTTP/1.0 reply"};
    } else if (const auto refused = check_codings(facts, g, fields)) {
        framing.failure = refused;
    } else if (g.has_length && facts.strictness == profile::strict) {
        framing.failure = {
            error::weird_reply, "both Transfer-Encoding and Content-Length"};
    } else {
        framing.kind = body_kind::chunked;
        // Someone on the way may have gone by the length (RFC 9112 6.1).
        if (g.has_length) framing.must_close = true;
    }
}

}  // namespace detail_framing

XFER_DECL std::optional<std::uint64_t> parse_content_length(std::string_view value
) noexcept {
    return detail_framing::parse_length(value);
}

XFER_DECL body_framing decide_framing(const framing_facts& facts, fields_view fields) {
    const detail_framing::gathered g = detail_framing::gather(facts, fields);
    body_framing framing;
    // A server of HTTP/1.1 may close after a request in HTTP/1.0 without a word.
    const bool both_1_1 = facts.version >= 11 && facts.request_version >= 11;
    framing.keep_alive = !g.close && (both_1_1 || g.keep_alive);
    framing.must_close = facts.lf_only;
    if (detail_framing::has_no_body(facts)) {
        detail_framing::without_body(framing, facts, g);
    } else if (g.has_transfer_encoding) {
        detail_framing::with_transfer_encoding(framing, facts, g, fields);
    } else if (!g.has_length) {
        framing.kind = body_kind::until_close;
        framing.must_close = true;
    } else if (g.length_valid) {
        framing.kind = body_kind::length;
        framing.length = g.length;
    } else {
        framing.failure = {
            error::weird_reply, "Content-Length is no number, too large or ambiguous"};
    }
    if (framing.failure) framing.must_close = true;
    return framing;
}

}  // namespace XFER_NAMESPACE::proto
