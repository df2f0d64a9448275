// xfer/net/socket_dialer.hpp: races between addresses, and what is said when all fail.
#include "support/dialing.hpp"
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/net/loop.hpp>
#include <xfer/net/socket_dialer.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using support::bench;
using support::black_hole;
using support::closable_loop;
using support::dial_once;
using support::dialing;
using support::open_descriptors;
using support::refusing_port;
using support::to;
using support::twin_listeners;
using tcp = asio::ip::tcp;
using xfer::error;
namespace net = xfer::net;
using clock_type = std::chrono::steady_clock;

TEST_CASE("S21: the first address wins when it answers", "[net][dialer][S21]") {
    bench b({{"dual.test", {"::1", "127.0.0.1"}}});
    const twin_listeners listeners(b.io);
    const auto before = open_descriptors();
    const auto d = b.dial(to("dual.test", listeners.port()));
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "::1");
    CHECK(d->result.remote_port == listeners.port());
    CHECK(d->result.local_address == "::1");
    CHECK(d->stages == "resolving dual.test;connecting;");
    CHECK(d->result.tried.empty());
    CHECK(open_descriptors() <= before + 2);  // the socket, and one of the loop
}

TEST_CASE("dialer: ip_version leaves the other family out", "[net][dialer]") {
    bench b({{"dual.test", {"::1", "127.0.0.1"}}, {"v6.test", {"::1"}}});
    const twin_listeners listeners(b.io);
    auto target = to("dual.test", listeners.port());
    target.ip = xfer::ip_version::v4;
    CHECK(b.dial(target)->result.remote_address == "127.0.0.1");
    target.ip = xfer::ip_version::v6;
    CHECK(b.dial(target)->result.remote_address == "::1");
    target = to("v6.test", listeners.port());
    target.ip = xfer::ip_version::v4;
    const auto none = b.dial(target);
    CHECK(none->result.ec == error::resolve_failed);
    CHECK_THAT(none->result.message, Catch::Contains("v6.test"));
}

TEST_CASE("S21: a refused address costs no waiting", "[net][dialer][S21]") {
    bench b({{"dual.test", {"::1", "127.0.0.1"}}});
    tcp::acceptor v4(b.io, {asio::ip::address_v4::loopback(), 0});
    const auto begun = clock_type::now();
    const auto d = b.dial(to("dual.test", v4.local_endpoint().port()));
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "127.0.0.1");
    CHECK(clock_type::now() - begun < 200ms);
    REQUIRE(d->result.tried.size() == 1);
    CHECK_THAT(d->result.tried[0], Catch::StartsWith("[::1]:"));
}

TEST_CASE("S21 M29: a black hole costs 250 ms and leaves no socket", "[M29][S21]") {
    const black_hole hole(true);
    bench b({{"dual.test", {"::1", "127.0.0.1"}}});
    std::error_code taken;
    tcp::acceptor v4(b.io);
    v4.open(tcp::v4());
    v4.bind({asio::ip::address_v4::loopback(), hole.port()}, taken);
    if (taken) return;  // somebody else has the port; rare
    v4.listen();
    b.dial(to("127.0.0.1", hole.port()));  // the loop's own descriptors are there now
    const auto before = open_descriptors();
    const auto begun = clock_type::now();
    auto d = b.dial(to("dual.test", hole.port()));
    const auto took = clock_type::now() - begun;
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "127.0.0.1");
    CHECK(took >= 250ms);
    CHECK(took < 1s);
    CHECK(open_descriptors() == before + 1);
    d.reset();
    CHECK(open_descriptors() == before);
}

TEST_CASE("S21: when all fail, each address is named with its answer", "[S21]") {
    bench b({{"dead.test", {"::1", "127.0.0.1", "127.0.0.2", "127.0.0.3"}}});
    const auto port = refusing_port(b.io);
    const auto begun = clock_type::now();
    const auto d = b.dial(to("dead.test", port));
    CHECK(clock_type::now() - begun < 1s);
    CHECK_FALSE(d->result.stream);
    CHECK(d->result.ec == error::connect_failed);
    CHECK(d->result.cause == std::errc::connection_refused);
    REQUIRE(d->result.tried.size() == 4);
    for (const auto* address : {"[::1]", "127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
        const auto named = std::string(address) + ":" + std::to_string(port) + ": ";
        CHECK_THAT(d->result.message, Catch::Contains(named));
        CHECK_THAT(d->result.message, Catch::Contains("dead.test"));
    }
}

TEST_CASE("S21: an interrupt in each stage ends it and leaves nothing", "[I2][S21]") {
    const black_hole hole(false);
    bench b({{"slow.test", {"127.0.0.1"}}, {"hole.test", {"127.0.0.1"}}});
    b.dial(to("127.0.0.1", refusing_port(b.io)));
    const auto before = open_descriptors();
    const auto reason = std::make_error_code(std::errc::operation_canceled);
    SECTION("resolving") {
        b.table->hang();
        auto d = b.start(to("slow.test", hole.port()));
        REQUIRE(b.run_until([&] { return b.table->asked() == 1; }));
        const auto begun = clock_type::now();
        d->interrupt(reason);
        REQUIRE(b.run_until([&] { return d->done; }));
        CHECK(clock_type::now() - begun < 200ms);
        CHECK(d->result.ec == reason);
        CHECK(d->stages == "resolving slow.test;");
        b.table->release();
    }
    SECTION("connecting") {
        auto d = b.start(to("hole.test", hole.port()));
        REQUIRE(b.run_until([&] { return d->stages.ends_with("connecting;"); }));
        b.run_until([] { return false; }, 10ms);
        d->interrupt(reason);
        REQUIRE(b.run_until([&] { return d->done; }));
        CHECK(d->result.ec == reason);
        REQUIRE(d->result.tried.size() == 1);
        CHECK_THAT(d->result.tried[0], Catch::Contains("no answer yet"));
    }
    SECTION("by its frames' destruction") {
        auto d = b.start(to("hole.test", hole.port()));
        REQUIRE(b.run_until([&] { return d->stages.ends_with("connecting;"); }));
        d->destroy_frames();
        d.reset();
        b.run_until([] { return false; }, 10ms);
    }
    SECTION("before it begins") {
        auto d = b.start(to("hole.test", hole.port()));
        d->interrupt(reason);
        REQUIRE(b.run_until([&] { return d->done; }));
        CHECK(d->result.ec == reason);
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("dialer: an observer's error ends it", "[net][dialer]") {
    bench b;
    const auto refusal = make_error_code(error::aborted_by_callback);
    const bool early = GENERATE(true, false);
    dialing d(*b.loop, b.dialer, to("127.0.0.1", 1));
    (early ? d.at_resolving : d.at_connecting) = refusal;
    d.start(dial_once(d));
    REQUIRE(b.run_until([&] { return d.done; }));
    CHECK(d.result.ec == refusal);
    CHECK_FALSE(d.result.stream);
}

TEST_CASE("dialer: a unix socket is connected to, or named in the error", "[net]") {
    bench b;
    const auto path = "/tmp/xfer-dialer-" + std::to_string(::getpid()) + ".sock";
    net::dial_target t = to("ignored.test", 80);
    t.unix_socket = path;
    {
        asio::local::stream_protocol::acceptor here(b.io, path);
        const auto d = b.dial(t);
        REQUIRE(d->result.stream);
        CHECK(d->result.remote_address == path);
        CHECK(d->result.remote_port == 0);
        CHECK(d->stages == "connecting;");
    }
    ::unlink(path.c_str());
    const auto gone = b.dial(t);
    CHECK(gone->result.ec == error::connect_failed);
    CHECK(gone->result.cause == std::errc::no_such_file_or_directory);
    CHECK_THAT(gone->result.message, Catch::Contains(path));
    const std::string endless(300, 'x');
    t.unix_socket = endless;
    CHECK(b.dial(t)->result.ec == error::connect_failed);
}

TEST_CASE("dialer: R1 without descriptors it says so, and recovers", "[net][R1]") {
    const int spare = GENERATE(0, 1, 2, 3, 8);
    const bool named = GENERATE(true, false);
    INFO(spare << " descriptors left");
    // A real lookup: that is what mistakes EMFILE for an unknown host.
    asio::io_context io;
    auto loop = std::make_shared<closable_loop>(
        io.get_executor(), net::drive::by_loop, nullptr
    );
    net::resolver::settings s;
    s.keep = 0ms;
    net::socket_dialer dialer(
        std::make_shared<net::resolver>(std::make_shared<net::worker_pool>(), s)
    );
    tcp::acceptor listener(io, {asio::ip::address_v4::loopback(), 0});
    const auto port = listener.local_endpoint().port();
    char own[256] = "localhost";
    if (named) ::gethostname(own, sizeof own - 1);
    const auto dial = [&] {
        auto d = std::make_unique<dialing>(
            *loop, dialer, to(named ? own : "127.0.0.1", port)
        );
        d->start(dial_once(*d));
        const auto until = clock_type::now() + 20s;
        while (!d->done && clock_type::now() < until) {
            io.restart();
            io.run_for(1ms);
        }
        return d;
    };
    // A machine that does not know its own name has nothing to show here.
    if (named && net::resolver::system_lookup(own).ec) return;
    // The sanitizers need descriptors for what they see for the first time: let them
    // see it now, and check nothing while there are none.
    dial();
    rlimit usual{};
    ::getrlimit(RLIMIT_NOFILE, &usual);
    const auto lowest = ::dup(0);
    ::close(lowest);
    rlimit low = usual;
    low.rlim_cur = static_cast<rlim_t>(lowest) + static_cast<rlim_t>(spare);
    std::vector<std::unique_ptr<dialing>> all;
    const bool lowered = ::setrlimit(RLIMIT_NOFILE, &low) == 0;
    for (int i = 0; i < 10; ++i) all.push_back(dial());
    ::setrlimit(RLIMIT_NOFILE, &usual);
    REQUIRE(lowered);
    for (const auto& d : all) {
        REQUIRE(d->done);
        INFO(d->result.ec.message() << ": " << d->result.message);
        if (!named) CHECK((d->result.stream || d->result.ec == error::no_descriptors));
        CHECK(d->result.ec != error::resolve_failed);
    }
    if (!named) {
        CHECK(all.back()->result.ec == error::no_descriptors);
        CHECK_THAT(all.back()->result.message, Catch::Contains("descriptor"));
    }
    all.clear();
    // Descriptors are back: so are connections.
    if (!named) CHECK(dial()->result.stream);
    loop->close();
}
