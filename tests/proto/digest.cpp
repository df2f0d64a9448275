// xfer/proto/digest.hpp: the hashes of RFC 7616 and RFC 2617.
#include <xfer/proto/digest.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <string_view>

using namespace xfer::proto;

namespace {

auth_challenge parse(std::string_view line) {
    xfer::fields fields;
    fields.add("WWW-Authenticate", line);
    auto all = parse_challenges(fields, "WWW-Authenticate");
    REQUIRE(all.found.size() == 1);
    return all.found[0];
}

std::optional<digest_challenge> read(std::string_view line) {
    return read_digest_challenge(parse(line));
}

std::string answer(std::string_view line, const digest_facts& facts) {
    const auto challenge = read(line);
    REQUIRE(challenge);
    std::string out;
    const refusal refused = append_digest(out, *challenge, facts);
    INFO(refused.why);
    REQUIRE_FALSE(refused);
    return out;
}

/// One parameter of an answer, as a server reads it.
std::string param(std::string_view value, std::string_view name) {
    const auto challenge = parse(value);
    return std::string(challenge.find(name).value_or("(none)"));
}

constexpr std::string_view mufasa_nonce =
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

digest_facts mufasa() {
    digest_facts facts;
    facts.user = "Mufasa";
    facts.password = "Circle of Life";
    facts.method = "GET";
    facts.target = "/dir/index.html";
    facts.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    return facts;
}

std::string mufasa_line(std::string_view algorithm, std::string_view qop = "auth") {
    return "Digest realm=\"http-auth@example.org\", qop=\"" + std::string(qop) +
           "\", algorithm=" + std::string(algorithm) + ", " + std::string(mufasa_nonce);
}

}  // namespace

TEST_CASE("digest: RFC 7616 3.9.1 with MD5", "[proto][digest]") {
    CHECK(
        answer(mufasa_line("MD5", "auth, auth-int"), mufasa()) ==
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
        "uri=\"/dir/index.html\", algorithm=MD5, "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
        "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
        "response=\"8ca523f5e9506fed4657c9700eebdbec\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
    );
}

TEST_CASE("digest: RFC 7616 3.9.1 with SHA-256", "[proto][digest]") {
    CHECK(
        param(answer(mufasa_line("SHA-256"), mufasa()), "response") ==
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

TEST_CASE("digest: RFC 7616 3.9.2 as erratum 4897 corrects it", "[proto][digest]") {
    std::string line =
        "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, "
        "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", "
        "opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8";
    digest_facts facts;
    facts.user = "J\xC3\xA4s\xC3\xB8n Doe";
    facts.password = "Secret, or not?";
    facts.method = "GET";
    facts.target = "/doe.json";
    facts.cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
    constexpr std::string_view response =
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
    SECTION("with the user's name hashed") {
        const std::string value = answer(line + ", userhash=true", facts);
        CHECK(
            param(value, "username") ==
            "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
        );
        CHECK(param(value, "userhash") == "true");
        CHECK(param(value, "username*") == "(none)");
        CHECK(param(value, "response") == response);
    }
    SECTION("with username*") {
        const std::string value = answer(line, facts);
        CHECK(param(value, "username*") == "UTF-8''J%C3%A4s%C3%B8n%20Doe");
        CHECK(param(value, "username") == "(none)");
        CHECK(param(value, "userhash") == "(none)");
        CHECK(param(value, "response") == response);
    }
}

TEST_CASE("digest: RFC 2617 3.5", "[proto][digest]") {
    digest_facts facts = mufasa();
    facts.password = "Circle Of Life";
    facts.cnonce = "0a4f113b";
    const std::string line =
        "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
        "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
        "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    const std::string value = answer(line, facts);
    CHECK(param(value, "response") == "6629fae49393a05397450978507c4ef1");
    CHECK(param(value, "algorithm") == "(none)");
    CHECK(param(value, "opaque") == "5ccc069c403ebaf9f0171e9517f40e41");
}

// The values below were computed apart from this code, by the formulas of RFC 7616 3.4
// with another implementation of the hashes.
TEST_CASE("digest: each algorithm, with -sess, auth and auth-int", "[proto][digest]") {
    struct row {
        std::string_view algorithm;
        std::string_view qop;
        std::string_view response;
    };
    const auto r = GENERATE(values<row>({
        {"MD5", "auth", "9c659db23ea38ba6f0fe59f7a4bbcab1"},
        {"MD5", "auth-int", "75be16e10f209c1a01e3371c6a5a32ee"},
        {"MD5-sess", "auth", "d4d22a3da43b6c7798c5625445ffa632"},
        {"MD5-sess", "auth-int", "3aa7ccf0321c641c09be6ba5b933b8e4"},
        {"SHA-256",
         "auth",
         "7f3157f256174030d7bc97cae9c8296bf188c255504c9fef6f8adde852b8a1ba"},
        {"SHA-256",
         "auth-int",
         "be62b3189960e2f20b78396c13699ba74c3462e357c94e8f637b4cf375ce4426"},
        {"SHA-256-sess",
         "auth",
         "a1b7e715cdd8e197e548edc765370759c379cff02fdbe306441d8b244a764a11"},
        {"SHA-256-sess",
         "auth-int",
         "cdbf7f5b42e5bad6bfa7f3b34fbafe5ba4ed07edb957c5e887ae14922e6fe0b5"},
        {"SHA-512-256",
         "auth",
         "b560ab2e6528062d56909d742cac6353a157a3a264613b50116cb81175ba12be"},
        {"SHA-512-256",
         "auth-int",
         "34a57ce206ca36771f39f9bb3fe9055bf486f484b811b786366581d8c6aea882"},
        {"SHA-512-256-sess",
         "auth",
         "cc45c4c2d136b7882cdf793146f7ba33db601f1df496ee1d2cc6c9a40d4a9467"},
        {"SHA-512-256-sess",
         "auth-int",
         "8d9989bea3689d44248b7bbdb44b71bc9044f0ca3f6b573fdaa8fa09050192e2"},
    }));
    CAPTURE(r.algorithm, r.qop);
    digest_facts facts = mufasa();
    facts.method = "POST";
    facts.count = 0x2a;
    facts.body = "name=value";
    const std::string value = answer(mufasa_line(r.algorithm, r.qop), facts);
    CHECK(param(value, "response") == r.response);
    CHECK(param(value, "qop") == r.qop);
    CHECK(param(value, "algorithm") == r.algorithm);
    CHECK(param(value, "nc") == "0000002a");
}

TEST_CASE("digest: without qop the answer is that of RFC 2069", "[proto][digest]") {
    const std::string value =
        answer("Digest realm=\"r\", nonce=\"n\", algorithm=MD5", mufasa());
    CHECK(param(value, "response") == "0bab5c24c08a1ef94a6cc3d446ce558a");
    CHECK(param(value, "qop") == "(none)");
    CHECK(param(value, "nc") == "(none)");
    CHECK(param(value, "cnonce") == "(none)");
}

TEST_CASE("digest: a session goes on with the nonce it began with", "[proto][digest]") {
    digest_facts facts = mufasa();
    const std::string line = mufasa_line("MD5-sess");
    const std::string first = param(answer(line, facts), "response");
    facts.session_nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    CHECK(param(answer(line, facts), "response") == first);
    facts.session_nonce = "another";
    CHECK(param(answer(line, facts), "response") != first);
}

TEST_CASE("digest: auth-int needs the body, auth does without", "[proto][digest]") {
    digest_facts facts = mufasa();
    const auto qop_of = [&](std::string_view offered) {
        return param(answer(mufasa_line("MD5", offered), facts), "qop");
    };
    CHECK(qop_of("auth-int, auth") == "auth");
    CHECK(qop_of("AUTH") == "auth");
    facts.body = "";
    CHECK(qop_of("auth, auth-int") == "auth-int");
    CHECK(qop_of("auth") == "auth");
    CHECK(qop_of("other,auth") == "auth");
    facts.body.reset();
    std::string out;
    const auto only = read(mufasa_line("MD5", "auth-int"));
    REQUIRE(only);
    CHECK_FALSE(choose_qop(*only, false));
    CHECK(append_digest(out, *only, facts).ec == xfer::error::invalid_option);
    CHECK(out.empty());
}

TEST_CASE("digest: what cannot be answered is no challenge", "[proto][digest]") {
    CHECK(read("DIGEST REALM=r, NONCE=n, ALGORITHM=md5, QOP=auth"));
    CHECK(read("Digest realm=\"\", nonce=n"));
    const auto line = GENERATE(
        as<std::string_view>(),
        "Basic realm=r, nonce=n",
        "Digest",
        "Digest abc",
        "Digest nonce=n",
        "Digest realm=r",
        "Digest realm=r, nonce=\"\"",
        "Digest realm=r, nonce=n, algorithm=SHA-1",
        "Digest realm=r, nonce=n, algorithm=\"\"",
        "Digest realm=r, nonce=n, algorithm=-sess",
        "Digest realm=r, nonce=n, algorithm=MD5-sess",
        "Digest realm=r, nonce=n, qop=token",
        "Digest realm=r, nonce=n, qop=\"\""
    );
    CAPTURE(line);
    CHECK_FALSE(read(line));
}

TEST_CASE("digest: flags are true only if they say so", "[proto][digest]") {
    const auto c = read(
        "Digest realm=r, nonce=n, stale=TRUE, userhash=\"true\", charset=utf-8, "
        "domain=\"/x\""
    );
    REQUIRE(c);
    CHECK((c->stale && c->userhash && c->utf8));
    CHECK_FALSE(c->opaque);
    const auto d = read(
        "Digest realm=r, nonce=n, stale=1, userhash=yes, charset=latin1, opaque=\"\""
    );
    REQUIRE(d);
    CHECK_FALSE((d->stale || d->userhash || d->utf8));
    CHECK(d->opaque == "");
}

TEST_CASE("digest: quotes come out as they went in", "[proto][digest]") {
    digest_facts facts = mufasa();
    facts.user = "a\"b\\c";
    facts.target = "/\"\\";
    const std::string value =
        answer("Digest realm=\"x \\\"y\\\"\", nonce=\"\\\\n\", opaque=\"\\\"\"", facts);
    CHECK(param(value, "username") == "a\"b\\c");
    CHECK(param(value, "realm") == "x \"y\"");
    CHECK(param(value, "nonce") == "\\n");
    CHECK(param(value, "opaque") == "\"");
    CHECK(param(value, "uri") == "/\"\\");
}

TEST_CASE("digest: username* is for UTF-8 that the server knows", "[proto][digest]") {
    digest_facts facts = mufasa();
    const auto names = [&](std::string_view user, std::string_view more) {
        facts.user = user;
        const auto value = answer("Digest realm=r, nonce=n" + std::string(more), facts);
        return param(value, "username") + '|' + param(value, "username*");
    };
    CHECK(names("\xC3\xA4", ", charset=UTF-8") == "(none)|UTF-8''%C3%A4");
    CHECK(
        names("\xE2\x82\xAC'*", ", charset=UTF-8") == "(none)|UTF-8''%E2%82%AC%27%2A"
    );
    CHECK(names("\xF0\x9F\x98\x80", ", charset=UTF-8") == "(none)|UTF-8''%F0%9F%98%80");
    CHECK(names("\xC3\xA4", "") == "\xC3\xA4|(none)");
    CHECK(names("a", ", charset=UTF-8") == "a|(none)");
    for (const std::string_view broken :
         {"\xE4",
          "\xC3",
          "\xC0\xAF",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xE0\x80\x80",
          "\xF8\x88\x80\x80\x80",
          "\x80",
          "\xE2\x82"}) {
        CHECK(names(broken, ", charset=UTF-8") == std::string(broken) + "|(none)");
    }
}

TEST_CASE("E2: no control octet gets into an answer", "[proto][digest]") {
    const auto challenge = read(mufasa_line("MD5"));
    for (const auto& bad :
         {std::string("a\rb"),
          std::string("a\nb"),
          std::string("a\0b", 3),
          std::string("\x7f")}) {
        std::string out = "before";
        digest_facts facts = mufasa();
        facts.user = bad;
        CHECK(append_digest(out, *challenge, facts).ec == xfer::error::invalid_option);
        facts.user = "u";
        facts.password = bad;
        CHECK(append_digest(out, *challenge, facts).ec == xfer::error::invalid_option);
        CHECK(out == "before");
    }
}
