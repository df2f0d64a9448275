// xfer/proto/authorization.hpp: Basic and Bearer.
#include <xfer/proto/authorization.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace xfer::proto;
using xfer::auth;
using xfer::credentials;

namespace {

std::string basic(std::string_view user, std::string_view password) {
    std::string out;
    const refusal refused = append_basic(out, user, password);
    if (refused) {
        CHECK(refused.ec == xfer::error::invalid_option);
        CHECK(out.empty());
        return "refused";
    }
    return out;
}

bool refused(const credentials& who) {
    const refusal r = check_credentials(who);
    return r && r.ec == xfer::error::invalid_option && !r.why.empty();
}

}  // namespace

TEST_CASE("basic: the examples of RFC 7617", "[proto][authorization]") {
    CHECK(basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK(basic("test", "123\xC2\xA3") == "Basic dGVzdDoxMjPCow==");
}

TEST_CASE(
    "basic: any part may be empty, a password have colons", "[proto][authorization]"
) {
    CHECK(basic("", "") == "Basic Og==");
    CHECK(basic("", ":") == "Basic Ojo=");
    CHECK(basic("a", "b:c") == "Basic YTpiOmM=");
}

TEST_CASE("basic: a colon in the user's name is refused", "[proto][authorization]") {
    std::string out = "before";
    const refusal r = append_basic(out, "a:b", "c");
    CHECK(r.ec == xfer::error::invalid_option);
    CHECK(r.why.find("colon") != r.why.npos);
    CHECK(out == "before");
}

TEST_CASE(
    "E2: no control octet is taken in a user or password", "[proto][authorization]"
) {
    for (int octet = 0; octet < 256; ++octet) {
        const std::string text = std::string("a") + static_cast<char>(octet) + "b";
        const bool control = octet < 32 || octet == 127;
        CAPTURE(octet);
        CHECK((basic("u", text) == "refused") == control);
        CHECK((basic(text, "p") == "refused") == (control || octet == ':'));
        CHECK(refused(credentials("u", text)) == control);
        CHECK(refused(credentials(text, "p")) == control);
    }
}

TEST_CASE("bearer: a token has the octets of a b64token", "[proto][authorization]") {
    std::string out;
    CHECK_FALSE(append_bearer(out, "mF_9.B5f-4.1JqM"));
    CHECK(out == "Bearer mF_9.B5f-4.1JqM");
    CHECK_FALSE(refused(credentials::bearer("aZ09-._~+/==")));
    for (const auto token :
         {"", "=", "==", "a=b", "a b", "a\r\nX: y", "a,b", "\"a\"", "a\x80", " a"}) {
        CAPTURE(token);
        out = "before";
        CHECK(append_bearer(out, token).ec == xfer::error::invalid_option);
        CHECK(out == "before");
        CHECK(refused(credentials::bearer(token)));
    }
}

TEST_CASE("credentials: contradictions are refused", "[proto][authorization]") {
    CHECK_FALSE(refused(credentials()));
    CHECK_FALSE(refused(credentials("u", "p")));
    CHECK_FALSE(refused(credentials("", "", auth::basic)));
    CHECK(refused(credentials("u", "p", auth::none)));
    CHECK(refused(credentials("u", "p", auth::bearer)));
    CHECK(refused(credentials("u", "p", auth::bearer | auth::basic)));
    CHECK(refused(credentials("a:b", "p", auth::basic)));
    CHECK_FALSE(refused(credentials("a:b", "p", auth::digest)));
    CHECK_FALSE(refused(credentials("a:b", "p")));
}
