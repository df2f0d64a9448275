// HAZARDS B1.1, the rest of pool_fields.cpp: proxies wherever they are on the way,
// URLs, and what else a request has.
#include "support/field_flips.hpp"
#include <xfer/auth.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using support::check_sharing;
using support::field_coverage;
using support::places;
using support::say_cells;
using support::shares;
using support::trusting;
using xfer::options;
using xfer::request;

namespace {

/// A proxy's text, and another one.
struct proxy_row {
    const char* name;
    std::string first;
    std::string second;
    shares how = shares::no;
    std::size_t fields = 1;  ///< that differ, at most
};

std::vector<proxy_row> http_proxies(const places& p) {
    const auto port = std::to_string(p.http.port());
    const auto base = p.http.url("http", "u:p");
    return {
        {"kind", base, p.http.url("socks5h", "u:p"), shares::fails},
        // A name is another kind of host than an address.
        {"host", base, "http://u:p@proxy.test:" + port, shares::no, 2},
        {"another name",
         "http://u:p@proxy.test:" + port,
         "http://u:p@other.test:" + port},
        {"zone", "http://u:p@[fe80::1]:" + port, "http://u:p@[fe80::1%25lo]:" + port},
        {"port", base, p.another.url("http", "u:p")},
        {"user", base, p.http.url("http", "v:p")},
        {"no user", base, p.http.url("http"), shares::no, 2},
        {"password", base, p.http.url("http", "u:P")},
        {"no password", base, p.http.url("http", "u")},
        {"an empty password", p.http.url("http", "u:"), p.http.url("http", "u")},
    };
}

std::vector<proxy_row> socks_proxies(const places& p) {
    const auto port = std::to_string(p.socks.port());
    const auto base = p.socks.url("socks5h", "u:p");
    return {
        {"kind", base, p.socks.url("socks4a", "u:p")},
        {"kind, who looks up", base, p.socks.url("socks5", "u:p")},
        {"host", base, "socks5h://u:p@proxy.test:" + port, shares::no, 2},
        {"zone",
         "socks5h://u:p@[fe80::1]:" + port,
         "socks5h://u:p@[fe80::1%25lo]:" + port},
        {"unix socket",
         base,
         "socks5h://u:p@localhost" + p.files / "socks",
         shares::no,
         4},
        {"user", base, p.socks.url("socks5h", "v:p")},
        {"password", base, p.socks.url("socks5h", "u:P")},
        {"no user", base, p.socks.url("socks5h"), shares::no, 2},
    };
}

xfer::proxy parsed(const std::string& text) {
    xfer::parsed_proxy out;
    REQUIRE_FALSE(xfer::proxy::parse(text, out));
    return out.target;
}

}  // namespace

TEST_CASE(
    "M25, B1.1: each field of a proxy tells connections apart, wherever it is on the "
    "way",
    "[integration][proxy][M25][B1][B1.1]"
) {
    const places p;
    std::size_t cells = 0;
    field_coverage<xfer::proxy> fields;
    const auto run = [&](const std::vector<proxy_row>& rows, const char* where, auto set
                     ) {
        for (const auto& r : rows) {
            INFO(r.name << ", " << where);
            fields.flipped(parsed(r.first), parsed(r.second), r.fields);
            check_sharing(p, set(r.first), set(r.second), r.how);
            ++cells;
        }
    };
    const auto at = [&p](std::string scheme, bool tunnel) {
        return [&p, scheme, tunnel](const std::string& text) {
            options o;
            o.proxy_tunnel = tunnel;
            auto r = trusting(xfer::get(p.url(scheme), o));
            return r.proxy(text);
        };
    };
    const auto before = [&p](const std::string& text) {
        auto r = trusting(xfer::get(p.url("https")));
        return r.proxy(p.http.url("http")).pre_proxy(text);
    };
    run(http_proxies(p), "forwarded", at("http", false));
    run(http_proxies(p), "a tunnel", at("http", true));
    run(http_proxies(p), "https", at("https", false));
    run(socks_proxies(p), "SOCKS", at("http", false));
    run(socks_proxies(p), "SOCKS, https", at("https", false));
    run(socks_proxies(p), "before another", before);
    fields.check_complete();
    say_cells("proxies", cells);
    CHECK(cells == 3 * 10 + 3 * 8);
}

TEST_CASE(
    "M25, B1.1: of what else a request has little tells connections apart",
    "[integration][M25][B1][B1.1]"
) {
    const places p;
    support::write_file(p.files / "netrc", "machine z.test login u password p\n");
    support::write_file(p.files / "netrc2", "machine z.test login u password p\n");
    struct extra_row {
        const char* name;
        std::function<void(request&)> flip;
        shares how = shares::yes;
        std::function<void(request&)> before = [](request&) {};
        std::size_t fields = 1;
    };
    const auto none = [](auto&&...) {};
    const auto mine = places::here().tcp_nodelay(false);
    const std::vector<extra_row> rows{
        {"unix_socket",
         [&](request& r) { r.unix_socket(p.files / "server"); },
         shares::no},
        {"abstract_unix_socket",
         [](request& r) { r.abstract_unix_socket("nobody-listens-here"); },
         shares::refused,
         [](request&) {},
         2},
        {"network", [&](request& r) { r.network(mine); }, shares::no},
        {"target", [](request& r) { r.target("/own"); }},
        {"range", [](request& r) { r.range("0-1"); }},
        {"if_modified_since", [](request& r) { r.if_modified_since({}); }},
        {"if_unmodified_since", [](request& r) { r.if_unmodified_since({}); }},
        {"header_for", [](request& r) { r.header_for("http://a.test", "X", "y"); }},
        {"credentials",
         [](request& r) {
             r.credentials(xfer::credentials("u", "p", xfer::auth::basic));
         }},
        {"credentials, others",
         [](request& r) { r.credentials(xfer::credentials::bearer("token")); },
         shares::yes,
         [](request& r) {
             r.credentials(xfer::credentials("u", "p", xfer::auth::basic));
         }},
        {"proxy", [&](request& r) { r.proxy(p.http.url("http")); }, shares::no},
        {"pre_proxy",
         [&](request& r) { r.pre_proxy(p.socks.url("socks5h")); },
         shares::no},
        {"a pre_proxy that is none",
         [](request& r) { r.pre_proxy("nonsense://"); },
         shares::refused,
         none,
         2},
        {"proxy_auth", [](request& r) { r.proxy_auth(xfer::auth::digest); }},
        {"proxy_tls", [](request& r) { r.proxy_tls(xfer::tls().insecure()); }},
        {"netrc",
         [&](request& r) { r.netrc(p.files / "netrc"); },
         shares::yes,
         none,
         2},
        {"netrc, another file",
         [&](request& r) { r.netrc(p.files / "netrc2"); },
         shares::yes,
         [&](request& r) { r.netrc(p.files / "netrc"); }},
        {"cookies",
         [](request& r) { r.cookies(std::make_shared<xfer::cookie_jar>()); }},
        {"on_head", [&](request& r) { r.on_head(none); }},
        {"on_each_head", [&](request& r) { r.on_each_head(none); }},
        {"on_progress", [&](request& r) { r.on_progress(none); }},
        {"on_stage", [&](request& r) { r.on_stage(none); }},
        {"on_resolve", [&](request& r) { r.on_resolve(none); }},
        {"on_trace", [&](request& r) { r.on_trace(none); }},
        {"on_trace, with octets",
         [&](request& r) { r.on_trace(none, {.wire = true}); },
         shares::yes,
         [&](request& r) { r.on_trace(none); }},
        {"trailer",
         [](request& r) { r.trailer("A", "1"); },
         shares::yes,
         [](request& r) { r.body("x"); }},
    };
    field_coverage<request::extras> fields;
    for (const auto& r : rows) {
        INFO(r.name);
        auto first = xfer::get(p.url());
        // So that there are any.
        first.range("");
        r.before(first);
        auto second = first;
        r.flip(second);
        fields.flipped(*first.extra(), *second.extra(), r.fields);
        check_sharing(p, first, second, r.how);
    }
    fields.check_complete();
    say_cells("request", rows.size());
}

TEST_CASE(
    "M25, B1.1: scheme, host, zone and port tell connections apart, and no more of a "
    "URL",
    "[integration][M25][B1][B1.1]"
) {
    const places p;
    const auto port = std::to_string(p.plain.port());
    struct url_row {
        const char* name;
        std::string first;
        std::string second;
        shares how = shares::yes;
    };
    const auto base = p.url();
    const std::vector<url_row> rows{
        {"nothing", base, base},
        {"scheme", base, "https://a.test:" + port + "/", shares::fails},
        {"host", base, p.url("http", "b.test"), shares::no},
        {"host, a name below", base, p.url("http", "x.a.test"), shares::no},
        {"host, a trailing dot", base, p.url("http", "a.test."), shares::no},
        {"host, the address", base, p.url("http", "127.0.0.1"), shares::no},
        {"host, capitals", base, p.url("http", "A.Test")},
        {"zone",
         p.url("http", "[fe80::1]"),
         p.url("http", "[fe80::1%25lo]"),
         shares::no},
        {"port",
         base,
         "http://a.test:" + std::to_string(p.other.port()) + "/",
         shares::no},
        {"user", base, "http://u:p@a.test:" + port + "/"},
        {"path", base, base + "other"},
        {"query", base, base + "?x"},
        {"fragment", base, base + "#x"},
    };
    for (const auto& r : rows) {
        INFO(r.name);
        check_sharing(p, xfer::get(r.first), xfer::get(r.second), r.how);
    }
    // And of what is said in a request nothing.
    struct said_row {
        const char* name;
        std::function<void(request&)> flip;
    };
    const std::vector<said_row> said{
        {"method", [](request& r) { r.method(xfer::method::put()); }},
        {"body", [](request& r) { r.method(xfer::method::post()).body("text"); }},
        {"a field", [](request& r) { r.header("X-A", "b"); }},
        {"Authorization", [](request& r) { r.header("Authorization", "Bearer x"); }},
        {"Host", [](request& r) { r.header("Host", "b.test"); }},
        {"no User-Agent", [](request& r) { r.without_header("User-Agent"); }},
        {"a tag", [](request& r) { r.tag(1); }},
        {"tls", [](request& r) { r.insecure(); }},
        {"a sink",
         [](request& r) { r.sink(xfer::to_function([](std::string_view) {})); }},
    };
    for (const auto& r : said) {
        INFO(r.name);
        auto second = xfer::get(base);
        r.flip(second);
        check_sharing(p, xfer::get(base), second, shares::yes);
    }
    // A field for the proxy is said to whom makes the tunnel, and not where there is
    // none.
    for (const std::string scheme : {"http", "https"}) {
        INFO("a field for the proxy, " << scheme);
        const auto make = [&] {
            auto r = trusting(xfer::get(p.url(scheme)));
            return r.proxy(p.http.url("http"));
        };
        auto second = make();
        second.header("Proxy-X", "y");
        const auto how = scheme == "https" ? shares::no : shares::yes;
        check_sharing(p, make(), second, how);
    }
    say_cells("URL and what is said", rows.size() + said.size() + 2);
}
