// xfer/url.hpp: paths that are taken over as they are.
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using xfer::parsed_url;
using xfer::url;

namespace {

constexpr auto as_is = url::path_rule::as_is;

parsed_url read(std::string_view text) {
    parsed_url out;
    const std::error_code ec = url::parse(text, out, as_is);
    CAPTURE(text, out.why);
    REQUIRE_FALSE(ec);
    return out;
}

std::string resolved(const url& from, std::string_view reference) {
    parsed_url out;
    const auto ec = from.resolve(reference, out, url::fragment_rule::drop, as_is);
    return ec ? "refused: " + std::string(out.why) : std::string(out.target.str());
}

}  // namespace

TEST_CASE("path as is: dot segments and percent-encodings stay", "[base][url]") {
    const std::string path = GENERATE(
        as<std::string>(),
        "/",
        "/a/b",
        "/.",
        "/..",
        "/../../etc/passwd",
        "/a/./b/../c/",
        "/%2e%2e/%2E/",
        "/%7euser/%41%c3%a9",
        "//a//./",
        "/a?b/../c=%7e&%41",
        "/..?..",
        "/!$&'()*+,;=:@~"
    );
    const auto u = read("HTTP://A.test:80" + path).target;
    CHECK(u.target() == path);
    CHECK(u.str() == "http://a.test" + path);
    // And it is read again as what it is.
    CHECK(read(u.str()).target == u);
    parsed_url moved;
    REQUIRE_FALSE(url::parse("http://a.test" + path, moved, u, as_is));
    CHECK(moved.target == u);
}

TEST_CASE("path as is: all else is as in any URL", "[base][url]") {
    CHECK(read("http://a.test").target.target() == "/");
    CHECK(
        read("http://a.test/../\xc3\xa9<?\"#x").target.target() == "/../%C3%A9%3C?%22"
    );
    CHECK(read("http://a.test/../%zz%2").target.target() == "/../%25zz%252");
    CHECK(read("http://u:p@a.test/..").user == "u");
    for (const auto* text :
         {"http://a.test/../ x",
          "http://a.test/..\r\nX: y",
          "http://a.test/..\\x",
          "http:///../x"}) {
        parsed_url out;
        CAPTURE(text);
        CHECK(
            url::parse(std::string_view(text), out, as_is) == xfer::error::url_malformed
        );
        CHECK_FALSE(out.why.empty());
    }
}

TEST_CASE("path as is: references", "[base][url]") {
    const auto from = read("http://a.test/b/../c/./d?q").target;
    CHECK(resolved(from, "http://b.test/x/../%7e") == "http://b.test/x/../%7e");
    CHECK(resolved(from, "//b.test/..") == "http://b.test/..");
    CHECK(resolved(from, "/x/../y") == "http://a.test/x/../y");
    CHECK(resolved(from, "") == "http://a.test/b/../c/./d?q");
    CHECK(resolved(from, "?r/..") == "http://a.test/b/../c/./d?r/..");
    CHECK(resolved(from, "e/../f") == "http://a.test/b/../c/./e/../f");
    // What a relative one begins with is resolved, as text.
    CHECK(resolved(from, "./e") == "http://a.test/b/../c/./e");
    CHECK(resolved(from, "../e/..") == "http://a.test/b/../c/e/..");
    CHECK(resolved(from, "../.././../e") == "http://a.test/b/e");
    CHECK(resolved(from, "../../../../../../e") == "http://a.test/e");
}
