// xfer/network.hpp: what is set, what is found, what is refused, and what is equal.
#include <xfer/network.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using xfer::ip_address;
using xfer::network;

namespace {

std::string text(const std::vector<ip_address>* addresses) {
    if (addresses == nullptr) return "none";
    std::string all;
    for (const auto& a : *addresses) all += a.str() + " ";
    return all;
}

bool nobody(const ip_address&) { return false; }
bool anybody(const ip_address&, std::uint16_t) { return true; }

}  // namespace

TEST_CASE("network: known addresses are found by host and port", "[base][network]") {
    network n;
    n.resolve("A.test.", 80, "192.0.2.1, [::1],192.0.2.2");
    n.resolve("b.test", 0, "192.0.2.3");
    n.resolve("::2", 80, "192.0.2.4");
    n.resolve("", 81, "192.0.2.5");
    REQUIRE(n.settings().first_error.empty());
    const auto& s = n.settings();
    CHECK(text(s.addresses_of("a.test", 80)) == "192.0.2.1 ::1 192.0.2.2 ");
    CHECK(text(s.addresses_of("a.test.", 80)) == "192.0.2.1 ::1 192.0.2.2 ");
    CHECK(text(s.addresses_of("a.test", 443)) == "none");
    CHECK(text(s.addresses_of("b.test", 443)) == "192.0.2.3 ");
    CHECK(text(s.addresses_of("::2", 80)) == "192.0.2.4 ");
    CHECK(text(s.addresses_of("c.test", 81)) == "192.0.2.5 ");
    CHECK(text(s.addresses_of("c.test", 80)) == "none");
    // The same once more replaces it.
    n.resolve("a.test", 80, "192.0.2.9");
    CHECK(text(n.settings().addresses_of("a.test", 80)) == "192.0.2.9 ");
}

TEST_CASE("network: the first detour that matches is taken", "[base][network]") {
    network n;
    n.connect_to("a.test", 80, "B.test", 0);
    n.connect_to("", 80, "", 8080);
    n.connect_to("a.test", 0, "[fe80::1%25lo]", 1);
    const auto* first = n.settings().detour_of("a.test", 80);
    REQUIRE(first != nullptr);
    CHECK(first->to_host == "b.test");
    CHECK(first->to_port == 0);
    const auto* any = n.settings().detour_of("c.test", 80);
    REQUIRE(any != nullptr);
    CHECK(any->to_host.empty());
    CHECK(any->to_port == 8080);
    const auto* third = n.settings().detour_of("a.test", 443);
    REQUIRE(third != nullptr);
    CHECK(third->to_host == "fe80::1");
    CHECK(third->to_zone == "lo");
    CHECK(n.settings().detour_of("c.test", 443) == nullptr);
}

TEST_CASE("network: what is bad is kept in words, the first of it", "[base][network]") {
    network n;
    std::string named;
    SECTION("no address") {
        n.resolve("a.test", 80, "");
        named = "a.test";
    }
    SECTION("a name for an address") {
        n.resolve("a.test", 80, "127.0.0.1,b.test");
        named = "a.test";
    }
    SECTION("a short address") {
        n.resolve("a.test", 80, "127.1");
        named = "resolve()";
    }
    SECTION("a host that is none") {
        const std::string bad = GENERATE(
            "a b", "a.test/x", "a.test:80", "u@a.test", "a?x", "a#x", "[::1]:80", "a..b"
        );
        n.resolve(bad, 80, "127.0.0.1");
        named = "resolve() was given no host";
    }
    SECTION("a detour from or to no host") {
        if (GENERATE(true, false)) {
            n.connect_to("a b", 0, "c", 0);
        } else {
            n.connect_to("a", 0, "b/c", 0);
        }
        named = "connect_to() was given no host";
    }
    SECTION("a local address that is none") {
        n.local_address(GENERATE("", "eth0", "127.0.0.1, ::1", "127.0.0"));
        named = "local_address()";
    }
    SECTION("no client's address") {
        n.proxied_client(GENERATE("", "a.test", "192.0.2.1, ::1", "127.0.0"));
        named = "proxied_client()";
    }
    SECTION("an interface that cannot be") {
        n.interface(GENERATE("", "a b", "a/b", "0123456789abcdef", "\n"));
        named = "interface()";
    }
    SECTION("ports that wrap") {
        n.local_ports(65535, 2);
        named = "2 from 65535";
    }
    SECTION("port 0") {
        n.local_ports(0, 5);
        named = "local_ports()";
    }
    SECTION("no ports") {
        n.local_ports(5, 0);
        named = "local_ports()";
    }
    SECTION("times of keep-alive") {
        n.tcp_keepalive(GENERATE(0s, -1s, 32768s), 1s);
        named = "tcp_keepalive()";
    }
    INFO(n.settings().first_error);
    CHECK_THAT(n.settings().first_error, Catch::Contains(named));
    const auto first = n.settings().first_error;
    n.local_ports(0);
    CHECK(n.settings().first_error == first);
}

TEST_CASE("network: the last port may be asked for", "[base][network]") {
    CHECK(network().local_ports(65535).settings().first_error.empty());
    CHECK(network().local_ports(65534, 2).settings().first_error.empty());
    CHECK(network().local_ports(1, 65535).settings().first_error.empty());
}

TEST_CASE("network: copies are independent, equal values are equal", "[base]") {
    network a;
    CHECK(a.empty());
    a.local_address("127.0.0.2").resolve("a.test", 80, "127.0.0.1");
    CHECK_FALSE(a.empty());
    network b;
    b.local_address("127.0.0.2").resolve("a.test", 80, "127.0.0.1");
    CHECK(a == b);
    auto c = a;
    c.tcp_nodelay(false);
    CHECK(c != a);
    CHECK(a.settings().tcp_nodelay);
    CHECK(a != network());
}

TEST_CASE("network: functions are equal by identity", "[base][network]") {
    int calls = 0;
    const auto count = [&calls](int) { ++calls; };
    network a;
    a.on_socket(count);
    const auto copy = a;
    CHECK(copy == a);
    network b;
    b.on_socket(count);
    CHECK(b != a);
    // The same function is the same, whoever names it.
    CHECK(network().address_filter(nobody) == network().address_filter(&nobody));
    CHECK(network().address_filter(nobody) != network().address_filter(anybody));
    CHECK(network().address_filter(nobody) != network());
    const std::function<bool(const ip_address&)> wrapped(nobody);
    CHECK(network().address_filter(wrapped) != network().address_filter(wrapped));
    CHECK_FALSE(copy.settings().on_socket(3));
    CHECK(calls == 1);
}

TEST_CASE("network: a filter takes an address, or a port too", "[base][network]") {
    const ip_address any;
    const auto ask = [&](const network& n, std::uint16_t port) {
        return n.settings().address_filter(any, port);
    };
    CHECK_FALSE(ask(network().address_filter(nobody), 80));
    CHECK(ask(network().address_filter(anybody), 80));
    const auto secure = [](const ip_address&, std::uint16_t port) {
        return port == 443;
    };
    CHECK(ask(network().address_filter(secure), 443));
    CHECK_FALSE(ask(network().address_filter(secure), 80));
}

TEST_CASE("network: a socket hook refuses with false or a code", "[base][network]") {
    const auto refusing = [](int) { return false; };
    const auto failing = [](int) {
        return std::make_error_code(std::errc::permission_denied);
    };
    network a;
    a.on_socket(refusing);
    CHECK(a.settings().on_socket(0) == xfer::error::aborted_by_callback);
    network b;
    b.on_socket(failing);
    CHECK(b.settings().on_socket(0) == std::errc::permission_denied);
}
