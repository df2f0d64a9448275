// xfer/detail/secret.hpp, xfer/detail/random.hpp and xfer/auth.hpp: what credentials
// are.
#include <xfer/auth.hpp>
#include <xfer/detail/random.hpp>
#include <xfer/detail/secret.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using xfer::auth;
using xfer::credentials;
using xfer::detail::constant_time_equal;
using xfer::detail::secret;

namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

}  // namespace

TEST_CASE(
    "secret: moving leaves nothing behind, also of a short one", "[base][secret]"
) {
    secret from("pw");
    const secret to = std::move(from);
    CHECK(to.view() == "pw");
    CHECK(from.empty());  // NOLINT: that is the question
    CHECK(from.view().empty());
}

TEST_CASE("secret: what it was made from is overwritten", "[base][secret]") {
    std::string text = "a password";
    const char* const where = text.data();
    const std::size_t size = text.size();
    const secret made = secret::from(std::move(text));
    CHECK(made.view() == "a password");
    // It was short enough to lie in the string itself, which is still there.
    CHECK(std::all_of(where, where + size, [](char c) { return c == '\0'; }));
}

TEST_CASE("secret: copies are of their own", "[base][secret]") {
    secret first("one");
    secret second = first;
    first = secret("two");
    CHECK(first.view() == "two");
    CHECK(second.view() == "one");
    second = second.view().empty() ? secret() : second;
    CHECK(second.view() == "one");
}

TEST_CASE("secret: there is no way to print one", "[base][secret]") {
    STATIC_REQUIRE_FALSE(printable<secret>);
    STATIC_REQUIRE_FALSE(printable<credentials>);
    STATIC_REQUIRE(printable<std::string>);
}

TEST_CASE("A5.2: secrets that differ in case are different", "[base][secret]") {
    CHECK(constant_time_equal("", ""));
    CHECK(constant_time_equal("secret", "secret"));
    CHECK_FALSE(constant_time_equal("secret", "SECRET"));
    CHECK_FALSE(constant_time_equal("secret", "secre"));
    CHECK_FALSE(constant_time_equal("", "s"));
    CHECK((secret("a") == secret("a")));
    CHECK_FALSE((secret("a") == secret("A")));
}

TEST_CASE("A5.2: credentials are equal if all of them is", "[base][auth]") {
    const credentials who("user", "secret");
    const auto same = [&](const credentials& other) { return who == other; };
    CHECK(same(credentials("user", "secret")));
    CHECK(same(credentials(who)));
    CHECK_FALSE(same(credentials("user", "SECRET")));
    CHECK_FALSE(same(credentials("User", "secret")));
    CHECK_FALSE(same(credentials("user", "secret", auth::digest)));
    CHECK_FALSE(same(credentials("user", "secret").allow_cleartext_password()));
    CHECK_FALSE(same(credentials()));
    CHECK((credentials() == credentials()));
    CHECK_FALSE((credentials::bearer("a") == credentials::bearer("A")));
}

TEST_CASE("credentials: what was given is there, and copies stay", "[base][auth]") {
    credentials who("u", "p");
    const credentials before = who;
    who.allow_cleartext_password();
    CHECK(who.user() == "u");
    CHECK(who.password() == "p");
    CHECK(who.allowed() == auth::any);
    CHECK(who.cleartext_password_allowed());
    CHECK_FALSE(before.cleartext_password_allowed());
    CHECK(credentials::bearer("t").token() == "t");
    CHECK(credentials::bearer("t").allowed() == auth::bearer);
    credentials none;
    none.allow_cleartext_password();
    CHECK(none.empty());
    CHECK(none.allowed() == auth::none);
    CHECK(none.user().empty());
}

TEST_CASE("auth: any is Digest or Basic, and no bearer token", "[base][auth]") {
    CHECK(contains(auth::any, auth::digest));
    CHECK(contains(auth::any, auth::basic));
    CHECK_FALSE(contains(auth::any, auth::bearer));
    CHECK_FALSE(contains(auth::digest, auth::any));
    CHECK((auth::basic | auth::digest) == auth::any);
}

TEST_CASE("H1.1: a thousand random numbers are a thousand", "[base][random]") {
    std::set<std::array<unsigned char, 8>> seen;
    for (int i = 0; i < 1000; ++i) {
        std::array<unsigned char, 8> octets{};
        REQUIRE_FALSE(xfer::detail::random_bytes(octets));
        seen.insert(octets);
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("random: any size is filled whole", "[base][random]") {
    CHECK_FALSE(xfer::detail::random_bytes({}));
    std::string text((1U << 20U) + 64, '\0');  // more than one call of OpenSSL's
    const auto space =
        std::span(reinterpret_cast<unsigned char*>(text.data()), text.size());
    REQUIRE_FALSE(xfer::detail::random_bytes(space));
    const std::string_view tail = std::string_view(text).substr(text.size() - 64);
    CHECK(tail.find_first_not_of('\0') != tail.npos);
}
