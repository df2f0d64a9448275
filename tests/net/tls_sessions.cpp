// net/tls_sessions.hpp: sessions are resumed, and never outside their configuration.
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <ctime>

using namespace tls_support;

namespace {

net::ssl_session_ptr made_session(int version, std::time_t since, long seconds) {
    // A session that OpenSSL calls resumable has an id or a ticket.
    net::ssl_session_ptr session(SSL_SESSION_new());
    unsigned char id[] = {1, 2, 3};
    SSL_SESSION_set1_id(session.get(), id, sizeof id);
    SSL_SESSION_set_protocol_version(session.get(), version);
    SSL_SESSION_set_time(session.get(), static_cast<long>(since));
    SSL_SESSION_set_timeout(session.get(), seconds);
    return session;
}

/// Connects, lets the tickets arrive, and says whether the session was resumed.
bool resumes(
    const server_context& served,
    const std::shared_ptr<net::tls_context>& context,
    const std::string& host = "a.test",
    net::tls_role role = net::tls_role::origin
) {
    tls_pair pair;
    INFO(pair.why);
    REQUIRE(pair.connect(served, context, host, {}, role));
    pair.read();
    CHECK(pair.client->resumed() == pair.server->resumed());
    return pair.server->resumed();
}

}  // namespace

TEST_CASE(
    "tls_sessions: the second connection resumes the first's session", "[net][tls]"
) {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    server_context served({});
    auto context = context_of(trusting().max_version(version));
    CHECK_FALSE(resumes(served, context));
    for (int i = 0; i < 5; ++i) CHECK(resumes(served, context));
    tls_pair pair;
    REQUIRE(pair.connect(served, context));
    CHECK(pair.client->info().resumed);
    CHECK(pair.client->info().peer_verified);
    CHECK(pair.client->info().subject == "CN=xfer test");
}

TEST_CASE(
    "tls_sessions: a connection that was cut off may still be resumed", "[net][tls]"
) {
    server_context served({});
    auto context = context_of(trusting());
    {
        tls_pair pair;
        REQUIRE(pair.connect(served, context));
        pair.read();
        pair.line->down_ended = true;
        pair.read();
    }
    CHECK(resumes(served, context));
}

TEST_CASE(
    "tls_sessions: several tickets serve several connections at once", "[net][tls]"
) {
    server_options options;
    options.tickets = 4;
    server_context served(options);
    auto context = context_of(trusting());
    CHECK_FALSE(resumes(served, context));
    CHECK(context->sessions().size() == 4);
    std::vector<tls_pair> open(5);
    int resumed = 0;
    for (auto& pair : open) {
        REQUIRE(pair.connect(served, context));
        resumed += pair.server->resumed() ? 1 : 0;
    }
    CHECK(resumed == 4);
}

TEST_CASE("B2.2: hosts, ports and roles keep to themselves", "[net][tls][B2.2]") {
    server_context served({});
    auto context = context_of(trusting());
    CHECK_FALSE(resumes(served, context));
    CHECK_FALSE(resumes(served, context, "127.0.0.1"));
    CHECK_FALSE(resumes(served, context, "a.test", net::tls_role::proxy));
    CHECK(resumes(served, context, "a.test", net::tls_role::proxy));
    CHECK(resumes(served, context, "A.TEST") == false);
    CHECK(resumes(served, context));
    CHECK(
        net::tls_session_cache::key("a", 1, net::tls_role::origin) !=
        net::tls_session_cache::key("a", 2, net::tls_role::origin)
    );
}

TEST_CASE(
    "B2.1: no session crosses from one configuration to another", "[net][tls][B2.1]"
) {
    server_options options;
    options.identity = xfer::testing::self_signed(spec_for("b.test"));
    server_context served(options);
    auto careless = context_of(tls().insecure());
    CHECK_FALSE(resumes(served, careless));
    CHECK(resumes(served, careless));
    auto careful = context_of(trusting());
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, careful));
    CHECK(pair.ec == error::certificate_self_signed);
    CHECK(careful->sessions().size() == 0);
}

TEST_CASE(
    "B2.1: a client certificate never resumes another's session", "[net][tls][B2.1]"
) {
    server_context served({});
    auto a = test_authority().issue({"a"});
    auto b = test_authority().issue({"b"});
    auto with_a =
        context_of(trusting().client_certificate_pem(a.certificate_pem, a.key_pem));
    auto with_b =
        context_of(trusting().client_certificate_pem(b.certificate_pem, b.key_pem));
    auto with_none = context_of(trusting());
    CHECK_FALSE(resumes(served, with_a));
    CHECK_FALSE(resumes(served, with_b));
    CHECK_FALSE(resumes(served, with_none));
    CHECK(resumes(served, with_a));
}

TEST_CASE(
    "B2.4: a server that forgot its keys is greeted in full", "[net][tls][B2.4]"
) {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto context = context_of(trusting().max_version(version));
    server_context before({});
    CHECK_FALSE(resumes(before, context));
    server_context after({});
    CHECK_FALSE(resumes(after, context));
    CHECK(resumes(after, context));
}

TEST_CASE("tls_sessions: a resumed session has its name checked again", "[net][tls]") {
    server_context served({});
    auto context = context_of(trusting());
    CHECK_FALSE(resumes(served, context));
    auto& cache = context->sessions();
    auto mine =
        cache.take(net::tls_session_cache::key("a.test", 443, {}), std::time(nullptr));
    REQUIRE(mine);
    // As if the cache had mixed up two hosts.
    cache.put(
        net::tls_session_cache::key("b.test", 443, {}),
        std::move(mine),
        std::time(nullptr)
    );
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, context, "b.test"));
    CHECK(pair.ec == error::certificate_host_mismatch);
}

TEST_CASE("tls_sessions: the cache is last in first out and bounded", "[net][tls]") {
    auto now = std::time(nullptr);
    net::tls_session_cache cache(2, 2);
    for (long life : {100, 200, 300}) {
        cache.put("one", made_session(TLS1_3_VERSION, now, life), now);
    }
    CHECK(cache.size() == 2);
    CHECK(SSL_SESSION_get_timeout(cache.take("one", now).get()) == 300);
    cache.put("two", made_session(TLS1_3_VERSION, now, 100), now);
    cache.put("three", made_session(TLS1_3_VERSION, now, 100), now);
    CHECK(cache.take("one", now) == nullptr);
    CHECK(cache.take("three", now));
    CHECK(cache.take("three", now) == nullptr);
    cache.forget("two");
    CHECK(cache.size() == 0);
}

TEST_CASE("tls_sessions: an expired session is dropped", "[net][tls]") {
    auto now = std::time(nullptr);
    net::tls_session_cache cache;
    cache.put("a", made_session(TLS1_3_VERSION, now - 100, 50), now);
    CHECK(cache.size() == 0);
    cache.put("a", made_session(TLS1_3_VERSION, now, 50), now);
    CHECK(cache.take("a", now + 50) == nullptr);
    CHECK(cache.size() == 0);
}

TEST_CASE("tls_sessions: a session of TLS 1.2 serves more than once", "[net][tls]") {
    auto now = std::time(nullptr);
    net::tls_session_cache cache;
    cache.put("a", made_session(TLS1_2_VERSION, now, 50), now);
    auto first = cache.take("a", now);
    auto second = cache.take("a", now);
    CHECK(first);
    CHECK(second);
    CHECK(first != second);
}
