// xfer/testing/server.hpp under TLS: sessions, truncation, client certificates.
#include "support/blocking_client.hpp"
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

using support::blocking_client;
using support::body_of;
using support::client_tls;
using support::get;
using support::last_get;
using xfer::testing::authority;
using xfer::testing::connect_action;
using xfer::testing::fault;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

struct session_free {
    void operator()(SSL_SESSION* s) const { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_free>;

server_options https() {
    authority ca;
    auto leaf = ca.issue({"localhost", "127.0.0.1"});
    server_options o;
    o.certificate_pem = leaf.certificate_pem;
    o.key_pem = leaf.key_pem;
    return o;
}

void use_identity(const client_tls& tls, const xfer::testing::identity& who) {
    auto* text = BIO_new_mem_buf(who.certificate_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    text = BIO_new_mem_buf(who.key_pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    SSL_CTX_use_certificate(tls.get(), certificate);
    SSL_CTX_use_PrivateKey(tls.get(), key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

}  // namespace

TEST_CASE("testing server: serves https and remembers the handshake", "[testing]") {
    auto o = https();
    o.tls_max_version = GENERATE(0x0303, 0x0304);
    server s(o);
    CHECK(s.url("/").starts_with("https://127.0.0.1:"));
    s.route("/", reply::repeating("abc", 1000000));
    client_tls tls;
    const unsigned char offer[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(tls.get(), offer, sizeof offer - 1);
    blocking_client c(s.port(), tls);
    REQUIRE(c.secure());
    c.send(last_get("/"));
    CHECK(body_of(c.receive_all()).size() == 1000000);
    CHECK(c.was_notified());
    auto seen = s.log().at(0);
    CHECK(seen.secure);
    CHECK(seen.server_name == "localhost");
    CHECK(seen.alpn == "http/1.1");
    CHECK(seen.tls_version == (o.tls_max_version == 0x0303 ? "TLSv1.2" : "TLSv1.3"));
    CHECK(seen.raw == last_get("/"));
    CHECK(s.counts().handshakes == 1);
}

TEST_CASE("testing server: a TLS reply may be cut with and without close_notify") {
    server s(https());
    auto how = GENERATE(fault::close, fault::close_notify, fault::reset);
    s.route("/", reply(200, "hello").cut_after(how, 40));
    client_tls tls;
    blocking_client c(s.port(), tls);
    c.send(get("/"));
    CHECK(c.receive_all().size() == 40);
    CHECK(c.was_notified() == (how == fault::close_notify));
    CHECK(c.was_reset() == (how == fault::reset));
}

TEST_CASE("testing server: each piece of a TLS reply is a record", "[testing]") {
    server s(https());
    s.route("/", reply(200, "hello").split({1, 2}));
    client_tls tls;
    blocking_client c(s.port(), tls);
    c.send(get("/"));
    CHECK(c.receive_some() == "H");
    CHECK(c.receive_some() == "TT");
    CHECK(c.receive_some().ends_with("hello"));
}

TEST_CASE("testing server: resumes sessions until the keys change", "[testing]") {
    server s(https());
    s.route("/", "hello");
    client_tls tls;
    session_ptr session;
    {
        blocking_client c(s.port(), tls);
        c.send(last_get("/"));
        c.receive_all();
        session.reset(SSL_get1_session(c.session()));
    }
    blocking_client again(s.port(), tls, session.get());
    CHECK(SSL_session_reused(again.session()) == 1);
    again.send(last_get("/"));
    again.receive_all();
    CHECK(s.counts().resumed == 1);
    s.rotate_ticket_keys();
    blocking_client third(s.port(), tls, session.get());
    CHECK(third.secure());
    CHECK(SSL_session_reused(third.session()) == 0);
}

TEST_CASE("testing server: may ask for a client certificate", "[testing]") {
    authority clients("clients");
    auto o = https();
    o.client_ca_pem = clients.certificate_pem();
    o.tls_max_version = 0x0303;  // there the client's handshake fails too
    server s(o);
    client_tls tls;
    SECTION("none") {
        CHECK_FALSE(blocking_client(s.port(), tls).secure());
        CHECK(s.wait_for([](const auto& n) { return n.failed_handshakes == 1; }));
    }
    SECTION("of another authority") {
        use_identity(tls, authority("others").issue({"me"}));
        CHECK_FALSE(blocking_client(s.port(), tls).secure());
    }
    SECTION("a good one") {
        xfer::testing::certificate_spec spec;
        spec.common_name = "me";
        spec.usage = xfer::testing::key_usage::client;
        use_identity(tls, clients.issue(spec));
        CHECK(blocking_client(s.port(), tls).secure());
        CHECK(s.wait_for([](const auto& n) { return n.handshakes == 1; }));
        CHECK(s.log().at(0).client_subject == "CN=me");
    }
}

TEST_CASE("testing server: a handshake may be met with anything", "[testing]") {
    server s(https());
    connect_action action;
    client_tls tls;
    SECTION("text") {
        action.bytes = "HTTP/1.1 400 Bad Request\r\n\r\n";
        action.then = connect_action::kind::close;
    }
    SECTION("reset") { action.then = connect_action::kind::reset; }
    s.on_connect(action);
    CHECK_FALSE(blocking_client(s.port(), tls).secure());
    CHECK(s.counts().handshakes == 0);
}

TEST_CASE("testing server: an unusable certificate is an error at once", "[testing]") {
    auto o = https();
    SECTION("certificate") { o.certificate_pem = "not PEM"; }
    SECTION("key of another") { o.key_pem = https().key_pem; }
    SECTION("authority") { o.client_ca_pem = "not PEM"; }
    CHECK_THROWS_AS(server(o), std::invalid_argument);
}
