// xfer/proto/proxy_request.hpp: what a proxy is sent, and what it can never be sent.
#include <xfer/proto/proxy_request.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <type_traits>

using namespace xfer::proto;
using xfer::error;
using xfer::fields;
using xfer::fields_view;
using xfer::parsed_url;
using xfer::url;

namespace {

url to_url(std::string_view text) {
    parsed_url out;
    REQUIRE_FALSE(url::parse(text, out));
    return out.target;
}

std::string connect(
    std::string_view text, const proxy_fields& lines = {}, std::string_view agent = {}
) {
    auto request = proxy_request::connect(to_url(text));
    REQUIRE(request);
    std::string out;
    request->user_agent(wire_value::from(agent).value()).with(lines).append_to(out);
    return out;
}

std::string absolute(std::string_view text) {
    std::string out;
    append_absolute_target(out, to_url(text));
    return out;
}

}  // namespace

// A2: nothing of an origin's request has a way into what a proxy is sent.
static_assert(!std::is_constructible_v<proxy_fields, fields>);
static_assert(!std::is_constructible_v<proxy_fields, fields_view>);
static_assert(!std::is_assignable_v<proxy_fields&, fields>);
static_assert(!std::is_convertible_v<fields, proxy_fields>);
static_assert(!std::is_default_constructible_v<proxy_request>);
static_assert(!std::is_constructible_v<proxy_request, std::string>);
static_assert(!std::is_constructible_v<proxy_request, fields>);
template <class T>
concept takes = requires(proxy_request& r, T lines) {
    r.with(lines);
};
static_assert(takes<proxy_fields> && !takes<fields> && !takes<fields_view>);
static_assert(std::is_same_v<
              decltype(std::declval<proxy_fields&>().view()),
              const fields&>);

TEST_CASE("connect: the target always has its port", "[proto][proxy_request]") {
    CHECK(
        connect("https://a.test/x?y#z") ==
        "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"
    );
    CHECK(connect("http://a.test").starts_with("CONNECT a.test:80 HTTP/1.1\r\n"));
    CHECK(connect("https://a.test:8443").starts_with("CONNECT a.test:8443 HTTP/1.1\r\n")
    );
    CHECK(connect("wss://192.0.2.1/").starts_with("CONNECT 192.0.2.1:443 HTTP/1.1\r\n")
    );
    CHECK(
        connect("https://[2001:db8::1]/").starts_with("CONNECT [2001:db8::1]:443 HTTP")
    );
    CHECK(connect("https://[fe80::1%25eth0]:8/").starts_with("CONNECT [fe80::1]:8 HTTP")
    );
    CHECK(connect("https://[fe80::1%25eth0]/").starts_with("CONNECT [fe80::1]:443 HTTP")
    );
    CHECK(connect("https://u:secret@a.test/").find("secret") == std::string::npos);
    CHECK_FALSE(proxy_request::connect(to_url("mailto:a@b")));
    CHECK_FALSE(proxy_request::connect(to_url("foo://a/")));
    CHECK_FALSE(proxy_request::connect(url()));
}

TEST_CASE(
    "A2.1: a CONNECT holds Host, User-Agent and Proxy-* alone", "[proto][proxy_request]"
) {
    proxy_fields lines;
    CHECK_FALSE(lines.authorization("Basic dTpw"));
    CHECK_FALSE(lines.add("Proxy-Connection", "keep-alive"));
    CHECK_FALSE(lines.add("proxy-x", ""));
    CHECK_FALSE(lines.authorization("Basic dTpx"));
    const std::string_view name = GENERATE(
        as<std::string_view>(),
        "Authorization",
        "Cookie",
        "Host",
        "User-Agent",
        "X-Api-Key",
        "Content-Length",
        "Transfer-Encoding",
        "Proxy",
        "Proxy-",
        "Proxy_X",
        "XProxy-A",
        " Proxy-A",
        "Proxy-A ",
        "Proxy-A:b",
        "Proxy-\r\nCookie",
        "Proxy-\xc3\xa4",
        ""
    );
    CHECK(lines.add(name, "secret").ec == error::invalid_header);
    CHECK(
        connect("https://a/", lines, "xfer/1") ==
        "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nUser-Agent: xfer/1\r\n"
        "Proxy-Connection: keep-alive\r\nproxy-x: \r\nProxy-Authorization: Basic "
        "dTpx\r\n"
        "\r\n"
    );
}

TEST_CASE("connect: no line can be split", "[proto][proxy_request]") {
    using namespace std::string_view_literals;
    for (const auto value :
         {"a\rb"sv, "a\nb"sv, "a\0b"sv, "a\r\nCookie: x"sv, "a\x7f"sv}) {
        proxy_fields lines;
        CHECK(lines.add("Proxy-X", value).ec == error::invalid_header);
        CHECK(lines.authorization(value).ec == error::invalid_header);
        CHECK(lines.view().empty());
        CHECK(lines.view().first_error().empty());
        CHECK_FALSE(wire_value::from(value));
    }
}

TEST_CASE(
    "proxy: an absolute target has neither user nor fragment nor zone",
    "[proto][proxy_request]"
) {
    CHECK(absolute("http://a.test") == "http://a.test/");
    CHECK(absolute("http://a.test:80/x?y=1") == "http://a.test/x?y=1");
    CHECK(absolute("http://a.test:8080/x?#z") == "http://a.test:8080/x?");
    CHECK(absolute("http://u:secret@a.test/#z") == "http://a.test/");
    CHECK(absolute("http://[fe80::1%25eth0]:8/a") == "http://[fe80::1]:8/a");
    CHECK(wire_target::from(absolute("http://\x61/\xc3\xa4?<>")));
}
