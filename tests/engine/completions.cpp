// M05 to M07, M35: completions, their order, and that they are values.
#include "support/rig.hpp"

using support::both_ways;
using support::rig;
using xfer::testing::memory_server;

TEST_CASE("M05: several transfers may complete in one perform", "[engine][M05]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    for (int i = 0; i < 7; ++i) {
        r.m->add("http://a.test/");
    }
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.read_all().size() == 7);
}

TEST_CASE(
    "M06: completions are read in the order in which they ended", "[engine][M06]"
) {
    rig r(GENERATE(both_ways()));
    std::vector<std::unique_ptr<memory_server>> servers;
    std::vector<xfer::transfer_id> ids;
    for (const char* host : {"a.test", "b.test", "c.test"}) {
        servers.push_back(std::make_unique<memory_server>(*r.network, host, 80, "x"));
        servers.back()->hold();
        ids.push_back(r.m->add("http://" + std::string(host) + "/"));
    }
    r.run();
    for (const std::size_t i : {2U, 0U, 1U}) {
        servers[i]->release();
        r.run();
    }
    std::size_t left = 99;
    CHECK(r.m->info_read(&left)->id == ids[2]);
    CHECK(left == 2);
    CHECK(r.m->info_read(&left)->id == ids[0]);
    CHECK(left == 1);
    CHECK(r.m->info_read(&left)->id == ids[1]);
    CHECK(left == 0);
    CHECK_FALSE(r.m->info_read(&left));
    CHECK(left == 0);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M06: async_next serves its waiters in order, then has nothing left",
    "[engine][M06]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    std::vector<std::string> heard;
    const auto listen = [&](const std::string& who) {
        r.m->async_next([&heard, who](std::error_code ec, xfer::message done) {
            heard.push_back(
                who + (ec ? ":" + ec.message() : ":" + done.response.body())
            );
        });
    };
    r.m->add("http://a.test/");
    listen("first");
    listen("second");
    CHECK(heard.empty());
    r.run();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == "first:hello");
    CHECK(heard[1] == "second:" + make_error_code(xfer::error::nothing_left).message());
    // Never inline, not even when there is nothing to wait for.
    listen("third");
    CHECK(heard.size() == 2);
    r.run();
    CHECK(heard.size() == 3);
}

TEST_CASE("M07: a completion outlives remove and multi and loop", "[engine][M07]") {
    std::optional<xfer::message> kept;
    {
        rig r(GENERATE(both_ways()));
        memory_server server(*r.network, "a.test", 80, [](const auto&) {
            return xfer::testing::memory_reply::chunked("the body", 3, "X-A: b\r\n");
        });
        auto request = xfer::get("http://user:secret@a.test/path");
        request.tag(std::string("mine"));
        const auto id = r.m->add(request);
        r.run();
        kept = r.m->info_read();
        CHECK_FALSE(r.m->remove(id));
        r.m.reset();
        r.io.reset();
    }
    REQUIRE(kept);
    CHECK(kept->response.body() == "the body");
    CHECK(kept->response.header("x-a") == "b");
    CHECK(kept->response.reason() == "OK");
    CHECK(kept->response.url() == "http://a.test/path");
    CHECK(std::any_cast<std::string>(kept->tag) == "mine");
    const auto copy = *kept;
    kept.reset();
    CHECK(copy.response.info().remote_address() == "a.test");
    CHECK(copy.response.info().remote_port() == 80);
}

TEST_CASE(
    "M35: on_completion fires once for each and the message stays readable",
    "[engine][M35]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    std::vector<xfer::transfer_id> told;
    std::vector<std::error_code> codes;
    r.m->on_completion([&](const xfer::message& done) {
        told.push_back(done.id);
        codes.push_back(done.ec);
    });
    const auto good = r.m->add("http://a.test/");
    const auto bad = r.m->add("nonsense");
    const auto cancelled = r.m->add("http://a.test/");
    const auto removed = r.m->add("http://a.test/");
    r.m->cancel(cancelled);
    r.m->remove(removed);
    r.m->async_fetch("http://a.test/", [](std::error_code, xfer::response) {});
    r.run();
    REQUIRE(told.size() == 3);
    std::sort(told.begin(), told.end());
    CHECK(told == std::vector{good, bad, cancelled});
    CHECK(r.read_all().size() == 3);
}

TEST_CASE("M35: what on_completion throws is kept in the message", "[engine][M35]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->on_completion([](const xfer::message&) { throw std::runtime_error("mine"); });
    r.m->add("http://a.test/");
    r.m->add("http://a.test/");
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 2);
    for (const auto& d : done) {
        CHECK_FALSE(d.ec);
        CHECK(d.response.body() == "hello");
        CHECK(d.failure().exception);
    }
}

TEST_CASE(
    "M35: on_completion may remove what it is told of, replace itself, and end",
    "[engine][M35]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    int first = 0;
    int second = 0;
    r.m->on_completion([&](const xfer::message& done) {
        ++first;
        CHECK(r.m->remove(done.id));
        CHECK_FALSE(r.m->remove(done.id));
        r.m->on_completion([&](const xfer::message&) {
            ++second;
            r.m->on_completion(std::function<void(const xfer::message&)>());
        });
    });
    for (int i = 0; i < 3; ++i) {
        r.m->add("http://a.test/");
    }
    r.run();
    CHECK(first == 1);
    CHECK(second == 1);
    CHECK(r.read_all().size() == 2);
    CHECK(r.at_rest());
}
