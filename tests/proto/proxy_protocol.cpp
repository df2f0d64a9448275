// xfer/proto/proxy_protocol.hpp: the line of HAProxy's PROXY protocol, version 1.
#include <xfer/proto/proxy_protocol.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace xfer::proto;
using xfer::detail::parse_ip;

namespace {

ip_endpoint at(std::string_view address, std::uint16_t port) {
    const auto octets = parse_ip(address);
    REQUIRE(octets);
    return {*octets, port};
}

std::string line(const ip_endpoint& source, const ip_endpoint& destination) {
    std::string out;
    append_proxy_protocol(out, source, destination);
    CHECK(out.size() <= max_proxy_protocol_line);
    return out;
}

}  // namespace

TEST_CASE("proxy_protocol: both ends are named", "[proto][proxy_protocol]") {
    CHECK(
        line(at("192.0.2.1", 56324), at("198.51.100.7", 443)) ==
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
    );
    CHECK(
        line(at("2001:DB8:0:0::1", 1), at("::1", 65535)) ==
        "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"
    );
}

TEST_CASE(
    "proxy_protocol: IPv4 in IPv6 is written as IPv4", "[proto][proxy_protocol]"
) {
    CHECK(
        line(at("::ffff:192.0.2.1", 1), at("::ffff:192.0.2.2", 2)) ==
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
    );
    CHECK(
        line(at("::ffff:192.0.2.1", 1), at("192.0.2.2", 2)) ==
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
    );
}

TEST_CASE("proxy_protocol: ends of two kinds are unknown", "[proto][proxy_protocol]") {
    CHECK(line(at("192.0.2.1", 1), at("2001:db8::1", 2)) == "PROXY UNKNOWN\r\n");
    CHECK(line(at("2001:db8::1", 1), at("192.0.2.1", 2)) == "PROXY UNKNOWN\r\n");
    std::string out;
    append_proxy_protocol_unknown(out);
    CHECK(out == "PROXY UNKNOWN\r\n");
}

TEST_CASE("proxy_protocol: the longest line fits", "[proto][proxy_protocol]") {
    const auto longest = at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
    CHECK(line(longest, longest).size() == 104);
}
