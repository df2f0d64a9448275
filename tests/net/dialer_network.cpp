// xfer/net/socket_dialer.hpp under xfer::network: known addresses, the local end, the
// socket hook, and the filter of addresses.
#include "support/dialing.hpp"
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/net/local_end.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using support::bench;
using support::to;
using support::twin_listeners;
using tcp = asio::ip::tcp;
using xfer::error;
using xfer::ip_address;
using xfer::network;
namespace net = xfer::net;

namespace {

/// An observer that does what the network says, as a transfer does it.
struct obedient final : net::fiber, net::dial_observer {
    obedient(net::loop& l, net::dialer& d, net::dial_target t)
        : fiber(l), by(d), target(t) {}
    std::error_code resolving(std::string_view) override { return {}; }
    std::error_code connecting() override { return {}; }
    std::error_code made_socket(int descriptor) override {
        return target.network->on_socket(descriptor);
    }
    std::error_code admit(const ip_address& address, std::uint16_t port, bool& admitted)
        override {
        asked.push_back(address.str());
        admitted = target.network->address_filter(address, port);
        return answer;
    }
    void returned(bool) override { done = true; }

    net::dialer& by;
    net::dial_target target;
    net::dial_result result;
    std::vector<std::string> asked;
    std::error_code answer;
    bool done = false;
};

net::task<void> dial_obedient(obedient& o) {
    co_await o.by.dial(o, o.target, o, o.result);
}

std::unique_ptr<obedient> dial(
    bench& b, net::dial_target target, const network& n, std::error_code answer = {}
) {
    target.network = &n.settings();
    auto d = std::make_unique<obedient>(*b.loop, b.dialer, target);
    d->answer = answer;
    d->start(dial_obedient(*d));
    REQUIRE(b.run_until([&] { return d->done; }));
    return d;
}

tcp::acceptor listener(bench& b, const char* address = "127.0.0.1") {
    return tcp::acceptor(b.io, {asio::ip::make_address(address), 0});
}
std::uint16_t port_of(const tcp::acceptor& a) { return a.local_endpoint().port(); }

int option(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(descriptor, level, name, &value, &size);
    return value;
}

/// The descriptor of the connected socket, and the answer of the hook.
struct hook {
    int descriptor = -1;
    int calls = 0;
    std::error_code answer;
};

network hooked(hook& h) {
    const auto note = [&h](int descriptor) {
        h.descriptor = descriptor;
        ++h.calls;
        return h.answer;
    };
    network n;
    n.on_socket(note);
    return n;
}

}  // namespace

TEST_CASE("dialer: known addresses are used and nobody is asked", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    network n;
    n.resolve("a.test", port_of(here), "127.0.0.1");
    const auto d = dial(b, to("a.test", port_of(here)), n);
    INFO(d->result.message);
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "127.0.0.1");
    CHECK(b.table->asked() == 0);
    // For another port of the host they are not known.
    CHECK(dial(b, to("a.test", 1), n)->result.ec == error::resolve_failed);
    CHECK(b.table->asked() == 1);
}

TEST_CASE("dialer: known addresses are raced like any other", "[net][dialer]") {
    bench b;
    const twin_listeners listeners(b.io);
    network n;
    n.resolve("a.test", 0, "127.0.0.1, ::1");
    auto target = to("a.test", listeners.port());
    CHECK(dial(b, target, n)->result.remote_address == "127.0.0.1");
    target.ip = xfer::ip_version::v6;
    CHECK(dial(b, target, n)->result.remote_address == "::1");
    // An address literal in the URL may be known as well.
    n.resolve("192.0.2.1", 0, "::1");
    target = to("192.0.2.1", listeners.port());
    CHECK(dial(b, target, n)->result.remote_address == "::1");
}

TEST_CASE("dialer: the local address is the connection's", "[net][dialer]") {
    bench b({{"dual.test", {"::1", "127.0.0.1"}}});
    const twin_listeners listeners(b.io);
    network n;
    n.local_address("127.0.0.2");
    const auto d = dial(b, to("dual.test", listeners.port()), n);
    INFO(d->result.message);
    REQUIRE(d->result.stream);
    CHECK(d->result.local_address == "127.0.0.2");
    // Only addresses of its family are tried.
    CHECK(d->result.remote_address == "127.0.0.1");
    CHECK(d->result.tried.empty());
}

TEST_CASE("dialer: a local address that cannot be had is named", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    network n;
    SECTION("not of this machine") {
        n.local_address("192.0.2.77");
        const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
        CHECK(d->result.ec == error::interface_failed);
        CHECK(d->result.cause == std::errc::address_not_available);
        CHECK_THAT(d->result.message, Catch::Contains("192.0.2.77"));
    }
    SECTION("of the other family") {
        n.local_address("::1");
        const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
        CHECK(d->result.ec == error::interface_failed);
        CHECK_THAT(d->result.message, Catch::Contains("::1"));
    }
}

TEST_CASE("dialer: of the local ports the first free one is taken", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    // Two neighbours, the first of which is taken.
    std::uint16_t first = 0;
    tcp::acceptor taken(b.io);
    for (int attempt = 0; first == 0 && attempt < 50; ++attempt) {
        taken = tcp::acceptor(b.io, {asio::ip::address_v4::any(), 0}, false);
        const auto port = port_of(taken);
        if (port == 65535) continue;
        std::error_code ec;
        tcp::socket probe(b.io, tcp::v4());
        probe.bind({asio::ip::address_v4::any(), std::uint16_t(port + 1)}, ec);
        if (!ec) first = port;
    }
    REQUIRE(first != 0);
    network n;
    SECTION("the next when one is in use") {
        n.local_ports(first, 2);
        const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
        INFO(d->result.message);
        REQUIRE(d->result.stream);
        CHECK(d->result.local_port == first + 1);
    }
    SECTION("none is left") {
        n.local_ports(first);
        const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
        CHECK(d->result.ec == error::interface_failed);
        CHECK(d->result.cause == std::errc::address_in_use);
        CHECK_THAT(d->result.message, Catch::Contains("port " + std::to_string(first)));
    }
}

TEST_CASE("dialer: an interface is connected through", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    hook h;
    auto n = hooked(h);
    n.interface("lo");
    const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
    INFO(d->result.message);
    REQUIRE(d->result.stream);
    CHECK(d->result.local_address == "127.0.0.1");
    // Together with an address that the interface has.
    n.local_address("127.0.0.1");
    CHECK(dial(b, to("127.0.0.1", port_of(here)), n)->result.stream);
}

TEST_CASE("dialer: an interface that is none has no local end", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    network n;
    n.interface("xfer-none");
    CHECK(net::find_interface("xfer-none"));
    CHECK_FALSE(net::find_interface("lo"));
    const auto d = dial(b, to("127.0.0.1", port_of(here)), n);
    CHECK(d->result.ec == error::interface_failed);
    CHECK(d->result.cause == std::errc::no_such_device);
    CHECK_THAT(d->result.message, Catch::Contains("xfer-none"));
}

TEST_CASE("local_end: without a device the interface's address serves", "[net]") {
    const auto loopback = asio::ip::make_address("127.0.0.1");
    std::optional<asio::ip::address> from;
    REQUIRE_FALSE(net::address_of_interface("lo", loopback, from));
    CHECK(from == loopback);
    from.reset();
    REQUIRE_FALSE(net::address_of_interface("lo", asio::ip::make_address("::1"), from));
    CHECK(from == asio::ip::make_address("::1"));
    // An address that another interface has is not one of this one.
    from = asio::ip::make_address("192.0.2.1");
    CHECK(
        net::address_of_interface("lo", loopback, from) ==
        std::errc::address_not_available
    );
    from.reset();
    CHECK(
        net::address_of_interface("xfer-none", loopback, from) ==
        std::errc::no_such_device
    );
}

TEST_CASE("dialer: the socket is as the network says", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    hook h;
    auto n = hooked(h);
    auto target = to("127.0.0.1", port_of(here));
    SECTION("unless said otherwise small pieces leave at once") {
        const auto d = dial(b, target, n);
        REQUIRE(d->result.stream);
        CHECK(h.calls == 1);
        CHECK(option(h.descriptor, IPPROTO_TCP, TCP_NODELAY) != 0);
        CHECK(option(h.descriptor, SOL_SOCKET, SO_KEEPALIVE) == 0);
    }
    SECTION("small pieces wait") {
        n.tcp_nodelay(false);
        const auto d = dial(b, target, n);
        REQUIRE(d->result.stream);
        CHECK(option(h.descriptor, IPPROTO_TCP, TCP_NODELAY) == 0);
    }
    SECTION("the times of keep-alive") {
        n.tcp_keepalive(17s, 19s);
        const auto d = dial(b, target, n);
        REQUIRE(d->result.stream);
        CHECK(option(h.descriptor, SOL_SOCKET, SO_KEEPALIVE) != 0);
        CHECK(option(h.descriptor, IPPROTO_TCP, TCP_KEEPIDLE) == 17);
        CHECK(option(h.descriptor, IPPROTO_TCP, TCP_KEEPINTVL) == 19);
    }
}

TEST_CASE("dialer: a hook sees the socket before it is bound", "[net][dialer]") {
    bench b;
    auto here = listener(b);
    bool unbound = false;
    bool unconnected = false;
    const auto look = [&](int descriptor) {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size);
        unbound = at.sin_port == 0 && at.sin_addr.s_addr == 0;
        size = sizeof at;
        unconnected =
            ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&at), &size) != 0;
    };
    network n;
    n.on_socket(look).local_address("127.0.0.2");
    CHECK(dial(b, to("127.0.0.1", port_of(here)), n)->result.stream);
    CHECK(unbound);
    CHECK(unconnected);
}

TEST_CASE("dialer: a hook's refusal ends it, unix sockets too", "[net][dialer]") {
    bench b({{"dual.test", {"::1", "127.0.0.1"}}});
    const twin_listeners listeners(b.io);
    hook h;
    h.answer = make_error_code(error::aborted_by_callback);
    const auto n = hooked(h);
    auto target = to("dual.test", listeners.port());
    std::string path;
    if (GENERATE(false, true)) {
        path = "/nonexistent/socket";
        target.unix_socket = path;
    }
    const auto before = support::open_descriptors();
    const auto d = dial(b, target, n);
    CHECK(d->result.ec == error::aborted_by_callback);
    CHECK(h.calls == 1);
    CHECK(support::open_descriptors() <= before + 1);  // the loop's own
}

TEST_CASE("dialer: an abstract unix socket is connected to", "[net][dialer]") {
    bench b;
    const auto name = "xfer-dialer-" + std::to_string(::getpid());
    const auto abstract = std::string(1, '\0') + name;
    net::dial_target t = to("ignored.test", 80);
    t.unix_socket = abstract;
    {
        asio::local::stream_protocol::acceptor here(b.io, abstract);
        const auto d = dial(b, t, network());
        INFO(d->result.message);
        REQUIRE(d->result.stream);
        CHECK(d->result.remote_address == "@" + name);
    }
    const auto gone = dial(b, t, network());
    CHECK(gone->result.ec == error::connect_failed);
    CHECK_THAT(gone->result.message, Catch::Contains("@" + name));
    CHECK(gone->result.message.find('\0') == std::string::npos);
}

TEST_CASE("S19: the filter sees each address before it is tried", "[net][S19]") {
    bench b({{"two.test", {"127.0.0.1", "127.0.0.2", "::ffff:127.0.0.3"}}});
    auto here = listener(b, "127.0.0.2");
    const auto port = port_of(here);
    std::uint16_t seen_port = 0;
    const auto only_second = [&](const ip_address& a, std::uint16_t p) {
        seen_port = p;
        return a.str() == "127.0.0.2";
    };
    network n;
    n.address_filter(only_second);
    const auto d = dial(b, to("two.test", port), n);
    INFO(d->result.message);
    REQUIRE(d->result.stream);
    CHECK(d->result.remote_address == "127.0.0.2");
    CHECK(seen_port == port);
    // Mapped addresses are asked for as what they are.
    CHECK(d->asked == std::vector<std::string>{"127.0.0.1", "127.0.0.3", "127.0.0.2"});
    REQUIRE(d->result.tried.size() == 2);
    CHECK_THAT(d->result.tried[0], Catch::Contains("127.0.0.1"));
}

TEST_CASE("S19: when all addresses are refused no socket is made", "[net][S19]") {
    bench b({{"inner.test", {"127.0.0.1", "::1", "::ffff:127.0.0.1"}}});
    auto here = listener(b);
    hook h;
    auto n = hooked(h);
    n.address_filter(xfer::is_public_address);
    const auto host = GENERATE(as<std::string>(), "inner.test", "127.0.0.1", "::1");
    const auto d = dial(b, to(host, port_of(here)), n);
    CHECK(d->result.ec == error::connect_failed);
    CHECK_FALSE(d->result.cause);
    CHECK(h.calls == 0);
    CHECK_THAT(d->result.message, Catch::Contains("filter refused every address"));
    CHECK_THAT(d->result.message, Catch::Contains(host));
    CHECK_THAT(d->result.message, Catch::Contains("nothing was sent"));
}

TEST_CASE("S19: known addresses are asked for as well", "[net][S19]") {
    bench b;
    auto here = listener(b);
    network n;
    n.resolve("a.test", 0, "127.0.0.1").address_filter(xfer::is_public_address);
    CHECK(dial(b, to("a.test", port_of(here)), n)->result.ec == error::connect_failed);
}

TEST_CASE("S19: an error of the filter's ends it", "[net][S19]") {
    bench b;
    auto here = listener(b);
    network n;
    n.address_filter(xfer::is_loopback_address);
    const auto why = make_error_code(error::aborted_by_callback);
    const auto d = dial(b, to("127.0.0.1", port_of(here)), n, why);
    CHECK(d->result.ec == why);
    CHECK_FALSE(d->result.stream);
}
