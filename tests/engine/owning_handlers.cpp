// Handlers that own what they wait for: it goes with them, at whatever moment.
#include "support/rig.hpp"
#include <xfer/range_stream.hpp>

#include <asio/bind_executor.hpp>
#include <asio/buffer.hpp>

#include <array>
#include <memory>
#include <optional>
#include <utility>

using namespace std::chrono_literals;
using support::both_ways;
using support::driven;
using support::listen_silently;
using support::rig;

TEST_CASE("M15: remove() of a transfer whose handler owns the multi", "[engine][M15]") {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    auto owned = std::make_shared<std::optional<xfer::multi>>(std::move(r.m));
    auto& m = **owned;
    xfer::transfer_id id;
    auto request = xfer::get("http://a.test/");
    auto note = [&](const xfer::trace_event& e) { id = e.id; };
    request.on_trace(note);
    bool called = false;
    m.async_fetch(
        std::move(request),
        [owned, &called](std::error_code, xfer::response) { called = true; }
    );
    r.by == driven::by_perform ? m.perform() : r.io->poll();
    REQUIRE(id);
    std::weak_ptr<std::optional<xfer::multi>> alive = owned;
    owned.reset();
    REQUIRE_FALSE(alive.expired());
    CHECK(m.remove(id));
    CHECK(alive.expired());
    CHECK_FALSE(called);
    CHECK(r.network->open_connections() == 0);
}

TEST_CASE(
    "ranges: closing a stream whose reader's handler owns it", "[engine][ranges]"
) {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto& p) {
        p->provide(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-99/200\r\n"
            "Content-Length: 100\r\n\r\nabc"
        );
    });
    auto owned = std::make_shared<std::optional<xfer::range_stream>>();
    r.m->async_open("http://a.test/", [&](std::error_code ec, xfer::response_stream s) {
        REQUIRE_FALSE(ec);
        owned->emplace(std::move(s));
    });
    r.run();
    REQUIRE(*owned);
    auto& stream = **owned;
    std::array<char, 64> space{};
    stream.async_next([](std::error_code, bool) {});
    r.run();
    std::size_t read = 0;
    stream.async_read_some(asio::buffer(space), [&](std::error_code, std::size_t n) {
        read = n;
    });
    r.run();
    REQUIRE(read == 3);
    stream.async_read_some(asio::buffer(space), [owned](std::error_code, std::size_t) {
    });
    r.run();
    std::weak_ptr<std::optional<xfer::range_stream>> alive = owned;
    owned.reset();
    REQUIRE_FALSE(alive.expired());
    stream.close();
    r.run();
    CHECK(alive.expired());
}

TEST_CASE(
    "streams: a stream whose handler is never called gives its transfer up",
    "[engine][streams]"
) {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto& p) {
        p->provide("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
    });
    std::optional<asio::io_context> others(std::in_place);
    bool called = false;
    r.m->async_open(
        "http://a.test/",
        asio::bind_executor(
            others->get_executor(),
            [&](std::error_code, xfer::response_stream) { called = true; }
        )
    );
    r.run();
    REQUIRE(r.m->stats().running == 1);
    others.reset();
    r.run();
    CHECK_FALSE(called);
    CHECK(r.m->stats().running == 0);
    CHECK(r.network->open_connections() == 0);
}
