// xfer/url.hpp: references, hostile octets, and what holds for every text.
#include <xfer/error.hpp>
#include <xfer/url.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

using namespace std::string_view_literals;
using xfer::host_kind;
using xfer::parsed_url;
using xfer::url;

namespace {

url base(std::string_view text) {
    parsed_url out;
    REQUIRE_FALSE(url::parse(text, out));
    return out.target;
}

std::string resolved(
    const url& from,
    std::string_view reference,
    url::fragment_rule rule = url::fragment_rule::drop
) {
    parsed_url out;
    const std::error_code ec = from.resolve(reference, out, rule);
    return ec ? "refused: " + std::string(out.why) : std::string(out.target.str());
}

/// What must hold for every URL that was accepted.
void check_invariants(const parsed_url& parsed, const std::string& text) {
    const url& u = parsed.target;
    const std::string_view whole = u.str();
    const auto printable = [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; };
    const bool clean = std::all_of(whole.begin(), whole.end(), printable);
    const bool host_clean =
        u.host_kind() == host_kind::ipv6
            ? u.host().find_first_not_of("0123456789abcdef:.") == std::string_view::npos
            : u.host().find_first_of("/?#@:\\% []") == std::string_view::npos;
    const std::string origin(u.origin());
    parsed_url again;
    const bool fixed = !url::parse(whole, again) && again.target == u &&
                       again.target.host() == u.host() &&
                       again.target.port() == u.port() &&
                       again.target.authority() == u.authority() && !again.user;
    const bool target_ok = origin.empty() || u.target().starts_with('/');
    if (!clean || !host_clean || !fixed || !target_ok || !parsed.why.empty()) {
        FAIL("'" << text << "' became '" << whole << "'");
    }
}

}  // namespace

TEST_CASE("resolve: the examples of RFC 3986 5.4", "[base][url]") {
    const url from = base("http://a/b/c/d;p?q");
    const std::string_view table[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},  // normalised: the RFC has http://g
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        // 5.4.2
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    for (const auto& [reference, expected] : table) {
        CAPTURE(reference);
        CHECK(resolved(from, reference) == expected);
    }
}

TEST_CASE("resolve: http:g is strict and so has no host", "[base][url]") {
    CHECK(resolved(base("http://a/b"), "http:g").find("no host") != std::string::npos);
}

TEST_CASE(
    "resolve: a reference may change the origin and bring a user", "[base][url]"
) {
    const url from = base("https://a.test:8443/x?q#f");
    CHECK(resolved(from, "//b.test/y") == "https://b.test/y");
    CHECK(resolved(from, "http://a.test:8443") == "http://a.test:8443/");
    CHECK(resolved(from, "y") == "https://a.test:8443/y");
    CHECK(resolved(base("http://a"), "y") == "http://a/y");
    parsed_url out;
    REQUIRE_FALSE(from.resolve("//u:p@b.test/", out));
    CHECK(out.user == "u");
    CHECK(out.password == "p");
    CHECK_FALSE(out.target.same_origin(from));
}

TEST_CASE("resolve: the fragment of the base is inherited on request", "[base][url]") {
    const url from = base("http://a/x?q#f");
    constexpr auto inherit = url::fragment_rule::inherit;
    CHECK(resolved(from, "y") == "http://a/y");
    CHECK(resolved(from, "") == "http://a/x?q");
    CHECK(resolved(from, "y", inherit) == "http://a/y#f");
    CHECK(resolved(from, "http://b/", inherit) == "http://b/#f");
    CHECK(resolved(from, "y#g", inherit) == "http://a/y#g");
    CHECK(resolved(from, "y#", inherit) == "http://a/y#");
    CHECK(resolved(base("http://a/"), "y", inherit) == "http://a/y");
}

TEST_CASE("resolve: a base without a hierarchy takes no relative path", "[base][url]") {
    const url from = base("mailto:a@b");
    CHECK(resolved(from, "c").starts_with("refused"));
    CHECK(resolved(from, "/c").starts_with("refused"));
    CHECK(resolved(from, "#c") == "mailto:a@b#c");
    CHECK(resolved(from, "?c") == "mailto:a@b?c");
    CHECK(resolved(from, "http://h/") == "http://h/");
    CHECK(resolved(base("file:///x/y"), "z") == "file:///x/z");
    CHECK(resolved(base("foo:/x"), ".//y") == "foo:/.//y");
}

TEST_CASE("resolve: broken references are refused", "[base][url]") {
    const url from = base("http://a/b");
    const std::string_view reference = GENERATE(
        as<std::string_view>(),
        "//",
        "///x",
        "//@/",
        "//a@b@c/",
        "\\x",
        "/\\evil.com",
        "\\\\evil.com",
        "/a b",
        " /a",
        "/a\r\nX: y",
        "/a\t",
        "1:2",
        ":",
        ":80",
        "a b:c",
        "//a..b/",
        "//127.1/",
        "http://",
        "http:///x",
        "/\x7f"
    );
    CAPTURE(reference);
    parsed_url out;
    CHECK(from.resolve(reference, out) == xfer::error::url_malformed);
    CHECK_FALSE(out.why.empty());
    CHECK(out.target.empty());
}

TEST_CASE("resolve: a percent sign may stand for itself", "[base][url]") {
    CHECK(resolved(base("http://a/b"), "%zz?100%") == "http://a/%25zz?100%25");
}

TEST_CASE("resolve: the empty url resolves what is absolute", "[base][url]") {
    CHECK(resolved(url(), "http://a") == "http://a/");
    CHECK(resolved(url(), "/a").find("no scheme") != std::string::npos);
}

TEST_CASE("resolve: the result may take the place of the base", "[base][url]") {
    parsed_url current;
    REQUIRE_FALSE(url::parse("http://a/b/c?d#e", current));
    REQUIRE_FALSE(current.target.resolve("../f", current, url::fragment_rule::inherit));
    CHECK(current.target.str() == "http://a/f#e");
    REQUIRE_FALSE(current.target.resolve(current.target.path(), current));
    CHECK(current.target.str() == "http://a/f");
    REQUIRE_FALSE(url::parse(current.target.str(), current));
    CHECK(current.target.str() == "http://a/f");
}

TEST_CASE("url: origins are equal when scheme and host and port are", "[base][url]") {
    const url a = base("http://a.test/x");
    CHECK(a.same_origin(base("HTTP://A.test:80/y?z")));
    CHECK_FALSE(a.same_origin(base("https://a.test/")));
    CHECK_FALSE(a.same_origin(base("http://a.test:81/")));
    CHECK_FALSE(a.same_origin(base("http://b.test/")));
    CHECK_FALSE(a.same_origin(base("http://a.test.evil/")));
    CHECK_FALSE(base("mailto:a").same_origin(base("mailto:a")));
    CHECK(base("HTTP://a/%7e") == base("http://A:80/~"));
    CHECK_FALSE(base("http://a/x") == base("http://a/X"));
}

TEST_CASE("url: control octets and spaces are refused anywhere", "[base][url]") {
    const std::string_view whole = "http://us:pw@host.test:80/pa/th?qu=ery#frag";
    std::string octets("\x7f\\ \r\n\t\0"sv);
    for (char c = 1; c < 0x20; ++c) {
        octets += c;
    }
    for (const char c : octets) {
        for (std::size_t at = 0; at <= whole.size(); ++at) {
            std::string text(whole);
            text.insert(at, 1, c);
            parsed_url out;
            if (url::parse(text, out) != xfer::error::url_malformed) {
                FAIL(text);
            }
        }
    }
}

TEST_CASE("url: encoded CR and LF stay encoded in path and query", "[base][url]") {
    CHECK(
        base("http://a/%0d%0aX:%20y?%0D%0a%00").target() == "/%0D%0AX:%20y?%0D%0A%00"
    );
    // Their lookalikes in Latin-1 truncation are octets above 0x7f, and encoded.
    CHECK(base("http://a/\xc4\x8d\xc4\x8a").target() == "/%C4%8D%C4%8A");
    CHECK(base("http://a/\xed\xa0\x80").target() == "/%ED%A0%80");
}

TEST_CASE("url: 65535 bytes are read and one more is refused", "[base][url]") {
    std::string text = "http://a/";
    text.resize(url::max_size, 'x');
    CHECK(base(text).str().size() == url::max_size);
    parsed_url out;
    CHECK(url::parse(text + 'x', out) == xfer::error::url_malformed);
    CHECK(url::parse(std::string(1 << 20, 'x'), out) == xfer::error::url_malformed);
    CHECK(out.why.find("65535") != std::string_view::npos);
    text.back() = '\xff';  // grows to three bytes
    CHECK(url::parse(text, out) == xfer::error::url_malformed);
    std::string no_path = "http://";
    no_path.resize(url::max_size, 'x');  // grows by its slash
    CHECK(url::parse(no_path, out) == xfer::error::url_malformed);
    CHECK(base("http://a/").resolve(std::string(1 << 20, 'x'), out));
    std::string zone = "http://[::1%25";
    zone.resize(url::max_size - 2, 'z');
    zone += "]/";
    CHECK(base(zone).authority() == "[::1]");
}

TEST_CASE("url: many dot segments are linear work", "[base][url]") {
    std::string text = "http://a";
    while (text.size() + 10 < url::max_size) {
        text += text.size() % 3 == 0 ? "/x/y/z" : "/../..";
    }
    CHECK(base(text).path().starts_with('/'));
}

TEST_CASE("url: whatever is accepted is a fixed point", "[base][url]") {
    const std::string_view pieces[] = {
        "http",     "HTTPS", "foo",      "file",   ":",
        "//",       "/",     "@",        "a.test", "B",
        "..",       ".",     "%41",      "%2F",    "%2e",
        "%",        "?",     "#",        "[::1]",  "[fe80::1%25e0]",
        "[1:2::3]", "[",     "]",        "80",     "65536",
        "1.2.3.4",  "0x1",   "\xc3\xa4", "user",   "~",
        "|",        "%00",   ";",        " "};
    std::mt19937 random(3986);
    int accepted = 0;
    for (int round = 0; round < 60000; ++round) {
        std::string text = round % 2 == 0 ? "http://" : round % 4 == 1 ? "foo:" : "";
        for (std::size_t count = random() % 9; count > 0; --count) {
            text += pieces[random() % std::size(pieces)];
        }
        parsed_url out;
        if (!url::parse(text, out)) {
            check_invariants(out, text);
            ++accepted;
        } else if (!out.target.empty() || out.why.empty()) {
            FAIL(text);
        }
    }
    CHECK(accepted > 2000);
}

TEST_CASE("url: changed octets and any reference crash nothing", "[base][url]") {
    const std::string whole =
        "https://us:p%41w@[fe80::1%25eth0]:8443/a/./b/../c%2f?q=%7e#f";
    const url from = base("http://host.test/a/b/c?d#e");
    std::mt19937 random(1808);
    int accepted = 0;
    for (int round = 0; round < 60000; ++round) {
        std::string text = whole;
        for (std::size_t count = random() % 3 + 1; count > 0; --count) {
            text[random() % text.size()] = static_cast<char>(random() & 0xffU);
        }
        const std::size_t begin = random() % 4 == 0 ? random() % text.size() : 0;
        text =
            text.substr(begin, random() % 4 == 0 ? random() % 20 : std::string::npos);
        parsed_url out;
        if (!url::parse(text, out)) {
            check_invariants(out, text);
            ++accepted;
        }
        if (!from.resolve(text, out, url::fragment_rule::inherit)) {
            check_invariants(out, text);
        }
    }
    CHECK(accepted > 1000);
}
