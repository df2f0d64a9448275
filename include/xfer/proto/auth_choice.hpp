// Which of a server's challenges is answered: one decision over all of them.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/proto/auth_challenge.hpp>
#include <xfer/proto/digest.hpp>

#include <cstdint>
#include <span>

namespace XFER_NAMESPACE::proto {

/// What the choice rests on, beside the challenges.
struct auth_policy {
    auth allowed = auth::none;
    /// Between here and whoever asks nobody can listen: TLS.
    bool encrypted = false;
    /// credentials::allow_cleartext_password.
    bool cleartext_password = false;
    /// The body of the request is known as a whole, so that it can be hashed.
    bool body_known = true;
};

struct auth_choice {
    enum class outcome : std::uint8_t {
        none,    ///< nothing that is allowed was asked for, or can be done
        basic,   ///< the password
        digest,  ///< an answer to `challenge`
        unsafe,  ///< Basic was all there is, and over a plain connection it is not done
    };
    outcome what = outcome::none;
    digest_challenge challenge = {};
};

/// The strongest way that the server asks for and the policy allows, in whichever order
/// they stand: Digest with SHA-512-256, with SHA-256, with MD5, Basic; of equals the
/// first. Challenges of other schemes, and Digest ones that cannot be read, are as if
/// they were not there. Basic is chosen over a plain connection only if it is all that
/// is allowed, or if the policy says so. Bearer is never chosen: a token is sent
/// without being asked for, and a challenge says that it was no good.
[[nodiscard]] XFER_DECL auth_choice
choose_auth(std::span<const auth_challenge> challenges, const auth_policy& policy);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/auth_choice.ipp>
#endif
