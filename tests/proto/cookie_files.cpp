// Cookie files: Netscape's format read and written, and a file that is never half
// there.
#include "support/cookies.hpp"
#include "support/scratch.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/proto/cookie_file.hpp>
#include <xfer/proto/set_cookie.hpp>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using support::cookie_time;
using support::read_file;
using support::respond;
using support::scratch;
using support::sent;
using support::write_file;
using xfer::cookie;
using xfer::cookie_jar;
using xfer::proto::parse_cookie_line;

namespace {

/// cookie_time, in 1970's seconds, and a day.
const std::string tomorrow =
    std::to_string((cookie_time + 24h).time_since_epoch().count());

/// The lines of a file that are no comment.
std::string cookies_in(const std::string& path) {
    const std::string text = read_file(path);
    return text.substr(text.find("\n\n") + 2);
}

std::string save(const cookie_jar& jar, const scratch& directory) {
    const std::string path = directory / "jar";
    const auto result = jar.save(path, cookie_time);
    CHECK(result.message == "");
    CHECK(result.cookies + result.ignored == jar.size());
    CHECK(read_file(path) == jar.text(cookie_time));
    return cookies_in(path);
}

}  // namespace

TEST_CASE("cookie_file: a line has seven columns", "[proto][cookie]") {
    const auto c = parse_cookie_line(
        "#HttpOnly_.a.test\tTRUE\t/x\tTRUE\t1800000000\tn\tv", cookie_time
    );
    REQUIRE(c);
    CHECK(c->domain == ".a.test");
    CHECK_FALSE(c->host_only);
    CHECK(c->path == "/x");
    CHECK(c->secure);
    CHECK(c->http_only);
    CHECK(c->expires == std::chrono::sys_seconds(1800000000s));
    CHECK(c->name == "n");
    CHECK(c->value == "v");

    const auto d = parse_cookie_line("a.test\tfalse\t/\tfalse\t0\tn\r", cookie_time);
    REQUIRE(d);
    CHECK(d->host_only);
    CHECK_FALSE(d->secure);
    CHECK_FALSE(d->http_only);
    CHECK_FALSE(d->expires);
    CHECK(d->name == "n");
    CHECK(d->value == "");
    CHECK(
        parse_cookie_line("a\tFALSE\t/\tFALSE\t0\tn\tv\tw", cookie_time)->value ==
        "v\tw"
    );
    CHECK(parse_cookie_line("a\tFALSE\t/\tFALSE\t0\t\tv", cookie_time)->name == "");
}

TEST_CASE("cookie_file: what is no cookie's line is none", "[proto][cookie]") {
    const std::string line = GENERATE(
        as<std::string>(),
        "",
        "\r",
        " \t",
        "# comment",
        "#httponly_a.test\tFALSE\t/\tFALSE\t0\tn\tv",
        "a.test FALSE / FALSE 0 n v",
        "a.test\tFALSE\t/\tFALSE\t0",
        "a.test\tFALSE\tFALSE\t0\tn\tv",
        "a.test\tyes\t/\tFALSE\t0\tn\tv",
        "a.test\tFALSE\t/\t0\t0\tn\tv",
        "a.test\tFALSE\t/\tFALSE\t\tn\tv",
        "a.test\tFALSE\t/\tFALSE\t-1\tn\tv",
        "a.test\tFALSE\t/\tFALSE\t1.5\tn\tv",
        "a.test\tFALSE\t/\tFALSE\t0x10\tn\tv",
        "Set-Cookie: n=v",
        "Set-Cookie: n=v; Domain=",
        "Set-Cookie:"
    );
    CAPTURE(line);
    CHECK_FALSE(parse_cookie_line(line, cookie_time));
}

TEST_CASE("K3: a number of seconds may be as large as it likes", "[proto][cookie]") {
    scratch directory;
    const std::string path = directory / "jar";
    const std::string number = GENERATE(
        as<std::string>(),
        "253402300799",
        "9223372036854775807",
        "99999999999999999999999"
    );
    write_file(path, "a.test\tFALSE\t/\tFALSE\t" + number + "\tn\tv\n");
    cookie_jar jar;
    CHECK(jar.load(path, cookie_time).cookies == 1);
    CHECK(jar.cookies()[0].expires == cookie_time + xfer::proto::max_cookie_age);
}

TEST_CASE("cookie_jar: files of others are read", "[proto][cookie]") {
    scratch directory;
    const std::string path = directory / "jar";
    write_file(
        path,
        "# Netscape HTTP Cookie File\r\n"
        "# https://curl.se/docs/http-cookies.html\n"
        "\n"
        ".a.test\tTRUE\t/\tFALSE\t" +
            tomorrow +
            "\tlong\t1\r\n"
            "a.test\tFALSE\t/\tTRUE\t0\tsession\t2\n"
            "#HttpOnly_a.test\tFALSE\t/x\tFALSE\t0\thidden\t3\n"
            "a.test\tFALSE\t/\tFALSE\t1000000000\tgone\t4\n"
            "com\tTRUE\t/\tFALSE\t0\tsuper\t5\n"
            "not a cookie\n"
            "127.0.0.1\tTRUE\t/\tFALSE\t0\taddress\t6\n"
            "set-cookie:header=7; domain=.b.test; path=/y; secure\n"
            "Set-Cookie: nobody=8\n"
            "a.test\tFALSE\t/\tFALSE\t0\tlast\t9"
    );
    cookie_jar jar;
    const auto result = jar.load(path, cookie_time);
    CHECK(result.ok());
    CHECK(result.message == "");
    CHECK(result.cookies == 7);
    CHECK(result.ignored == 3);
    CHECK(jar.size() == 6);
    CHECK(sent(jar, "http://x.a.test/") == "long=1");
    CHECK(sent(jar, "https://a.test/x") == "hidden=3; long=1; session=2; last=9");
    CHECK(sent(jar, "http://127.0.0.1/") == "address=6");
    CHECK(sent(jar, "https://c.b.test/y/") == "header=7");
}

TEST_CASE("cookie_jar: a file holds what the jar held", "[proto][cookie]") {
    scratch directory;
    cookie_jar jar;
    respond(
        jar, "https://a.test/x/", {"n=v; Max-Age=86400; Secure; HttpOnly", "s=a b"}
    );
    respond(jar, "http://www.b.test/", {"d=\"q\"; Domain=b.test; Path=/", "=alone"});
    respond(jar, "http://[2001:db8::1]/", {"six=\tt"});
    CHECK(
        save(jar, directory) == "#HttpOnly_a.test\tFALSE\t/x\tTRUE\t" + tomorrow +
                                    "\tn\tv\n"
                                    "a.test\tFALSE\t/x\tFALSE\t0\ts\ta b\n"
                                    ".b.test\tTRUE\t/\tFALSE\t0\td\t\"q\"\n"
                                    "www.b.test\tFALSE\t/\tFALSE\t0\t\talone\n"
                                    "2001:db8::1\tFALSE\t/\tFALSE\t0\tsix\tt\n"
    );
    // What has ended in the meantime is not written.
    CHECK(jar.save(directory / "later", cookie_time + 24h).cookies == 4);
}

TEST_CASE("cookie_jar: a tab in a name has no place in a file", "[proto][cookie]") {
    scratch directory;
    cookie_jar jar;
    respond(jar, "http://a.test/", {"a\tb=1", "c=2\t3"});
    CHECK(sent(jar, "http://a.test/") == "a\tb=1; c=2\t3");
    CHECK(save(jar, directory) == "a.test\tFALSE\t/\tFALSE\t0\tc\t2\t3\n");
    CHECK(jar.save(directory / "jar", cookie_time).ignored == 1);
}

TEST_CASE("D2.3: saving what was loaded changes nothing", "[proto][cookie]") {
    const unsigned seed = GENERATE(range(1U, 21U));
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t n) { return random() % n; };
    const auto text = [&](std::size_t most) {
        std::string s;
        for (std::size_t n = below(most + 1); n > 0; --n) {
            // Every octet that a cookie may hold; tabs and '#' more often than others.
            const char special = below(2) == 0 ? '\t' : '#';
            const char any = static_cast<char>(0x20 + below(0xe0));
            s += below(20) == 0 ? special : any == 0x7f ? 'x' : any;
        }
        return s;
    };
    constexpr std::string_view hosts[] = {
        "a.test", "www.a.test", "x.y.b.test", "127.0.0.1", "[::1]", "localhost"};
    cookie_jar jar;
    for (int i = 0; i < 60; ++i) {
        const std::string from = std::string(below(2) ? "https://" : "http://") +
                                 std::string(hosts[below(6)]) + "/p/q";
        std::string line = text(12) + "=" + text(40);
        if (below(3) == 0) line += "; Domain=a.test";
        if (below(3) == 0) line += "; Path=/" + text(10);
        if (below(3) == 0) line += "; Secure";
        if (below(3) == 0) line += "; HttpOnly";
        if (below(3) == 0) line += "; Max-Age=" + std::to_string(below(40'000'000));
        if (below(9) == 0) line += text(4096) + text(4096);
        respond(jar, from, {line});
    }
    CHECK(jar.size() > 10);

    scratch directory;
    const std::string first = save(jar, directory);
    cookie_jar again;
    const auto loaded = again.load(directory / "jar", cookie_time);
    CHECK(loaded.ok());
    CHECK(loaded.ignored == 0);
    CHECK(save(again, directory) == first);
    // Nothing but what has a tab in its name or path is lost.
    for (const auto& c : jar.cookies()) {
        if ((c.name + c.path).find('\t') != std::string::npos) {
            CHECK(jar.remove(c.domain, c.path, c.name) > 0);
        }
    }
    CHECK(jar.size() == again.size());
    for (const auto host : hosts) {
        const std::string to = "https://" + std::string(host) + "/p/q/r";
        CHECK(sent(again, to) == sent(jar, to));
    }
}

TEST_CASE(
    "D2.3: the longest cookie comes back, a longer line is none", "[proto][cookie]"
) {
    scratch directory;
    cookie_jar jar;
    std::string host;
    while (host.size() < cookie_jar::max_domain_size - 63)
        host += std::string(62, 'h') + '.';
    host.resize(cookie_jar::max_domain_size, 't');
    cookie longest;
    longest.domain = host;
    longest.name = "n";
    longest.value = std::string(4095, 'v');
    longest.path = "/" + std::string(cookie_jar::max_path_size - 1, 'p');
    longest.secure = longest.http_only = true;
    longest.expires = cookie_time + 24h;
    longest.host_only = false;
    REQUIRE(jar.add(longest, cookie_time));
    const std::string line = save(jar, directory);
    CHECK(line.size() > 6000);
    CHECK(line.size() < xfer::proto::max_cookie_line);
    cookie_jar again;
    CHECK(again.load(directory / "jar", cookie_time).cookies == 1);
    CHECK(again.cookies() == jar.cookies());
}

TEST_CASE("D2.3: no part of a long line becomes a cookie", "[proto][cookie]") {
    // A value of 10,000 octets in which lines for another host stand wherever a reader
    // with a buffer of some size might begin again.
    const std::string other = "\tvictim.test\tFALSE\t/\tFALSE\t0\tsid\tevil";
    scratch directory;
    const std::string path = directory / "jar";
    const std::size_t shift = GENERATE(range(std::size_t{0}, std::size_t{41}));
    std::string value(shift, 'v');
    while (value.size() < 10'000) value += other;
    for (const char separator : {'\t', '\r', '\0', '\v'}) {
        std::string evil = "attacker.test\tFALSE\t/\tFALSE\t0\tn\t" + value;
        for (std::size_t at = 40; at < evil.size(); ++at) {
            if (evil.compare(at, 12, "\tvictim.test") == 0) evil[at] = separator;
        }
        write_file(path, evil + "\n.a.test\tTRUE\t/\tFALSE\t0\tgood\t1\n" + evil);
        cookie_jar jar;
        const auto result = jar.load(path, cookie_time);
        CHECK(result.cookies == 1);
        CHECK(result.ignored == 2);
        CHECK(jar.size() == 1);
        CHECK(sent(jar, "http://victim.test/") == "");
        CHECK(sent(jar, "http://a.test/") == "good=1");
    }
}

TEST_CASE("D2.3: lines may end anywhere in what is read at once", "[proto][cookie]") {
    scratch directory;
    const std::string path = directory / "jar";
    const std::size_t padding =
        GENERATE(16290u, 16330u, 16347u, 16383u, 16384u, 16385u);
    std::string text = "#" + std::string(xfer::proto::max_cookie_line - 1, 'c') + "\n#";
    text += std::string(padding - text.size() - 1, 'c') + "\n";
    write_file(
        path,
        text + "a.test\tFALSE\t/\tFALSE\t0\tn1\tv\na.test\tFALSE\t/\tFALSE\t0\tn2\tv\n"
    );
    cookie_jar jar;
    const auto result = jar.load(path, cookie_time);
    CHECK(result.cookies == 2);
    CHECK(result.ignored == 0);
    CHECK(sent(jar, "http://a.test/") == "n1=v; n2=v");
}

TEST_CASE("cookie_jar: a file that cannot be read is named", "[proto][cookie]") {
    scratch directory;
    cookie_jar jar;
    const auto missing = jar.load(directory / "missing");
    CHECK_FALSE(missing.ok());
    CHECK(missing.ec == std::errc::no_such_file_or_directory);
    CHECK(missing.message.find("missing' cannot be opened: ") != std::string::npos);
    CHECK(jar.load(directory / "").ec == std::errc::is_a_directory);
    CHECK(
        jar.load(directory / std::string("a\0b", 3)).ec == std::errc::invalid_argument
    );
    CHECK(jar.load("/dev/zero").ec == std::errc::file_too_large);
    CHECK(jar.size() == 0);
}

TEST_CASE("D2.3: a name too long for a file leaves the old one", "[proto][cookie]") {
    scratch directory;
    cookie_jar jar;
    respond(jar, "http://a.test/", {"n=1"});
    const std::string before = save(jar, directory);
    respond(jar, "http://a.test/", {"n=2"});
    const std::string name = GENERATE(
        as<std::string>(),
        std::string(4096, 'x'),
        std::string(300, 'x'),
        "jar/x",
        "no/x"
    );
    const auto result = jar.save(directory / name, cookie_time);
    CHECK_FALSE(result.ok());
    CHECK(result.message.starts_with("cookie file '/"));
    CHECK(result.message.ends_with(result.ec.message()));
    CHECK(cookies_in(directory / "jar") == before);
    CHECK(directory.names() == std::vector<std::string>{"jar"});
}

TEST_CASE("G2.2: a cookie file of mode 0600 stays 0600", "[proto][cookie]") {
    scratch directory;
    cookie_jar jar;
    respond(jar, "http://a.test/", {"n=1"});
    const std::string path = directory / "jar";
    for (int round = 0; round < 2; ++round) {
        CHECK(jar.save(path, cookie_time).ok());
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0600);
    }
}

TEST_CASE("G2.2: kill -9 leaves the old file or the new one", "[proto][cookie]") {
    scratch directory;
    const std::string path = directory / "jar";
    cookie_jar jar[2];
    std::string content[2];
    for (int which = 0; which < 2; ++which) {
        const std::string value(4000, which == 0 ? 'a' : 'b');
        for (int i = 0; i < 100; ++i) {
            cookie c;
            c.name = "c" + std::to_string(i);
            c.value = value;
            c.domain = "a.test";
            REQUIRE(jar[which].add(c, cookie_time));
        }
        REQUIRE(jar[which].save(path, cookie_time).ok());
        content[which] = read_file(path);
    }
    std::mt19937 random(9);
    for (int round = 0; round < 100; ++round) {
        int saved[2];
        REQUIRE(::pipe(saved) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            // Ends by the signal, or if the test is gone and the pipe with it.
            ::close(saved[0]);
            for (unsigned i = 0;; ++i) {
                if (!jar[i % 2].save(path, cookie_time).ok()) ::_exit(1);
                if (::write(saved[1], "", 1) != 1) ::_exit(2);
            }
        }
        ::close(saved[1]);
        char octet;
        for (auto wait = random() % 3; wait > 0; --wait) {
            CHECK(::read(saved[0], &octet, 1) == 1);
        }
        // Somewhere in the next save: how far it came depends on nothing but chance.
        for (auto turns = random() % 20000; turns > 0; --turns) {
            static_cast<void>(::getppid());
        }
        CHECK(::kill(child, SIGKILL) == 0);
        int status = 0;
        CHECK(::waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        ::close(saved[0]);
        const std::string now = read_file(path);
        if (now != content[0] && now != content[1]) {
            FAIL("neither old nor new: " << now.size() << " octets");
        }
    }
}
