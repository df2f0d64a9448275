// M27, M28 and M29: names that hang, names that many ask for, addresses that are dead.
#include "support/names.hpp"

#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <asio/error.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using support::black_hole;
using support::drive_until;
using support::make_names;
using support::run;
using support::successes;
using support::transfer_one;
using xfer::error;
using xfer::testing::server;
using xfer::testing::server_options;
using clock_type = std::chrono::steady_clock;

namespace {

std::string url_of(const std::string& host, std::uint16_t port) {
    return "http://" + host + ":" + std::to_string(port) + "/";
}

}  // namespace

TEST_CASE("S27 M27: cancelling during a hanging lookup returns at once", "[M27][S27]") {
    const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
    table->hang();
    xfer::multi m({.resolver = table->resolver()});
    const auto id = m.add("http://slow.test/");
    REQUIRE(drive_until(m, [&] { return table->asked() == 1; }));
    CHECK(m.stage_of(id) == xfer::stage::resolving);
    const auto begun = clock_type::now();
    CHECK(m.cancel(id));
    m.perform();
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK(done->ec == asio::error::operation_aborted);
    CHECK(done->failure().stage == xfer::stage::resolving);
    CHECK(clock_type::now() - begun < 100ms);
    table->release();
}

TEST_CASE(
    "S27 M27: destroying multi and loop does not wait for a lookup", "[M27][S27]"
) {
    const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
    table->hang();
    const bool loop_first = GENERATE(true, false);
    auto io = std::make_unique<asio::io_context>();
    xfer::settings s{.resolver = table->resolver()};
    auto m = std::make_unique<xfer::multi>(*io, s);
    s.resolver.reset();
    m->add("http://slow.test/");
    while (table->asked() == 0) io->run_for(1ms);
    const auto begun = clock_type::now();
    if (loop_first) io.reset();
    m.reset();
    io.reset();
    CHECK(clock_type::now() - begun < 200ms);
    // The late answer finds nobody, and touches nothing.
    table->release();
    std::this_thread::sleep_for(5ms);
}

TEST_CASE("M27: a hanging name delays no other name and no address", "[M27]") {
    server s;
    s.route("/", "x");
    const auto table = make_names({{"slow.test", {"127.0.0.1"}}});
    table->hang();
    xfer::multi m({.resolver = table->resolver()});
    const auto slow = m.add(url_of("slow.test", s.port()));
    m.add(s.url());
    m.add(url_of("localhost", s.port()));
    REQUIRE(drive_until(m, [&] { return m.stats().unread == 2; }));
    CHECK_FALSE(m.info_read()->ec);
    CHECK_FALSE(m.info_read()->ec);
    table->release();
    const auto all = run(m);
    REQUIRE(all.size() == 1);
    CHECK(all[0].id == slow);
    CHECK_FALSE(all[0].ec);
}

TEST_CASE("M28: one lookup for a name, however many ask", "[M28]") {
    server s;
    s.route("/", "x");
    const auto table = make_names({{"busy.test", {"127.0.0.1"}}});
    table->hang();
    xfer::multi m({.resolver = table->resolver()});
    for (int i = 0; i < 100; ++i) m.add(url_of("busy.test", s.port()));
    REQUIRE(drive_until(m, [&] { return table->asked() == 1; }));
    support::drive_for(m, 10ms);
    table->release();
    CHECK(successes(run(m)) == 100);
    CHECK(table->asked() == 1);
}

TEST_CASE("M28: two multis share the lookups of one resolver", "[M28]") {
    server s;
    s.route("/", "x");
    const auto table = make_names({{"busy.test", {"127.0.0.1"}}});
    const auto shared = table->resolver();
    xfer::multi a({.resolver = shared});
    xfer::multi b({.resolver = shared});
    CHECK_FALSE(transfer_one(a, url_of("busy.test", s.port())).ec);
    CHECK_FALSE(transfer_one(b, url_of("BUSY.test", s.port())).ec);
    CHECK(table->asked() == 1);
}

TEST_CASE("M28: a name without an address fails all who asked, by name", "[M28]") {
    const auto table = make_names({});
    xfer::multi m({.resolver = table->resolver()});
    for (int i = 0; i < 10; ++i) m.add("http://nowhere.test/");
    const auto all = run(m);
    REQUIRE(all.size() == 10);
    for (const auto& done : all) {
        CHECK(done.ec == error::resolve_failed);
        CHECK_THAT(done.failure().message, Catch::Contains("nowhere.test"));
    }
    CHECK(table->asked() == 1);
    CHECK(m.stats().connections == 0);
}

TEST_CASE("M29: a dead IPv6 address costs 250 ms, not a timeout", "[M29]") {
    // The same port, dead by IPv6 and served by IPv4.
    std::optional<black_hole> hole;
    std::unique_ptr<server> s;
    for (int attempt = 0; !s && attempt < 20; ++attempt) {
        hole.emplace(true);
        server_options o;
        o.port = hole->port();
        try {
            s = std::make_unique<server>(o);
        } catch (const std::system_error&) {
            // Somebody else has it.
        }
    }
    REQUIRE(s);
    s->route("/", "x");
    const auto table = make_names({{"dual.test", {"::1", "127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    REQUIRE_FALSE(transfer_one(m, s->url()).ec);
    const auto before = support::open_descriptors();
    const auto begun = clock_type::now();
    const auto done = transfer_one(m, url_of("dual.test", s->port()));
    const auto took = clock_type::now() - begun;
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(took >= 250ms);
    CHECK(took < 1s);
    CHECK(done.response.info().remote_address() == "127.0.0.1");
    // One socket here, one at the server: the loser is closed.
    CHECK(support::open_descriptors() == before + 2);
    CHECK(m.stats().connections == 2);
}
