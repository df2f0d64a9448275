// xfer/net/address_order.hpp: interleaving of families (RFC 8305 section 4).
#include <xfer/net/address_order.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace {

std::vector<std::string> ordered(const std::vector<std::string>& texts) {
    std::vector<asio::ip::address> addresses;
    for (const auto& t : texts) {
        addresses.push_back(asio::ip::make_address(t));
    }
    std::vector<std::string> out;
    for (const auto& a : xfer::net::address_order(addresses)) {
        out.push_back(a.to_string());
    }
    return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("address_order: families alternate from the first one on", "[net]") {
    CHECK(
        ordered({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}) ==
        list{"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"}
    );
    CHECK(
        ordered({"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"}) ==
        list{"192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"}
    );
}

TEST_CASE("address_order: what is left of the longer family comes last", "[net]") {
    CHECK(
        ordered({"2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"}) ==
        list{"2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"}
    );
    CHECK(
        ordered({"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"}) ==
        list{"2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"}
    );
}

TEST_CASE("address_order: one family keeps its order", "[net]") {
    CHECK(ordered({"192.0.2.9", "192.0.2.1"}) == list{"192.0.2.9", "192.0.2.1"});
    CHECK(ordered({}).empty());
    CHECK(ordered({"::1"}) == list{"::1"});
}

TEST_CASE("address_order: a repeated address is tried once", "[net]") {
    CHECK(
        ordered({"192.0.2.1", "192.0.2.1", "::1", "192.0.2.1", "::1"}) ==
        list{"192.0.2.1", "::1"}
    );
}

TEST_CASE("address_order: link-local addresses of two zones are two", "[net]") {
    CHECK(ordered({"fe80::1%1", "fe80::1%2"}).size() == 2);
}
