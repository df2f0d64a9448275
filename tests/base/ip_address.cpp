// xfer/ip_address.hpp: reading, writing, and what is public.
#include <xfer/ip_address.hpp>

#include <catch2/catch.hpp>

#include <string>

using xfer::ip_address;
using xfer::is_loopback_address;
using xfer::is_public_address;

namespace {

ip_address address(const std::string& text) {
    const auto read = ip_address::parse(text);
    REQUIRE(read);
    return *read;
}

}  // namespace

TEST_CASE("ip_address: text is read strictly and written in one form", "[base]") {
    CHECK(address("192.0.2.1").str() == "192.0.2.1");
    CHECK(address("192.0.2.1").is_v4());
    CHECK(address("2001:DB8:0::0:1").str() == "2001:db8::1");
    CHECK_FALSE(address("::1").is_v4());
    CHECK(ip_address().str() == "0.0.0.0");
    CHECK(ip_address(ip_address::v4_octets{127, 0, 0, 1}) == address("127.0.0.1"));
    CHECK(address("::ffff:127.0.0.1").str() == "::ffff:127.0.0.1");
    for (const auto* none :
         {"", "127.1", "0x7f.0.0.1", "0177.0.0.1", "[::1]", "fe80::1%lo", "a.test"}) {
        INFO(none);
        CHECK_FALSE(ip_address::parse(none));
    }
}

TEST_CASE("ip_address: a mapped address is the IPv4 address inside", "[base]") {
    CHECK(address("::ffff:7f00:1").unmapped() == address("127.0.0.1"));
    CHECK(address("::ffff:7f00:1") != address("127.0.0.1"));
    CHECK(address("::7f00:1").unmapped() == address("::7f00:1"));
    CHECK(address("192.0.2.1").unmapped() == address("192.0.2.1"));
}

TEST_CASE("S19: what is not of the internet is not public", "[base][S19]") {
    const auto* text = GENERATE(
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
    );
    INFO(text);
    CHECK_FALSE(is_public_address(address(text)));
}

TEST_CASE("S19: what is next to it is public", "[base][S19]") {
    const auto* text = GENERATE(
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "3ffe:ffff::1"
    );
    INFO(text);
    CHECK(is_public_address(address(text)));
}

TEST_CASE("ip_address: loopback is 127.0.0.0/8 and ::1, mapped or not", "[base]") {
    CHECK(is_loopback_address(address("127.0.0.1")));
    CHECK(is_loopback_address(address("127.9.9.9")));
    CHECK(is_loopback_address(address("::1")));
    CHECK(is_loopback_address(address("::ffff:127.0.0.1")));
    CHECK_FALSE(is_loopback_address(address("128.0.0.1")));
    CHECK_FALSE(is_loopback_address(address("::2")));
    CHECK_FALSE(is_loopback_address(address("::")));
}
