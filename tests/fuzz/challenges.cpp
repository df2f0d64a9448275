// WWW-Authenticate and its like, the choice among challenges, and the answer.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/error.hpp>
#include <xfer/fields.hpp>
#include <xfer/proto/auth_challenge.hpp>
#include <xfer/proto/auth_choice.hpp>
#include <xfer/proto/digest.hpp>
#include <xfer/proto/octets.hpp>

#include <string>

namespace fuzz {
namespace {

using namespace xfer::proto;

constexpr std::string_view name = "WWW-Authenticate";

std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

/// A challenge as a server might have written it; nothing in it is left to guess.
std::string written(const auth_challenge& challenge) {
    std::string out = challenge.scheme;
    if (!challenge.token68.empty()) return out + " " + challenge.token68;
    std::string_view between = " ";
    for (const auto& param : challenge.params) {
        out.append(between).append(param.name).append("=").append(quoted(param.value));
        between = ", ";
    }
    return out;
}

void check(const auth_challenge& challenge, const auth_limits& limits) {
    require(is_token(challenge.scheme), "a scheme is a token");
    require(challenge.params.size() <= limits.params, "not too many parameters");
    require(
        challenge.token68.empty() || challenge.params.empty(),
        "a token stands in place of parameters"
    );
    for (const auto& param : challenge.params) {
        require(is_token(param.name), "a parameter's name is a token");
        require(is_field_value(param.value), "no control octets");
        require(*challenge.find(param.name) == param.value, "no name comes twice");
    }
}

/// One line with these challenges, read again.
void check_round_trip(const std::vector<auth_challenge>& found) {
    std::string line;
    for (const auto& challenge : found) {
        if (!line.empty()) line += ", ";
        line += written(challenge);
    }
    xfer::fields fields;
    fields.add(name, line);
    const auth_limits wide{.bytes = 1'000'000, .challenges = 1000, .params = 1000};
    const auto again = parse_challenges(fields, name, wide);
    require(!again.failure, "what was written can be read");
    std::string same;
    for (const auto& challenge : again.found) {
        if (!same.empty()) same += ", ";
        same += written(challenge);
    }
    require_same(line, same, "challenges, written and read");
}

/// The answer is one challenge's grammar itself.
void check_answer(const digest_challenge& challenge, bool body_known) {
    digest_facts facts;
    facts.user = "us\"er\\";
    facts.password = "open sesame";
    facts.method = "GET";
    facts.target = "/a?b";
    facts.cnonce = "Zm9v";
    if (body_known) facts.body = "body";
    std::string out;
    if (append_digest(out, challenge, facts)) {
        return require(out.empty(), "nothing is appended where something is refused");
    }
    require(is_field_value(out), "an answer is a field's value");
    xfer::fields fields;
    fields.add("Authorization", out);
    const auto read = parse_challenges(fields, "Authorization");
    require(read.found.size() == 1 && !read.failure, "an answer has one meaning");
    require(read.found[0].scheme == "Digest", "it is of Digest");
    require_same(
        read.found[0].find("nonce").value_or("(none)"), challenge.nonce, "the nonce"
    );
    require_same(
        read.found[0].find("realm").value_or("(none)"), challenge.realm, "the realm"
    );
}

}  // namespace

void challenges(std::string_view given) {
    input in(given);
    auth_limits limits;
    if (in.choose()) limits = {.bytes = 200, .challenges = 3, .params = 4};
    auth_policy policy;
    policy.allowed = in.choose() ? xfer::auth::any : xfer::auth::digest;
    policy.encrypted = in.choose();
    policy.body_known = in.choose();
    xfer::fields fields;
    while (in.has_lines()) fields.add(name, in.line().view());

    const auto read = parse_challenges(fields, name, limits);
    require(read.found.size() <= limits.challenges, "not too many challenges");
    for (const auto& challenge : read.found) check(challenge, limits);
    require(
        read.failure.ec != xfer::error::header_too_large || read.found.empty(),
        "beyond the limits there are none"
    );
    if (!read.found.empty()) check_round_trip(read.found);

    const auto choice = choose_auth(read.found, policy);
    require(
        choice.what != auth_choice::outcome::basic || policy.encrypted,
        "no password in clear text beside others"
    );
    if (choice.what == auth_choice::outcome::digest) {
        check_answer(choice.challenge, policy.body_known);
    }
    if (const auto info = parse_authentication_info(fields, name, limits)) {
        check({"token", info->token68, info->params}, limits);
    }
}

}  // namespace fuzz
