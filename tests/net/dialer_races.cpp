// HAZARDS S21: addresses that answer late or at the same time, and that of all sockets
// one stays. The clock stands still, so that the kernel's answers meet as the test
// says.
#include "support/dialing.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/manual_clock.hpp>

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using support::closable_loop;
using support::dial_once;
using support::dialing;
using support::make_names;
using support::open_descriptors;
using support::to;
using support::twin_listeners;
using tcp = asio::ip::tcp;
using xfer::error;
namespace net = xfer::net;

namespace {

/// As support::bench, on a clock of the test's.
struct timed_bench {
    explicit timed_bench(support::names::table known)
        : dialer(make_names(std::move(known))->resolver()) {}
    ~timed_bench() { loop->close(); }

    std::unique_ptr<dialing> start(const net::dial_target& target) {
        auto d = std::make_unique<dialing>(*loop, dialer, target);
        d->start(dial_once(*d));
        return d;
    }
    /// One handler at a time, so that nothing more happens than the condition asks for.
    template <class Condition>
    bool step_until(Condition condition) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > until) return false;
            io.restart();
            io.run_one_for(1ms);
        }
        return true;
    }
    /// Runs what is ready, without waiting for anything.
    void run_ready() {
        io.restart();
        io.poll();
    }
    /// Until both addresses are being tried, and none has been heard of.
    std::unique_ptr<dialing> race(std::uint16_t port) {
        auto d = start(to("dual.test", port));
        REQUIRE(step_until([&] { return d->stages.ends_with("connecting;"); }));
        const auto one = open_descriptors();
        // The turn that this asks for comes before any handler of a socket's.
        clock->advance(250ms);
        REQUIRE(step_until([&] { return open_descriptors() > one; }));
        return d;
    }

    asio::io_context io;
    std::shared_ptr<xfer::testing::manual_clock> clock =
        std::make_shared<xfer::testing::manual_clock>();
    std::shared_ptr<closable_loop> loop =
        std::make_shared<closable_loop>(io.get_executor(), net::drive::by_loop, clock);
    net::socket_dialer dialer;
};

support::names::table dual() { return {{"dual.test", {"::1", "127.0.0.1"}}}; }

/// A port that answers no SYN until it is opened or closed.
class late_port {
 public:
    explicit late_port(int family, std::uint16_t port = 0, bool all_of_127 = false)
        : listener_(family == AF_INET6 ? tcp::v6() : tcp::v4()) {
        acceptor_.open(listener_);
        if (family == AF_INET6) acceptor_.set_option(asio::ip::v6_only(true));
        const auto host = family == AF_INET6
                              ? asio::ip::address(asio::ip::address_v6::loopback())
                              : asio::ip::address(asio::ip::address_v4::loopback());
        acceptor_.bind({all_of_127 ? asio::ip::address_v4::any() : host, port});
        acceptor_.listen(0);
        fill();
    }
    late_port(const late_port&) = delete;
    late_port& operator=(const late_port&) = delete;
    ~late_port() { close(); }

    [[nodiscard]] std::uint16_t port() const {
        return acceptor_.local_endpoint().port();
    }
    /// The next SYN is answered.
    void open() {
        acceptor_.non_blocking(true);
        std::error_code none;
        do {
            tcp::socket accepted(io_);
            acceptor_.accept(accepted, none);
        } while (!none);
        for (const int fd : fillers_) ::close(fd);
        fillers_.clear();
    }
    /// The next SYN is refused.
    void close() {
        std::error_code ignored;
        acceptor_.close(ignored);
        for (const int fd : fillers_) ::close(fd);
        fillers_.clear();
    }

 private:
    void fill() {
        const auto at = acceptor_.local_endpoint();
        for (int i = 0; i < 8; ++i) {
            const int family = at.protocol().family();
            const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
            fillers_.push_back(fd);
            static_cast<void>(
                ::connect(fd, at.data(), static_cast<socklen_t>(at.size()))
            );
            pollfd connected{fd, POLLOUT, 0};
            if (::poll(&connected, 1, 30) == 0) return;
        }
        throw std::system_error(EBUSY, std::system_category(), "late port");
    }

    asio::io_context io_;
    tcp listener_;
    tcp::acceptor acceptor_{io_};
    std::vector<int> fillers_;
};

/// Two late ports of one number.
std::pair<std::unique_ptr<late_port>, std::unique_ptr<late_port>> twin_late_ports() {
    for (int attempt = 0;; ++attempt) {
        auto v6 = std::make_unique<late_port>(AF_INET6);
        try {
            auto v4 = std::make_unique<late_port>(AF_INET, v6->port());
            return {std::move(v6), std::move(v4)};
        } catch (const std::system_error&) {
            if (attempt == 20) throw;  // somebody else has the number
        }
    }
}

}  // namespace

TEST_CASE("S21: a row of silent addresses takes few sockets", "[net][S21][F1]") {
    late_port silent(AF_INET, 0, true);
    support::names::table known;
    for (int i = 1; i <= 60; ++i) {
        known["many.test"].push_back("127.0.1." + std::to_string(i));
    }
    timed_bench b(known);
    auto d = b.start(to("many.test", silent.port()));
    REQUIRE(b.step_until([&] { return d->stages.ends_with("connecting;"); }));
    const auto before = open_descriptors() - 1;  // of the first one
    std::size_t most = 0;
    for (int i = 0; i < 60; ++i) {
        b.clock->advance(250ms);
        b.run_ready();
        most = std::max(most, open_descriptors() - before);
    }
    CHECK(most == net::socket_dialer::most_attempts);
}

TEST_CASE("S21: when both addresses connect at once one socket stays", "[net][S21]") {
    timed_bench b(dual());
    twin_listeners listeners(b.io);
    {
        // The loop's own descriptors are there from now on.
        const auto first = b.start(to("127.0.0.1", listeners.port()));
        REQUIRE(b.step_until([&] { return first->done; }));
        listeners.v4.accept();
    }
    b.run_ready();
    const auto before = open_descriptors();
    auto d = b.race(listeners.port());
    REQUIRE_FALSE(d->done);
    // Both are connected for the kernel before anything here has looked.
    auto four = listeners.v4.accept();
    auto six = listeners.v6.accept();
    REQUIRE_FALSE(d->done);
    REQUIRE(b.step_until([&] { return d->done; }));
    REQUIRE(d->result.stream);
    b.run_ready();
    CHECK(open_descriptors() == before + 3);  // those two, and the one that stays
    CHECK(d->result.tried.empty());
    auto& lost = d->result.remote_address == "::1" ? four : six;
    auto& won = d->result.remote_address == "::1" ? six : four;
    char octet = 0;
    std::error_code ec;
    CHECK(lost.read_some(asio::buffer(&octet, 1), ec) == 0);
    CHECK(ec == asio::error::eof);
    won.write_some(asio::buffer("x", 1));
    std::size_t got = 0;
    REQUIRE(b.step_until([&] {
        got = d->result.stream->try_read(std::span(&octet, 1), ec);
        return got != 0 || ec != std::errc::operation_would_block;
    }));
    CHECK(octet == 'x');
    d.reset();
    b.run_ready();
    CHECK(open_descriptors() == before + 2);
}

TEST_CASE(
    "S21: an address that is refused late leaves the race to the other", "[S21]"
) {
    auto [v6, v4] = twin_late_ports();
    timed_bench b(dual());
    const auto port = v4->port();
    {
        const auto first = b.start(to("127.0.0.1", support::refusing_port(b.io)));
        REQUIRE(b.step_until([&] { return first->done; }));
    }
    const auto before = open_descriptors();
    auto d = b.race(port);
    REQUIRE_FALSE(d->done);
    // Whichever is heard of first: the next SYNs are a second away.
    const auto freed = open_descriptors();
    v6->close();
    v4->open();
    const auto closed = freed - open_descriptors();
    REQUIRE(b.step_until([&] { return d->done; }));
    INFO(d->result.message);
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "127.0.0.1");
    CHECK(d->result.tried.size() <= 1);
    for (const auto& tried : d->result.tried) {
        CHECK_THAT(tried, Catch::StartsWith("[::1]:"));
    }
    b.run_ready();
    CHECK(open_descriptors() == before - closed + 1);
}

TEST_CASE("S21: when both are refused late the error names both", "[net][S21]") {
    auto [v6, v4] = twin_late_ports();
    timed_bench b(dual());
    {
        const auto first = b.start(to("127.0.0.1", support::refusing_port(b.io)));
        REQUIRE(b.step_until([&] { return first->done; }));
    }
    auto d = b.race(v4->port());
    REQUIRE_FALSE(d->done);
    v4->close();
    v6->close();
    const auto before = open_descriptors();
    REQUIRE(b.step_until([&] { return d->done; }));
    CHECK_FALSE(d->result.stream);
    CHECK(d->result.ec == error::connect_failed);
    CHECK(d->result.cause == std::errc::connection_refused);
    CHECK(d->result.tried.size() == 2);
    b.run_ready();
    CHECK(open_descriptors() == before - 2);
}

TEST_CASE("S21: a race that is given up in the middle closes both", "[net][S21]") {
    auto [v6, v4] = twin_late_ports();
    timed_bench b(dual());
    {
        const auto first = b.start(to("127.0.0.1", support::refusing_port(b.io)));
        REQUIRE(b.step_until([&] { return first->done; }));
    }
    const auto before = open_descriptors();
    auto d = b.race(v4->port());
    CHECK(open_descriptors() == before + 2);
    const auto reason = std::make_error_code(std::errc::operation_canceled);
    d->interrupt(reason);
    REQUIRE(b.step_until([&] { return d->done; }));
    CHECK(d->result.ec == reason);
    CHECK(d->result.tried.size() == 2);
    b.run_ready();
    CHECK(open_descriptors() == before);
}
