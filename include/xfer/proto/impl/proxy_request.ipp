// Writing what a proxy is sent.
#pragma once

#include <xfer/proto/proxy_request.hpp>

#include <charconv>

namespace XFER_NAMESPACE::proto {

XFER_DECL refusal proxy_fields::add(std::string_view name, std::string_view value) {
    constexpr std::string_view prefix = "Proxy-";
    if (name.size() <= prefix.size() ||
        !iequals(name.substr(0, prefix.size()), prefix)) {
        return {
            error::invalid_header, "a field for a proxy has a name that begins Proxy-"};
    }
    if (!is_token(name) || !is_field_value(value)) {
        return {error::invalid_header, "a field for a proxy is not valid"};
    }
    lines_.add(name, value);
    return {};
}

XFER_DECL refusal proxy_fields::authorization(std::string_view value) {
    if (!is_field_value(value)) {
        return {error::invalid_header, "Proxy-Authorization is not valid"};
    }
    lines_.set("Proxy-Authorization", value);
    return {};
}

XFER_DECL std::optional<proxy_request> proxy_request::connect(const url& origin) {
    if (origin.host_kind() == host_kind::none || origin.port() == 0) {
        return std::nullopt;
    }
    std::string target(origin.authority());
    if (!origin.has_explicit_port()) {
        char digits[5];
        const auto end =
            std::to_chars(digits, digits + sizeof digits, origin.port()).ptr;
        target += ':';
        target.append(digits, end);
    }
    return proxy_request(std::move(target));
}

XFER_DECL void proxy_request::append_to(std::string& out) const {
    out += "CONNECT ";
    out += target_;
    out += " HTTP/1.1\r\nHost: ";
    out += target_;
    out += "\r\n";
    if (!user_agent_.empty()) {
        out += "User-Agent: ";
        out += user_agent_;
        out += "\r\n";
    }
    out += lines_.view().block();
    out += "\r\n";
}

XFER_DECL void append_absolute_target(std::string& out, const url& target) {
    out += target.scheme();
    out += "://";
    out += target.authority();
    out += target.target();
}

}  // namespace XFER_NAMESPACE::proto
