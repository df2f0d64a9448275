// The numbered examples do what their first lines say.
#include "programs.hpp"
#include "support/blocking_client.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using support::blocking_client;
using support::directory;
using support::program;
using support::run;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;
using strings = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

/// An address of this machine where nobody listens.
std::string nobody() {
    server s;
    return s.url("/");
}

}  // namespace

TEST_CASE("01_fetch prints status and size of each URL", "[examples]") {
    server s;
    s.route("/a", "hello");
    s.route("/b", reply(404, "not here"));
    const auto done = run("01_fetch", {s.url("/a"), s.url("/b")});
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("200 5 bytes in "));
    CHECK_THAT(done.output, Contains("404 8 bytes in "));
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("01_fetch tells what failed and goes on", "[examples]") {
    server s;
    s.route("/a", "hello");
    const auto done = run("01_fetch", {nobody(), "no url", s.url("/a")});
    CHECK(done.status == 1);
    CHECK_THAT(done.output, Contains("could not connect to '127.0.0.1'"));
    CHECK_THAT(done.output, Contains("no url: the URL is malformed"));
    CHECK_THAT(done.output, Contains("200 5 bytes"));
}

TEST_CASE("02_parallel_with_limit never has more at a time", "[examples]") {
    server s;
    s.route("/a", reply(200, "hello").hold());
    std::vector<std::string> arguments{"3"};
    for (int i = 0; i < 10; ++i) arguments.push_back(s.url("/a"));
    program p("02_parallel_with_limit", arguments);
    // All three have come, and no fourth can: the first three are not answered.
    REQUIRE(s.wait_for_requests(3));
    CHECK(s.counts().requests == 3);
    CHECK(s.counts().accepted == 3);
    for (std::size_t n = 3; n <= 10; ++n) {
        REQUIRE(s.wait_for_requests(n));
        s.release();
    }
    const auto done = p.wait();
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("3 connections, used again 7 times"));
}

TEST_CASE("02_parallel_with_limit refuses a limit that is none", "[examples]") {
    const auto limit = GENERATE("0", "x", "3x", "-1", "");
    const auto done = run("02_parallel_with_limit", {limit, "http://127.0.0.1/"});
    CHECK(done.status == 2);
    CHECK_THAT(done.output, Contains("Usage:"));
}

TEST_CASE("03_perform_loop transfers all and counts failures", "[examples]") {
    server s;
    s.route("/a", reply(200, "hello").delay(std::chrono::milliseconds(50)));
    auto done = run("03_perform_loop", {s.url("/a"), s.url("/a"), s.url("/b")});
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("200 5 bytes from " + s.url("/a")));
    CHECK_THAT(done.output, Contains("404 "));
    done = run("03_perform_loop", {"gopher://127.0.0.1/", nobody()});
    CHECK(done.status == 1);
    CHECK_THAT(done.output, Contains("the scheme 'gopher' is not supported"));
    CHECK_THAT(done.output, Contains("could not connect"));
}

TEST_CASE("04_stream_to_file saves a large body under its name", "[examples]") {
    server s;
    s.route("/big", reply::repeating("0123456789", 3'000'000));
    directory d;
    const auto done = run("04_stream_to_file", {s.url("/big"), "big"}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("3000000 bytes in big"));
    CHECK(d.names() == strings{"big"});
    const auto content = d.content("big");
    CHECK(content.size() == 3'000'000);
    CHECK_THAT(content, EndsWith("0123456789"));
}

TEST_CASE("04_stream_to_file keeps what is not complete apart", "[examples]") {
    server s;
    s.route("/cut", reply(200, std::string(1000, 'x')).close_after(600, from::body));
    s.route("/missing", reply(404, "no"));
    directory d;
    const auto cut = run("04_stream_to_file", {s.url("/cut"), "a"}, d.path());
    CHECK(cut.status == 1);
    CHECK_THAT(cut.output, Contains("the body ended early"));
    CHECK(d.content("a.part") == std::string(600, 'x'));
    const auto missing = run("04_stream_to_file", {s.url("/missing"), "b"}, d.path());
    CHECK(missing.status == 1);
    CHECK_THAT(missing.output, Contains("status 404: nothing is saved"));
    CHECK(d.names() == strings{"a.part"});
    const auto refused = run("04_stream_to_file", {s.url("/cut"), "no/a"}, d.path());
    CHECK(refused.status == 1);
    CHECK_THAT(refused.output, Contains("the file cannot be written"));
}

TEST_CASE("05_upload sends a file with its length", "[examples]") {
    server s;
    s.route("/to", reply(201, "stored\n"));
    directory d;
    const std::string content(200'000, 'u');
    d.write("file", content);
    const auto done = run("05_upload", {"file", s.url("/to")}, d.path());
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("status 201, 200000 bytes sent\nstored\n"));
    const auto seen = s.requests().at(0);
    CHECK(seen.method == "PUT");
    CHECK(seen.body == content);
    CHECK(seen.field("Content-Length") == "200000");
    CHECK(seen.field("Expect") == "100-continue");
}

TEST_CASE("05_upload sends standard input in chunks", "[examples]") {
    server s;
    s.route("/to", reply(200, "thanks\n"));
    directory d;
    d.write("input", "from a pipe");
    const auto done = run("05_upload", {"-", s.url("/to")}, d.path(), "input");
    INFO(done.output);
    CHECK(done.status == 0);
    const auto seen = s.requests().at(0);
    CHECK(seen.body == "from a pipe");
    CHECK(seen.field("Transfer-Encoding") == "chunked");
}

TEST_CASE("05_upload says what was refused and what is missing", "[examples]") {
    server s;
    s.route("/to", reply(403, "no\n"), {.answer_early = true});
    directory d;
    d.write("file", "content");
    const auto refused = run("05_upload", {"file", s.url("/to")}, d.path());
    CHECK(refused.status == 1);
    CHECK_THAT(refused.output, Contains("status 403, 0 bytes sent\nno\n"));
    const auto missing = run("05_upload", {"nothing", s.url("/to")}, d.path());
    CHECK(missing.status == 1);
    CHECK_THAT(missing.output, Contains("the body file 'nothing' cannot be read"));
}

TEST_CASE("06_progress shows stages and tenths and times", "[examples]") {
    server s;
    s.route("/a", reply(200, std::string(1000, 'x')).split_every(200, 5ms));
    const auto url = s.url("/a");
    const auto done = run("06_progress", {url});
    INFO(done.output);
    CHECK(done.status == 0);
    for (const auto* stage : {"resolving", "connecting", "sending", "receiving"}) {
        CHECK_THAT(done.output, Contains(url + ": " + stage + "\n"));
    }
    CHECK_THAT(done.output, Contains(url + ": 1000 bytes, 100 %\n"));
    CHECK_THAT(done.output, Contains(" %\n" + url + ": 1000 bytes"));
    CHECK_THAT(done.output, Contains(url + ": names 0.0"));
    const auto failed = run("06_progress", {nobody()});
    CHECK(failed.status == 1);
    CHECK_THAT(failed.output, Contains("could not connect"));
}

TEST_CASE("07_timeout_and_cancel cancels all but the first answer", "[examples]") {
    server s;
    s.route("/quick", "hello");
    s.route("/held", reply(200, "never").hold());
    s.route("/bad", reply(500, "no"));
    const auto done =
        run("07_timeout_and_cancel",
            {"30000", s.url("/held"), s.url("/bad"), s.url("/quick")});
    INFO(done.output);
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains(s.url("/quick") + ": first, 5 bytes\n"));
    CHECK_THAT(done.output, Contains(s.url("/held") + ": cancelled\n"));
}

TEST_CASE("07_timeout_and_cancel says where the time ran out", "[examples]") {
    server s;
    s.route("/held", reply(200, "never").hold());
    const auto done = run("07_timeout_and_cancel", {"100", s.url("/held"), nobody()});
    INFO(done.output);
    CHECK(done.status == 1);
    CHECK_THAT(done.output, Contains(s.url("/held") + ": timeout while waiting\n"));
    CHECK_THAT(done.output, Contains("could not connect"));
    CHECK(run("07_timeout_and_cancel", {"0", nobody()}).status == 2);
}

TEST_CASE("07_timeout_and_cancel ends all at an interrupt", "[examples]") {
    server s;
    s.route("/held", reply(200, "never").hold());
    program p("07_timeout_and_cancel", {"30000", s.url("/held"), s.url("/held?b")});
    REQUIRE(s.wait_for_requests(2));
    p.signal(SIGINT);
    const auto done = p.wait();
    CHECK(done.status == 1);
    CHECK_THAT(done.output, Contains("/held: cancelled\n"));
    CHECK_THAT(done.output, Contains("/held?b: cancelled\n"));
}

TEST_CASE("08_tokens gets the same response in every way", "[examples]") {
    server s;
    s.route("/a", "hello");
    auto done = run("08_tokens", {s.url("/a")});
    INFO(done.output);
    CHECK(done.status == 0);
    for (const auto* line :
         {"awaited: 200\n",
          "redirected: hello\n",
          "callback: hello\n",
          "cancelled: true\n",
          "future: hello\n"}) {
        CHECK_THAT(done.output, Contains(line));
    }
    // The cancelled one never left.
    CHECK(s.counts().requests == 5);
    done = run("08_tokens", {nobody()});
    CHECK(done.status == 0);
    CHECK_THAT(done.output, Contains("awaited: could not connect"));
    CHECK_THAT(done.output, Contains("redirected: could not connect"));
    CHECK_THAT(done.output, Contains("callback: the connection could not be made"));
    CHECK_THAT(done.output, Contains("future: "));
}

TEST_CASE("09_existing_server fetches while it echoes", "[examples]") {
    server s;
    s.route("/a", "hello");
    s.route("/held", reply(200, "hello again").hold());
    program p("09_existing_server", {});
    const std::string mark = "127.0.0.1:";
    const auto& output = p.read_until("\n");
    REQUIRE_THAT(output, Contains(mark));
    const auto port = static_cast<std::uint16_t>(
        std::atoi(output.c_str() + output.find(mark) + mark.size())
    );
    const auto line = [](blocking_client& c) {
        std::string text;
        while (text.find('\n') == text.npos) {
            const auto more = c.receive_some();
            if (more.empty()) break;
            text += more;
        }
        return text;
    };
    blocking_client first(port), second(port);
    first.send("hi there\r\n");
    CHECK(line(first) == "hi there\n");
    first.send(s.url("/a") + "\n");
    CHECK(line(first) == "200 5\n");
    first.send(s.url("/held") + "\n");
    REQUIRE(s.wait_for_requests(2));
    // The loop serves others while the fetch waits.
    second.send("still here\n");
    CHECK(line(second) == "still here\n");
    s.release();
    CHECK(line(first) == "200 11\n");
    second.send(nobody() + "\n");
    CHECK_THAT(line(second), Contains("error could not connect"));
}

TEST_CASE("every example explains its use", "[examples]") {
    const auto name = GENERATE(
        "01_fetch",
        "02_parallel_with_limit",
        "03_perform_loop",
        "04_stream_to_file",
        "05_upload",
        "06_progress",
        "07_timeout_and_cancel",
        "08_tokens",
        "10_cookies_and_auth",
        "11_proxy_and_tls",
        "12_resume",
        "13_crawler",
        "15_multipart"
    );
    const auto done = run(name, {});
    CHECK(done.status == 2);
    CHECK_THAT(done.output, Contains("Usage:"));
    CHECK(run("09_existing_server", {"70000"}).status == 2);
}
