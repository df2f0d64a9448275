// Errors in curl's numbers, and in words that name what was asked for.
#include "output/option_names.hpp"
#include "run_rig.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using cli::rig;
using variables = std::map<std::string, std::string>;

/// One run with these variables alone; the exit code.
int go_with(rig& r, const variables& set) {
    const auto environment = [&set](const char* name) -> const char* {
        const auto found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
    return tool::run(r.asked, r.who, environment, r.out.file(), r.err.file());
}

/// Port 1 of this machine, where nobody answers.
const std::string nobody = "127.0.0.1:1";

}  // namespace

TEST_CASE("failures: a proxy that does not answer is named", "[cli][failures]") {
    rig r;
    r.op().targets.emplace_back().url = "https://a.test/";
    variables set;
    SECTION("of HTTP") { r.op().proxy = nobody; }
    SECTION("of SOCKS") { r.op().proxy = "socks5h://" + nobody; }
    SECTION("of the environment") { set["https_proxy"] = nobody; }
    SECTION("in front of another") {
        r.op().preproxy = "socks5h://" + nobody;
        r.op().proxy = "p.test:2";
    }
    SECTION("in front of none") { r.op().preproxy = "socks5h://" + nobody; }
    CHECK(go_with(r, set) == 7);
    const auto said = r.err.text();
    CHECK_THAT(said, StartsWith("xfer: (7) Failed to connect to 127.0.0.1 port 1 "));
}

TEST_CASE("failures: a server behind no proxy is named", "[cli][failures]") {
    rig r;
    r.op().targets.emplace_back().url = "http://" + nobody + "/";
    r.op().proxy = "127.0.0.1:2";
    r.op().noproxy = "127.0.0.1";
    CHECK(r.go() == 7);
    const auto said = r.err.text();
    CHECK_THAT(said, StartsWith("xfer: (7) Failed to connect to 127.0.0.1 port 1 "));
}

TEST_CASE("failures: a bad proxy is the same one everywhere", "[cli][failures]") {
    rig r;
    r.op().targets.emplace_back().url = "http://a.test/";
    variables set;
    int code = 7;
    std::string line = "xfer: (7) Unsupported proxy scheme for 'foo://x:1'";
    SECTION("of an option") { r.op().proxy = "foo://me:secret@x:1"; }
    SECTION("in front of another") { r.op().preproxy = "foo://me:secret@x:1"; }
    SECTION("of a variable for all") {
        set["ALL_PROXY"] = "foo://me:secret@x:1";
        line += " of ALL_PROXY";
    }
    SECTION("of a variable for http") {
        set["http_proxy"] = "foo://me:secret@x:1";
        set["ALL_PROXY"] = "p.test";
        line += " of http_proxy";
    }
    SECTION("with a port that is none") {
        code = 5;
        line =
            "xfer: (5) Unsupported proxy syntax in 'p.test:abc': its port is not a "
            "number from 1 to 65535: correct it, or leave it out";
        r.op().proxy = "p.test:abc";
    }
    SECTION("with a password that is not encoded") {
        code = 5;
        line =
            "xfer: (5) Unsupported proxy syntax in 'http://p.test': percent-encode / ? "
            "# and @ in its user and password";
        r.op().proxy = "http://me/secret@p.test";
    }
    SECTION("with nothing in it") {
        code = 5;
        line =
            "xfer: (5) Unsupported proxy syntax in 'junk://' of http_proxy: its scheme "
            "is none of http, https, socks4, socks4a, socks5 and socks5h";
        set["http_proxy"] = "junk://";
    }
    CHECK(go_with(r, set) == code);
    CHECK(r.err.text() == line + "\n");
}

TEST_CASE("failures: a variable that no URL needs may be bad", "[cli][failures]") {
    rig r;
    r.server.route("/a", "x");
    r.add("/a");
    variables set{{"https_proxy", "foo://x"}};
    SECTION("it is for another scheme") { CHECK(go_with(r, set) == 0); }
    SECTION("this host is reached without") {
        set["http_proxy"] = "foo://x";
        set["no_proxy"] = "127.0.0.1";
        CHECK(go_with(r, set) == 0);
    }
    SECTION("until a redirect leads there") {
        r.op().follow = true;
        auto away = xfer::testing::reply(302);
        r.server.route("/a", away.with_field("Location", "https://a.test/"));
        CHECK(go_with(r, set) == 7);
        CHECK_THAT(r.err.text(), Contains("Unsupported proxy scheme for 'foo://x' of"));
    }
}

TEST_CASE("failures: a .netrc that cannot be read as one", "[cli][failures]") {
    rig r;
    r.server.route("/a", "x");
    r.add("/a");
    support::write_file(r.place / "secrets", "machine a.test login \"abc\n");
    r.op().netrc = true;
    r.op().netrc_file = r.place / "secrets";
    CHECK(r.go() == 26);
    CHECK(
        r.err.text() == "xfer: (26) .netrc parser error in '" + r.op().netrc_file +
                            "': a quoted string does not end in its line\n"
    );
}

TEST_CASE("failures: options are named, and what they were given", "[cli][failures]") {
    rig r;
    r.op().targets.emplace_back().url = "http://" + nobody + "/";
    int code = 43;
    std::string beginning;
    SECTION("a range") {
        r.op().range = "abc";
        beginning =
            "--range takes ranges as in \"0-499\", \"500-\" or \"-500\", and not 'abc'";
    }
    SECTION("an address") {
        r.op().haproxy_clientip = "x";
        beginning = "--haproxy-clientip takes one IP address, and not 'x'";
    }
    SECTION("a target") {
        r.op().request_target = "a b";
        beginning =
            "--request-target takes visible ASCII without '#' (RFC 9112 section 3.2), "
            "and not 'a b'";
    }
    SECTION("a place of a detour") {
        r.op().connect_to = {"a b:1:c.test:2"};
        beginning = "--connect-to was given no host: it contains a space";
    }
    SECTION("a detour that is none") {
        code = 49;
        r.op().connect_to = {"nonsense"};
        beginning = "--connect-to: 'nonsense' is not host:port:host:port";
    }
    SECTION("a local end whose name is too long for an interface") {
        code = 45;
        r.op().interface = "if!nobody-has-such-a-name";
        beginning = "Couldn't bind to 'nobody-has-such-a-name'";
    }
    SECTION("a field") {
        r.op().headers = {{"a b: x"}};
        beginning = "--header: header name 'a b' is not a token";
    }
    SECTION("a method") {
        r.op().method = "A B";
        beginning = "--request 'A B': the method is not a token";
    }
    SECTION("a method of proxies") {
        r.op().method = "CONNECT";
        beginning = "--request 'CONNECT': CONNECT is made by proxies only";
    }
    SECTION("ciphers") {
        code = 59;
        r.op().tls.ciphers = "NOPE";
        beginning = "--ciphers: OpenSSL knows no 'NOPE'";
    }
    SECTION("a pin") {
        code = 59;
        r.op().tls.pinned = "sha256//AAAA";
        beginning = "--pinnedpubkey 'sha256//AAAA'";
    }
    if (code == 59) {
        r.op().targets.back().url.insert(4, "s");
    }
    CHECK(r.go() == code);
    CHECK_THAT(
        r.err.text(), StartsWith("xfer: (" + std::to_string(code) + ") " + beginning)
    );
}

TEST_CASE("failures: -X that changes nothing is noted", "[cli][failures]") {
    rig r;
    r.server.route("/a", "x");
    auto& target = r.add("/a");
    r.asked.silent = false;
    r.asked.progress_meter = false;
    r.asked.verbose = true;
    std::string note;
    SECTION("of a GET") {
        r.op().method = "get";
        note = "Note: Unnecessary use of -X or --request, GET is already inferred.\n";
    }
    SECTION("of an upload") {
        support::write_file(r.place / "up", "text");
        target.upload = r.place / "up";
        r.op().method = "PUT";
        note = "Note: Unnecessary use of -X or --request, PUT is already inferred.\n";
    }
    SECTION("but not of another") { r.op().method = "PUT"; }
    SECTION("nor of HEAD, which needs no -I") { r.op().method = "HEAD"; }
    CHECK(r.go() == 0);
    const auto said = r.err.text();
    CHECK(said.starts_with(note));
    CHECK((note.empty() ? said.find("Note:") : 0) == (note.empty() ? said.npos : 0));
    CHECK(said.find("Warning:") == said.npos);
}

TEST_CASE("failures: nothing is said twice", "[cli][failures]") {
    rig r;
    auto& target = r.op().targets.emplace_back();
    target.url = "http://" + nobody + "/";
    std::string line;
    SECTION("of a URL") {
        target.url = "http://127.0.0.1:abc/";
        line =
            "xfer: (3) URL rejected: its port is not a number from 1 to 65535: correct "
            "it, or leave it out\n";
    }
    SECTION("of what begins as no URL") {
        target.url = "ht!tp://a.test/";
        line = "xfer: (3) URL rejected: 'ht!tp' is no scheme\n";
    }
    SECTION("of a body's file") {
        target.upload = r.place / "";
        line = "xfer: (26) Failed to open/read local data from file/application: '" +
               *target.upload + "': Is a directory\n";
    }
    SECTION("of a form's file without a name") {
        r.op().form = {{"a=@", false, false}};
        line =
            "xfer: (26) Failed to open/read local data from a file of -F that has no "
            "name\n";
    }
    SECTION("of a form's type") {
        r.op().form = {{"a=b;type=x;foo=bar", false, false}};
        line =
            "xfer: (2) -F: Illegally formatted content-type field 'type=x;foo=bar': a "
            "type is two words with a slash between\n";
    }
    r.go();
    CHECK(r.err.text() == line);
}

TEST_CASE("failures: options of a proxy's TLS", "[cli][failures]") {
    tool::operation op;
    op.proxy_tls.ciphers = "NOPE";
    const auto said =
        tool::with_option_names(op, "tls ciphers: OpenSSL knows no 'NOPE'");
    CHECK(said == "--proxy-ciphers: OpenSSL knows no 'NOPE'");
}
