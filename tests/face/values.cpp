// Requests, responses, messages and ids as values.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <any>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;

TEST_CASE("values: a request may run twice, and its copy as well", "[face][values]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto r = post(s.url("/a"), "beta");
    r.header("X-A", "1").tag(7);
    m.add(r);
    auto copy = r;
    copy.header("X-A", "2");
    m.add(copy);
    m.add(r);
    CHECK(run(io));
    while (const auto done = m.info_read()) {
        CHECK_FALSE(done->ec);
        CHECK(done->response.body() == "alpha");
        CHECK(std::any_cast<int>(done->tag) == 7);
    }
    std::multiset<std::string> seen;
    for (const auto& each : s.requests()) {
        CHECK(each.body == "beta");
        seen.emplace(each.field("X-A"));
    }
    CHECK(seen == std::multiset<std::string>{"1", "1", "2"});
}

TEST_CASE("values: copies of a request share no callbacks", "[face][values]") {
    server s;
    s.route("/a", "alpha");
    int first = 0;
    int second = 0;
    auto count_first = [&](const response&) { ++first; };
    auto count_second = [&](const response&) { ++second; };
    auto r = get(s.url("/a"));
    r.on_head(count_first);
    auto copy = r;
    copy.on_head(count_second);
    CHECK_FALSE(run_one(r).ec);
    CHECK_FALSE(run_one(copy).ec);
    CHECK(first == 1);
    CHECK(second == 1);
    // What a callback keeps for itself is copied with it.
    std::vector<int> numbers;
    auto count = [&, n = 0](const response&) mutable { numbers.push_back(++n); };
    auto counting = get(s.url("/a"));
    counting.on_head(count);
    const auto other = counting;
    CHECK_FALSE(run_one(counting).ec);
    CHECK_FALSE(run_one(other).ec);
    CHECK(numbers == std::vector<int>{1, 1});
}

TEST_CASE("M07: a completion outlives its multi and its loop", "[face][values][M07]") {
    server s;
    s.route(
        "/a",
        reply(201, "alpha")
            .with_reason("Made it")
            .with_field("X-A", "b")
            .chunked()
            .with_trailer("X-T", "u")
    );
    std::optional<message> kept;
    response copy;
    response moved;
    {
        asio::io_context io;
        multi m(io);
        kept = run_one(io, m, get(s.url("/a")).tag(std::string("mine")));
        copy = kept->response;
        moved = std::move(kept->response);
    }
    for (const auto* r : {&copy, &moved}) {
        CHECK(r->status() == 201);
        CHECK(r->reason() == "Made it");
        CHECK(r->version() == 11);
        CHECK(r->header("x-a") == "b");
        CHECK(r->header("none").empty());
        CHECK(r->trailers().find("X-T") == "u");
        CHECK(r->body() == "alpha");
        CHECK(r->url() == s.url("/a"));
        CHECK(r->failure().message.empty());
        CHECK(r->info().remote_address() == "127.0.0.1");
    }
    CHECK(std::any_cast<std::string>(kept->tag) == "mine");
    const std::string body = std::move(moved).body();
    CHECK(body == "alpha");
}

TEST_CASE("values: ids are distinct, ordered by time and hashable", "[face][values]") {
    multi m;
    std::unordered_set<transfer_id> all;
    transfer_id last;
    CHECK_FALSE(last);
    for (int i = 0; i < 100; ++i) {
        const auto id = m.add("http://127.0.0.1:1/");
        CHECK(id);
        CHECK(id > last);
        CHECK(all.insert(id).second);
        last = id;
        if (i % 2 == 0) {
            m.remove(id);  // its place is taken by the next one, its name is not
        }
    }
    CHECK(all.contains(last));
    CHECK_FALSE(m.remove(transfer_id()));
}

TEST_CASE(
    "values: info tells times in order, sizes and addresses", "[face][values][info]"
) {
    server s;
    s.route("/a", reply(200, "alpha").delay(5ms).split({60}, 5ms));
    asio::io_context io;
    multi m(io);
    auto done = run_one(io, m, post(s.url("/a"), "beta"));
    REQUIRE_FALSE(done.ec);
    const auto& i = done.response.info();
    const auto& t = i.timings;
    CHECK(t.queue >= 0ns);
    CHECK(t.name_lookup >= 0ns);
    CHECK(t.connect >= t.name_lookup);
    CHECK(t.tls >= t.connect);
    CHECK(t.pre_transfer >= t.tls);
    CHECK(t.first_byte >= t.pre_transfer + 5ms);
    CHECK(t.total >= t.first_byte);
    CHECK(t.tls == t.connect);
    CHECK(t.redirect == 0ns);
    const auto raw = s.log().at(0).raw;
    CHECK(i.request_size + 4 == raw.size());
    CHECK(i.bytes_sent == 4);
    CHECK(i.bytes_received == 5);
    // The server counts what it sent a moment after it did.
    CHECK(s.wait_for([&](const testing::server_counts& c) {
        return c.sent == i.header_size + 5;
    }));
    CHECK(i.remote_address() == "127.0.0.1");
    CHECK(i.remote_port() == s.port());
    CHECK(i.local_address() == "127.0.0.1");
    CHECK(i.local_port() != 0);
    CHECK_FALSE(i.connection_reused);
    CHECK(i.connections_opened == 1);
    CHECK(i.request_may_have_been_processed);
    CHECK(i.receive_speed() > 0);
    const auto first = i.connection->id;
    done = run_one(io, m, get(s.url("/a")));
    const auto& again = done.response.info();
    CHECK(again.connection_reused);
    CHECK(again.connections_opened == 0);
    CHECK(again.connection->id == first);
    CHECK(again.timings.connect <= again.timings.pre_transfer);
    CHECK(again.timings.first_byte >= again.timings.pre_transfer);
}

TEST_CASE("values: the time of each stage is its own", "[face][values][info]") {
    server s;
    s.route("/a", "alpha");
    auto clock = std::make_shared<testing::manual_clock>();
    asio::io_context io;
    multi m(io, {.clock = clock});
    // Each stage takes a second.
    auto pass = [&](stage) { clock->advance(1s); };
    const auto done = run_one(io, m, get(s.url("/a")).on_stage(pass));
    REQUIRE_FALSE(done.ec);
    const auto& t = done.response.info().timings;
    CHECK(t.connect >= t.name_lookup + 1s);
    CHECK(t.tls == t.connect);
    CHECK(t.pre_transfer == t.tls);
    CHECK(t.first_byte == t.pre_transfer + 2s);  // sending and waiting
    CHECK(t.total >= t.first_byte);
}

TEST_CASE("values: what never left says so in its info", "[face][values][info]") {
    const auto done = run_one(get("nothing://x"));
    const auto& i = done.response.info();
    CHECK(i.connection == nullptr);
    CHECK(i.remote_address().empty());
    CHECK(i.remote_port() == 0);
    CHECK(i.request_size == 0);
    CHECK_FALSE(i.request_may_have_been_processed);
    CHECK(i.timings.total == 0ns);
}
