// Request line and fields, in the order in which curl sends them.
#pragma once

#include <xfer/proto/framing.hpp>
#include <xfer/proto/head_writer.hpp>

#include <charconv>
#include <limits>

namespace XFER_NAMESPACE::proto {
namespace detail_writer {

using namespace std::string_view_literals;

/// Fields whose line is decided by the writer even where the user names them.
inline bool is_decided_here(std::string_view name) noexcept {
    switch (name.size()) {
        case 4:
            return iequals(name, "Host");
        case 14:
            return iequals(name, "Content-Length");
        case 17:
            return iequals(name, "Transfer-Encoding");
        default:
            return false;
    }
}

/// Whether the user's framing fields say what is true of the body.
inline bool framing_agrees(
    const fields& user, const generated_fields& generated
) noexcept {
    for (const auto [name, value] : user.all("Content-Length")) {
        const auto length = parse_content_length(value);
        if (!length || generated.body == request_body::chunked) return false;
        const bool none = generated.body == request_body::none;
        if (*length != (none ? 0 : generated.content_length)) return false;
    }
    for (const auto [name, value] : user.all("Transfer-Encoding")) {
        if (generated.body != request_body::chunked) return false;
        if (!iequals(value, "chunked")) return false;
    }
    return true;
}

/// Whether every field may reach the wire; adopted ones were never checked.
inline bool is_writable(const fields& lines) noexcept {
    if (lines.is_wire_form()) return true;
    for (const auto [name, value] : lines) {
        if (!is_token(name) || !is_field_value(value)) return false;
    }
    return true;
}

inline refusal refuse_field(std::string_view why) noexcept {
    return {error::invalid_header, why};
}

/// What is wrong with fields of the user's or of `generated.more`.
inline refusal check_added(const fields& user, const generated_fields& generated) {
    if (user.has_error()) return refuse_field("a header field is not valid");
    if (generated.more != nullptr && generated.more->has_error()) {
        return refuse_field("a generated header field is not valid");
    }
    if (!is_writable(user) ||
        (generated.more != nullptr && !is_writable(*generated.more))) {
        return refuse_field("an adopted header field is not valid");
    }
    const auto hosts = user.all("Host");
    if (!hosts.empty()) {
        if (user.count("Host") > 1) return refuse_field("more than one Host");
        if (!is_host_field((*hosts.begin()).value))
            return refuse_field("Host is not a host");
    }
    if (!framing_agrees(user, generated)) {
        return refuse_field("Content-Length or Transfer-Encoding does not fit the body"
        );
    }
    return {};
}

/// Whether the user says nothing at all about fields, as in nearly every request.
inline bool is_silent(const fields& user) noexcept {
    return user.empty() && !user.has_suppressed() && !user.has_error();
}

/// Everything of a head but methods, targets and values, and no digit is missing.
constexpr std::string_view frame_of_head =
    "  HTTP/1.1\r\nHost: \r\nUser-Agent: \r\nAccept: \r\nAccept-Encoding: \r\n"
    "Content-Type: \r\nTransfer-Encoding: chunked\r\nContent-Length: "
    "18446744073709551615\r\n"
    "Expect: 100-continue\r\nTrailer: \r\nConnection: , TE\r\nTE: "
    "\r\n\r\n";

/// How much the lines may take at most.
inline std::size_t most_of(const fields& lines) noexcept {
    if (lines.is_wire_form()) return lines.block().size();
    std::size_t most = 0;
    for (const auto [name, value] : lines) most += name.size() + value.size() + 4;
    return most;
}

inline std::size_t most_of(
    const request_start& start, const fields& user, const generated_fields& generated
) noexcept {
    return frame_of_head.size() + start.method.view().size() +
           start.target.view().size() + start.host.view().size() +
           generated.user_agent.size() + generated.accept.size() +
           generated.accept_encoding.size() + generated.content_type.size() +
           generated.trailer.size() + generated.te.size() +
           generated.connection.size() + most_of(user) +
           (generated.more == nullptr ? 0 : most_of(*generated.more));
}

// The writers below go on at a cursor and answer where it stands then: there is room
// for most_of() octets. Inline, so that literals are stored as numbers, not by a call.
[[nodiscard, gnu::always_inline]] inline char* put(
    char* at, std::string_view piece
) noexcept {
    return at + piece.copy(at, piece.size());  // an empty piece may have no address
}

[[nodiscard, gnu::always_inline]] inline char* put_line(
    char* at, std::string_view name, std::string_view value
) noexcept {
    at = put(put(at, name), ": ");
    return put(put(at, value), "\r\n");
}

inline char* put_body_framing(
    char* at, const fields& user, const generated_fields& generated
) noexcept {
    if (generated.body == request_body::chunked) {
        return put_line(at, "Transfer-Encoding", "chunked");
    }
    const bool none = generated.body == request_body::none;
    if (none && !user.contains("Content-Length")) return at;
    char digits[std::numeric_limits<std::uint64_t>::digits10 + 1];
    const auto end = std::to_chars(
        digits, digits + sizeof digits, none ? 0 : generated.content_length
    );
    const auto size = static_cast<std::size_t>(end.ptr - digits);
    return put_line(at, "Content-Length", {digits, size});
}

/// One line of all that is said of the connection, with TE in it, which speaks of this
/// connection alone (RFC 9110 10.1.4).
inline char* put_connection_with_te(
    char* at, const fields& user, const generated_fields& generated
) noexcept {
    const char* const begin = at = put(at, "Connection: ");
    const auto add = [&](std::string_view member) {
        if (at != begin) at = put(at, ", ");
        at = put(at, member);
    };
    const auto users = user.all("Connection");
    for (const auto [name, value] : users) {
        if (!value.empty()) add(value);
    }
    if (users.empty() && !generated.connection.empty()) add(generated.connection);
    if (!user.list_contains("Connection", "TE")) add("TE");
    return put(at, "\r\n");
}

/// Fields of `generated.more` that put_head() writes in places of their own.
inline bool has_a_place(std::string_view name) noexcept {
    switch (name.size()) {
        case 5:
            return iequals(name, "Range");
        case 7:
            return iequals(name, "Referer");
        case 13:
            return iequals(name, "Authorization");
        case 19:
            return iequals(name, "Proxy-Authorization");
        default:
            return false;
    }
}

/// Fields of the user's that stand before the others: they say who asks.
inline bool says_who_asks(std::string_view name) noexcept {
    return (name.size() == 10 && iequals(name, "User-Agent")) ||
           (name.size() == 7 && iequals(name, "Referer"));
}

inline char* put_line_of(char* at, const fields& lines, std::size_t index) noexcept {
    if (lines.is_wire_form()) return put(at, lines.wire_line(index));
    const field line = lines[index];
    return put_line(at, line.name, line.value);
}

inline char* put_named(char* at, const fields& lines, std::string_view name) noexcept {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (iequals(lines[i].name, name)) at = put_line_of(at, lines, i);
    }
    return at;
}

/// The lines of `generated.more` of that name, unless the user said something about it.
inline char* put_more(
    char* at, const fields* more, const fields& user, std::string_view name
) noexcept {
    if (more == nullptr || user.contains(name) || user.is_suppressed(name)) return at;
    return put_named(at, *more, name);
}

/// Those of `generated.more` that have no place of their own.
inline char* put_others(char* at, const fields& more, const fields& user) noexcept {
    for (std::size_t i = 0; i < more.size(); ++i) {
        const std::string_view name = more[i].name;
        if (is_decided_here(name) || has_a_place(name) || user.contains(name) ||
            user.is_suppressed(name)) {
            continue;
        }
        at = put_line_of(at, more, i);
    }
    return at;
}

/// The user's in order, without those that were decided or written before, as were
/// those called `written`.
inline char* put_users(
    char* at, const fields& user, std::string_view written
) noexcept {
    for (std::size_t i = 0; i < user.size(); ++i) {
        const std::string_view name = user[i].name;
        if (is_decided_here(name) || says_who_asks(name)) continue;
        if (!written.empty() && iequals(name, written)) continue;
        at = put_line_of(at, user, i);
    }
    return at;
}

/// Everything, once it was checked. `silent` is is_silent(user).
inline char* put_head(
    char* at,
    const request_start& start,
    const fields& user,
    const generated_fields& generated,
    bool silent
) noexcept {
    // A generated field, unless the user said something about that name.
    const auto adds = [&](std::string_view name, std::string_view value) {
        if (value.empty() || silent) return !value.empty();
        return !user.contains(name) && !user.is_suppressed(name);
    };
    std::string_view host = start.host.view();
    if (!silent) host = user.find("Host").value_or(host);
    at = put(at, start.method.view());
    at = put(at, " ");
    at = put(at, start.target.view());
    at = put(at, start.version < 11 ? " HTTP/1.0\r\n"sv : " HTTP/1.1\r\n"sv);
    const fields* const more = generated.more;
    at = put_line(at, "Host", host);
    at = put_more(at, more, user, "Proxy-Authorization");
    at = put_more(at, more, user, "Authorization");
    at = put_more(at, more, user, "Range");
    if (adds("User-Agent", generated.user_agent)) {
        at = put_line(at, "User-Agent", generated.user_agent);
    } else if (!silent) {
        at = put_named(at, user, "User-Agent");
    }
    if (adds("Accept", generated.accept)) {
        at = put_line(at, "Accept", generated.accept);
    }
    const bool asks =
        adds("TE", generated.te) && (silent || !user.is_suppressed("Connection"));
    if (asks) {
        at = put_connection_with_te(at, user, generated);
        at = put_line(at, "TE", generated.te);
    }
    if (adds("Accept-Encoding", generated.accept_encoding)) {
        at = put_line(at, "Accept-Encoding", generated.accept_encoding);
    }
    at = put_more(at, more, user, "Referer");
    if (!silent) at = put_named(at, user, "Referer");
    if (more != nullptr) at = put_others(at, *more, user);
    if (!silent) at = put_users(at, user, asks ? "Connection" : "");
    if (!silent || generated.body != request_body::none) {
        at = put_body_framing(at, user, generated);
    }
    if (adds("Content-Type", generated.content_type)) {
        at = put_line(at, "Content-Type", generated.content_type);
    }
    if (generated.expect_continue && adds("Expect", "100-continue")) {
        at = put_line(at, "Expect", "100-continue");
    }
    if (adds("Trailer", generated.trailer)) {
        at = put_line(at, "Trailer", generated.trailer);
    }
    if (!asks && adds("Connection", generated.connection)) {
        at = put_line(at, "Connection", generated.connection);
    }
    return put(at, "\r\n");
}

}  // namespace detail_writer

XFER_DECL refusal append_request_head(
    std::string& out,
    const request_start& start,
    const fields& user,
    const generated_fields& generated
) {
    using namespace detail_writer;
    const bool silent = is_silent(user);
    if (!silent || generated.more != nullptr) {
        if (refusal refused = check_added(user, generated)) return refused;
    }
    if (!is_field_value(generated.user_agent) || !is_field_value(generated.accept) ||
        !is_field_value(generated.accept_encoding) ||
        !is_field_value(generated.content_type) || !is_field_value(generated.trailer) ||
        !is_field_value(generated.te) || !is_field_value(generated.connection)) {
        return refuse_field("a generated header field has a control octet");
    }
    if (start.version < 11 && generated.body == request_body::chunked) {
        return {error::invalid_option, "a chunked body cannot be sent in HTTP/1.0"};
    }
    // The string grows once, to the most that is needed, and is cut to what is written.
    const std::size_t before = out.size();
    out.resize(before + most_of(start, user, generated));
    const char* const end =
        put_head(out.data() + before, start, user, generated, silent);
    out.resize(static_cast<std::size_t>(end - out.data()));
    return {};
}

XFER_DECL refusal append_request_head(
    std::string& out,
    std::string_view method,
    std::string_view target,
    std::string_view host,
    const fields& user,
    const generated_fields& generated,
    int version
) {
    const auto checked_method = wire_token::from(method);
    if (!checked_method) return {error::invalid_method, "the method is not a token"};
    const auto checked_target = wire_target::from(target);
    if (!checked_target) return {error::url_malformed, "the target cannot be sent"};
    const auto checked_host = wire_host::from(host);
    if (!checked_host) return {error::url_malformed, "the host cannot be sent"};
    const request_start start{*checked_method, *checked_target, *checked_host, version};
    return append_request_head(out, start, user, generated);
}

}  // namespace XFER_NAMESPACE::proto
