// HAZARDS H1.1: where OpenSSL has no random octets nothing is sent that needs them, and
// no file is made.
#define OPENSSL_SUPPRESS_DEPRECATED  // the one way to take its octets away

#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/form.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <openssl/rand.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using support::transfer_one;
using xfer::credentials;
using xfer::error;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

/// As long as it lives, OpenSSL has none.
class no_entropy {
 public:
    no_entropy() : usual_(RAND_get_rand_method()) {
        static const RAND_METHOD none = [] {
            RAND_METHOD m{};
            m.bytes = [](unsigned char*, int) { return 0; };
            m.status = [] { return 0; };
            return m;
        }();
        REQUIRE(RAND_set_rand_method(&none) == 1);
    }
    no_entropy(const no_entropy&) = delete;
    no_entropy& operator=(const no_entropy&) = delete;
    ~no_entropy() { RAND_set_rand_method(usual_); }

 private:
    const RAND_METHOD* usual_;
};

reply let_in_with_digest(const seen_request& r) {
    return r.field("Authorization").starts_with("Digest ")
               ? reply(200, "in")
               : reply(401, "who?")
                     .with_field(
                         "WWW-Authenticate",
                         "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\""
                     );
}

xfer::request with_digest(const server& s) {
    auto r = xfer::get(s.url("/"));
    r.credentials(credentials("user", "secret"));
    return r;
}

}  // namespace

TEST_CASE("H1.1: without entropy no form is sent", "[integration][H1][H1.1]") {
    server s;
    s.route("/", "ok");
    xfer::multi m;
    xfer::multipart form;
    form.add("a", "1");
    {
        const no_entropy none;
        const auto done = transfer_one(m, xfer::post(s.url("/"), form));
        CHECK(done.ec == error::no_entropy);
        CHECK_FALSE(done.failure().message.empty());
        CHECK(done.failure().bytes_sent == 0);
    }
    CHECK(s.counts().accepted == 0);
    CHECK_FALSE(transfer_one(m, xfer::post(s.url("/"), form)).ec);
}

TEST_CASE("H1.1: without entropy no answer of Digest is sent", "[integration][H1.1]") {
    server s;
    s.route("/", let_in_with_digest);
    xfer::multi m;
    const bool known = GENERATE(false, true);
    // A nonce that is known is answered before anybody asks: then nothing is sent.
    if (known) REQUIRE_FALSE(transfer_one(m, with_digest(s)).ec);
    const auto before = s.log().empty() ? std::string() : s.log()[0].raw;
    {
        const no_entropy none;
        const auto done = transfer_one(m, with_digest(s));
        CHECK(done.ec == error::no_entropy);
        CHECK_FALSE(done.failure().message.empty());
    }
    REQUIRE(s.wait_for_open_at_most(known ? 1 : 0));
    const auto requests = s.requests();
    REQUIRE(requests.size() == (known ? 2 : 1));
    REQUIRE(s.log().size() == 1);
    // What was on the wire: the requests that were answered, and not an octet more.
    CHECK(s.log()[0].raw == before + (known ? std::string() : requests[0].raw));
    CHECK(requests[0].count("Authorization") == 0);
    const auto later = transfer_one(m, with_digest(s));
    CHECK(later.response.body() == "in");
}

TEST_CASE("H1.1: without entropy a jar of cookies stays on disk", "[integration]") {
    const support::scratch directory;
    const auto path = directory / "jar";
    xfer::cookie_jar jar;
    REQUIRE(jar.save(path).ok());
    const auto old = support::read_file(path);
    xfer::parsed_url here;
    REQUIRE_FALSE(xfer::url::parse("http://a.test/", here));
    xfer::fields response;
    response.add("Set-Cookie", "a=1; Max-Age=1000");
    REQUIRE(jar.store(here.target, response) == 1);
    {
        const no_entropy none;
        const auto saved = jar.save(path);
        CHECK(saved.ec == error::no_entropy);
        CHECK(saved.message.find("random") != std::string::npos);
    }
    CHECK(support::read_file(path) == old);
    CHECK(directory.names() == std::vector<std::string>{"jar"});
    CHECK(jar.save(path).ok());
    CHECK(support::read_file(path) != old);
}
