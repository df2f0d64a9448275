// xfer/proto/origin_secret.hpp: secrets that are found by their origin only.
#include <xfer/proto/origin_secret.hpp>

#include <catch2/catch.hpp>

#include <ostream>
#include <string_view>
#include <utility>

using xfer::url;
using xfer::proto::bound_credentials;
using xfer::proto::bound_secret;

namespace {

url read(std::string_view text) {
    xfer::parsed_url out;
    REQUIRE_FALSE(url::parse(text, out));
    return out.target;
}

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

}  // namespace

TEST_CASE("A1: a bound secret is found for its own origin", "[proto][secret]") {
    const bound_secret s(read("https://a.example/x?y#z"), "Bearer t");
    CHECK(s.for_origin(read("https://a.example/other")) == "Bearer t");
    CHECK(s.for_origin(read("https://A.EXAMPLE:443/")) == "Bearer t");
    CHECK(s.origin() == "https://a.example");
}

TEST_CASE("A1.1: a bound secret is not found for any other origin", "[proto][secret]") {
    const bound_secret s(read("https://a.example/x"), "Bearer t");
    const auto other = GENERATE(
        as<std::string_view>(),
        "https://b.example/",
        "https://sub.a.example/",
        "https://example/",
        "https://a.example:8443/",
        "http://a.example/",
        "http://a.example:443/",
        "ftp://a.example/",
        "https://a.example./",
        "https://u:p@b.example/",
        "https://a.example.b.example/",
        "mailto:a.example"
    );
    CAPTURE(other);
    CHECK_FALSE(s.for_origin(read(other)));
}

TEST_CASE("A1: what belongs to no host is found nowhere", "[proto][secret]") {
    const bound_secret s(read("file:///x"), "secret");
    CHECK_FALSE(s.for_origin(read("file:///x")));
    CHECK_FALSE(s.for_origin(url()));
    CHECK_FALSE(bound_secret().for_origin(url()));
    CHECK_FALSE(bound_secret().for_origin(read("https://a.example/")));
}

TEST_CASE("A1: an IPv6 zone is part of the origin", "[proto][secret]") {
    const bound_secret s(read("http://[fe80::1%25eth0]/"), "secret");
    CHECK(s.for_origin(read("http://[fe80::1%25eth0]/a")) == "secret");
    CHECK_FALSE(s.for_origin(read("http://[fe80::1%25eth1]/a")));
    CHECK_FALSE(s.for_origin(read("http://[fe80::1]/a")));
}

TEST_CASE(
    "A5.2: bound secrets are equal if octets and origins are", "[proto][secret]"
) {
    const url a = read("https://a.example/");
    const url b = read("https://b.example/");
    CHECK((bound_secret(a, "secret") == bound_secret(a, "secret")));
    CHECK_FALSE((bound_secret(a, "secret") == bound_secret(a, "SECRET")));
    CHECK_FALSE((bound_secret(a, "secret") == bound_secret(b, "secret")));
    STATIC_REQUIRE_FALSE(printable<bound_secret>);
}

TEST_CASE("A1: a moved bound secret leaves none behind", "[proto][secret]") {
    const url a = read("https://a.example/");
    bound_secret from(a, "pw");
    const bound_secret to = std::move(from);
    CHECK(to.for_origin(a) == "pw");
    CHECK(from.for_origin(a).value_or("").empty());  // NOLINT: that is the question
}

TEST_CASE("A1: credentials are bound like any secret", "[proto][secret]") {
    const url a = read("http://a.example:8080/");
    const bound_credentials bound(a, xfer::credentials("u", "p"));
    REQUIRE(bound.for_origin(a) != nullptr);
    CHECK(bound.for_origin(a)->password() == "p");
    CHECK(bound.for_origin(read("http://a.example/")) == nullptr);
    CHECK(bound_credentials().for_origin(a) == nullptr);
}
