// Basic and Bearer.
#pragma once

#include <xfer/detail/secret.hpp>
#include <xfer/proto/authorization.hpp>
#include <xfer/proto/base64.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <cstddef>

namespace XFER_NAMESPACE::proto {
namespace detail_authorization {

[[nodiscard]] inline refusal refuse(std::string_view why) noexcept {
    return {error::invalid_option, why};
}

inline constexpr std::string_view colon_in_user =
    "Basic authentication cannot carry a user name with a colon";

[[nodiscard]] inline bool has_control(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < 0x20 || octet == 0x7f;
    });
}

[[nodiscard]] inline refusal check_texts(
    std::string_view user, std::string_view password
) noexcept {
    if (has_control(user)) return refuse("the user name has a control character");
    if (has_control(password)) return refuse("the password has a control character");
    return {};
}

[[nodiscard]] inline bool is_b64token(std::string_view text) noexcept {
    while (text.ends_with('=')) text.remove_suffix(1);
    constexpr std::string_view others = "-._~+/";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        const char lower = to_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
               others.find(c) != others.npos;
    });
}

[[nodiscard]] inline refusal check_token(std::string_view token) noexcept {
    if (is_b64token(token)) return {};
    return refuse("the bearer token is empty or has an octet that no token has");
}

}  // namespace detail_authorization

XFER_DECL refusal check_credentials(const credentials& who) {
    using namespace detail_authorization;
    const auth allowed = who.allowed();
    if (who.empty()) return {};
    if (allowed == auth::none) return refuse("the credentials allow no way to be sent");
    if (contains(allowed, auth::bearer)) {
        if (allowed != auth::bearer || !who.user().empty() || !who.password().empty()) {
            return refuse("a bearer token goes with no user and no other way");
        }
        return check_token(who.token());
    }
    if (!who.token().empty()) return refuse("a token is sent as auth::bearer only");
    if (allowed == auth::basic && who.user().find(':') != std::string_view::npos) {
        return refuse(colon_in_user);
    }
    return check_texts(who.user(), who.password());
}

XFER_DECL refusal
append_basic(std::string& out, std::string_view user, std::string_view password) {
    using namespace detail_authorization;
    if (user.find(':') != user.npos) return refuse(colon_in_user);
    if (refusal refused = check_texts(user, password)) return refused;
    std::string plain;
    plain.reserve(user.size() + 1 + password.size());  // no copy is left behind
    plain.append(user).append(1, ':').append(password);
    std::string text = base64_encode(plain);
    out.reserve(out.size() + 6 + text.size());
    out.append("Basic ").append(text);
    detail::wipe(plain);
    detail::wipe(text);
    return {};
}

XFER_DECL refusal append_bearer(std::string& out, std::string_view token) {
    if (refusal refused = detail_authorization::check_token(token)) return refused;
    out.reserve(out.size() + 7 + token.size());
    out.append("Bearer ").append(token);
    return {};
}

}  // namespace XFER_NAMESPACE::proto
