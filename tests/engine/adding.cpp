// M01 to M04: how transfers begin, and what is seen of those that fail.
#include "support/rig.hpp"

using support::both_ways;
using support::driven;
using support::rig;
using xfer::testing::memory_server;

TEST_CASE("M01: add starts nothing before the next perform or turn", "[engine][M01]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    const auto id = r.m->add("http://a.test/");
    CHECK(r.network->dials() == 0);
    CHECK(r.m->stats().steps == 0);
    CHECK(r.m->stats().running == 1);
    CHECK(r.m->stage_of(id) == xfer::stage::queued);
    CHECK_FALSE(r.m->info_read());

    r.run();
    CHECK(server.requests() == 1);
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->id == id);
    CHECK_FALSE(done->ec);
    CHECK(done->response.status() == 200);
    CHECK(done->response.body() == "hello");
}

TEST_CASE("M01: add from inside a handler starts nothing inline", "[engine][M01]") {
    rig r(driven::by_io_context);
    memory_server server(*r.network, "a.test", 80, "hello");
    std::size_t seen = 99;
    asio::post(*r.io, [&] {
        r.m->add("http://a.test/");
        seen = r.network->dials();
    });
    r.run();
    CHECK(seen == 0);
    CHECK(r.network->dials() == 1);
}

TEST_CASE("M02: what fails at once yields exactly one completion", "[engine][M02]") {
    rig r(GENERATE(both_ways()));
    struct bad {
        xfer::request request;
        std::error_code expected;
    };
    auto negative = xfer::get("http://a.test/", {.total_timeout = -xfer::duration(1)});
    auto injecting = xfer::get("http://a.test/");
    injecting.header("X-A", "b\r\nX-C: d");
    auto unreadable = xfer::get("http://a.test/");
    unreadable.body(xfer::from_file("/nonexistent/file"));
    auto unwritable = xfer::get("http://a.test/");
    unwritable.to_file("/nonexistent/directory/file");
    std::vector<bad> all{
        {xfer::get("gopher://a.test/"), xfer::error::scheme_unsupported},
        {xfer::get("http://a b/"), xfer::error::url_malformed},
        {xfer::get(""), xfer::error::url_malformed},
        {xfer::request(xfer::method("G T"), "http://a.test/"),
         xfer::error::invalid_method},
        {negative, xfer::error::invalid_option},
        {injecting, xfer::error::invalid_header},
        {unreadable, xfer::error::source_failed},
        {unwritable, xfer::error::sink_failed},
    };
    std::vector<std::pair<xfer::transfer_id, std::error_code>> expected;
    for (auto& b : all) {
        expected.emplace_back(r.m->add(b.request), b.expected);
    }
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.network->dials() == 0);
    const auto done = r.read_all();
    REQUIRE(done.size() == expected.size());
    for (std::size_t i = 0; i < done.size(); ++i) {
        CAPTURE(i, done[i].failure().message);
        CHECK(done[i].id == expected[i].first);
        CHECK(done[i].ec == expected[i].second);
        CHECK_FALSE(done[i].failure().message.empty());
        CHECK(done[i].failure().stage == xfer::stage::queued);
    }
    CHECK(r.at_rest());
    CHECK(r.control_transfer_works());
}

TEST_CASE(
    "M03: a refused connect is seen running before it completes", "[engine][M03]"
) {
    rig r(GENERATE(both_ways()));
    r.network->listen("a.test", 80, [](const auto&) {});
    r.network->refuse("a.test");
    r.network->hang_connecting("a.test");
    const auto id = r.m->add("http://a.test/");
    CHECK(r.m->stats().running == 1);
    r.run();
    CHECK(r.m->stats().running == 1);
    CHECK(r.m->stage_of(id) == xfer::stage::connecting);
    CHECK_FALSE(r.m->info_read());

    r.network->release("a.test");
    r.run();
    CHECK(r.m->stats().running == 0);
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::connect_failed);
    CHECK(done->ec == xfer::condition::couldnt_connect);
    CHECK(done->failure().cause == std::errc::connection_refused);
    CHECK(done->failure().stage == xfer::stage::connecting);
    CHECK(done->failure().addresses_tried.size() == 1);
    CHECK_FALSE(done->failure().request_may_have_been_processed);
    CHECK_FALSE(r.m->info_read());
    CHECK(r.at_rest());
}

TEST_CASE(
    "M03: a name without an address is told apart from a refusal", "[engine][M03]"
) {
    rig r(GENERATE(both_ways()));
    r.m->add("http://nowhere.test/");
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec == xfer::error::resolve_failed);
    CHECK(done->ec == xfer::condition::couldnt_resolve_host);
    CHECK(done->failure().stage == xfer::stage::resolving);
}

TEST_CASE("M04: running counts queued transfers until 0 is left", "[engine][M04]") {
    rig r(GENERATE(both_ways()), {.max_transfers = 2});
    memory_server server(*r.network, "a.test", 80, "hello");
    server.hold();
    for (int i = 0; i < 5; ++i) {
        r.m->add("http://a.test/");
    }
    CHECK(r.m->stats().running == 5);
    r.run();
    CHECK(r.m->stats().running == 5);
    CHECK(r.m->stats().queued == 3);
    CHECK(server.requests() == 2);

    std::size_t unread = 0;
    while (unread < 4) {
        server.release();
        server.hold();
        r.run();
        const auto now = r.m->stats();
        CHECK(now.unread == unread + 2 - (unread == 4 ? 1 : 0));
        CHECK(now.running == 5 - now.unread);
        unread = now.unread;
    }
    server.release();
    r.run();
    CHECK(r.m->stats().running == 0);
    CHECK(r.m->stats().unread == 5);
    CHECK_FALSE(r.m->empty());
    CHECK(r.read_all().size() == 5);
    CHECK(r.m->empty());
}

TEST_CASE("M04: perform returns the number in progress", "[engine][M04]") {
    rig r(driven::by_perform);
    memory_server server(*r.network, "a.test", 80, "hello");
    server.hold();
    CHECK(r.m->perform() == 0);
    r.m->add("http://a.test/");
    r.m->add("http://a.test/");
    CHECK(r.m->perform() == 2);
    server.release();
    CHECK(r.m->perform() == 0);
}
