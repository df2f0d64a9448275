// The tests of a program that uses xfer: its client talks to a server in memory, by a
// clock that the tests move. No network, no port, no waiting; any test framework will
// do in the place of check().
#include <xfer.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <future>
#include <iostream>
#include <memory>
#include <string>

using namespace std::chrono_literals;
namespace testing = xfer::testing;

/// The client to be tested: what the shop asks for a thing, or "unknown" if it is slow.
asio::awaitable<std::string> price(xfer::multi& m, std::string thing) {
    auto r = xfer::get("http://shop.test/price?of=" + thing, {.total_timeout = 5s});
    r.header("Accept", "text/plain");
    try {
        const auto answer = co_await m.async_fetch(std::move(r));
        if (xfer::status::is_success(answer.status())) co_return answer.body();
    } catch (const xfer::transfer_error& e) {
        if (!xfer::is_timeout(e.code())) throw;
    }
    co_return "unknown";
}

int failures = 0;

void check(bool good, const std::string& what) {
    std::cout << (good ? "passed: " : "FAILED: ") << what << '\n';
    if (!good) ++failures;
}

/// What each test begins with.
struct fixture {
    std::shared_ptr<testing::memory_network> network =
        std::make_shared<testing::memory_network>();
    std::shared_ptr<testing::manual_clock> clock =
        std::make_shared<testing::manual_clock>();
    testing::memory_server shop{*network, "shop.test", 80, "7 coins"};
    asio::io_context loop;
    xfer::multi m{loop, {.clock = clock, .dialer = network}};

    std::future<std::string> ask() {
        auto asked = asio::co_spawn(loop, price(m, "tea"), asio::use_future);
        loop.poll();
        return asked;
    }
};

int main() {
    {
        fixture t;
        check(t.ask().get() == "7 coins", "the price is what the shop says");
        const auto& seen = t.shop.log().at(0);
        check(seen.target == "/price?of=tea", "the shop is asked for the thing");
        check(seen.header("Accept") == "text/plain", "it is asked for text");
    }
    {
        fixture t;
        t.shop.hold();
        auto asked = t.ask();
        t.clock->advance(5s);  // takes no time
        t.loop.poll();
        check(asked.get() == "unknown", "a shop that does not answer has no price");
    }
    return failures == 0 ? 0 : 1;
}
