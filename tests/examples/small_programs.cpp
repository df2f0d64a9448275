// The numbered examples do what their first lines say.
#include "programs.hpp"
#include "support/blocking_client.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <vector>

using Catch::Matchers::Contains;
using support::blocking_client;
using support::program;
using support::run;
using xfer::testing::reply;
using xfer::testing::server;

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
    const auto name = GENERATE("01_fetch", "02_parallel_with_limit", "03_perform_loop");
    const auto done = run(name, {});
    CHECK(done.status == 2);
    CHECK_THAT(done.output, Contains("Usage:"));
    CHECK(run("09_existing_server", {"70000"}).status == 2);
}
