// What is the user's, and calls back or refers to something while a multi closes.
#include "support/rig.hpp"

#include <asio/associated_cancellation_slot.hpp>
#include <asio/awaitable.hpp>
#include <asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

using support::driven;
using support::listen_silently;
using support::rig;

namespace {

/// Calls when it is destroyed.
struct farewell {
    explicit farewell(std::function<void()> f) : call(std::move(f)) {}
    farewell(const farewell&) = delete;
    farewell& operator=(const farewell&) = delete;
    ~farewell() { call(); }
    std::function<void()> call;
};

/// A request whose sink calls f when it is destroyed.
xfer::request with_farewell(const char* url, std::function<void()> f) {
    auto sink = [owned = std::make_shared<farewell>(std::move(f))](std::string_view) {};
    auto r = xfer::get(url);
    r.sink(xfer::to_function(sink));
    return r;
}

/// What programs often are: it owns the multi, handlers own it, sinks use its parts.
struct session : std::enable_shared_from_this<session> {
    session(asio::io_context& io, const xfer::settings& s) : m(io, s) {}
    void start(bool& sink_was_first) {
        auto handler = [self = shared_from_this()](std::error_code, xfer::response) {};
        m.async_fetch("http://a.test/", handler);
        m.add(with_farewell("http://a.test/", [&, me = weak_from_this()] {
            sink_was_first = !me.expired();
        }));
        auto observer = [self = shared_from_this()](const xfer::message&) {};
        m.on_completion(observer);
    }
    xfer::multi m;
};

}  // namespace

TEST_CASE("M15: of a session, sinks are destroyed before handlers", "[engine][M15]") {
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    xfer::settings s;
    s.dialer = network;
    std::optional<asio::io_context> io(std::in_place);
    std::weak_ptr<session> alive;
    bool sink_was_first = false;
    {
        const auto begun = std::make_shared<session>(*io, s);
        begun->start(sink_was_first);
        alive = begun;
    }
    if (GENERATE(false, true)) {
        io->poll();
    }
    if (GENERATE(false, true)) {
        const auto closed = std::move(alive.lock()->m);
        CHECK_FALSE(alive.expired());
    }
    io.reset();
    CHECK(alive.expired());
    CHECK(sink_was_first);
}

TEST_CASE("M15: a sink owns the loop", "[engine][M15]") {
    const auto network = std::make_shared<xfer::testing::memory_network>();
    network->listen("a.test", 80, [](const auto&) {});
    xfer::settings s;
    s.dialer = network;
    auto io = std::make_shared<asio::io_context>();
    std::optional<xfer::multi> m(std::in_place, *io, s);
    int called = 0;
    const auto owned = std::make_shared<int>(0);
    auto count = [&called, owned](auto&&...) { ++called; };
    m->async_fetch("http://a.test/", count);
    m->add(with_farewell("http://a.test/", [io] {}));
    m->async_fetch("http://a.test/", count);
    m->async_next(count);
    io->poll();
    const std::weak_ptr<asio::io_context> alive = io;
    io.reset();
    REQUIRE_FALSE(alive.expired());
    m.reset();
    CHECK(alive.expired());
    CHECK(called == 0);
    CHECK(owned.use_count() == 2);
}

TEST_CASE("M15: a sink that is cancelled removes its transfer", "[engine][M15]") {
    rig r(driven::by_io_context);
    r.network->listen("a.test", 80, [](const auto& p) {
        p->provide("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    });
    auto& m = *r.m;
    xfer::transfer_id id;
    int cancelled = 0;
    bool found = true;
    std::shared_ptr<void> waiting;
    auto wait_for_ever = [&](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        waiting = std::make_shared<decltype(handler)>(std::move(handler));
        slot.assign([&](asio::cancellation_type) {
            ++cancelled;
            found = m.remove(id);
        });
    };
    auto take = [&](std::string_view) -> asio::awaitable<void> {
        using token = asio::use_awaitable_t<>;
        co_await asio::async_initiate<const token, void()>(
            wait_for_ever, asio::use_awaitable
        );
    };
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_awaitable(take));
    id = m.add(std::move(request));
    r.run();
    REQUIRE(cancelled == 0);
    SECTION("when the multi is destroyed") {
        r.m.reset();
        CHECK_FALSE(found);
    }
    SECTION("when it is removed") {
        CHECK(m.remove(id));
        CHECK_FALSE(found);
    }
    CHECK(cancelled == 1);
    CHECK(r.network->open_connections() == 0);
    waiting.reset();
    r.run();  // what was waiting is unwound
}

TEST_CASE("M15: what a remote asked for is dropped and calls back", "[engine][M15]") {
    rig r(driven::by_io_context);
    listen_silently(r, "a.test");
    auto& m = *r.m;
    const auto id = m.add("http://a.test/");
    std::error_code got;
    m.async_next([&](std::error_code ec, const xfer::message&) { got = ec; });
    r.run();
    bool removed = true;
    xfer::transfer_id added = id;
    m.remote().add(with_farewell("http://b.test/", [&] {
        removed = m.remove(id);
        added = m.add("http://a.test/");
    }));
    const auto remote = m.remote();
    r.m.reset();
    CHECK_FALSE(removed);
    CHECK_FALSE(added);
    CHECK_FALSE(remote.wakeup());
    r.run();
    CHECK(got == asio::error::operation_aborted);
}

TEST_CASE("M15: assigning to a multi that its own sink owns", "[engine][M15]") {
    asio::io_context io;
    auto owned = std::make_shared<xfer::multi>(io);
    const std::weak_ptr<xfer::multi> alive = owned;
    auto& m = *owned;
    m.add(with_farewell("http://a.test/", [owned] {}));
    owned.reset();
    REQUIRE_FALSE(alive.expired());
    m = xfer::multi(io);
    CHECK(alive.expired());
}
