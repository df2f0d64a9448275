// Asked and answered.
#pragma once

#include <xfer/proto/auth_context.hpp>
#include <xfer/proto/authorization.hpp>
#include <xfer/proto/base64.hpp>

#include <array>
#include <limits>

namespace XFER_NAMESPACE::proto {
namespace detail_auth {

using verdict = auth_step::verdict;

[[nodiscard]] inline auth_step failed(refusal why) {
    return {verdict::failed, {}, why};
}

[[nodiscard]] inline auth_step answer_with(
    std::string&& value, auth how, auth_attempt& attempt
) {
    attempt.sent = how;
    return {verdict::answer, detail::secret::from(std::move(value)), {}};
}

[[nodiscard]] inline auth_step answer_basic(
    const credentials& who, auth_attempt& attempt
) {
    std::string value;
    if (refusal refused = append_basic(value, who.user(), who.password())) {
        return failed(refused);
    }
    return answer_with(std::move(value), auth::basic, attempt);
}

/// 32 characters; empty if there is no entropy.
[[nodiscard]] inline std::string make_cnonce(detail::random_source random) {
    std::array<unsigned char, 24> octets{};
    if (random(octets)) return {};
    return base64_encode(
        std::string_view(reinterpret_cast<const char*>(octets.data()), octets.size())
    );
}

}  // namespace detail_auth

XFER_DECL auth_step auth_context::before(
    const credentials& who,
    const auth_request& request,
    auth_attempt& attempt,
    detail::random_source random
) {
    using namespace detail_auth;
    attempt.sent = auth::none;
    if (who.empty() || !is_for(role_, request.peer)) return {};
    if (refusal refused = check_credentials(who)) return failed(refused);
    if (who.allowed() == auth::bearer) {
        std::string value;
        if (refusal refused = append_bearer(value, who.token())) return failed(refused);
        return answer_with(std::move(value), auth::bearer, attempt);
    }
    if (who.allowed() == auth::basic || attempt.basic) {
        return answer_basic(who, attempt);
    }
    if (!memory_ || memory_->who != who) return {};
    if (!choose_qop(memory_->challenge, request.body.has_value())) return {};
    return answer_digest(who, request, attempt, random);
}

XFER_DECL auth_step auth_context::after(
    int status,
    fields_view response,
    const credentials& who,
    const auth_request& request,
    auth_attempt& attempt,
    detail::random_source random
) {
    using namespace detail_auth;
    const auth_names names = names_of(role_);
    if (who.empty() || status != names.status || !is_for(role_, request.peer))
        return {};
    if (refusal refused = check_credentials(who)) return failed(refused);
    if (attempt.sent == auth::bearer) {
        return {verdict::denied, {}, {{}, "the token was not accepted"}};
    }
    const auth_challenges challenges = parse_challenges(response, names.challenge);
    const auth_policy policy{
        who.allowed(),
        request.encrypted,
        who.cleartext_password_allowed(),
        request.body.has_value()};
    auth_choice choice = choose_auth(challenges.found, policy);
    if (choice.what != auth_choice::outcome::none && was_wrong(choice, attempt)) {
        if (memory_ && memory_->who == who) forget();
        return {verdict::denied, {}, {{}, "user or password were not accepted"}};
    }
    switch (choice.what) {
        case auth_choice::outcome::basic:
            ++attempt.answers;
            attempt.basic = true;
            return answer_basic(who, attempt);
        case auth_choice::outcome::digest:
            ++attempt.answers;
            remember(who, std::move(choice.challenge));
            return answer_digest(who, request, attempt, random);
        case auth_choice::outcome::unsafe:
            return {
                verdict::unsafe,
                {},
                {error::auth_unsafe,
                 "the password would be sent readable; allow_cleartext_password, or "
                 "https"}};
        case auth_choice::outcome::none:
            break;
    }
    // The sentence of what was broken, without its code: the response stands.
    const std::string_view why = challenges.failure
                                     ? challenges.failure.why
                                     : "nothing that is allowed was asked for";
    return {verdict::unanswerable, {}, {{}, why}};
}

XFER_DECL void auth_context::note(fields_view response, const auth_attempt& attempt) {
    if (!memory_ || attempt.sent != auth::digest ||
        attempt.nonce != memory_->challenge.nonce) {
        return;
    }
    const auto info = parse_authentication_info(response, names_of(role_).info);
    const auto next = info ? info->find("nextnonce") : std::nullopt;
    if (!next || next->empty() || *next == memory_->challenge.nonce) return;
    memory_->challenge.nonce = *next;
    memory_->count = 0;
}

/// Whether the server has seen what would be sent to it, or something as good.
XFER_DECL bool auth_context::was_wrong(
    const auth_choice& choice, const auth_attempt& attempt
) noexcept {
    if (attempt.answers >= max_answers) return true;
    if (attempt.sent == auth::none) return attempt.answers > 0;
    if (attempt.sent == auth::basic || choice.what != auth_choice::outcome::digest) {
        return true;
    }
    if (choice.challenge.hash < attempt.hash) return true;
    const bool guessed = attempt.answers == 0;
    return !choice.challenge.stale &&
           !(guessed && choice.challenge.nonce != attempt.nonce);
}

/// Another challenge begins another session; the same nonce goes on being counted.
XFER_DECL void auth_context::remember(
    const credentials& who, digest_challenge&& challenge
) {
    const bool same = memory_ && memory_->who == who &&
                      memory_->challenge.nonce == challenge.nonce &&
                      memory_->challenge.realm == challenge.realm &&
                      memory_->challenge.hash == challenge.hash &&
                      memory_->challenge.session == challenge.session;
    if (!same) memory_.emplace(memory{who, {}, 0, {}, {}});
    memory_->challenge = std::move(challenge);
}

XFER_DECL auth_step auth_context::answer_digest(
    const credentials& who,
    const auth_request& request,
    auth_attempt& attempt,
    detail::random_source random
) {
    using namespace detail_auth;
    memory& m = *memory_;
    std::string cnonce = m.session_cnonce;
    if (cnonce.empty()) {
        cnonce = make_cnonce(random);
        if (cnonce.empty()) {
            return failed({error::no_entropy, "OpenSSL has no random octets"});
        }
    }
    if (m.challenge.session && m.session_cnonce.empty()) {
        m.session_nonce = m.challenge.nonce;
        m.session_cnonce = cnonce;
    }
    digest_facts facts;
    facts.user = who.user();
    facts.password = who.password();
    facts.method = request.method;
    facts.target = request.target;
    facts.body = request.body;
    facts.count = ++m.count;
    facts.cnonce = cnonce;
    facts.session_nonce = m.session_nonce;
    std::string value;
    if (refusal refused = append_digest(value, m.challenge, facts)) {
        forget();
        return failed(refused);
    }
    attempt.hash = m.challenge.hash;
    attempt.nonce = m.challenge.nonce;
    // A count has eight digits: with the last one the nonce has served its time.
    if (m.count == std::numeric_limits<std::uint32_t>::max()) forget();
    return answer_with(std::move(value), auth::digest, attempt);
}

}  // namespace XFER_NAMESPACE::proto
