// Digest authentication (RFC 7616, and RFC 2617 for servers that know no better): what
// a challenge says, and the answer to it.
#pragma once

#include <xfer/proto/auth_challenge.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE::proto {

/// The hashes, the stronger the greater.
enum class digest_hash : std::uint8_t { md5, sha_256, sha_512_256 };

/// What one Digest challenge asks. The parameter `domain` is not kept: where else a
/// server would like to be answered is not for it to say, see auth_context.
struct digest_challenge {
    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque;  ///< to be sent back
    digest_hash hash = digest_hash::md5;
    bool session = false;          ///< the algorithm's name ends in -sess
    bool names_algorithm = false;  ///< it had the parameter, so the answer has it too
    bool auth = false;             ///< qop has `auth`
    bool auth_int = false;         ///< qop has `auth-int`
    bool stale = false;            ///< only the nonce was wrong, not the password
    bool userhash = false;         ///< the user's name is to be hashed
    bool utf8 = false;             ///< the charset is UTF-8

    /// No qop at all: the answer is that of RFC 2069, without count and cnonce.
    [[nodiscard]] bool legacy() const noexcept { return !auth && !auth_int; }
};

/// nullopt if that challenge is none that can be answered: another scheme, no realm or
/// nonce, an algorithm or qop that is not known (RFC 7616 3.3), or a -sess algorithm
/// without qop, which has no cnonce to hash.
[[nodiscard]] XFER_DECL std::optional<digest_challenge> read_digest_challenge(
    const auth_challenge& challenge
);

/// Which qop the answer has: auth-int if the server offers it and the body is known as
/// a whole, else auth. nullopt if neither is possible.
enum class digest_qop : std::uint8_t { legacy, auth, auth_int };
[[nodiscard]] XFER_DECL std::optional<digest_qop> choose_qop(
    const digest_challenge& challenge, bool body_known
) noexcept;

/// What goes into an answer beside the challenge.
struct digest_facts {
    std::string_view user;      ///< in UTF-8
    std::string_view password;  ///< in UTF-8
    std::string_view method;
    std::string_view target;                    ///< as in the request line
    std::optional<std::string_view> body = {};  ///< if it is known as a whole
    /// How many requests were answered with this nonce, this one included.
    std::uint32_t count = 1;
    std::string_view cnonce;  ///< of base64 or such: it is sent as it is
    /// For a -sess algorithm, the nonce with which the session began; empty if it
    /// begins with this answer (RFC 7616 3.4.2). Its cnonce is that of every answer.
    std::string_view session_nonce = {};
};

/// Appends the value of Authorization. Refused, with nothing appended:
/// - error::invalid_option: a control octet in user or password, or qop is auth-int
///   alone and the body is not known.
///   Or OpenSSL does not provide the hash, as a FIPS provider does with MD5.
[[nodiscard]] XFER_DECL refusal append_digest(
    std::string& out, const digest_challenge& challenge, const digest_facts& facts
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/digest.ipp>
#endif
