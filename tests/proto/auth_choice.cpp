// xfer/proto/auth_choice.hpp: which challenge is answered.
#include <xfer/proto/auth_choice.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace xfer::proto;
using xfer::auth;

namespace {

constexpr std::string_view basic = "Basic realm=\"r\"";
constexpr std::string_view md5 = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
constexpr std::string_view sha_256 =
    "Digest realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=SHA-256";
constexpr std::string_view sha_512_256 =
    "Digest realm=\"r\", nonce=\"3\", qop=\"auth\", algorithm=SHA-512-256-sess";

constexpr auth_policy over_tls{.allowed = auth::any, .encrypted = true};
constexpr auth_policy over_plain{.allowed = auth::any};

/// "basic", "unsafe", "none", or the nonce of the Digest challenge.
std::string choose(
    const std::vector<std::string_view>& lines, const auth_policy& policy
) {
    xfer::fields fields;
    for (const auto line : lines) fields.add("WWW-Authenticate", line);
    const auto all = parse_challenges(fields, "WWW-Authenticate");
    const auth_choice choice = choose_auth(all.found, policy);
    switch (choice.what) {
        case auth_choice::outcome::none:
            return "none";
        case auth_choice::outcome::basic:
            return "basic";
        case auth_choice::outcome::unsafe:
            return "unsafe";
        case auth_choice::outcome::digest:
            return choice.challenge.nonce;
    }
    return {};
}

}  // namespace

TEST_CASE("choice: the strongest is chosen in whatever order", "[proto][auth]") {
    std::vector<std::string_view> lines{basic, md5, sha_256, sha_512_256};
    std::sort(lines.begin(), lines.end());
    int orders = 0;
    do {
        CHECK(choose(lines, over_tls) == "3");
        CHECK(choose(lines, over_plain) == "3");
        ++orders;
    } while (std::next_permutation(lines.begin(), lines.end()));
    CHECK(orders == 24);
    CHECK(choose({basic, sha_256, md5}, over_tls) == "2");
    CHECK(choose({md5, basic}, over_tls) == "1");
    CHECK(choose({basic}, over_tls) == "basic");
    CHECK(choose({}, over_tls) == "none");
}

TEST_CASE(
    "A5.1: over http Digest is chosen, and Basic alone is unsafe", "[proto][auth]"
) {
    CHECK(choose({basic, md5}, over_plain) == "1");
    CHECK(choose({basic}, over_plain) == "unsafe");
    CHECK(choose({basic, "Digest realm=r"}, over_plain) == "unsafe");
    auth_policy told = over_plain;
    told.cleartext_password = true;
    CHECK(choose({basic}, told) == "basic");
    CHECK(choose({basic, md5}, told) == "1");
    // Who allows nothing but Basic has said what they want.
    CHECK(choose({basic}, {.allowed = auth::basic}) == "basic");
}

TEST_CASE("choice: nothing weaker than what is allowed is chosen", "[proto][auth]") {
    const auth_policy digest{.allowed = auth::digest, .encrypted = true};
    CHECK(choose({basic}, digest) == "none");
    CHECK(choose({basic, md5}, digest) == "1");
    const auth_policy basic_only{.allowed = auth::basic, .encrypted = true};
    CHECK(choose({md5}, basic_only) == "none");
    CHECK(choose({md5, basic}, basic_only) == "basic");
    for (const auth allowed : {auth::none, auth::bearer}) {
        CHECK(
            choose({basic, md5, "Bearer"}, {.allowed = allowed, .encrypted = true}) ==
            "none"
        );
    }
}

TEST_CASE(
    "choice: unknown schemes and broken challenges are skipped", "[proto][auth]"
) {
    CHECK(choose({"Negotiate, NTLM TlRM==", basic}, over_tls) == "basic");
    CHECK(choose({"Digest realm=r, nonce=9, algorithm=SHA-3", md5}, over_tls) == "1");
    CHECK(choose({"Digest realm=r, nonce=9, nonce=9", md5}, over_tls) == "1");
    CHECK(choose({"Hoba x=y"}, over_tls) == "none");
}

TEST_CASE("choice: auth-int alone is answered if the body is known", "[proto][auth]") {
    constexpr std::string_view strong =
        "Digest realm=r, nonce=9, qop=auth-int, algorithm=SHA-256";
    auth_policy streaming = over_tls;
    streaming.body_known = false;
    CHECK(choose({strong, md5}, over_tls) == "9");
    CHECK(choose({strong, md5}, streaming) == "1");
    CHECK(choose({strong}, streaming) == "none");
}
