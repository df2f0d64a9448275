// How a client of your own is tested, without a network and without waiting:
// docs/testing-your-client.md is cut from this file.
#include <xfer.hpp>
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>
#include <xfer/testing/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
namespace testing = xfer::testing;

namespace {

/// The client to be tested: asks a service for its greeting, twice if it is overloaded.
asio::awaitable<std::string> greeting(xfer::multi& m, std::string service) {
    const auto url = service + "/greeting";
    for (int attempt = 1;; ++attempt) {
        const auto r =
            co_await m.async_fetch(xfer::get(url, {.first_byte_timeout = 10s}));
        if (r.status() == 200) co_return r.body();
        if (r.status() != 503 || attempt == 2) throw std::runtime_error("no greeting");
    }
}

std::future<std::string> start(
    asio::io_context& loop, xfer::multi& m, const std::string& service
) {
    return asio::co_spawn(loop, greeting(m, service), asio::use_future);
}

/// What a client that has ended threw.
std::error_code error_of(std::future<std::string>& client) {
    try {
        client.get();
    } catch (const std::system_error& e) {
        return e.code();
    }
    return {};
}

}  // namespace

TEST_CASE("testing: a server in memory answers by a function", "[examples]") {
    using testing::memory_reply;
    auto network = std::make_shared<testing::memory_network>();
    int asked = 0;
    const auto overloaded_once = [&asked](const testing::memory_request&) {
        return ++asked == 1 ? memory_reply::with_length("busy", 503)
                            : memory_reply::with_length("hello");
    };
    testing::memory_server service(*network, "service.test", 80, overloaded_once);

    asio::io_context loop;
    xfer::multi m(loop, {.dialer = network});
    auto client = start(loop, m, "http://service.test");
    loop.run();

    CHECK(client.get() == "hello");
    CHECK(service.requests() == 2);
    CHECK(service.connections() == 1);
    CHECK(service.log().at(0).target == "/greeting");
}

TEST_CASE("testing: time passes when the test says so", "[examples]") {
    auto network = std::make_shared<testing::memory_network>();
    testing::memory_server service(*network, "service.test", 80, "hello");
    service.hold();

    auto clock = std::make_shared<testing::manual_clock>();
    asio::io_context loop;
    xfer::multi m(loop, {.clock = clock, .dialer = network});
    auto client = start(loop, m, "http://service.test");
    loop.poll();  // not run(): nothing more would happen, and it would wait for it
    CHECK(service.requests() == 1);
    clock->advance(10s);
    loop.poll();

    CHECK(error_of(client) == xfer::error::timeout_first_byte);
}

TEST_CASE("testing: names and hosts fail as they are told", "[examples]") {
    auto network = std::make_shared<testing::memory_network>();
    testing::memory_server service(*network, "service.test", 80, "hello");
    auto expected = xfer::error::resolve_failed;
    SECTION("the name has no address") { network->fail_resolving("service.test"); }
    SECTION("nobody listens") {
        network->refuse("service.test");
        expected = xfer::error::connect_failed;
    }
    SECTION("a firewall swallows everything") {
        network->hang_connecting("service.test");
        expected = xfer::error::timeout_connect;
    }

    auto clock = std::make_shared<testing::manual_clock>();
    asio::io_context loop;
    xfer::multi m(loop, {.clock = clock, .dialer = network});
    auto client = start(loop, m, "http://service.test");
    loop.poll();
    clock->advance(1min);
    loop.poll();

    CHECK(error_of(client) == expected);
}

TEST_CASE("testing: each operation of a connection fails once", "[examples]") {
    std::size_t n = 0;
    for (bool blown = true; blown; ++n) {
        auto network = std::make_shared<testing::memory_network>();
        testing::memory_server service(*network, "service.test", 80, "hello");
        auto fuse = std::make_shared<testing::fuse>(n);
        network->shape("service.test", {.breaker = fuse});

        asio::io_context loop;
        xfer::multi m(loop, {.dialer = network});
        auto client = start(loop, m, "http://service.test");
        loop.run();

        blown = fuse->blown();
        const auto ec = error_of(client);
        INFO("operation " << n << ": " << ec.message());
        CHECK(
            (ec == xfer::condition::send_error || ec == xfer::condition::recv_error ||
             (!blown && !ec))
        );
        CHECK(m.stats().running == 0);
    }
    CHECK(n > 2);
}

TEST_CASE("testing: a loopback server breaks at any byte", "[examples]") {
    using testing::reply;
    testing::server service;
    asio::io_context loop;
    xfer::multi m(loop);
    SECTION("slowly, in single bytes") {
        service.route("/greeting", reply(200, "hello").split_every(1));
        auto client = start(loop, m, service.url(""));
        loop.run();
        CHECK(client.get() == "hello");
        CHECK(service.requests().at(0).field("Accept") == "*/*");
    }
    SECTION("closed in the middle of the body") {
        service.route(
            "/greeting", reply(200, "hello").close_after(3, testing::from::body)
        );
        auto client = start(loop, m, service.url(""));
        loop.run();
        CHECK(error_of(client) == xfer::error::partial_body);
    }
    SECTION("reset before the answer") {
        service.route("/greeting", reply(200, "hello").reset_after(0));
        auto client = start(loop, m, service.url(""));
        loop.run();
        CHECK(error_of(client) == xfer::error::receive_failed);
    }
}

TEST_CASE("testing: certificates are made in memory", "[examples]") {
    const testing::authority ca;
    const auto identity = ca.issue({"127.0.0.1"});
    testing::server_options options;
    options.certificate_pem = identity.certificate_pem;
    options.key_pem = identity.key_pem;
    testing::server service(options);
    service.route("/greeting", "hello");

    xfer::multi m;
    auto trusting = xfer::get(service.url("/greeting"));
    trusting.tls(xfer::tls().ca_pem(ca.certificate_pem()));
    const auto first = m.add(trusting);
    m.add(service.url("/greeting"));  // trusts the system's authorities only
    while (m.perform() != 0) m.wait(1s);

    while (const auto done = m.info_read()) {
        if (done->id == first) {
            CHECK(done->response.body() == "hello");
        } else {
            CHECK(done->ec == xfer::condition::peer_failed_verification);
        }
    }
}

TEST_CASE("testing: the same in a loop of perform", "[examples]") {
    auto network = std::make_shared<testing::memory_network>();
    auto clock = std::make_shared<testing::manual_clock>();
    testing::memory_server server(*network, "api.test", 80, "hello");
    server.hold();

    xfer::multi m({.clock = clock, .dialer = network});
    m.add(xfer::get("http://api.test/", {.first_byte_timeout = 1h}));
    m.perform();
    clock->advance(1h);  // takes no time
    m.perform();

    const auto done = m.info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::timeout_first_byte);
}
