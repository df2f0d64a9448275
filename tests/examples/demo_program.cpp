// The demo: what it has the tool do, and how it ends.
#include "programs.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using support::directory;
using support::program;
using support::run;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;
using strings = std::vector<std::string>;

namespace {

/// A variable of the environment, for programs that are started while this exists.
class variable {
 public:
    variable(const char* name, const std::string& value) : name_(name) {
        ::setenv(name, value.c_str(), 1);
    }
    ~variable() { ::unsetenv(name_); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

 private:
    const char* name_;
};

/// Whoever runs the tests may have a proxy, which is not for servers on this machine.
const variable no_proxy("no_proxy", "*");

/// Waits for what another process does.
template <class Condition>
bool comes_true(Condition condition) {
    const auto latest = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > latest) return false;
        std::this_thread::yield();
    }
    return true;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
    return n;
}

}  // namespace

TEST_CASE("demo URL saves under the last segment of the path", "[examples][demo]") {
    server s;
    s.route("/dir/a.txt", "content of a");
    s.route("/", "index");
    directory d;
    const auto done =
        run("demo", {s.url("/dir/a.txt?x=/../b#c"), s.url("/")}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK(d.names() == strings{"a.txt", "xfer_response"});
    CHECK(d.content("a.txt") == "content of a");
    CHECK_THAT(done.output, Contains("200  12 bytes in "));
    CHECK_THAT(done.output, Contains("files        2 written"));
    CHECK_THAT(done.output, !Contains("\033"));
}

TEST_CASE("demo URL overwrites nothing", "[examples][demo]") {
    server s;
    s.route("/a", "new");
    directory d;
    d.write("a", "old");
    const auto done = run("demo", {s.url("/a"), s.url("/a")}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK(d.names() == strings{"a", "a.1", "a.2"});
    CHECK(d.content("a") == "old");
    CHECK(d.content("a.1") == "new");
    CHECK_THAT(done.output, Contains("  a.1 from http://"));
}

TEST_CASE("demo URL names what failed and goes on", "[examples][demo]") {
    server s;
    s.route("/good", "good");
    s.route("/moved", reply(301, "gone").with_field("Location", "/good"));
    directory d;
    const auto done = run(
        "demo", {"no url", s.url("/missing"), s.url("/moved"), s.url("/good")}, d.path()
    );
    INFO(done.output);
    // The tool's own: of the last one that failed.
    CHECK((done.status == 3 || done.status == 22));
    CHECK(d.names() == strings{"good", "moved"});
    CHECK(d.content("moved") == "good");
    CHECK_THAT(done.output, Contains("xfer: (3) URL rejected: "));
    CHECK_THAT(done.output, Contains("000  0 bytes in "));
    CHECK_THAT(done.output, Contains(" from no url\n"));
    CHECK_THAT(
        done.output, Contains("xfer: (22) The requested URL returned error: 404")
    );
    CHECK_THAT(done.output, Contains("404  ") && Contains("/missing\n"));
    CHECK_THAT(done.output, Contains("4 (2 failed, "));
}

TEST_CASE("demo URL keeps a partial file and names it", "[examples][demo]") {
    server s;
    s.route("/cut", reply(200, std::string(1000, 'x')).close_after(600, from::body));
    directory d;
    const auto done = run("demo", {s.url("/cut")}, d.path());
    INFO(done.output);
    CHECK(done.status == 18);
    CHECK(d.content("cut") == std::string(600, 'x'));
    CHECK_THAT(done.output, Contains("partial      cut, 600 B kept"));
}

TEST_CASE("demo URL ends with 130 on Ctrl-C", "[examples][demo]") {
    server s;
    s.route("/stalls", reply(200, std::string(1000, 'x')).stall_after(600, from::body));
    directory d;
    program p("demo", {s.url("/stalls")}, d.path());
    const auto file = d.path() / "stalls";
    REQUIRE(comes_true([&] { return std::filesystem::exists(file); }));
    p.signal(SIGINT);
    const auto done = p.wait();
    INFO(done.output);
    CHECK(done.status == 130);
    CHECK(d.content("stalls") == std::string(600, 'x'));
    CHECK_THAT(done.output, Contains("partial      stalls, 600 B kept"));
    CHECK_THAT(done.output, Contains("demo: interrupted"));
}

TEST_CASE("demo passes on what a terminal does not send", "[examples][demo]") {
    server s;
    s.route("/stalls", reply(200, std::string(1000, 'x')).stall_after(600, from::body));
    directory d;
    program p("demo", {s.url("/stalls")}, d.path());
    const auto file = d.path() / "stalls";
    REQUIRE(comes_true([&] { return std::filesystem::exists(file); }));
    p.signal_alone(SIGTERM);
    const auto done = p.wait();
    INFO(done.output);
    CHECK(done.status == 128 + SIGTERM);
    CHECK_THAT(done.output, Contains("partial      stalls, 600 B kept"));
}

TEST_CASE("demo refuses what is no URL and no option", "[examples][demo]") {
    const auto option = run("demo", {"--fast"});
    CHECK(option.status == 2);
    CHECK_THAT(option.output, Contains("'--fast' is no URL and no option"));
    const auto escape = run("demo", {"http://a.test/\033[2J"});
    CHECK(escape.status == 2);
    CHECK_THAT(escape.output, Contains("'http://a.test/?[2J' is no URL"));
}

TEST_CASE("demo without URLs downloads and checks its own files", "[examples][demo]") {
    directory d;
    d.write(".xferrc", "silent\nmax-filesize = 1\n");
    const variable home("HOME", d.path());
    const variable place("TMPDIR", d.path());
    // Neither the user's settings nor a proxy have a part in it.
    const variable proxy("http_proxy", "http://127.0.0.1:1");
    const auto done = run("demo", {});
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK(count(done.output, "\n200  ") == 248);
    CHECK_THAT(done.output, Contains("transfers    248 (0 failed, 0 retries) in "));
    CHECK_THAT(done.output, Contains("files        248 written"));
    CHECK_THAT(done.output, Contains("time each    p50 ") && Contains(", p99 "));
    CHECK_THAT(done.output, Contains("Each file has the SHA-256 of the original"));
    CHECK(d.names() == strings{".xferrc"});
}

TEST_CASE("demo without URLs leaves only partial files on Ctrl-C", "[examples][demo]") {
    directory d;
    const variable place("TMPDIR", d.path());
    program p("demo", {});
    SECTION("while it downloads") {
        p.read_until("\n200  ");
        p.signal(SIGINT);
        const auto done = p.wait();
        INFO(done.output);
        CHECK(done.status == 130);
        CHECK_THAT(done.output, Contains("interrupted"));
        for (const auto& name : d.names()) {
            CHECK_THAT(done.output, Contains("remove the partial files with: rm -r "));
            std::size_t files = 0;
            for (const auto& entry :
                 std::filesystem::recursive_directory_iterator(d.path() / name)) {
                if (entry.is_directory()) continue;
                ++files;
                const auto line = "partial      " + entry.path().string() + ", ";
                CHECK_THAT(done.output, Contains(line));
            }
            CHECK(files > 0);
        }
    }
    SECTION("while it makes the files") {
        p.read_until("Making the files");
        p.signal(SIGINT);
        const auto done = p.wait();
        CHECK(done.status == 130);
        CHECK_THAT(done.output, Contains("demo: interrupted"));
        CHECK(d.names().empty());
    }
}
