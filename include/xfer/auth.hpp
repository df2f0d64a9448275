// Who a user is, and how that may be proved: credentials as a value (RFC 9110 11).
#pragma once

#include <xfer/config.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace XFER_NAMESPACE {

/// Ways of proving who one is (CURLOPT_HTTPAUTH), as flags: `auth::basic |
/// auth::digest`. None that is not named is ever used.
enum class auth : std::uint8_t {
    /// No way at all.
    none = 0,
    /// The password itself, in each request and without being asked (RFC 7617).
    basic = 1,
    /// A hash of the password and of a number of the server's, once it was asked for
    /// (RFC 7616, and RFC 2617 for old servers).
    digest = 2,
    /// A token, in each request and without being asked (RFC 6750).
    bearer = 4,
    /// The strongest that the server asks for: Digest with SHA-512-256, SHA-256 or MD5,
    /// or else Basic, but that over TLS only (CURLAUTH_ANY; over a plain connection
    /// CURLAUTH_ANYSAFE). See credentials::allow_cleartext_password.
    any = basic | digest,
};

/// What is in either set.
[[nodiscard]] constexpr auth operator|(auth a, auth b) noexcept {
    return static_cast<auth>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// What is in both sets.
[[nodiscard]] constexpr auth operator&(auth a, auth b) noexcept {
    return static_cast<auth>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
/// Whether all of `wanted` is in the set.
[[nodiscard]] constexpr bool contains(auth set, auth wanted) noexcept {
    return (set & wanted) == wanted;
}

/// A user with a password, or a token, and how they may be shown. A value: a copy costs
/// a reference count. What it holds is overwritten with the last copy; there is no way
/// to print it.
///
/// Nothing is refused here; a transfer with credentials that cannot be sent fails with
/// error::invalid_option before any traffic: control octets in them (RFC 7617 2), a
/// colon in the user's name if Basic is all that is allowed, a token that breaks the
/// syntax of RFC 6750 2.1, auth::bearer together with a password or the other ways with
/// a token, or no way at all.
///
/// A class, not an aggregate: see request.
class credentials {
 public:
    /// None: empty() is true.
    credentials() = default;

    /// A user and a password, in UTF-8. auth::basic alone is sent without being asked,
    /// over any connection; with the others the server is heard first, which costs a
    /// request that is refused (RFC 9110 11.4).
    XFER_DECL explicit credentials(
        std::string_view user, std::string_view password, auth allowed = auth::any
    );
    /// A token as an authorization server gave it out (CURLOPT_XOAUTH2_BEARER).
    [[nodiscard]] XFER_DECL static credentials bearer(std::string_view token);

    /// Lets auth::any, and any other set with more than Basic in it, choose Basic where
    /// everybody on the way can read it: over plain http. Default: it is refused
    /// (error::auth_unsafe).
    XFER_DECL credentials& allow_cleartext_password(bool on = true);

    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return data_ == nullptr; }
    /// auth::none when empty.
    [[nodiscard]] XFER_DECL auth allowed() const noexcept;
    /// Of allow_cleartext_password().
    [[nodiscard]] XFER_DECL bool cleartext_password_allowed() const noexcept;
    // The views live as long as the value is not assigned to.

    /// The user; empty with a token.
    [[nodiscard]] XFER_DECL std::string_view user() const noexcept;
    /// The password; empty with a token.
    [[nodiscard]] XFER_DECL std::string_view password() const noexcept;
    /// The token; empty without one.
    [[nodiscard]] XFER_DECL std::string_view token() const noexcept;

    /// Octet by octet, case included, in a time that does not tell where they differ.
    [[nodiscard]] friend bool operator==(
        const credentials& a, const credentials& b
    ) noexcept {
        return a.data_ == b.data_ || equal(a, b);
    }

 private:
    struct data;
    [[nodiscard]] XFER_DECL static bool equal(
        const credentials& a, const credentials& b
    ) noexcept;

    std::shared_ptr<const data> data_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/auth.ipp>
#endif
