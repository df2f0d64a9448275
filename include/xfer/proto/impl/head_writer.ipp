// Request line, Host, generated fields, the user's.
#pragma once

#include <xfer/proto/framing.hpp>
#include <xfer/proto/head_writer.hpp>

#include <charconv>
#include <limits>

namespace xfer::proto {
namespace detail_writer {

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

inline refusal check_fields(const fields& user, const generated_fields& generated) {
    const auto invalid = [](std::string_view why) {
        return refusal{error::invalid_header, why};
    };
    if (!user.first_error().empty()) return invalid("a header field is not valid");
    if (generated.more != nullptr && !generated.more->first_error().empty()) {
        return invalid("a generated header field is not valid");
    }
    if (!is_writable(user) ||
        (generated.more != nullptr && !is_writable(*generated.more))) {
        return invalid("an adopted header field is not valid");
    }
    if (!is_field_value(generated.user_agent) || !is_field_value(generated.accept) ||
        !is_field_value(generated.accept_encoding) ||
        !is_field_value(generated.connection)) {
        return invalid("a generated header field has a control octet");
    }
    const auto hosts = user.all("Host");
    if (!hosts.empty()) {
        if (user.count("Host") > 1) return invalid("more than one Host");
        if (!is_host_field((*hosts.begin()).value))
            return invalid("Host is not a host");
    }
    if (!framing_agrees(user, generated)) {
        return invalid("Content-Length or Transfer-Encoding does not fit the body");
    }
    return {};
}

inline void append_line(
    std::string& out, std::string_view name, std::string_view value
) {
    out.append(name).append(": ").append(value).append("\r\n");
}

/// A generated field, unless the user said something about that name.
inline void append_generated(
    std::string& out, std::string_view name, std::string_view value, const fields& user
) {
    if (value.empty() || user.contains(name) || user.is_suppressed(name)) return;
    append_line(out, name, value);
}

inline void append_body_framing(
    std::string& out, const fields& user, const generated_fields& generated
) {
    const bool user_says_zero = user.contains("Content-Length");
    if (generated.body == request_body::chunked) {
        append_line(out, "Transfer-Encoding", "chunked");
    } else if (generated.body == request_body::length || user_says_zero) {
        const bool none = generated.body == request_body::none;
        char digits[std::numeric_limits<std::uint64_t>::digits10 + 1];
        const auto end = std::to_chars(
            digits, digits + sizeof digits, none ? 0 : generated.content_length
        );
        append_line(
            out, "Content-Length", {digits, static_cast<std::size_t>(end.ptr - digits)}
        );
    }
}

/// `lines` in order, without those decided here and those that `over` replaces.
inline void append_fields(std::string& out, const fields& lines, const fields* over) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const field line = lines[i];
        if (is_decided_here(line.name)) continue;
        if (over && (over->contains(line.name) || over->is_suppressed(line.name)))
            continue;
        if (lines.is_wire_form()) {
            out.append(lines.wire_line(i));
        } else {
            append_line(out, line.name, line.value);
        }
    }
}

}  // namespace detail_writer

XFER_DECL refusal append_request_head(
    std::string& out,
    const request_start& start,
    const fields& user,
    const generated_fields& generated
) {
    if (refusal refused = detail_writer::check_fields(user, generated)) return refused;
    if (start.version < 11 && generated.body == request_body::chunked) {
        return {error::invalid_option, "a chunked body cannot be sent in HTTP/1.0"};
    }
    out.append(start.method.view()).append(" ").append(start.target.view());
    out.append(start.version < 11 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    detail_writer::append_line(
        out, "Host", user.find("Host").value_or(start.host.view())
    );
    using detail_writer::append_generated;
    append_generated(out, "User-Agent", generated.user_agent, user);
    append_generated(out, "Accept", generated.accept, user);
    append_generated(out, "Accept-Encoding", generated.accept_encoding, user);
    detail_writer::append_body_framing(out, user, generated);
    append_generated(
        out, "Expect", generated.expect_continue ? "100-continue" : "", user
    );
    append_generated(out, "Connection", generated.connection, user);
    if (generated.more) detail_writer::append_fields(out, *generated.more, &user);
    detail_writer::append_fields(out, user, nullptr);
    out.append("\r\n");
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

}  // namespace xfer::proto
