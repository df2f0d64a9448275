// M08 to M11: taking transfers out, cancelling them, and adding again.
#include "support/rig.hpp"

#include <filesystem>
#include <fstream>

using support::both_ways;
using support::listen_silently;
using support::rig;
using xfer::testing::memory_server;

TEST_CASE(
    "M08: remove in mid-transfer ends it at once and without a completion",
    "[engine][M08]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    memory_server server(*r.network, "b.test", 80, "hello");
    server.hold();
    const auto gone = r.m->add("http://a.test/");
    const auto stays = r.m->add("http://b.test/");
    r.run();
    const auto peer = r.network->peer(0);
    peer->provide("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    r.run();
    CHECK(r.m->stage_of(gone) == xfer::stage::receiving);

    CHECK(r.m->remove(gone));
    CHECK(peer->closed());
    CHECK_FALSE(r.m->stage_of(gone));
    CHECK(r.m->stats().running == 1);
    server.release();
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 1);
    CHECK(done[0].id == stays);
    CHECK(done[0].response.body() == "hello");
    CHECK(r.at_rest());
}

TEST_CASE("M08: remove before the first step never connects", "[engine][M08]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    CHECK(r.m->remove(r.m->add("http://a.test/")));
    CHECK(r.m->empty());
    r.run();
    CHECK(r.network->dials() == 0);
    CHECK(r.read_all().empty());
    CHECK(r.at_rest());
}

TEST_CASE(
    "M08: removing the transfer that holds the only slot lets the next one run",
    "[engine][M08]"
) {
    xfer::settings one;
    one.max_transfers = GENERATE(std::size_t{0}, std::size_t{1});
    one.max_connections = one.max_transfers == 0 ? 1 : 0;
    rig r(GENERATE(both_ways()), one);
    listen_silently(r, "a.test");
    memory_server server(*r.network, "b.test", 80, "hello");
    const auto blocking = r.m->add("http://a.test/");
    r.m->add("http://b.test/");
    r.run();
    CHECK(server.requests() == 0);
    CHECK(r.m->remove(blocking));
    r.run();
    CHECK(server.requests() == 1);
    CHECK(r.read_all().size() == 1);
}

TEST_CASE(
    "M09: removing a finished transfer drops its unread completion", "[engine][M09]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    const auto first = r.m->add("http://a.test/");
    const auto second = r.m->add("http://a.test/");
    r.run();
    CHECK(r.m->stats().unread == 2);
    CHECK(r.m->remove(first));
    CHECK(r.m->stats().unread == 1);
    const auto done = r.read_all();
    REQUIRE(done.size() == 1);
    CHECK(done[0].id == second);
    CHECK(r.m->empty());
    CHECK(r.at_rest());
}

TEST_CASE(
    "M10: removing twice or the unknown is harmless and says so", "[engine][M10]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    const auto id = r.m->add("http://a.test/");
    CHECK(r.m->remove(id));
    CHECK_FALSE(r.m->remove(id));
    CHECK_FALSE(r.m->cancel(id));
    CHECK_FALSE(r.m->pause(id));
    CHECK_FALSE(r.m->resume(id));
    CHECK_FALSE(r.m->remove(xfer::transfer_id()));
    CHECK_FALSE(r.m->remove(xfer::transfer_id(1000, 1000)));
    CHECK_FALSE(r.m->progress_of(id));

    // Its slot is used again, but the old name does not reach the new transfer.
    const auto other = r.m->add("http://a.test/");
    CHECK(other != id);
    CHECK_FALSE(r.m->remove(id));
    CHECK_FALSE(r.m->stage_of(id));
    r.run();
    CHECK(r.m->info_read()->id == other);
    CHECK_FALSE(r.m->remove(other));
}

TEST_CASE(
    "M10: cancel completes the transfer with operation_aborted", "[engine][M10]"
) {
    rig r(GENERATE(both_ways()));
    listen_silently(r, "a.test");
    const auto id = r.m->add("http://a.test/");
    if (GENERATE(false, true)) {
        r.run();
    }
    CHECK(r.m->cancel(id));
    r.run();
    CHECK_FALSE(r.m->cancel(id));
    const auto done = r.read_all();
    REQUIRE(done.size() == 1);
    CHECK(done[0].id == id);
    CHECK(done[0].ec == asio::error::operation_aborted);
    CHECK(xfer::curl_code(done[0].ec) == 42);
    CHECK(r.network->open_connections() == 0);
    CHECK(r.at_rest());
}

TEST_CASE(
    "M10: cancel before the first step touches neither file nor pool", "[engine][M10]"
) {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add("http://a.test/");
    r.run();
    CHECK(r.m->stats().idle_connections == 1);
    const auto path =
        std::filesystem::temp_directory_path() /
        ("xfer-cancelled-" + std::to_string(reinterpret_cast<std::uintptr_t>(&r)));
    std::ofstream(path) << "precious";
    auto request = xfer::get("http://a.test/");
    request.to_file(path);
    CHECK(r.m->cancel(r.m->add(request)));
    r.run();
    std::string text;
    std::ifstream(path) >> text;
    CHECK(text == "precious");
    CHECK(r.m->stats().idle_connections == 1);
    std::filesystem::remove(path);
}

TEST_CASE("M11: adding again reuses the connection of the multi", "[engine][M11]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    auto request = xfer::get("http://a.test/");
    for (int i = 0; i < 3; ++i) {
        r.m->add(request);
        r.run();
    }
    const auto done = r.read_all();
    REQUIRE(done.size() == 3);
    CHECK_FALSE(done[0].response.info().connection_reused);
    CHECK(done[1].response.info().connection_reused);
    CHECK(done[2].response.info().connection_reused);
    CHECK(done[2].response.info().connections_opened == 0);
    CHECK(server.connections() == 1);
    CHECK(r.m->stats().connections_reused == 2);
    CHECK(r.m->stats().idle_connections == 1);
}

TEST_CASE("M11: an ended or dirty idle connection is not used again", "[engine][M11]") {
    rig r(GENERATE(both_ways()));
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->add("http://a.test/");
    r.run();
    if (GENERATE(false, true)) {
        r.network->peer(0)->end();
    } else {
        r.network->peer(0)->provide("HTTP/1.1 408 Timeout\r\n\r\n");
    }
    r.m->add("http://a.test/");
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 2);
    CHECK_FALSE(done[1].ec);
    CHECK_FALSE(done[1].response.info().connection_reused);
    CHECK(done[1].response.status() == 200);
    CHECK(server.connections() == 2);
}
