// xfer/proxy.hpp: what is read as a proxy, and what is refused.
#include <xfer/error.hpp>
#include <xfer/proxy.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>

using xfer::host_kind;
using xfer::parsed_proxy;
using xfer::proxy;
using xfer::proxy_kind;

namespace {

proxy read(std::string_view text) {
    parsed_proxy out;
    out.why = "left over";
    const std::error_code ec = proxy::parse(text, out);
    CAPTURE(text, out.why);
    REQUIRE_FALSE(ec);
    CHECK(out.why.empty());
    CHECK_FALSE(out.target.empty());
    return out.target;
}

/// The sentence with which it is refused.
std::string refusal(
    std::string_view text, xfer::error code = xfer::error::invalid_option
) {
    parsed_proxy out;
    REQUIRE_FALSE(proxy::parse("left:1", out));
    const std::error_code ec = proxy::parse(text, out);
    CAPTURE(text);
    CHECK(ec == code);
    CHECK(out.target.empty());
    CHECK(out.target == proxy());
    return out.why;
}

}  // namespace

TEST_CASE("proxy: schemes, and the ports that belong to them", "[base][proxy]") {
    const struct {
        std::string_view text;
        std::string_view str;
        proxy_kind kind;
    } table[] = {
        {"proxy.test", "http://proxy.test:1080", proxy_kind::http},
        {"proxy.test:3128", "http://proxy.test:3128", proxy_kind::http},
        {"proxy.test:80", "http://proxy.test:80", proxy_kind::http},
        {"http://proxy.test", "http://proxy.test:1080", proxy_kind::http},
        {"http://proxy.test:80/", "http://proxy.test:80", proxy_kind::http},
        {"HTTP://Proxy.TEST:", "http://proxy.test:1080", proxy_kind::http},
        {"https://proxy.test", "https://proxy.test:443", proxy_kind::https},
        {"https://proxy.test:1080", "https://proxy.test:1080", proxy_kind::https},
        {"socks4://proxy.test", "socks4://proxy.test:1080", proxy_kind::socks4},
        {"socks://proxy.test", "socks4://proxy.test:1080", proxy_kind::socks4},
        {"socks4a://proxy.test", "socks4a://proxy.test:1080", proxy_kind::socks4a},
        {"socks5://proxy.test", "socks5://proxy.test:1080", proxy_kind::socks5},
        {"Socks5H://proxy.test:9050", "socks5h://proxy.test:9050", proxy_kind::socks5h},
        {"192.0.2.1:8", "http://192.0.2.1:8", proxy_kind::http},
        {"[2001:DB8::1]", "http://[2001:db8::1]:1080", proxy_kind::http},
        {"socks5://[fe80::1%25eth0]:8",
         "socks5://[fe80::1%25eth0]:8",
         proxy_kind::socks5},
        {"proxy.test:8/a/b", "http://proxy.test:8", proxy_kind::http},
        {"socks5://proxy.test/run/s", "socks5://proxy.test:1080", proxy_kind::socks5},
    };
    for (const auto& [text, str, kind] : table) {
        CAPTURE(text);
        const proxy p = read(text);
        CHECK(p.kind() == kind);
        CHECK(p.str() == str);
        CHECK(read(str) == p);
        CHECK(p.unix_path().empty());
        CHECK_FALSE(p.user());
        CHECK_FALSE(p.password());
        CHECK(p.is_http() == (kind == proxy_kind::http || kind == proxy_kind::https));
    }
}

TEST_CASE("proxy: who looks names up", "[base][proxy]") {
    CHECK(read("http://a").resolves_names());
    CHECK(read("https://a").resolves_names());
    CHECK_FALSE(read("socks4://a").resolves_names());
    CHECK(read("socks4a://a").resolves_names());
    CHECK_FALSE(read("socks5://a").resolves_names());
    CHECK(read("socks5h://a").resolves_names());
}

TEST_CASE("proxy: host, zone and port apart", "[base][proxy]") {
    const proxy p = read("socks5://[FE80::1%25eth0]:8");
    CHECK(p.host() == "fe80::1");
    CHECK(p.host_kind() == host_kind::ipv6);
    CHECK(p.zone() == "eth0");
    CHECK(p.port() == 8);
    CHECK(read("192.0.2.1").host_kind() == host_kind::ipv4);
    CHECK(read("a").host_kind() == host_kind::name);
}

TEST_CASE("proxy: user and password are decoded and never printed", "[base][proxy]") {
    const proxy p = read("us%65r:p%40ss%3aw@proxy.test:3128");
    CHECK(p.user() == "user");
    CHECK(p.password() == "p@ss:w");
    CHECK(p.str() == "http://proxy.test:3128");
    CHECK(read("socks5://u@a").user() == "u");
    CHECK_FALSE(read("socks5://u@a").password());
    CHECK(read("socks5://u:@a").password() == "");
    CHECK(read("socks5://:p@a").user() == "");
    proxy set = read("proxy.test:3128");
    CHECK(set != p);
    set.credentials("user", "p@ss:w");
    CHECK(set == p);
    proxy unix_socket = read("socks5h://u:secret@localhost/run/tor");
    CHECK(unix_socket.user() == "u");
    CHECK(unix_socket.str() == "socks5h://localhost/run/tor");
}

TEST_CASE("proxy: socks on localhost with a path is a unix socket", "[base][proxy]") {
    const proxy p = read("socks5h://localhost/run/my%20tor/socks");
    CHECK(p.unix_path() == "/run/my tor/socks");
    CHECK(p.host().empty());
    CHECK(p.port() == 0);
    CHECK(p.kind() == proxy_kind::socks5h);
    CHECK(p.str() == "socks5h://localhost/run/my%20tor/socks");
    CHECK(read(p.str()) == p);
    CHECK(read("socks4://LOCALHOST/s").unix_path() == "/s");
    CHECK(read("socks5://localhost/").unix_path().empty());
    CHECK(read("socks5://localhost/").host() == "localhost");
    CHECK(read("http://localhost/run/s").unix_path().empty());
    CHECK(read("socks5://127.0.0.1/run/s").unix_path().empty());
    CHECK(
        refusal("socks5://localhost:9050/run/s").find("no port") != std::string::npos
    );
    CHECK(refusal("socks5://localhost/a%00b").find("NUL") != std::string::npos);
}

TEST_CASE("proxy: what is none is refused, without a word of it", "[base][proxy]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "",
        "http://",
        "http:///x",
        ":3128",
        "u:secret@",
        "u:secret@:80",
        "host:0",
        "host:65536",
        "host:secret",
        "host:+1",
        "::1",
        "[::1",
        "[::1]x",
        "[secret]",
        "ho st",
        "host\r\nsecret",
        "host\\secret",
        "..",
        "1.2.3",
        "0x7f.1",
        "u:secret@a@b",
        "u:sec%zzret@host",
        "u:%0asecret@host",
        "u:se/cret@host",
        "user/secret@host",
        "user?secret@host",
        "user#secret@host",
        "user:80#secret@host",
        "http://host?secret",
        "http://host#"
    );
    const std::string why = refusal(text);
    CAPTURE(text, why);
    CHECK(why.starts_with("the proxy cannot be used: "));
    CHECK(why.find("secret") == std::string::npos);
}

TEST_CASE("proxy: an unknown scheme is refused", "[base][proxy]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "ftp://host",
        "socks6://host",
        "socks5hh://host",
        "socks4ah://host",
        "http s://host",
        "://host",
        "u:secret://@host",
        "ssh://u:secret@host"
    );
    const std::string why = refusal(text, xfer::error::scheme_unsupported);
    CHECK(why.find("socks5h") != std::string::npos);
    CHECK(why.find("secret") == std::string::npos);
}

TEST_CASE("B1.1: proxies that differ in anything are not equal", "[base][proxy]") {
    const std::string_view different[] = {
        "http://a:1",
        "https://a:1",
        "socks4://a:1",
        "socks4a://a:1",
        "socks5://a:1",
        "socks5h://a:1",
        "http://b:1",
        "http://a:2",
        "http://u@a:1",
        "http://u:@a:1",
        "http://u:p@a:1",
        "http://v:p@a:1",
        "http://u:q@a:1",
        "http://a.:1",
        "http://[fe80::1]:1",
        "http://[fe80::1%25e]:1",
        "http://[fe80::1%25f]:1",
        "socks5://localhost/a",
        "socks5://localhost/A",
        "socks5h://localhost/a",
    };
    for (const auto a : different) {
        for (const auto b : different) CHECK((read(a) == read(b)) == (a == b));
    }
    CHECK(proxy() == proxy());
    CHECK(proxy().str().empty());
    CHECK(proxy() != read("a"));
}

TEST_CASE(
    "proxy: whatever is read is read again from what it prints", "[base][proxy]"
) {
    const std::string_view pieces[] = {
        "http", "socks5",   "socks4a",   "https", "://", ":",
        "@",    "a.test",   "localhost", "/",     "/x",  "%41",
        "%00",  "%",        "[",         "]",     "::1", "[fe80::1%25e]",
        "80",   "0",        "65536",     "u",     "?",   "#",
        "..",   "\xc3\xa4", " "};
    std::mt19937 random(1928);
    int accepted = 0;
    for (int round = 0; round < 40000; ++round) {
        std::string text = round % 2 == 0 ? "socks5://" : "";
        for (std::size_t count = random() % 7; count > 0; --count) {
            text += pieces[random() % std::size(pieces)];
        }
        parsed_proxy out;
        if (proxy::parse(text, out)) {
            if (!out.target.empty() || out.why.empty()) FAIL(text);
            continue;
        }
        ++accepted;
        parsed_proxy again;
        const auto ec = proxy::parse(out.target.str(), again);
        if (out.target.user()) {
            again.target.credentials(
                *out.target.user(), out.target.password().value_or("")
            );
        }
        const bool same =
            again.target == out.target || (out.target.user() && !out.target.password());
        if (ec || !same || out.target.str() != again.target.str()) FAIL(text);
    }
    CHECK(accepted > 1000);
}
