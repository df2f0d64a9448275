// Progress displays, and what is said, tried again or broken off meanwhile.
#include "progress_stage.hpp"
#include "run_rig.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {

using namespace std::chrono_literals;
using cli::check_screen;
using cli::nothing_yet;
using cli::settings_of;
using cli::stage;

}  // namespace

TEST_CASE("progress: an interrupted display leaves a clean line", "[cli]") {
    stage s(settings_of(GENERATE(false, true), GENERATE(false, true)), true);
    s.display.begin(1, "http://a.test/", false);
    s.display.update(1, {50, 100, 0, 0});
    s.draw(1s);
    REQUIRE_FALSE(s.screen.lines().empty());
    s.display.clear();
    s.show();
    CHECK(s.screen.column() == 0);
    const auto header_lines = s.screen.lines().size();
    CHECK(header_lines == s.screen.row());
}

TEST_CASE("progress: an interruption takes all of the display", "[cli]") {
    stage s(settings_of(GENERATE(false, true), GENERATE(false, true)), true);
    s.display.begin(1, "http://a.test/", false);
    s.display.update(1, {50, 100, 0, 0});
    s.draw(1s);
    s.display.give_up();
    s.display.end(1, true);
    s.display.finish();
    s.show();
    CHECK(s.screen.lines().empty());
    CHECK(s.screen.column() == 0);
}

TEST_CASE("progress: a line about a transfer has its own", "[cli]") {
    stage s(settings_of(false, false), false);
    s.display.begin(1, "http://a.test/", false);
    s.show();
    SECTION("while it goes on") {
        s.display.clear();
        CHECK(s.show() == "\n");
        s.display.clear();
        CHECK(s.show().empty());
        CHECK(s.draw(1s).starts_with("\r  0 "));
    }
    SECTION("once it has ended") {
        s.display.end_try(1);
        CHECK(s.show() == nothing_yet + "\n");
        s.display.clear();
        s.display.end(1, true);
        s.display.finish();
        CHECK(s.show().empty());
    }
}

TEST_CASE("progress: a terminal has the message below the meter", "[cli]") {
    const bool bar = GENERATE(false, true);
    stage s(settings_of(false, bar), true);
    s.display.begin(1, "http://a.test/", false);
    s.display.update(1, {50, 100, 0, 0});
    s.draw(1s);
    s.display.end_try(1);
    s.display.clear();
    s.show();
    s.screen.write("xfer: (18) oh\n");
    s.display.end(1, true);
    s.display.finish();
    s.show();
    if (bar) {
        check_screen(s.screen, {"####", "xfer: (18) oh"});
    } else {
        check_screen(s.screen, {"  % Total", "      ", " 50   100", "xfer: (18) oh"});
    }
}

TEST_CASE("progress: a line comes above a meter and its head", "[cli]") {
    const bool parallel = GENERATE(false, true);
    stage s(settings_of(parallel, false), true);
    s.display.begin(1, "http://a.test/", false);
    s.draw(1s);
    s.display.clear();
    s.show();
    s.screen.write("Warning: oh\n");
    s.draw(1s);
    const auto lines = s.screen.lines();
    REQUIRE(lines.size() == (parallel ? 3U : 4U));
    CHECK(lines[0] == "Warning: oh");
    CHECK(lines[1].starts_with(parallel ? "DL% UL%" : "  % Total"));
}

TEST_CASE("progress: each try has a meter of its own", "[cli]") {
    stage s(settings_of(false, false), false);
    s.display.begin(1, "http://a.test/", false);
    s.now += 1s;
    s.display.update(1, {5, 5, 0, 0});
    s.display.end_try(1);
    s.show();
    CHECK(s.draw(3s).empty());  // it waits
    s.display.begin_try(1);
    CHECK(s.show() == nothing_yet);
    s.now += 1s;
    s.display.update(1, {5, 5, 0, 0});
    s.display.end(1, false);
    CHECK(
        s.show() ==
        "\r100     5  100     5    0     0      5      0  0:00:01  0:00:01 --:--:--    "
        " "
        "5\n"
    );
}

TEST_CASE("progress: what has broken off is not done", "[cli]") {
    const bool known = GENERATE(false, true);
    const bool lines = GENERATE(false, true);
    CAPTURE(known, lines);
    stage s(settings_of(true, lines), lines);
    s.display.expect(2);
    s.display.begin(1, "http://a.test/1", false);
    s.display.begin(2, "http://a.test/2", false);
    s.display.update(1, {100, 100, 0, 0});
    s.display.update(2, {100, known ? 300U : 0U, 0, 0});
    s.display.end(1, false);
    s.display.end(2, true);
    s.display.finish();
    const auto last = s.show();
    INFO(last);
    CHECK_FALSE(last.find("100%") != std::string::npos);
    if (lines) {
        CHECK(last.find(" 50%") != std::string::npos);
    } else {
        const std::string begin = known ? "\r 50 --    200 " : "\r--  --    200 ";
        CHECK(last.find(begin) != std::string::npos);
    }
}

TEST_CASE("progress: bodies on the terminal have no total below them", "[cli]") {
    stage s(settings_of(true, GENERATE(false, true)), true);
    s.display.expect(1);
    s.display.begin(1, "http://a.test/1", true);
    s.display.end(1, false);
    s.display.finish();
    CHECK(s.show().empty());
}

TEST_CASE("progress: in a run messages stand below the meter", "[cli][run]") {
    cli::rig r;
    r.asked.silent = false;
    r.op().retry = 1;
    r.op().retry_delay = 1ms;
    r.server.route("/busy", xfer::testing::reply(503, "busy"));
    r.server.route("/gone", xfer::testing::reply(200).close_after(0));
    r.add("/busy", "f");
    r.add("/gone", "g");
    CHECK(r.go() == 52);
    const auto said = r.err.text();
    INFO(said);
    CHECK(said.find("\nWarning: ") != std::string::npos);
    const auto error = said.find("\nxfer: (52) ");
    REQUIRE(error != std::string::npos);
    CHECK(said.find('\n', error + 1) == said.size() - 1);
    // Of three meters one is that of another try.
    std::size_t meters = 0;
    for (auto at = said.find(nothing_yet); at != std::string::npos;
         at = said.find(nothing_yet, at + 1)) {
        ++meters;
    }
    CHECK(meters >= 3);
    CHECK(said.rfind("% Total") != said.find("% Total"));
}
