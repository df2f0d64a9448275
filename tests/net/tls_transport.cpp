// net/tls_transport.hpp: a TLS stream over a wire in memory, and the ends it comes to.
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>

using namespace tls_support;

namespace {

const auto blocked = std::errc::operation_would_block;

struct no_waiter : net::waiter {
    void wake() noexcept override {}
};

/// What the handshake says when this is all that the server sends.
std::pair<std::error_code, std::string> answer_with(
    const std::string& bytes, bool then_end, std::error_code broken = {}
) {
    auto line = std::make_shared<wire>();
    line->down = bytes;
    line->down_ended = then_end;
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(trusting()),
        "a.test",
        8443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    CHECK_FALSE(handshake.try_step(ec));
    if (broken) {
        line->broken = broken;
        CHECK_FALSE(handshake.try_step(ec));
    }
    CHECK(handshake.finish() == nullptr);
    return {ec, handshake.reason()};
}

tls_pair connected(const tls& configuration = trusting()) {
    static const server_context served({});
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(configuration)));
    return pair;
}

std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

}  // namespace

TEST_CASE("tls_transport: bytes go both ways", "[net][tls]") {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto pair = connected(trusting().max_version(version));
    auto text = pattern(100000);
    REQUIRE(pair.write(text));
    CHECK((pair.server->received == text));
    pair.server->send(text);
    CHECK((pair.read() == text));
    CHECK(pair.ec == blocked);
}

TEST_CASE(
    "tls_transport: reads and writes in pieces give the same result", "[net][tls]"
) {
    auto limit = GENERATE(1, 7, 1000);
    auto between = GENERATE(true, false);
    server_context served({});
    tls_pair pair;
    pair.line->read_limit = pair.line->write_limit = static_cast<std::size_t>(limit);
    pair.line->block_between = between;
    INFO(pair.why);
    REQUIRE(pair.connect(served, context_of(trusting())));
    auto text = pattern(3000);
    REQUIRE(pair.write(text));
    CHECK((pair.server->received == text));
    pair.server->send(text);
    CHECK((pair.read() == text));
}

TEST_CASE(
    "tls_transport: small pieces leave in one record and one write", "[net][tls]"
) {
    auto pair = connected();
    auto writes = pair.line->writes;
    std::string_view pieces[] = {
        "POST / HTTP/1.1\r\n", "", "Host: a.test\r\n\r\n", "body"};
    CHECK(pair.client->try_write(pieces, pair.ec) == 37);
    CHECK_FALSE(pair.ec);
    CHECK(pair.line->writes == writes + 1);
    pair.server->pump();
    CHECK(pair.server->records == 1);
    CHECK(pair.server->received == "POST / HTTP/1.1\r\nHost: a.test\r\n\r\nbody");
}

TEST_CASE(
    "tls_transport: a small head before a large body keeps the order", "[net][tls]"
) {
    auto pair = connected();
    auto head = pattern(300);
    auto body = pattern(70000);
    std::string_view pieces[] = {head, body, "tail"};
    CHECK(pair.client->try_write(pieces, pair.ec) == 70304);
    pair.server->pump();
    CHECK(pair.server->received == head + body + "tail");
    CHECK(pair.server->records == 5);
}

TEST_CASE(
    "tls_transport: a blocked write goes on with the same bytes and more", "[net][tls]"
) {
    auto pair = connected();
    pair.line->room = 100;
    auto head = pattern(600);
    std::string_view first[] = {std::string_view(head)};
    CHECK(pair.client->try_write(first, pair.ec) == 0);
    CHECK(pair.ec == blocked);
    CHECK(pair.client->wants(net::direction::write) == net::direction::write);
    CHECK_FALSE(pair.client->reusable());
    no_waiter waiter;
    pair.client->arm(net::direction::write, waiter);
    CHECK(pair.line->armed_write == &waiter);
    pair.client->disarm();
    CHECK(pair.line->armed_write == nullptr);
    pair.server->pump();
    pair.line->room = 100000;
    auto copy = head;
    std::string_view again[] = {copy, "more"};
    CHECK(pair.client->try_write(again, pair.ec) == 604);
    pair.server->pump();
    CHECK(pair.server->received == head + "more");
}

TEST_CASE(
    "tls_transport: a response that came whole costs one read of the transport",
    "[net][tls]"
) {
    auto pair = connected();
    CHECK(pair.read().empty());
    pair.server->send(pattern(1024));
    auto reads = pair.line->reads;
    std::vector<char> block(4096);
    CHECK(pair.client->try_read(block, pair.ec) == 1024);
    CHECK(pair.line->reads == reads + 1);
}

TEST_CASE(
    "tls_transport: a short read means that nothing more has come", "[net][tls]"
) {
    auto pair = connected();
    for (int i = 0; i < 20; ++i) pair.server->send(pattern(1000));
    std::vector<char> block(262144);
    CHECK(pair.client->try_read(block, pair.ec) == 20000);
}

TEST_CASE(
    "tls_transport: close_notify is the end and what follows is ignored", "[net][tls]"
) {
    auto pair = connected();
    pair.server->send("last");
    pair.server->send_close_notify();
    pair.line->down += "\x17\x03\x03 more";
    CHECK(pair.read() == "last");
    CHECK_FALSE(pair.ec);
    CHECK_FALSE(pair.client->truncated());
    CHECK(pair.read().empty());
    CHECK_FALSE(pair.client->reusable());
}

TEST_CASE("tls_transport: an end without close_notify is told apart", "[net][tls]") {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto pair = connected(trusting().max_version(version));
    pair.server->send("part");
    pair.line->down_ended = true;
    CHECK(pair.read() == "part");
    CHECK_FALSE(pair.ec);
    CHECK(pair.client->truncated());
    CHECK(pair.read().empty());
    CHECK_FALSE(pair.client->reusable());
    pair.client->shutdown();
}

TEST_CASE(
    "tls_transport: an end in the middle of a record is truncation", "[net][tls]"
) {
    auto pair = connected();
    CHECK(pair.read().empty());
    pair.server->send(pattern(1000));
    pair.line->down.resize(500);
    pair.line->down_ended = true;
    CHECK(pair.read().empty());
    CHECK(pair.client->truncated());
}

TEST_CASE(
    "tls_transport: what came with the last data is told of without more coming",
    "[net][tls]"
) {
    auto pair = connected();
    CHECK(pair.read().empty());
    pair.server->send("last");
    pair.server->send_close_notify();
    std::vector<char> block(1000);
    CHECK(pair.client->try_read(block, pair.ec) == 4);
    no_waiter waiting;
    CHECK(pair.client->wants(net::direction::read) == net::direction::write);
    pair.client->arm(net::direction::read, waiting);
    CHECK(pair.line->armed_write == &waiting);
    CHECK(pair.client->try_read(block, pair.ec) == 0);
    CHECK_FALSE(pair.ec);
    CHECK_FALSE(pair.client->truncated());
}

TEST_CASE(
    "tls_transport: what came with the handshake is told of without more coming",
    "[net][tls]"
) {
    const server_context served({});
    const auto line = std::make_shared<wire>();
    tls_server server(served, line);
    // Here the server's Finished is the last message, and data may follow at once.
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(trusting().max_version(tls_version::v1_2)),
        "a.test",
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    bool sent = false;
    for (int i = 0; i < 100 && !handshake.try_step(ec); ++i) {
        server.pump();
        if (server.established() && !sent) {
            server.send("early");
            sent = true;
        }
    }
    const auto client = handshake.finish();
    REQUIRE(client);
    REQUIRE(line->down.empty());
    CHECK(client->wants(net::direction::read) == net::direction::write);
    std::vector<char> block(1000);
    CHECK(client->try_read(block, ec) == 5);
    CHECK(client->wants(net::direction::read) == net::direction::read);
}

TEST_CASE("tls_transport: a reset keeps its own code", "[net][tls]") {
    auto pair = connected();
    pair.line->broken = std::make_error_code(std::errc::connection_reset);
    CHECK(pair.read().empty());
    CHECK(pair.ec == std::errc::connection_reset);
    std::string_view text = "x";
    CHECK(pair.client->try_write(std::span(&text, 1), pair.ec) == 0);
    CHECK(pair.ec);
    CHECK_FALSE(pair.client->truncated());
}

TEST_CASE("tls_transport: a forged record fails and stays failed", "[net][tls]") {
    auto pair = connected();
    CHECK(pair.read().empty());
    pair.server->send("real");
    pair.line->down.back() ^= 1;
    CHECK(pair.read().empty());
    CHECK(pair.ec == error::receive_failed);
    CHECK(pair.client->last_reason().find("mac") != std::string::npos);
    CHECK(pair.read().empty());
    CHECK(pair.ec == error::receive_failed);
}

TEST_CASE(
    "tls_transport: an alert that cannot leave does not hide its reason", "[net][tls]"
) {
    auto pair = connected();
    CHECK(pair.read().empty());
    pair.server->send("real");
    pair.line->down.back() ^= 1;
    pair.line->broken = std::make_error_code(std::errc::broken_pipe);
    CHECK(pair.read().empty());
    CHECK(pair.ec == error::receive_failed);
    CHECK(pair.client->last_reason().find("mac") != std::string::npos);
}

TEST_CASE(
    "tls_transport: an idle stream is reusable until something comes", "[net][tls]"
) {
    auto pair = connected();
    CHECK(pair.client->reusable());
    SECTION("a session ticket does not count") {
        CHECK_FALSE(pair.line->reads == 0);
        pair.server->send_ticket();
        REQUIRE_FALSE(pair.line->down.empty());
        CHECK(pair.client->reusable());
        CHECK(pair.line->down.empty());
        pair.server->send("after");
        CHECK(pair.read() == "after");
    }
    SECTION("data") {
        pair.server->send("x");
        CHECK_FALSE(pair.client->reusable());
        CHECK_FALSE(pair.client->reusable());
    }
    SECTION("close_notify") {
        pair.server->send_close_notify();
        CHECK_FALSE(pair.client->reusable());
    }
    SECTION("end") {
        pair.line->down_ended = true;
        CHECK_FALSE(pair.client->reusable());
    }
    SECTION("reset") {
        pair.line->broken = std::make_error_code(std::errc::connection_reset);
        CHECK_FALSE(pair.client->reusable());
    }
}

TEST_CASE("tls_transport: shutdown sends close_notify and close closes", "[net][tls]") {
    auto pair = connected();
    pair.client->shutdown();
    pair.server->pump();
    CHECK(pair.server->got_close_notify());
    pair.client->close();
    CHECK(pair.line->closed);
}

TEST_CASE("tls_transport: a change of keys goes unnoticed", "[net][tls]") {
    auto pair = connected();
    for (int i = 0; i < 30; ++i) {
        pair.server->update_key();
        pair.server->send("x");
        CHECK(pair.read() == "x");
        REQUIRE(pair.write("y"));
    }
    CHECK(pair.server->received == std::string(30, 'y'));
}

TEST_CASE("C3.1: renegotiation is answered by an alert", "[net][tls][C3.1]") {
    auto pair = connected(trusting().max_version(tls_version::v1_2));
    SSL_renegotiate(pair.server->native());
    SSL_do_handshake(pair.server->native());
    pair.server->pump();
    CHECK(pair.read().empty());
    REQUIRE_FALSE(pair.line->up.empty());
    CHECK(pair.line->up.front() == 21);
    CHECK(pair.ec == error::receive_failed);
    CHECK(pair.client->last_reason().find("renegotiate") != std::string::npos);
    pair.server->pump();
    CHECK_FALSE(pair.server->established());
}

TEST_CASE(
    "C3.1: what follows an attempt to renegotiate is not read", "[net][tls][C3.1]"
) {
    auto pair = connected(trusting().max_version(tls_version::v1_2));
    pair.server->send("first");
    SSL_renegotiate(pair.server->native());
    SSL_do_handshake(pair.server->native());
    pair.server->send("second");
    CHECK(pair.read() == "first");
    CHECK(pair.ec == error::receive_failed);
    CHECK(pair.read().empty());
    CHECK(pair.ec == error::receive_failed);
    CHECK_FALSE(pair.client->reusable());
}

TEST_CASE("C3.1: a connection kept does not outlive such an attempt", "[net][C3.1]") {
    auto pair = connected(trusting().max_version(tls_version::v1_2));
    pair.server->send("answer");
    CHECK(pair.read() == "answer");
    CHECK(pair.client->reusable());
    SSL_renegotiate(pair.server->native());
    SSL_do_handshake(pair.server->native());
    pair.server->pump();
    CHECK_FALSE(pair.client->reusable());
}

TEST_CASE("tls_transport: TLS runs inside TLS", "[net][tls]") {
    server_options inner_options;
    inner_options.identity = test_authority().issue({"inner.test"});
    server_context outer({});
    server_context inner(inner_options);
    tls_pair tunnel;
    REQUIRE(tunnel.connect(
        outer, context_of(trusting()), "a.test", {}, net::tls_role::proxy
    ));
    auto line = std::make_shared<wire>();
    tls_server server(inner, line);
    auto relay = [&] {
        tunnel.server->pump();
        line->up += std::exchange(tunnel.server->received, {});
        server.pump();
        if (!line->down.empty()) tunnel.server->send(std::exchange(line->down, {}));
    };
    net::tls_handshake handshake(
        std::move(tunnel.client),
        context_of(trusting()),
        "inner.test",
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    for (int i = 0; i < 100 && !handshake.try_step(ec); ++i) relay();
    auto client = handshake.finish();
    REQUIRE(client);
    relay();
    auto text = pattern(50000);
    std::string_view piece = text;
    CHECK(client->try_write(std::span(&piece, 1), ec) == text.size());
    relay();
    CHECK(server.received == text);
    server.send("answer");
    relay();
    std::vector<char> block(1000);
    CHECK(client->try_read(block, ec) == 6);
    client->shutdown();
    relay();
    CHECK(server.got_close_notify());
}

TEST_CASE("tls_handshake: a server that does not speak TLS is quoted", "[net][tls]") {
    auto [ec, why] =
        answer_with("HTTP/1.1 400 Bad Request\r\n\r\n", GENERATE(true, false));
    CHECK(ec == error::tls_handshake_failed);
    CHECK(why.find("a.test:8443 does not speak TLS") != std::string::npos);
    CHECK(why.find("HTTP/1.1 400") != std::string::npos);
}

TEST_CASE("tls_handshake: every early end is a failed handshake", "[net][tls]") {
    auto half = std::string("\x16\x03\x03\x00\x7a\x02\x00", 7);
    auto bytes = GENERATE_COPY(
        std::string(), half, std::string("\x16"), std::string("SSH-2.0-x\r\n")
    );
    auto [ec, why] = answer_with(bytes, true);
    CHECK(ec == error::tls_handshake_failed);
    CHECK(why.find("a.test:8443") != std::string::npos);
    auto reset = std::make_error_code(std::errc::connection_reset);
    auto [reset_ec, reset_why] = answer_with("", false, reset);
    CHECK(reset_ec == error::tls_handshake_failed);
    CHECK(reset_why.find(reset.message()) != std::string::npos);
}

TEST_CASE("tls_handshake: the peer's alert is named", "[net][tls]") {
    auto [ec, why] = answer_with(std::string("\x15\x03\x03\x00\x02\x02\x28", 7), false);
    CHECK(ec == error::tls_handshake_failed);
    CHECK(why.find("handshake failure' (40)") != std::string::npos);
}

TEST_CASE("C3.1: old versions and weak parameters are refused", "[net][tls][C3.1]") {
    server_options options;
    auto kind = GENERATE(0, 1, 2, 3, 4);
    INFO(kind);
    if (kind <= 1) {
        options.min_version = kind == 0 ? TLS1_VERSION : TLS1_1_VERSION;
        options.max_version = options.min_version;
    } else {
        options.max_version = TLS1_2_VERSION;
        options.ciphers = kind == 2   ? "eNULL:@SECLEVEL=0"
                          : kind == 3 ? "ADH:@SECLEVEL=0"
                                      : "AECDH:@SECLEVEL=0";
    }
    server_context served(options);
    tls_pair pair;
    CHECK_FALSE(pair.connect(served, context_of(tls().insecure())));
    CHECK(pair.ec == error::tls_handshake_failed);
    CHECK(pair.why.size() > 30);
}

TEST_CASE(
    "tls_handshake: the protocol is one that was offered, or none", "[net][tls]"
) {
    using names = std::vector<std::string_view>;
    struct row {
        std::string server;
        names offered;
        bool good;
        std::string chosen;
    };
    std::vector<row> rows{
        {"", {"h2", "http/1.1"}, true, ""},
        {"h2", {"h2", "http/1.1"}, true, "h2"},
        {"http/1.1", {"h2", "http/1.1"}, true, "http/1.1"},
        {"h2", {"http/1.1"}, false, ""},
        {"unknown", {"h2", "http/1.1"}, false, ""},
        {"h2", {}, true, ""},
    };
    for (const auto& r : rows) {
        server_options options;
        options.alpn = r.server;
        server_context served(options);
        tls_pair pair;
        INFO(r.server << " for " << r.offered.size());
        CHECK(
            pair.connect(served, context_of(trusting()), "a.test", r.offered) == r.good
        );
        if (r.good) CHECK(pair.client->alpn() == r.chosen);
        if (!r.good) CHECK(pair.ec == error::tls_handshake_failed);
    }
}

TEST_CASE("tls_handshake: a server that requires a client certificate", "[net][tls]") {
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    xfer::testing::authority clients;
    xfer::testing::certificate_spec spec;
    spec.usage = xfer::testing::key_usage::client;
    auto right = clients.issue(spec);
    auto wrong = test_authority().issue(spec);
    server_options options;
    options.client_ca_pem = clients.certificate_pem();
    server_context served(options);
    auto base = trusting().max_version(version);
    auto outcome = [&](const tls& configuration) {
        tls_pair pair;
        if (!pair.connect(served, context_of(configuration))) return pair.ec;
        pair.write("GET / HTTP/1.1\r\n\r\n");
        pair.read();
        CHECK((pair.server->received.empty()) == (pair.ec != blocked));
        return pair.ec;
    };
    CHECK(outcome(base) == error::tls_handshake_failed);
    CHECK(
        outcome(tls(base).client_certificate_pem(wrong.certificate_pem, wrong.key_pem)
        ) == error::tls_handshake_failed
    );
    CHECK(
        outcome(tls(base).client_certificate_pem(right.certificate_pem, right.key_pem)
        ) == blocked
    );
}

TEST_CASE(
    "tls_handshake: a request for a certificate after the handshake is refused",
    "[net][tls]"
) {
    auto pair = connected();
    CHECK(SSL_verify_client_post_handshake(pair.server->native()) == 0);
}

TEST_CASE("tls_handshake: it has no stream before it is done", "[net][tls]") {
    auto line = std::make_shared<wire>();
    net::tls_handshake handshake(
        std::make_unique<wire_end>(line),
        context_of(trusting()),
        "a.test",
        443,
        net::tls_role::origin,
        {}
    );
    std::error_code ec;
    CHECK_FALSE(handshake.try_step(ec));
    CHECK(ec == blocked);
    CHECK(handshake.wants() == net::direction::read);
    no_waiter waiter;
    handshake.arm(waiter);
    CHECK(line->armed_read == &waiter);
    CHECK(handshake.finish() == nullptr);
    static_assert(!std::is_constructible_v<net::verified_peer, bool, bool>);
    static_assert(!std::is_default_constructible_v<net::verified_peer>);
}
