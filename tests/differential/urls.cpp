// HAZARDS E1.2: URLs that are made to be misread, through libcurl's parser and through
// xfer's. One of them may refuse what the other reads; that they read two hosts may not
// be.
#include <xfer/url.hpp>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <clocale>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What a parser makes of a URL.
struct reading {
    std::string scheme;
    std::string host;  ///< in lower case, IPv6 without brackets
    std::string port;
    std::string user;
    std::string password;
    friend bool operator==(const reading&, const reading&) = default;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return text;
}

/// Without brackets, and one text for each IPv6 address: RFC 5952 leaves it open when
/// the last 32 bits are written as IPv4.
std::string host_of(std::string_view text) {
    if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
    auto host = lower(std::string(text));
    in6_addr octets{};
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (::inet_pton(AF_INET6, host.c_str(), &octets) == 1) {
        host = ::inet_ntop(AF_INET6, &octets, written.data(), written.size());
    }
    return host;
}

/// libcurl takes the octets of a name for text in the locale's encoding.
class utf8_locale {
 public:
    utf8_locale() : before_(std::setlocale(LC_CTYPE, nullptr)) {
        REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
    }
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;
    ~utf8_locale() { std::setlocale(LC_CTYPE, before_.c_str()); }

 private:
    std::string before_;
};

std::optional<reading> by_curl(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(
        curl_url(), curl_url_cleanup
    );
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    bool failed = false;
    const auto part = [&](CURLUPart which, unsigned flags) {
        char* text = nullptr;
        const auto code = curl_url_get(parsed.get(), which, &text, flags);
        failed = failed || (code != CURLUE_OK && code != CURLUE_NO_USER &&
                            code != CURLUE_NO_PASSWORD);
        std::string copy(text == nullptr ? "" : text);
        curl_free(text);
        return copy;
    };
    reading r;
    r.scheme = part(CURLUPART_SCHEME, 0);
    r.host = host_of(part(CURLUPART_HOST, CURLU_PUNYCODE));
    r.port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
    r.user = part(CURLUPART_USER, CURLU_URLDECODE);
    r.password = part(CURLUPART_PASSWORD, CURLU_URLDECODE);
    if (failed) return std::nullopt;
    return r;
}

std::optional<reading> by_xfer(const std::string& url) {
    xfer::parsed_url parsed;
    if (xfer::url::parse(url, parsed)) return std::nullopt;
    reading r;
    r.scheme = parsed.target.scheme();
    r.host = host_of(parsed.target.host());
    r.port = std::to_string(parsed.target.port());
    r.user = parsed.user.value_or("");
    r.password = parsed.password.value_or("");
    return r;
}

const std::vector<std::string> hosts{
    // Names.
    "a.test",
    "A.TEST",
    "a.test.",
    "a.test..",
    ".a.test",
    "a..test",
    ".",
    "..",
    "-a.test",
    "a_b.test",
    "a~b.test",
    "a!b.test",
    "a$b.test",
    "a'b.test",
    "a(b.test",
    "a*b.test",
    "a+b.test",
    "a,b.test",
    "a;b.test",
    "a=b.test",
    "a&b.test",
    "xn--bcher-kva.test",
    "xn--",
    "localhost",
    "localhost.",
    // What ends a host, or seems to.
    "a.test%2f.evil.test",
    "a.test%2F@evil.test",
    "a.test%23.evil.test",
    "a.test%3f.evil.test",
    "a.test%40evil.test",
    "a.test%5c.evil.test",
    "a.test%00.evil",
    "a.test%0d%0a.evil",
    "a.test%20.evil",
    "a.test%3a80",
    "%61.test",
    "a%2etest",
    "a%.test",
    "a%zz.test",
    "a%2.test",
    "a.test\\evil.test",
    "a.test\\@evil.test",
    "a.test#evil.test",
    "a.test#@evil.test",
    "a.test?@evil.test",
    "a.test;@evil.test",
    "a.test|evil",
    "a.test<",
    "a.test\"",
    "a.test^",
    "a.test`",
    "a.test{}",
    "a.test evil",
    "a.test\tevil",
    "a.test\nevil",
    "a.test\x7f",
    "",
    // Numbers.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "127.0.0.256",
    "256.256.256.256",
    "1.2.3.4.5",
    "1.2.3.",
    "4294967296",
    "0x",
    "1e3",
    "127.0.0.08",
    "\xef\xbc\x91\x32\x37.0.0.1",
    // IPv6.
    "[::1]",
    "[::1]evil.test",
    "[::1",
    "::1",
    "[::1]]",
    "[[::1]]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7:8:9]",
    "[1::2::3]",
    "[::g]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fe80::1%25eth0]",
    "[v1.a]",
    "[127.0.0.1]",
    "[a.test]",
    "[0:0:0:0:0:0:0:1]",
    "[FE80::ABCD]",
    "[]",
    "[:]",
    "[::]",
    "[::1.2.3.4]",
    // Letters outside ASCII.
    "b\xc3\xbc"
    "cher.test",
    "stra\xc3\x9f"
    "e.test",
    "a\xe3\x80\x82test",
    "\xef\xbc\xa1.test",
    "a\xc2\xad"
    "b.test",
    "\xe2\x84\x82.test",
    "a\xef\xbc\x8f"
    "b.test",
    "a\xef\xbc\xa0"
    "b.test",
    "\xff\xfe.test",
    "a\xe2\x80\x8b"
    "b.test",
};
const std::vector<std::string> users{
    "",
    "u@",
    "u:p@",
    ":@",
    "@",
    "a@b@",
    "u%40@",
    "u%3ap@",
    "a:b:c@",
    "a.test:80@",
    "u#@",
    "u/@",
    "u\\@",
    "[u]@"};
const std::vector<std::string> ports{
    "",
    ":",
    ":80",
    ":443",
    ":8080",
    ":0",
    ":00080",
    ":65535",
    ":65536",
    ":+80",
    ":-1",
    ":80a",
    ":80:90",
    ": 80",
    ":0x50"};
const std::vector<std::string> tails{
    "",
    "/",
    "?q",
    "#f",
    "/@evil.test/",
    "#@evil.test/",
    "\\@evil.test",
    "/a:b@c",
    "?@evil.test"};
const std::vector<std::string> starts{
    "http://", "https://", "HTTP://", "http:/", "http:///"};

}  // namespace

TEST_CASE(
    "E1.2: what curl and xfer both read they read alike", "[differential][E1.2]"
) {
    const utf8_locale locale;
    std::size_t both = 0;
    std::size_t urls = 0;
    // What curl refuses and xfer reads, by host: nothing.
    std::map<std::string, std::string> only_xfer;
    for (const auto& start : starts) {
        for (const auto& user : users) {
            for (const auto& host : hosts) {
                for (const auto& port : ports) {
                    for (const auto& tail : tails) {
                        const auto url = start + user + host + port + tail;
                        ++urls;
                        const auto ours = by_xfer(url);
                        if (!ours) continue;
                        const auto theirs = by_curl(url);
                        if (!theirs) {
                            only_xfer.emplace(host, url);
                            continue;
                        }
                        ++both;
                        if (*ours != *theirs) {
                            INFO(url);
                            CHECK(ours->host == theirs->host);
                            CHECK(ours->port == theirs->port);
                            CHECK(ours->scheme == theirs->scheme);
                            CHECK(ours->user == theirs->user);
                            CHECK(ours->password == theirs->password);
                        }
                    }
                }
            }
        }
    }
    std::cout << "E1.2: " << urls << " URLs, read by both " << both << "\n";
    CHECK(both > 1000);
    for (const auto& [host, url] : only_xfer) {
        INFO(host << " in " << url << " is read by xfer alone");
        CHECK(false);
    }
}
