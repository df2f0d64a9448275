// xfer/detail/ip_text.hpp: addresses as octets. Their text is tested through url.
#include <xfer/detail/ip_text.hpp>

#include <catch2/catch.hpp>

#include <string>

using xfer::detail::append_ip;
using xfer::detail::parse_ip;

TEST_CASE(
    "ip_text: addresses are read to octets and written again", "[base][ip_text]"
) {
    for (const auto* const text :
         {"0.0.0.0", "255.1.2.3", "::", "::1", "2001:db8::a:0:0:1"}) {
        const auto octets = parse_ip(text);
        REQUIRE(octets);
        std::string out;
        append_ip(out, *octets);
        CHECK(out == text);
    }
    for (const auto* const text :
         {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", ":", "[::1]", "::1%25a"}) {
        CHECK_FALSE(parse_ip(text));
    }
}
