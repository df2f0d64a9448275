// xfer/url.hpp: IPv6 addresses in brackets, and their zones.
#include <xfer/detail/ip_text.hpp>
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <arpa/inet.h>
#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>

using xfer::host_kind;
using xfer::parsed_url;
using xfer::url;

namespace {

std::string with_host(std::string_view inside) {
    return "http://[" + std::string(inside) + "]/";
}

}  // namespace

TEST_CASE("url ipv6: addresses are written as RFC 5952 says", "[base][url]") {
    const std::string_view table[][2] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"::FFFF:c000:201", "::ffff:192.0.2.1"},
        {"::192.0.2.1", "::c000:201"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    };
    for (const auto& [text, expected] : table) {
        CAPTURE(text);
        parsed_url out;
        REQUIRE_FALSE(url::parse(with_host(text), out));
        CHECK(out.target.host_kind() == host_kind::ipv6);
        CHECK(out.target.host() == expected);
        CHECK(out.target.str() == with_host(expected));
    }
}

TEST_CASE("url ipv6: what is no address is refused", "[base][url]") {
    const std::string_view text = GENERATE(
        as<std::string_view>(),
        "http://[]/",
        "http://[/",
        "http://[::1/",
        "http://[:]/",
        "http://[:::]/",
        "http://[1]/",
        "http://[1:2]/",
        "http://[1::2::3]/",
        "http://[1:2:3:4:5:6:7]/",
        "http://[1:2:3:4:5:6:7:8:9]/",
        "http://[1:2:3:4:5:6:7:8::]/",
        "http://[1:2:3:4::5:6:7:8]/",
        "http://[::12345]/",
        "http://[::g]/",
        "http://[:1::]/",
        "http://[1::2:]/",
        "http://[::1.2.3]/",
        "http://[::1.2.3.256]/",
        "http://[::01.2.3.4]/",
        "http://[1.2.3.4::]/",
        "http://[1:2:3:4:5:6:7:1.2.3.4]/",
        "http://[::1.2.3.4:5]/",
        "http://[v1.x]/",
        "http://[a]/",
        "http://[127.0.0.1]/",
        "http://[[::1]]/",
        "http://[::1]evil/",
        "http://[::1].evil/",
        "http://[::1]80/",
        "http://[::1]]/",
        "http://[%3A%3A1]/",
        "http://x[::1]/",
        "http://::1]/"
    );
    CAPTURE(text);
    parsed_url out;
    CHECK(url::parse(text, out) == xfer::error::url_malformed);
    CHECK(out.why.find("host") != std::string_view::npos);
}

TEST_CASE("url ipv6: a zone is kept apart and never sent", "[base][url]") {
    parsed_url out;
    REQUIRE_FALSE(url::parse("http://[FE80::1%25eth%30]:8080/x?y#z", out));
    const url& u = out.target;
    CHECK(u.host() == "fe80::1");
    CHECK(u.server_name() == "fe80::1");
    CHECK(u.zone() == "eth0");
    CHECK(u.authority() == "[fe80::1]:8080");
    CHECK(u.str() == "http://[fe80::1%25eth0]:8080/x?y#z");
    CHECK(u.origin() == "http://[fe80::1%25eth0]:8080");
    CHECK(u.target() == "/x?y");
    CHECK(u.fragment() == "z");
    parsed_url other;
    REQUIRE_FALSE(url::parse("http://[fe80::1%25eth1]:8080/x?y#z", other));
    CHECK_FALSE(u.same_origin(other.target));
    REQUIRE_FALSE(url::parse(u.str(), other));
    CHECK(other.target == u);
    REQUIRE_FALSE(u.resolve("/w", other));
    CHECK(other.target.zone() == "eth0");
    CHECK(other.target.authority() == "[fe80::1]:8080");
}

TEST_CASE("url ipv6: a zone without %25 or with odd octets is refused", "[base][url]") {
    const std::string_view inside = GENERATE(
        as<std::string_view>(),
        "fe80::1%eth0",
        "fe80::1%",
        "fe80::1%25",
        "fe80::1%25a%",
        "fe80::1%25a%2f",
        "fe80::1%25a%00",
        "::1%25.example.com@",
        "fe80::1%25a:b",
        "fe80::1%25\xc3\xa4",
        "fe80::1%25a%0d%0a",
        "fe80::1%25a%5d"
    );
    CAPTURE(inside);
    parsed_url out;
    CHECK(url::parse(with_host(inside), out) == xfer::error::url_malformed);
}

TEST_CASE("url ipv6: a zone that looks like a domain is no host", "[base][url]") {
    parsed_url out;
    REQUIRE_FALSE(url::parse("http://[::1%25.example.com]/", out));
    CHECK(out.target.host() == "::1");
    CHECK(out.target.zone() == ".example.com");
    CHECK(out.target.authority() == "[::1]");
}

TEST_CASE("ip text: the reader agrees with inet_pton", "[base][url]") {
    constexpr std::string_view octets = "0123af:::::..g";
    std::mt19937 random(5952);
    int accepted = 0;
    for (int round = 0; round < 100000; ++round) {
        std::string text(random() % 18, ':');
        for (char& c : text) {
            c = octets[random() % octets.size()];
        }
        xfer::detail::ipv6_groups groups{};
        const bool ours = xfer::detail::parse_ipv6(text, groups);
        std::array<unsigned char, 16> theirs{};
        if (ours != (inet_pton(AF_INET6, text.c_str(), theirs.data()) == 1)) {
            FAIL(text);
        }
        for (std::size_t i = 0; ours && i < groups.size(); ++i) {
            if (groups[i] != (theirs[2 * i] << 8 | theirs[2 * i + 1])) {
                FAIL(text);
            }
        }
        accepted += ours;
    }
    CHECK(accepted > 100);
}

TEST_CASE("ip text: what was written is read as the same address", "[base][url]") {
    std::mt19937 random(4291);
    for (int round = 0; round < 20000; ++round) {
        xfer::detail::ipv6_groups groups{};
        for (auto& group : groups) {
            // Many zeros, so that runs of every length and place occur.
            group = static_cast<std::uint16_t>(random() % 2 == 0 ? 0 : random());
        }
        std::string text;
        xfer::detail::append_ipv6(text, groups);
        xfer::detail::ipv6_groups back{};
        std::array<unsigned char, 16> theirs{};
        if (!xfer::detail::parse_ipv6(text, back) || back != groups ||
            inet_pton(AF_INET6, text.c_str(), theirs.data()) != 1) {
            FAIL(text);
        }
    }
}
