// A transfer that is redirected from one origin to another, with both of them: what the
// tests of secrets have in common.
#pragma once

#include "support/scratch.hpp"
#include "support/through_proxy.hpp"
#include "support/transfers.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// One way from an origin to another. Hosts and ports are those of the URLs; the
/// sockets are elsewhere, so that nothing differs but what the row says.
struct hop {
    const char* name;
    std::string from;      ///< the user's origin
    std::string to;        ///< that of the redirect
    std::string location;  ///< as the server says it; empty: `to` with a path
    /// Which of the jar's cookies are for `to` as well: a cookie's scope is the host,
    /// or a domain, and neither port nor scheme (RFC 6265 8.5).
    std::vector<std::string> cookies;
    bool https_to_http = false;  ///< refused unless it is allowed
    bool never = false;          ///< refused whatever is allowed
    /// To the network both are the same place.
    bool one_place = false;
};

inline std::vector<hop> hops() {
    return {
        {"another host", "http://a.test", "http://b.test", "", {}},
        {"a subdomain", "http://a.test", "http://sub.a.test", "", {"shared"}},
        {"the parent domain", "http://sub.a.test", "http://a.test", "", {}},
        {"another port", "http://a.test", "http://a.test:8080", "", {"own", "shared"}},
        {"https to http",
         "https://a.test",
         "http://a.test",
         "",
         {"own", "shared"},
         true},
        {"http to https",
         "http://a.test",
         "https://a.test",
         "",
         {"own", "shared", "safe"}},
        {"ftp", "http://a.test", "ftp://a.test", "", {}, false, true},
        {"a trailing dot",
         "http://a.test",
         "http://a.test.",
         "",
         {"own", "shared"},
         false,
         false,
         true},
        {"localhost to 127.0.0.1", "http://localhost", "http://127.0.0.1", "", {}},
        {"a Location with a user",
         "http://a.test",
         "http://b.test",
         "http://mallory:guess@b.test/there",
         {}},
    };
}

inline xfer::url parsed(const std::string& text) {
    xfer::parsed_url parsed;
    REQUIRE_FALSE(xfer::url::parse(text, parsed));
    return parsed.target;
}

inline xfer::testing::server_options options_for(const xfer::url& origin) {
    if (origin.scheme() != "https") return {};
    static const auto shown = tls_support::test_authority().issue(
        {"a.test", "sub.a.test", "b.test", "localhost", "127.0.0.1"}
    );
    auto o = https_options(shown);
    o.client_ca_pem = tls_support::test_authority().certificate_pem();
    o.client_certificate_required = false;
    return o;
}

/// What the transfer is made of, and who sees it.
struct redirect_scene {
    explicit redirect_scene(hop h)
        : way(std::move(h)),
          from(parsed(way.from)),
          to(parsed(way.to)),
          home(options_for(from)),
          away(options_for(to)) {
        if (way.location.empty()) way.location = way.to + "/there";
        network.connect_to(from.host(), from.port(), "127.0.0.1", home.port());
        network.connect_to(to.host(), to.port(), "127.0.0.1", away.port());
        options.max_redirects = 5;
        options.redirect_to_http = way.https_to_http;
        // Whoever is asked who the user is must have known it to answer.
        there().route(
            "/there",
            xfer::testing::reply(401, "who?")
                .with_field("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\"")
                .with_field("WWW-Authenticate", "Basic realm=\"r\"")
        );
        redirects_to(way.location);
    }

    /// Home, which asks for Digest where that is the secret.
    void redirects_to(const std::string& location) {
        home.route(
            "/",
            [location, asks = asks_for_digest](const xfer::testing::seen_request& r) {
                if (asks && r.count("Authorization") == 0) {
                    return xfer::testing::reply(401, "who?")
                        .with_field(
                            "WWW-Authenticate",
                            "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""
                        );
                }
                return xfer::testing::reply(302, "moved")
                    .with_field("Location", location);
            }
        );
    }

    xfer::testing::server& there() { return way.one_place ? home : away; }
    const xfer::testing::server& there() const { return way.one_place ? home : away; }
    /// What came to the place that the redirect names.
    std::vector<xfer::testing::seen_request> arrived() const {
        auto all = there().requests();
        std::erase_if(all, [](const xfer::testing::seen_request& r) {
            return r.target == "/";
        });
        return all;
    }
    /// What came before.
    std::vector<xfer::testing::seen_request> departed() const {
        auto all = home.requests();
        std::erase_if(all, [](const xfer::testing::seen_request& r) {
            return r.target != "/";
        });
        return all;
    }

    xfer::message go(xfer::multi& m) {
        xfer::request r = xfer::get(
            way.from.substr(0, way.from.find("//") + 2) + userinfo +
                way.from.substr(way.from.find("//") + 2) + "/" + fragment,
            options
        );
        r.network(network).tls(trust).cookies(jar);
        if (prepare) prepare(r);
        return transfer_one(m, std::move(r));
    }

    hop way;
    xfer::url from;
    xfer::url to;
    xfer::testing::server home;
    xfer::testing::server away;
    xfer::network network;
    xfer::options options;
    bool asks_for_digest = false;
    std::string userinfo;
    std::string fragment;
    xfer::tls trust = trusting_tls();
    std::shared_ptr<xfer::cookie_jar> jar;
    std::function<void(xfer::request&)> prepare;
    scratch files;
};

}  // namespace support
