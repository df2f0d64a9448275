// M23: what lies still costs nothing, what is limited wakes seldom, and a fast peer
// cannot keep perform() from returning.
#include "support/staged.hpp"

#include <asio/post.hpp>

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::listen_silently;
using support::rig;
using xfer::testing::memory_server;

namespace {

std::uint64_t steps_of_run(rig& r) {
    const auto before = r.m->stats().steps;
    r.run();
    return r.m->stats().steps - before;
}

}  // namespace

TEST_CASE(
    "M23: a paused transfer causes no steps while the peer sends", "[engine][M23]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add("http://a.test/");
    r.run();
    const auto peer = r.network->peer(0);
    const auto in_stage = GENERATE(xfer::stage::waiting, xfer::stage::receiving);
    if (in_stage == xfer::stage::receiving) {
        peer->provide("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
        r.run();
    }
    CHECK(r.m->stage_of(id) == in_stage);
    r.m->pause(id);
    r.run();  // it takes notice
    if (in_stage == xfer::stage::waiting) {
        peer->provide("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    }
    for (int i = 0; i < 9; ++i) {
        peer->provide("0123456789");
        CHECK(steps_of_run(r) == 0);
    }
    CHECK_FALSE(peer->armed(xfer::net::direction::read));
    // Its timeouts stand still.
    CHECK_FALSE(r.m->next_deadline());
    r.advance(24h);
    CHECK(r.m->stats().running == 1);
    r.m->resume(id);
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body().size() == 100);
}

TEST_CASE("M23: a paused upload writes nothing", "[engine][M23]") {
    rig r(GENERATE(both_ways()));
    std::shared_ptr<xfer::testing::memory_peer> peer;
    r.network->listen("a.test", 80, [&](const auto& p) {
        peer = p;
        p->accept(1000);
    });
    const std::string body(100'000, 'x');
    auto request = xfer::post("http://a.test/", body);
    if (GENERATE(false, true)) {
        auto source = [left = body.size()](std::span<char> space) mutable {
            const auto n = std::min(left, space.size());
            std::fill_n(space.begin(), n, 'x');
            left -= n;
            return n;
        };
        request.body(xfer::from_function(source).length(body.size()));
    }
    const auto id = r.m->add(request);
    r.run();
    CHECK(r.m->stage_of(id) == xfer::stage::sending);
    CHECK(peer->written().size() == 1000);
    r.m->pause(id);
    r.run();
    peer->accept(xfer::testing::memory_options::unlimited);
    CHECK(steps_of_run(r) == 0);
    CHECK(peer->written().size() == 1000);
    r.m->resume(id);
    r.run();
    CHECK(peer->written().size() > body.size());
    CHECK(peer->written().ends_with("xxx"));
}

TEST_CASE(
    "M23: a transfer paused while it connects sends nothing until resumed",
    "[engine][M23]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.network->hang_connecting("a.test");
    const auto id = r.m->add("http://a.test/");
    r.run();
    r.m->pause(id);
    r.network->release("a.test");
    r.run();
    CHECK(server.received().empty());
    r.m->resume(id);
    r.run();
    CHECK(r.m->info_read()->response.body() == "hello");
}

TEST_CASE("M23: total_timeout ends a paused transfer all the same", "[engine][M23]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add(xfer::get("http://a.test/", {.total_timeout = 10s}));
    r.run();
    r.m->pause(id);
    r.run();  // it takes notice
    CHECK((r.m->next_deadline() == r.clock->now() + 10s));
    r.advance(10s);
    CHECK(r.m->info_read()->ec == xfer::error::timeout_total);
}

TEST_CASE(
    "M23: a rate-limited transfer wakes at most once per refill", "[engine][M23]"
) {
    rig r(GENERATE(both_ways()));
    constexpr std::size_t size = 10'000;
    memory_server server(*r.network, "a.test", 80, std::string(size, 'x'));
    const bool upload = GENERATE(false, true);
    auto request = upload ? xfer::post("http://a.test/", std::string(size, 'y'))
                          : xfer::get("http://a.test/");
    xfer::options o;
    (upload ? o.max_send_rate : o.max_receive_rate) = 10'000;
    request.options(o);
    const auto start = r.clock->now();
    r.m->add(request);
    r.run();
    int rounds = 0;
    while (r.m->stats().running > 0 && ++rounds < 10'000) {
        r.clock->advance(1ms);
        const auto steps = steps_of_run(r);
        const auto elapsed = r.clock->now() - start;
        const auto total = r.m->stats().steps;
        CHECK(steps <= (upload ? 6 : 4));
        // A few steps each 50 ms, none in between.
        CHECK(total <= 10 + 4 * static_cast<std::uint64_t>(elapsed / 50ms));
    }
    CHECK_FALSE(r.m->info_read()->ec);
    const auto took = r.clock->now() - start;
    CHECK(took >= 900ms);
    CHECK(took <= 1200ms);
}

TEST_CASE("M23: max_send_rate holds for bodies of every framing", "[engine][M23]") {
    rig r(GENERATE(both_ways()));
    constexpr std::size_t size = 10'000;
    memory_server server(*r.network, "a.test", 80, "taken");
    // All of it in one piece.
    auto source = [left = size](std::span<char> space) mutable {
        const auto n = std::min(left, space.size());
        std::fill_n(space.begin(), n, 'y');
        left -= n;
        return n;
    };
    auto body = xfer::from_function(source);
    const bool chunked = GENERATE(true, false);
    if (!chunked) {
        body.length(size);
    }
    const auto start = r.clock->now();
    r.m->add(xfer::post("http://a.test/", body, {.max_send_rate = 10'000}));
    r.run();
    std::size_t most = 0;
    while (r.m->stats().running > 0 && r.clock->now() - start < 10s) {
        const auto before = server.received().size();
        r.advance(50ms);
        most = std::max(most, server.received().size() - before);
    }
    CHECK_FALSE(r.m->info_read()->ec);
    CHECK(server.log().at(0).body == std::string(size, 'y'));
    CHECK(server.log().at(0).header("Transfer-Encoding") == (chunked ? "chunked" : ""));
    const auto took = r.clock->now() - start;
    CHECK(took >= 900ms);
    CHECK(took <= 1200ms);
    // A twentieth of the rate at a time, and the frame of a chunk.
    CHECK(most <= 500 + 20);
}

TEST_CASE(
    "M23: max_steps bounds a perform with a peer that always has more", "[engine][M23]"
) {
    rig r(GENERATE(both_ways()), {.max_steps = 100});
    const auto block = GENERATE(std::size_t{1000}, std::size_t{300'000});
    std::shared_ptr<xfer::testing::memory_peer> peer;
    r.network->listen("a.test", 80, [&](const auto& p) {
        peer = p;
        p->provide("HTTP/1.1 200 OK\r\n\r\nx");
    });
    std::uint64_t pieces = 0;
    const std::string more(block, 'x');
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view piece) {
        ++pieces;
        peer->provide(std::string_view(more).substr(
            0, piece.size() < 1000 ? more.size() : piece.size()
        ));
        REQUIRE(pieces < 10'000);  // or this test would not end either
    }));
    r.m->add(request);
    for (int i = 0; i < 3; ++i) {
        const auto before = r.m->stats().steps;
        const auto pieces_before = pieces;
        CHECK(r.m->perform() == 1);
        CHECK(r.m->stats().steps - before <= 100);
        CHECK(pieces - pieces_before <= 2 * 100);
        CHECK(pieces > pieces_before);
    }
}

TEST_CASE(
    "M23: max_steps bounds a perform in which foreign handlers post themselves",
    "[engine][M23]"
) {
    rig r(GENERATE(both_ways()), {.max_steps = 100});
    int calls = 0;
    std::function<void()> again = [&] {
        ++calls;
        asio::post(r.m->get_executor(), again);
    };
    asio::post(r.m->get_executor(), again);
    r.m->perform();
    CHECK(calls <= 100);
    CHECK(calls >= 90);
    r.m->perform();
    CHECK(calls <= 200);
    // Handlers that are left are destroyed with the loop, before what they refer to.
    r.m.reset();
    r.io.reset();
}

TEST_CASE(
    "M23: the timer of the loop is armed for the earliest deadline only",
    "[engine][M23]"
) {
    // With the real clock: between arming and deadline the loop runs no handler.
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    asio::io_context io;
    xfer::settings s;
    s.dialer = network;
    xfer::multi m(io, s);
    m.add(xfer::get("http://a.test/", {.total_timeout = 100ms}));
    m.add(xfer::get("http://a.test/", {.total_timeout = 1h}));
    m.add(xfer::get("http://a.test/", {.first_byte_timeout = 2h}));
    io.poll();
    const auto before = std::chrono::steady_clock::now();
    CHECK(io.run_one_for(10s) == 1);
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took >= 50ms);
    CHECK(took < 5s);
    CHECK(m.stats().running == 2);
    CHECK(m.info_read()->ec == xfer::error::timeout_total);
    io.poll();
    CHECK(io.run_one_for(50ms) == 0);
}

TEST_CASE("M23: a turn does not arm the loop's timer anew", "[engine][M23]") {
    // With the real clock: to set a timer anew cancels its wait, whose handler then
    // runs for nothing.
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    memory_server server(*network, "b.test", 80, "hello");
    asio::io_context io;
    xfer::settings s;
    s.dialer = network;
    xfer::multi m(io, s);
    const auto handlers_of_a_fetch = [&] {
        xfer::options none;
        none.resolve_timeout = none.connect_timeout = none.tls_timeout =
            none.first_byte_timeout = none.idle_timeout = {};
        m.add(xfer::get("http://b.test/", none));
        io.restart();
        const auto handlers = io.poll();
        CHECK(m.info_read()->response.body() == "hello");
        return handlers;
    };
    handlers_of_a_fetch();  // which leaves a connection
    const auto alone = handlers_of_a_fetch();
    m.add(xfer::get("http://a.test/", {.total_timeout = 1h}));
    io.restart();
    io.poll();
    CHECK(m.stats().running == 1);
    for (int i = 0; i < 5; ++i) {
        CHECK(handlers_of_a_fetch() == alone);
    }
}

TEST_CASE(
    "M23: timeouts stand still while a sink works, whatever pause and resume do",
    "[engine][M23]"
) {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto& peer) {
        peer->provide("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    });
    const auto gate = std::make_shared<support::door>();
    auto take = [gate](std::string_view) -> asio::awaitable<void> {
        co_await support::door::pass(gate);
    };
    auto request = xfer::get("http://a.test/", {.idle_timeout = 5s});
    request.sink(xfer::to_awaitable(take));
    const auto id = r.m->add(request);
    r.run();
    CHECK(gate->waiting != nullptr);
    const auto check_that_time_does_not_matter = [&] {
        r.run();
        CHECK_FALSE(r.m->next_deadline());
        r.advance(1h);
        CHECK(r.m->stats().running == 1);
    };
    check_that_time_does_not_matter();
    r.m->pause(id);
    check_that_time_does_not_matter();
    SECTION("resumed while the sink is still at work") {
        r.m->resume(id);
        check_that_time_does_not_matter();
        gate->let_in();
    }
    SECTION("still paused when the sink has done its work") {
        gate->let_in();
        check_that_time_does_not_matter();
        r.m->resume(id);
    }
    r.network->last_peer()->provide("again");
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
}
