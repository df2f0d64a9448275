// What is remembered of one peer that asks who its users are, and the decision what to
// send to it: before a request, and after a 401 or 407.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/detail/random.hpp>
#include <xfer/detail/secret.hpp>
#include <xfer/fields.hpp>
#include <xfer/proto/auth_challenge.hpp>
#include <xfer/proto/auth_choice.hpp>
#include <xfer/proto/digest.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::proto {

/// Who asks: the server a URL names, or a proxy on the way to it.
enum class auth_role : std::uint8_t { origin, proxy };

/// The names and the number by which each of them asks and is answered (RFC 9110 11.6,
/// 11.7).
struct auth_names {
    int status;
    std::string_view challenge;
    std::string_view answer;
    std::string_view info;
};
[[nodiscard]] constexpr auth_names names_of(auth_role role) noexcept {
    if (role == auth_role::proxy) {
        return {
            407,
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "Proxy-Authentication-Info"};
    }
    return {401, "WWW-Authenticate", "Authorization", "Authentication-Info"};
}

/// The request at hand; the views are only read during a call.
struct auth_request {
    /// Of whom it is asked, as url::origin() says it: of the URL, or of the proxy.
    std::string_view peer;
    std::string_view method;
    std::string_view target;  ///< as in the request line; of CONNECT, host and port
    /// The body if it is known as a whole: empty if there is none.
    std::optional<std::string_view> body = std::string_view();
    bool encrypted = false;  ///< TLS up to that peer
};

/// What one request has tried at one peer so far. The caller keeps one from the first
/// sending of a request to its last, and begins anew with the next request, and with
/// another peer.
struct auth_attempt {
    unsigned answers = 0;    ///< how many challenges were answered
    auth sent = auth::none;  ///< how the last sending proved who it was
    bool basic = false;      ///< a challenge was answered by Basic
    digest_hash hash = digest_hash::md5;
    std::string nonce;  ///< that of the last sending, if by Digest
};

/// What to do.
struct auth_step {
    enum class verdict : std::uint8_t {
        nothing,       ///< send without; or: nothing was asked of these credentials
        answer,        ///< send (again) with `value`
        denied,        ///< the credentials are wrong; the response stands
                       ///< (CURLE_LOGIN_DENIED)
        unanswerable,  ///< no challenge that can be answered; the response stands
        unsafe,        ///< only Basic, over a plain connection: error::auth_unsafe
        failed,        ///< see `why`: error::no_entropy, error::invalid_option
    };
    verdict what = verdict::nothing;
    detail::secret value;  ///< of names_of(role).answer
    refusal why;           ///< set for `unsafe` and `failed`; else may say why not
};

/// The memory of one role and one peer. Both are its identity: it answers nobody else,
/// and neither does it answer a 407 as an origin or a 401 as a proxy. So what is for a
/// proxy never reaches a server, and what is for one host never another.
///
/// It remembers the last Digest challenge that was answered, and for which credentials,
/// so that the next request with the same ones needs not be refused first. The whole
/// peer is one protection space to it: the parameter `domain` (RFC 7616 3.3) is not
/// honoured, as it could only make it wider than the origin, which is never done, or
/// spare some paths a hash. Passwords are never put into a request before they are
/// asked for, unless Basic is all that is allowed.
///
/// Does no I/O. Not safe to be used by two threads at once; any number of requests may
/// share it in turn, each with an auth_attempt of its own.
class auth_context {
 public:
    /// A request answers at most so many challenges of a peer: the first one, and those
    /// that say its nonce is stale.
    static constexpr unsigned max_answers = 4;

    /// `peer` as url::origin() says it.
    auth_context(auth_role role, std::string peer)
        : role_(role), peer_(std::move(peer)) {}

    [[nodiscard]] auth_role role() const noexcept { return role_; }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
    [[nodiscard]] bool is_for(auth_role role, std::string_view peer) const noexcept {
        return role == role_ && peer == peer_ && !peer.empty();
    }

    /// What to send before anything was asked: a bearer token; the password, if Basic
    /// is all that is allowed, or what this attempt has answered a challenge by; an
    /// answer by Digest, if the nonce is known and was given to the same credentials.
    /// Verdicts: nothing, answer, failed.
    [[nodiscard]] XFER_DECL auth_step before(
        const credentials& who,
        const auth_request& request,
        auth_attempt& attempt,
        detail::random_source random = &detail::random_bytes
    );

    /// What to do about a response. A challenge is answered once; again only if it says
    /// that the nonce was stale, or if what was refused was a guess with a nonce that
    /// the server has replaced since; and never in a way that is weaker than the one
    /// before. Any verdict; nothing, too, if the status is not that of the role, or the
    /// request went to another peer.
    [[nodiscard]] XFER_DECL auth_step after(
        int status,
        fields_view response,
        const credentials& who,
        const auth_request& request,
        auth_attempt& attempt,
        detail::random_source random = &detail::random_bytes
    );

    /// Notes the nonce that a response gives out for the next request (RFC 7616 3.5),
    /// if its request was answered with the one that is remembered. For any response
    /// that after() does not look at.
    XFER_DECL void note(fields_view response, const auth_attempt& attempt);

    /// Forgets everything but who it is for.
    void forget() noexcept { memory_.reset(); }
    /// Whether before() could answer by Digest.
    [[nodiscard]] bool remembers() const noexcept { return memory_.has_value(); }

 private:
    struct memory {
        credentials who;
        digest_challenge challenge;  // its nonce is the current one
        std::uint32_t count = 0;     // answers with that nonce
        // Of a -sess algorithm: with what the session began.
        std::string session_nonce;
        std::string session_cnonce;
    };

    XFER_DECL auth_step answer_digest(
        const credentials& who,
        const auth_request& request,
        auth_attempt& attempt,
        detail::random_source random
    );
    XFER_DECL void remember(const credentials& who, digest_challenge&& challenge);
    [[nodiscard]] XFER_DECL static bool was_wrong(
        const auth_choice& choice, const auth_attempt& attempt
    ) noexcept;

    auth_role role_;
    std::string peer_;
    std::optional<memory> memory_;
};

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/auth_context.ipp>
#endif
