// The strongest challenge.
#pragma once

#include <xfer/proto/auth_choice.hpp>
#include <xfer/proto/octets.hpp>

#include <utility>

namespace XFER_NAMESPACE::proto {

XFER_DECL auth_choice
choose_auth(std::span<const auth_challenge> challenges, const auth_policy& policy) {
    using outcome = auth_choice::outcome;
    auth_choice best;
    bool basic = false;
    for (const auth_challenge& challenge : challenges) {
        if (iequals(challenge.scheme, "Basic")) {
            basic = contains(policy.allowed, auth::basic);
        } else if (contains(policy.allowed, auth::digest)) {
            auto digest = read_digest_challenge(challenge);
            if (!digest || !choose_qop(*digest, policy.body_known)) continue;
            const bool stronger =
                best.what == outcome::none || digest->hash > best.challenge.hash;
            if (stronger) best = {outcome::digest, std::move(*digest)};
        }
    }
    if (best.what == outcome::none && basic) {
        const bool safe = policy.encrypted || policy.cleartext_password ||
                          policy.allowed == auth::basic;
        best.what = safe ? outcome::basic : outcome::unsafe;
    }
    return best;
}

}  // namespace XFER_NAMESPACE::proto
