// xfer/proto/redaction.hpp: heads that may be shown.
#include <xfer/proto/redaction.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <string_view>

using xfer::proto::redacted;

TEST_CASE("redaction: what says who the user is does not show", "[proto][redaction]") {
    const auto name = GENERATE(
        as<std::string>(),
        "Authorization",
        "PROXY-authorization",
        "cookie",
        "Set-Cookie"
    );
    CHECK(
        redacted(
            "GET /?key=1 HTTP/1.1\r\n" + name + ": secret; a=b\r\nHost: a\r\n\r\n"
        ) == "GET /?key=1 HTTP/1.1\r\n" + name + ": [redacted]\r\nHost: a\r\n\r\n"
    );
    // However it is written.
    for (const auto* value : {":secret\r\n", ": \t secret \t\r\n", ": secret\n"}) {
        const auto shown = redacted(name + value);
        CHECK(shown.find("secret") == shown.npos);
        CHECK(shown.ends_with('\n'));
    }
    CHECK(
        redacted(name + ": secret\r\n more secret\r\nA: b\r\n c\r\n").find("secret") ==
        std::string::npos
    );
    CHECK(redacted(name + ": secret") == name + ": [redacted]");
    CHECK(redacted(name + ":\r\n") == name + ":\r\n");
    CHECK(redacted(name + ": \r\n") == name + ": \r\n");
}

TEST_CASE("redaction: all else is as it was", "[proto][redaction]") {
    const auto head = GENERATE(
        as<std::string>(),
        "",
        "\r\n",
        "\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "X-Authorization: a\r\n",
        "Authorization\r\n",
        "A: Cookie: b\r\n",
        "WWW-Authenticate: Basic realm=\"a\"\r\n",
        "Location: /a?b=c//d@e\r\n",
        "Location: a@b\r\n",
        "Location: http://a.test/u:p@x\r\n",
        "Location: http://a.test?u:p@x\r\n",
        "Location: http://a.test#u:p@x\r\n"
    );
    CHECK(redacted(head) == head);
}

TEST_CASE("redaction: user and password leave a URL", "[proto][redaction]") {
    const auto name =
        GENERATE(as<std::string>(), "Location", "content-location", "Referer");
    CHECK(
        redacted(name + ": http://u:secret@a.test/x?y#z\r\n") ==
        name + ": http://[redacted]@a.test/x?y#z\r\n"
    );
    CHECK(redacted(name + ": //u@a.test\r\n") == name + ": //[redacted]@a.test\r\n");
    CHECK(
        redacted(name + ": http://u@v:secret@a.test/x\r\n") ==
        name + ": http://[redacted]@a.test/x\r\n"
    );
}

TEST_CASE("redaction: the rest of a folded URL is not told", "[proto][redaction]") {
    CHECK(
        redacted("Content-Location:\r\n http://u:secret@a.test/\r\nA: b\r\n") ==
        "Content-Location:\r\nA: b\r\n"
    );
}

TEST_CASE("redaction: fields of names that were told do not show", "[proto]") {
    constexpr std::array<std::string_view, 2> names{"X-Key", "Location"};
    CHECK(
        redacted(
            "GET / HTTP/1.1\r\nx-key: secret\r\n more\r\nX-Keys: b\r\n\r\n", names
        ) == "GET / HTTP/1.1\r\nx-key: [redacted]\r\nX-Keys: b\r\n\r\n"
    );
    // Nor what else would be of a URL.
    CHECK(
        redacted("Location: http://a.test/secret\r\n", names) ==
        "Location: [redacted]\r\n"
    );
    CHECK(
        redacted("Cookie: a\r\nX-Key: b\r\n", names).find("[redacted]\r\nX-Key: [") == 8
    );
}
