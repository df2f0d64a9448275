// 1xx responses: what comes behind them, and how long one may wait after them.
#include "support/staged.hpp"

#include <string>
#include <string_view>

using namespace std::chrono_literals;
using support::both_ways;
using support::door;
using support::listen_silently;
using support::rig;
using xfer::stage;
using xfer::testing::memory_peer;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nalpha";
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// A source that waits at the gate, and then gives five bytes.
xfer::source gated(const std::shared_ptr<door>& gate) {
    auto give = [gate, given = false](std::span<char> space
                ) mutable -> asio::awaitable<std::size_t> {
        co_await door::pass(gate);
        if (std::exchange(given, true)) {
            co_return 0;
        }
        std::fill_n(space.begin(), 5, 'u');
        co_return 5;
    };
    return xfer::from_awaitable(give);
}

}  // namespace

TEST_CASE(
    "100: the beginning of an answer right behind it is not lost", "[engine][interim]"
) {
    rig r(GENERATE(both_ways()));
    const auto early = GENERATE(std::size_t{1}, std::size_t{12}, std::size_t{37});
    memory_server a(*r.network, "a.test", 80, [early](const memory_request&) {
        return memory_reply(std::string(answer.substr(early)));
    });
    a.on_head([early](memory_peer& peer, const memory_request&) {
        peer.provide(std::string(go_on).append(answer.substr(0, early)));
    });
    memory_server b(*r.network, "b.test", 80, std::string(1000, 'b'));
    const auto gate = std::make_shared<door>();
    const auto id =
        r.m->add(xfer::post("http://a.test/", gated(gate), {.expect_continue = true}));
    r.run();
    CHECK(r.m->stage_of(id) == stage::sending);
    // Another transfer reads meanwhile, into the block that all of them share.
    const bool another = GENERATE(false, true);
    if (another) {
        r.m->add("http://b.test/");
        r.run();
        CHECK(r.m->info_read()->response.body() == std::string(1000, 'b'));
    }
    gate->let_in();
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    INFO(done->failure().message);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body() == "alpha");
    CHECK(a.log().at(0).body == "uuuuu");
    CHECK(r.m->stats().idle_connections == (another ? 2 : 1));
}

TEST_CASE(
    "100: the whole answer right behind it spares the body", "[engine][interim][N18]"
) {
    rig r(GENERATE(both_ways()));
    std::shared_ptr<memory_peer> peer;
    r.network->listen("a.test", 80, [&](const auto& p) {
        peer = p;
        p->on_activity([](memory_peer& self) {
            if (self.written().ends_with("\r\n\r\n")) {
                self.provide(std::string(go_on).append(answer));
            }
        });
    });
    // Nobody will ever open it: who waits for the source waits in vain.
    const auto gate = std::make_shared<door>();
    auto request = xfer::post("http://a.test/", "", {.expect_continue = true});
    if (GENERATE(true, false)) {
        request.body(gated(gate));
    } else {
        // Nor does the peer take the body.
        r.network->on_connect("a.test", [](const auto& p) { p->accept(1000); });
        request.body(std::string(100'000, 'u'));
    }
    r.m->add(request);
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body() == "alpha");
    CHECK(done->response.info().bytes_sent == 0);
    CHECK(peer->written().ends_with("\r\n\r\n"));
    // The server may still wait for the body.
    CHECK(peer->closed());
    CHECK(r.at_rest());
}

TEST_CASE(
    "N18: an answer that came while the source was at work is found before the wait",
    "[engine][N18]"
) {
    rig r(GENERATE(both_ways()));
    std::shared_ptr<memory_peer> peer;
    r.network->listen("a.test", 80, [&](const auto& p) {
        peer = p;
        p->accept(200);
    });
    // The answer may take many reads.
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{7}, std::size_t{10'000});
    r.network->shape("a.test", shape);
    const auto gate = std::make_shared<door>();
    auto give = [gate](std::span<char> space) -> asio::awaitable<std::size_t> {
        co_await door::pass(gate);
        std::fill(space.begin(), space.end(), 'u');
        co_return space.size();
    };
    r.m->add(xfer::post("http://a.test/", xfer::from_awaitable(give)));
    r.run();
    peer->provide("HTTP/1.1 103 Early Hints\r\n\r\n");
    peer->provide(answer);
    r.run();
    CHECK(r.m->stats().running == 1);
    gate->let_in();
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    CHECK(done->response.body() == "alpha");
    CHECK(peer->closed());
}

TEST_CASE(
    "M21: first_byte_timeout goes on after an interim response", "[engine][M21]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add(xfer::get("http://a.test/", {.first_byte_timeout = 5s}));
    r.run();
    const auto peer = r.network->last_peer();
    r.advance(3s);
    const std::string interim = GENERATE(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    // Whole, or in two pieces.
    const auto cut = GENERATE(std::size_t{0}, std::size_t{14});
    peer->provide(interim.substr(0, cut));
    r.run();
    peer->provide(interim.substr(cut));
    r.run();
    CHECK(r.m->stage_of(id) == stage::waiting);
    r.advance(1900ms);
    if (GENERATE(false, true)) {
        peer->provide(answer);
        r.run();
        const auto done = r.m->info_read();
        REQUIRE(done);
        CHECK_FALSE(done->ec);
        CHECK(done->response.body() == "alpha");
        return;
    }
    CHECK(r.m->stats().running == 1);
    r.advance(200ms);
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::timeout_first_byte);
    CHECK(done->failure().stage == stage::waiting);
    CHECK(r.at_rest());
}
