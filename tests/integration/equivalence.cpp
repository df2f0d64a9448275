// HAZARDS A3: nothing of a request is left for the next one. Whatever a multi has done,
// it sends what a new one with the same cookies would send.
#include "support/names.hpp"
#include "support/scratch.hpp"
#include "support/through_proxy.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>

#include <catch2/catch.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using support::test_proxy;
using support::transfer_one;
using xfer::auth;
using xfer::cookie_jar;
using xfer::credentials;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

xfer::source unsized_source(int pieces) {
    return xfer::from_function([left = pieces](std::span<char> out) mutable {
        out[0] = 'p';
        return static_cast<std::size_t>(left-- > 0);
    });
}

/// Servers and proxies that answer each request by itself: two multis that say the same
/// are told the same.
class world {
 public:
    world() {
        support::write_file(
            netrc_,
            "machine a.test login alice password one\n"
            "machine b.test login bob password two\n"
        );
        for (auto* s : {&plain_, &other_, &secure_}) {
            s->route("/", "page");
            s->route("/denied", reply(401).with_field("WWW-Authenticate", "Basic"));
            s->route("/set", [](const seen_request& r) {
                return reply(200).with_field(
                    "Set-Cookie", std::string(r.query()) + "; Path=/"
                );
            });
            s->route("/same", moved("/", 307));
            s->route("/form", moved("/", 303));
            s->route("/away", moved(url_of("http", "b.test", other_), 302));
            s->route("/secure", moved(url_of("https", "a.test", secure_), 301));
        }
    }

    /// What a seed makes of it, each time the same.
    xfer::request request(unsigned seed) {
        std::mt19937 random(seed);
        const auto one_in = [&random](unsigned n) { return random() % n == 0; };
        const auto any = [&random](const std::vector<std::string>& all) {
            return all[random() % all.size()];
        };
        auto place = any({
            url_of("http", "a.test", plain_),
            url_of("http", "b.test", other_),
            url_of("https", "a.test", secure_),
        });
        place.pop_back();
        if (one_in(6)) place.insert(place.find("//") + 2, "carol:three@");
        place += any({"/", "/", "/denied", "/same", "/form", "/away", "/secure"});
        if (one_in(4)) place += "?" + any({"x=1", "y"});
        if (one_in(5))
            place = url_of("http", "a.test", plain_) + "set?" + any({"c=1", "d=2"});
        auto r = xfer::get(place + (one_in(5) ? "#part" : ""), options(random));
        switch (random() % 7) {
            case 0:
                r.method(xfer::method::head());
                break;
            case 1:
                r.method(xfer::method::post()).body("text of a post");
                break;
            case 2:
                r.method(xfer::method::put()).body(unsized_source(3));
                break;
            case 3:
                r.method(xfer::method::put()).body("text of a put");
                break;
            case 4:
                r.method(xfer::method("REPORT"));
                break;
            default:
                break;
        }
        add_fields(r, random);
        add_identity(r, random);
        r.tls(support::trusting_tls());
        // The proxy takes bodies of a known length only.
        const bool sized =
            std::string_view(r.method().name()) != "PUT" ||
            !std::holds_alternative<xfer::source::function>(r.body().from());
        if (sized) add_way(r, random);
        return r;
    }

    struct seen {
        std::vector<std::string> said;     ///< each request, by server and at the proxy
        std::vector<std::string> tunnels;  ///< that the proxy was asked for
        std::string end;
    };

    /// One request on a multi, and what the world saw of it.
    seen run(xfer::multi& m, xfer::request r) {
        const auto skip = marks();
        const auto done = transfer_one(m, std::move(r));
        seen all;
        all.end = done.ec.message() + "/" + std::to_string(done.response.status());
        std::size_t i = 0;
        for (const auto* s : {&plain_, &other_, &secure_}) {
            const auto requests = s->requests();
            for (std::size_t n = skip[i]; n < requests.size(); ++n) {
                all.said.push_back(std::to_string(i) + requests[n].raw);
            }
            ++i;
        }
        const auto requests = proxy_.requests();
        for (std::size_t n = skip[i]; n < requests.size(); ++n) {
            const auto& head = requests[n].head;
            (head.starts_with("CONNECT ") ? all.tunnels : all.said).push_back(head);
        }
        return all;
    }

    /// Nothing was sent but requests, one after the other (HAZARDS E2.2).
    void check_connections() const {
        for (const auto* s : {&plain_, &other_, &secure_}) {
            std::map<std::size_t, std::string> sent;
            for (const auto& r : s->requests()) sent[r.connection] += r.raw;
            for (const auto& c : s->log()) CHECK(c.raw == sent[c.number]);
        }
    }

    xfer::settings settings(std::shared_ptr<cookie_jar> jar) const {
        return {.cookies = std::move(jar), .resolver = table_->resolver()};
    }
    /// A jar with the same cookies.
    std::shared_ptr<cookie_jar> copy(const cookie_jar& jar) const {
        const auto path = files_ / "cookies";
        REQUIRE(jar.save(path).ok());
        auto made = std::make_shared<cookie_jar>();
        REQUIRE(made->load(path).ok());
        REQUIRE(made->size() == jar.size());
        return made;
    }

 private:
    static std::string url_of(
        const std::string& scheme, const std::string& host, const server& s
    ) {
        return scheme + "://" + host + ":" + std::to_string(s.port()) + "/";
    }
    static reply moved(std::string to, int status) {
        return reply(status, "moved").with_field("Location", std::move(to));
    }

    std::vector<std::size_t> marks() const {
        return {
            plain_.requests().size(),
            other_.requests().size(),
            secure_.requests().size(),
            proxy_.requests().size()};
    }

    static xfer::options options(std::mt19937& random) {
        xfer::options o;
        o.max_redirects = random() % 3 == 0 ? 0 : 5;
        o.redirect_to_http = true;
        o.resend_body_elsewhere = random() % 2 == 0;
        o.auto_referer = random() % 3 == 0;
        o.secrets_everywhere = random() % 6 == 0;
        o.decode = random() % 3 == 0;
        o.keep_post_302 = random() % 3 == 0;
        o.fresh_connection = random() % 4 == 0;
        o.forbid_reuse = random() % 6 == 0;
        o.proxy_tunnel = random() % 3 == 0;
        o.haproxy_protocol = false;
        o.tcp_keepalive = random() % 4 == 0;
        return o;
    }

    static void add_fields(xfer::request& r, std::mt19937& random) {
        const auto one_in = [&random](unsigned n) { return random() % n == 0; };
        if (one_in(3)) r.header("X-Mine", "a").add_header("X-Mine", "b");
        if (one_in(6)) r.header("Host", "virtual.test");
        if (one_in(6)) r.header("Cookie", "mine=1");
        if (one_in(6)) r.header("Referer", "http://before.test/");
        if (one_in(6)) r.header("Authorization", "Own text");
        if (one_in(8)) r.header("Proxy-Authorization", "Own proxy");
        if (one_in(6)) r.header_for("http://b.test", "X-Bound", "b");
        if (one_in(5)) r.without_header("Accept").without_header("User-Agent");
        if (one_in(5)) r.range("0-1");
        if (one_in(8)) r.if_modified_since(std::chrono::sys_seconds{});
        if (one_in(8)) r.header("Content-Type", "text/x-mine");
    }

    void add_identity(xfer::request& r, std::mt19937& random) const {
        switch (random() % 6) {
            case 0:
                r.credentials(credentials("dave", "four", auth::basic));
                break;
            case 1:
                r.credentials(credentials::bearer("a-token"));
                break;
            case 2:
                r.netrc(netrc_);
                break;
            case 3:
                r.cookies(std::make_shared<cookie_jar>());
                break;
            default:
                break;
        }
    }

    void add_way(xfer::request& r, std::mt19937& random) {
        switch (random() % 5) {
            case 0:
                r.proxy(proxy_.url("http", "user:secret"));
                break;
            case 1:
                r.proxy(proxy_.url("http"));
                break;
            default:
                break;
        }
    }

    server plain_;
    server other_;
    server secure_{support::https_options()};
    test_proxy proxy_;
    support::scratch files_;
    const std::string netrc_ = files_ / "netrc";
    std::shared_ptr<support::names> table_ =
        support::make_names({{"a.test", {"127.0.0.1"}}, {"b.test", {"127.0.0.1"}}});
};

}  // namespace

TEST_CASE(
    "A3.1: a multi says what a new one would say, whatever it did before",
    "[integration][A3][A3.1][E2.2]"
) {
    // Answers to Digest are left out: that a nonce is remembered is what it is for.
    constexpr unsigned rounds = 6;
    constexpr unsigned requests = 50;
    world w;
    std::size_t octets = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        const auto jar = std::make_shared<cookie_jar>();
        xfer::multi used(w.settings(jar));
        for (unsigned i = 0; i < requests; ++i) {
            const auto seed = round * requests + i;
            INFO("request " << i << " of round " << round << ", seed " << seed);
            xfer::multi fresh(w.settings(w.copy(*jar)));
            const auto expected = w.run(fresh, w.request(seed));
            const auto seen = w.run(used, w.request(seed));
            CHECK(seen.end == expected.end);
            CHECK(seen.said == expected.said);
            // A tunnel may be there already.
            for (const auto& tunnel : seen.tunnels) {
                CHECK_THAT(expected.tunnels, Catch::VectorContains(tunnel));
            }
            for (const auto& text : seen.said) octets += text.size();
        }
        CHECK(used.stats().connections_reused > 0);
    }
    w.check_connections();
    std::cout << "A3.1: " << rounds * requests << " requests, " << octets
              << " octets\n";
    CHECK(octets > 10'000);
}

TEST_CASE(
    "A3.2: a source that was to be put is not read by a later post",
    "[integration][A3][A3.2]"
) {
    server s;
    s.route("/", "ok");
    xfer::multi m;
    auto read = std::make_shared<int>(0);
    const auto give = [read](std::span<char> out) {
        out[0] = 's';
        return static_cast<std::size_t>(++*read <= 2);
    };
    auto r = xfer::put(s.url("/"), xfer::from_function(give));
    REQUIRE_FALSE(transfer_one(m, r).ec);
    CHECK(*read == 3);
    // The same request, made into another one.
    r.method(xfer::method::post()).body("text");
    REQUIRE_FALSE(transfer_one(m, r).ec);
    CHECK(*read == 3);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].body == "ss");
    CHECK(seen[1].body == "text");
    CHECK(seen[1].field("Content-Length") == "4");
    CHECK(seen[1].count("Transfer-Encoding") == 0);
}

TEST_CASE(
    "A3.2: cookies are those of the URL's host, whatever Host says",
    "[integration][A3][A3.2]"
) {
    server s;
    s.route("/", reply(200).with_field("Set-Cookie", "url=1"));
    const auto jar = std::make_shared<cookie_jar>();
    const auto table = support::make_names({{"a.test", {"127.0.0.1"}}});
    xfer::multi m({.cookies = jar, .resolver = table->resolver()});
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    auto named = xfer::get(url);
    named.header("Host", "b.test");
    for (int i = 0; i < 2; ++i) REQUIRE_FALSE(transfer_one(m, named).ec);
    REQUIRE_FALSE(transfer_one(m, url).ec);
    const auto seen = s.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].field("Host") == "b.test");
    CHECK(seen[1].field("Cookie") == "url=1");
    CHECK(seen[2].field("Host") == "a.test:" + std::to_string(s.port()));
    CHECK(seen[2].field("Cookie") == "url=1");
    REQUIRE(jar->size() == 1);
    CHECK(jar->cookies().at(0).domain == "a.test");
}
