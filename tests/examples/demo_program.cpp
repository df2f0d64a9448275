// The demo: its downloads, its file names, its end.
#include "programs.hpp"
#include "text.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

using Catch::Matchers::Contains;
using support::directory;
using support::program;
using support::run;
using xfer::testing::reply;
using xfer::testing::server;
using strings = std::vector<std::string>;

TEST_CASE("demo URL saves under the last segment of the path", "[examples][demo]") {
    server s;
    s.route("/dir/a.txt", "content of a");
    s.route("/", "index");
    directory d;
    const auto done =
        run("demo", {s.url("/dir/a.txt?x=/../b#c"), s.url("/")}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK(d.names() == strings{"a.txt", "index.html"});
    CHECK(d.content("a.txt") == "content of a");
    CHECK_THAT(done.output, Contains("files        2 of 2"));
    CHECK_THAT(done.output, !Contains("\033"));
}

TEST_CASE("demo URL overwrites nothing", "[examples][demo]") {
    server s;
    s.route("/a", "new");
    directory d;
    d.write("a", "old");
    const auto done = run("demo", {s.url("/a"), s.url("/a")}, d.path());
    CHECK(done.status == 0);
    CHECK(d.names() == strings{"a", "a.1", "a.2"});
    CHECK(d.content("a") == "old");
    CHECK(d.content("a.1") == "new");
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
    CHECK(done.status == 1);
    CHECK(d.names() == strings{"good"});
    CHECK_THAT(done.output, Contains("demo: no url: the URL is malformed"));
    CHECK_THAT(done.output, Contains("/missing: the server answered with status 404"));
    CHECK_THAT(done.output, Contains("points to /good; redirects are not followed"));
}

TEST_CASE("demo URL keeps a partial file and names it", "[examples][demo]") {
    using namespace xfer::testing;
    server s;
    s.route("/cut", reply(200, std::string(1000, 'x')).close_after(600, from::body));
    directory d;
    const auto done = run("demo", {s.url("/cut")}, d.path());
    INFO(done.output);
    CHECK(done.status == 1);
    CHECK(d.content("cut") == std::string(600, 'x'));
    CHECK_THAT(done.output, Contains("partial file kept: cut (600 B)"));
}

TEST_CASE("demo URL ends with 130 on SIGINT", "[examples][demo]") {
    using namespace xfer::testing;
    server s;
    s.route("/stalls", reply(200, std::string(1000, 'x')).stall_after(600, from::body));
    directory d;
    program p("demo", {s.url("/stalls")}, d.path());
    // A total line says that it is at work, and how much has come.
    p.read_until("600 B of 1000 B");
    p.signal(SIGINT);
    const auto done = p.wait();
    INFO(done.output);
    CHECK(done.status == 130);
    CHECK(d.content("stalls") == std::string(600, 'x'));
    CHECK_THAT(done.output, Contains("partial file kept: stalls (600 B)"));
}

TEST_CASE("demo refuses an unknown option", "[examples][demo]") {
    const auto done = run("demo", {"--fast"});
    CHECK(done.status == 2);
    CHECK_THAT(done.output, Contains("'--fast' is no URL and no option"));
}

TEST_CASE("demo without URLs downloads and checks its own files", "[examples][demo]") {
    directory d;
    ::setenv("TMPDIR", d.path().c_str(), 1);
    const auto done = run("demo", {});
    ::unsetenv("TMPDIR");
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("files        248 of 248"));
    CHECK_THAT(done.output, Contains("failures     0"));
    CHECK(d.names().empty());
}

TEST_CASE("demo makes safe file names", "[examples][demo]") {
    using demo::safe_file_name;
    CHECK(safe_file_name("/a/b.txt") == "b.txt");
    CHECK(safe_file_name("/") == "index.html");
    CHECK(safe_file_name("") == "index.html");
    CHECK(safe_file_name("/a%20b") == "a b");
    CHECK(safe_file_name("/..%2f..%2Fetc") == "_._.._etc");
    CHECK(safe_file_name("/%2e%2e") == "_.");
    CHECK(safe_file_name("/.") == "_");
    CHECK(safe_file_name("/.bashrc") == "_bashrc");
    CHECK(safe_file_name("/-rf") == "_rf");
    CHECK(safe_file_name("/a%00b%0a%1b%7f%5c") == "a_b____");
    CHECK(safe_file_name("/100%") == "100%");
    CHECK(safe_file_name("/%zz") == "%zz");
    CHECK(safe_file_name("/" + std::string(1000, 'a')).size() == 240);
}

TEST_CASE("demo writes numbers of every size in few columns", "[examples][demo]") {
    using demo::bytes_text;
    using demo::time_text;
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(1023) == "1023 B");
    CHECK(bytes_text(1024) == "1.00 KiB");
    CHECK(bytes_text(1024 * 1024 - 1) == "1.00 MiB");
    CHECK(bytes_text(64.0 * 1024 * 1024) == "64.0 MiB");
    CHECK(bytes_text(999.0 * 1024) == "999 KiB");
    CHECK(time_text(std::chrono::milliseconds(5)) == "0.005 s");
    CHECK(time_text(std::chrono::seconds(59)) == "59.0 s");
    CHECK(time_text(std::chrono::seconds(61)) == "1:01");
    CHECK(time_text(std::chrono::seconds(3661)) == "1:01:01");
    CHECK(time_text(std::chrono::hours(1000000)) == "> 99 h");
    CHECK(demo::plain_ascii("a\033[2J\xc3\xa4\n") == "a?[2J???");
    CHECK(demo::fitted("abcdefgh", 6) == "abc...");
    CHECK(demo::fitted("ab", 4) == "ab  ");
}
