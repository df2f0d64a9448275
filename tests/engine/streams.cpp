// M33, M34: opened transfers, what is left unread, and what slow readers cost.
#include "support/rig.hpp"

#include <array>

using namespace std::chrono_literals;
using support::both_ways;
using support::rig;
using xfer::testing::memory_server;

namespace {

/// A transfer that async_open has opened.
struct opened {
    explicit opened(rig& r, xfer::request q = xfer::get("http://a.test/")) : bench(r) {
        r.m->async_open(
            std::move(q),
            [this](std::error_code e, xfer::response_stream s) {
                ++calls;
                ec = e;
                stream.emplace(std::move(s));
            }
        );
        r.run();
    }
    /// Reads once; nothing yet: an empty result.
    std::optional<std::pair<std::error_code, std::string>> read(std::size_t most) {
        text.assign(most, '\0');
        std::optional<std::pair<std::error_code, std::string>> result;
        stream->async_read_some(
            asio::buffer(text),
            [&result, this](std::error_code e, std::size_t n) {
                result.emplace(e, text.substr(0, n));
            }
        );
        bench.run();
        return result;
    }
    rig& bench;
    int calls = 0;
    std::error_code ec;
    std::optional<xfer::response_stream> stream;
    std::string text;
};

}  // namespace

TEST_CASE(
    "M33: dropping a short rest unread drains it and keeps the connection",
    "[engine][M33]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, std::string(10'000, 'x'));
    opened o(r);
    REQUIRE(o.calls == 1);
    CHECK_FALSE(o.ec);
    CHECK(o.stream->status() == 200);
    if (GENERATE(false, true)) {
        CHECK(o.read(100)->second.size() == 100);
    }
    o.stream.reset();
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.m->stats().idle_connections == 1);
    CHECK(r.at_rest());
    CHECK(r.network->open_connections() == 1);
}

TEST_CASE("M33: dropping a long rest unread closes the connection", "[engine][M33]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, std::string(10'000'000, 'x'));
    xfer::testing::memory_options small;
    small.max_read = 16 * 1024;
    r.network->shape("a.test", small);
    opened o(r);
    o.stream.reset();
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.network->open_connections() == 0);
    CHECK(r.network->peer(0)->unread() > 9'000'000);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M33: a dropped transfer whose rest never comes ends within a second",
    "[engine][M33]"
) {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto& peer) {
        peer->provide("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    opened o(r);
    o.stream.reset();
    r.run();
    r.advance(900ms);
    CHECK(r.m->stats().running == 1);
    r.advance(200ms);
    CHECK(r.m->stats().running == 0);
    CHECK(r.network->open_connections() == 0);
    CHECK(r.at_rest());
}

TEST_CASE("M33: a stream is read to its end and says eof ever after", "[engine][M33]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    opened o(r);
    CHECK(o.read(2)->second == "he");
    CHECK(o.read(100)->second == "llo");
    CHECK(o.read(100)->first == asio::error::eof);
    CHECK(o.read(100)->first == asio::error::eof);
    CHECK(r.m->stats().succeeded == 1);
    CHECK(r.m->stats().idle_connections == 1);
}

TEST_CASE(
    "M33: a stream outlives its multi and then says operation_aborted", "[engine][M33]"
) {
    rig r(support::driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    opened o(r);
    const bool reads = GENERATE(false, true);
    r.m.reset();
    r.run();
    CHECK(r.network->open_connections() == 0);
    if (reads) {
        CHECK(o.read(100)->first == asio::error::operation_aborted);
    }
    o.stream.reset();
    r.run();
}

TEST_CASE("M34: a reader that does not read holds the peer back", "[engine][M34]") {
    rig r(GENERATE(both_ways()));
    constexpr std::size_t size = 8 << 20;
    memory_server server(*r.network, "a.test", 80, std::string(size, 'x'));
    opened o(r);
    const auto peer = r.network->peer(0);
    // No more than one block of the loop was taken from the wire.
    CHECK(peer->unread() > size - (512 << 10));
    const auto left = peer->unread();
    for (int i = 0; i < 10; ++i) {
        r.run();
    }
    CHECK(peer->unread() == left);
    std::size_t got = 0;
    std::size_t reads = 0;
    while (got < size && ++reads < 10'000) {
        const auto piece = o.read(128 << 10);
        REQUIRE(piece);
        REQUIRE_FALSE(piece->first);
        got += piece->second.size();
        CHECK(peer->unread() + got + (512 << 10) > size);
    }
    CHECK(got == size);
    CHECK(o.read(1)->first == asio::error::eof);
}

TEST_CASE("M34: many slow readers take bounded memory", "[engine][M34]") {
    rig r(GENERATE(both_ways()));
    constexpr std::size_t readers = 200;
    constexpr std::size_t size = 1 << 20;
    memory_server server(*r.network, "a.test", 80, std::string(size, 'x'));
    std::vector<std::unique_ptr<opened>> all;
    for (std::size_t i = 0; i < readers; ++i) {
        all.push_back(std::make_unique<opened>(r));
    }
    std::size_t taken = 0;
    for (std::size_t i = 0; i < readers; ++i) {
        taken += size - r.network->peer(i)->unread();
    }
    // 64 blocks of 256 KiB, and then small ones.
    CHECK(taken < (64 * 256 + readers * 17) * 1024);
    for (auto& o : all) {
        o->stream.reset();
    }
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M34: a paused transfer holds the peer back and loses nothing", "[engine][M34]"
) {
    rig r(GENERATE(both_ways()));
    constexpr std::size_t size = 4 << 20;
    memory_server server(*r.network, "a.test", 80, std::string(size, 'x'));
    xfer::testing::memory_options small;
    small.max_read = 64 * 1024;
    r.network->shape("a.test", small);
    std::size_t got = 0;
    int pieces = 0;
    xfer::transfer_id id;
    auto request = xfer::get("http://a.test/");
    request.sink(xfer::to_function([&](std::string_view piece) {
        got += piece.size();
        ++pieces;
        r.m->pause(id);
    }));
    id = r.m->add(request);
    r.run();
    REQUIRE(pieces == 1);
    REQUIRE(r.m->stats().running == 1);
    while (r.m->stats().running > 0) {
        const auto before = pieces;
        CHECK(r.network->peer(0)->unread() + got + (128 << 10) > size);
        REQUIRE(r.m->resume(id));
        r.run();
        REQUIRE(pieces <= before + 1);
        REQUIRE(pieces < 1000);
    }
    CHECK(got == size);
    CHECK_FALSE(r.m->info_read()->ec);
}
