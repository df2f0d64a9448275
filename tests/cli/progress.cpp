// The progress displays: their lines, and what a terminal shows of them.
#include "progress/progress_lines.hpp"
#include "progress_stage.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cli::check_screen;
using cli::header;
using cli::nothing_yet;
using cli::settings_of;
using cli::stage;
using tool::amount_text;
using tool::clock_text;
using tool::progress_display;

}  // namespace

TEST_CASE("progress: amounts are five columns wide", "[cli]") {
    CHECK(amount_text(0) == "    0");
    CHECK(amount_text(99'999) == "99999");
    CHECK(amount_text(100'000) == "  97k");
    CHECK(amount_text(300'000) == " 292k");
    CHECK(amount_text(10'000 * 1024ULL - 1) == "9999k");
    CHECK(amount_text(10'000 * 1024ULL) == " 9.7M");
    CHECK(amount_text(100ULL << 20U) == " 100M");
    CHECK(amount_text(10'000ULL << 20U) == " 9.7G");
    CHECK(amount_text(10'000ULL << 30U) == " 9.7T");
    CHECK(amount_text(10'000ULL << 40U) == " 9.7P");
    CHECK(amount_text(~0ULL).size() == 5);
}

TEST_CASE("progress: times are eight columns wide", "[cli]") {
    CHECK(clock_text(0) == "--:--:--");
    CHECK(clock_text(-5) == "--:--:--");
    CHECK(clock_text(67) == " 0:01:07");
    CHECK(clock_text(99 * 3600 + 59 * 60 + 59) == "99:59:59");
    CHECK(clock_text(100 * 3600) == "  4d 04h");
    CHECK(clock_text(999 * 86400LL) == "999d 00h");
    CHECK(clock_text(1000 * 86400LL) == "   1000d");
}

TEST_CASE("progress: the meter's line is curl's", "[cli]") {
    tool::meter_numbers n;
    n.received = 150'000;
    n.receive_total = 300'000;
    n.spent = 1500ms;
    n.speed = 100'000;
    CHECK(
        tool::meter_line(n) ==
        " 50  292k   50  146k    0     0    97k      0  0:00:03  0:00:01  0:00:02   97k"
    );
}

TEST_CASE("progress: an upload of unknown size with a reply", "[cli]") {
    tool::meter_numbers n;
    n.received = 3;
    n.receive_total = 3;
    n.sent = 1784;
    n.spent = 2s;
    CHECK(
        tool::meter_line(n) ==
        "100  1787  100     3    0  1784      1    892  0:00:03  0:00:02  0:00:01     0"
    );
}

TEST_CASE("progress: bar lines fill all columns", "[cli]") {
    CHECK(tool::bar_line(0, 100, 40) == std::string(33, ' ') + "   0.0%");
    CHECK(tool::bar_line(100, 100, 40) == std::string(33, '#') + " 100.0%");
    CHECK(
        tool::bar_line(1, 3, 40) ==
        std::string(11, '#') + std::string(22, ' ') + "  33.3%"
    );
    CHECK(tool::bar_line(200, 100, 40) == std::string(33, '#') + " 100.0%");
}

TEST_CASE("progress: the flying bar stays within its columns", "[cli]") {
    for (const std::size_t columns : {5U, 20U, 79U, 300U}) {
        tool::flying_bar bar;
        for (int i = 0; i < 1000; ++i) {
            const auto line = bar.line(columns, true);
            REQUIRE(line.size() == columns);
            REQUIRE(line.find('#') != std::string::npos);
        }
    }
}

TEST_CASE("progress: URLs are shown without secrets and controls", "[cli]") {
    CHECK(tool::shown_url("http://u:p@a.test/x@y") == "http://a.test/x@y");
    CHECK(tool::shown_url("u:p@a.test/\x1b[31m") == "a.test/?[31m");
    CHECK(tool::shown_url("http://a.test?u@b") == "http://a.test?u@b");
}

TEST_CASE("progress: letters are shown where a width is known", "[cli]") {
    const tool::column_width width = [](char32_t c) {
        return c == 0x6f22 ? 2 : c == 0x202e || c == 0x301 ? 0 : c < 0xa0 ? -1 : 1;
    };
    const std::string letters = "http://a.test/\xc3\xa4\xe6\xbc\xa2\x65\xcc\x81";
    CHECK(tool::shown_url(letters) == "http://a.test/??e?");
    CHECK(tool::shown_url(letters, width) == letters);
    CHECK(tool::shown_url("\xc2\x9b\xe4\xe2\x80\xae", width) == "???");
    // Seven columns: one, two, one with an accent, and three of ASCII.
    const std::string name = "\xc3\xa4\xe6\xbc\xa2\x65\xcc\x81xyz";
    CHECK(tool::fitted_text(name, 9, false, width) == name + "  ");
    CHECK(tool::fitted_text(name, 7, false, width) == name);
    CHECK(tool::fitted_text(name, 6, false, width) == "...xyz");
    CHECK(tool::fitted_text(name, 6, true, width) == "\xc3\xa4\xe6\xbc\xa2...");
    CHECK(tool::fitted_text(name, 5, true, width) == "\xc3\xa4... ");
}

TEST_CASE("progress: lines of transfers fit any width", "[cli]") {
    tool::transfer_numbers n;
    n.name = "http://a.test/a/long/path/to/a/file.bin";
    n.part = 0.5;
    n.bytes = 1000;
    for (std::size_t columns = 1; columns < 200; ++columns) {
        CHECK(tool::transfer_line(n, columns).size() == columns);
    }
    CHECK(tool::transfer_line(n, 79).find("[########         ]") != std::string::npos);
}

TEST_CASE("progress: a meter that is piped is curl's to the octet", "[cli]") {
    stage s(settings_of(false, false), false);
    s.display.begin(1, "http://a.test/", false);
    CHECK(s.show() == header + nothing_yet);
    CHECK(s.draw(999ms).empty());
    s.display.update(1, {100'000, 300'000, 0, 0});
    CHECK(
        s.draw(1ms) ==
        "\r 33  292k   33   97k    0     0    97k      0  0:00:03  0:00:01  0:00:02   "
        "97k"
    );
    s.display.update(1, {300'000, 300'000, 0, 0});
    s.now += 1s;
    s.display.end(1, false);
    CHECK(
        s.show() ==
        "\r100  292k  100  292k    0     0   146k      0  0:00:02  0:00:02 --:--:--  "
        "146k\n"
    );
    s.display.finish();
    CHECK(s.show().empty());
}

TEST_CASE("progress: a resumed transfer says where it goes on", "[cli]") {
    stage s(settings_of(false, false), false);
    s.display.begin(1, "http://a.test/", false, 12);
    CHECK(s.show().starts_with("** Resuming transfer from byte position 12\n"));
}

TEST_CASE("progress: nothing is drawn where nobody is to see it", "[cli]") {
    tool::command settings = settings_of(GENERATE(false, true), GENERATE(false, true));
    bool hidden = false;
    SECTION("silent") { settings.silent = true; }
    SECTION("no meter") { settings.progress_meter = false; }
    SECTION("the body goes to the terminal") { hidden = true; }
    stage s(settings, true);
    s.display.begin(1, "http://a.test/", hidden);
    s.display.update(1, {1, 2, 0, 0});
    s.draw(5s);
    CHECK(s.display.next_draw() == progress_display::clock::duration::max());
    s.display.end(1, false);
    if (!hidden) s.display.finish();
    s.show();
    CHECK(s.screen.lines().empty());
}

TEST_CASE("progress: drawings have their times", "[cli]") {
    stage s(settings_of(false, false), false);
    CHECK(s.display.next_draw() == progress_display::clock::duration::max());
    s.display.begin(1, "http://a.test/", false);
    CHECK(s.display.next_draw() == 1s);
    s.now += 400ms;
    CHECK(s.display.next_draw() == 600ms);
    s.now += 4s;
    CHECK(s.display.next_draw() == 0s);
}

TEST_CASE("progress: a bar grows and ends its line", "[cli]") {
    stage s(settings_of(false, true), false, {41, 24});
    s.display.begin(1, "http://a.test/", false);
    CHECK(s.show().empty());
    s.display.update(1, {50, 100, 0, 0});
    CHECK(
        s.draw(100ms) == "\r" + std::string(16, '#') + std::string(17, ' ') + "  50.0%"
    );
    CHECK(s.draw(100ms).empty());
    s.display.update(1, {100, 100, 0, 0});
    s.display.end(1, false);
    CHECK(s.show() == "\r" + std::string(33, '#') + " 100.0%\n");
}

TEST_CASE("progress: the meter of parallel transfers is curl's", "[cli]") {
    stage s(settings_of(true, GENERATE(false, true)), false);
    s.display.expect(2);
    s.display.begin(1, "http://a.test/1", false);
    s.display.begin(2, "http://a.test/2", false);
    CHECK(
        s.draw(0ms) ==
        "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n"
        "\r--  --      0     0     2     2  --:--:-- --:--:-- --:--:--     0     "
    );
    s.display.update(1, {60'000, 0, 0, 0});
    CHECK(s.draw(499ms).empty());
    CHECK(
        s.draw(501ms) ==
        "\r--  --  60000     0     2     2  --:--:--  0:00:01 --:--:-- 60000     "
    );
    s.display.end(1, false);
    s.display.update(2, {40'000, 80'000, 0, 0});
    CHECK(
        s.draw(1000ms) ==
        "\r 71 --    97k     0     2     1   0:00:02  0:00:02 --:--:-- 50000     "
    );
    s.display.update(2, {80'000, 80'000, 0, 0});
    s.display.end(2, false);
    s.display.finish();
    CHECK(
        s.show() ==
        "\r100 --   136k     0     2     0   0:00:02  0:00:02 --:--:-- 70000     \n"
    );
}

TEST_CASE("progress: only lines that have changed are written", "[cli]") {
    tool::live_lines live;
    CHECK(live.clear().empty());
    CHECK(live.keep().empty());
    const tool::terminal_size size{80, 24};
    CHECK(live.draw({"a", "b", "c"}, size) == "\r\033[Ja\r\nb\r\nc\r\033[2A");
    CHECK(live.draw({"a", "b", "c"}, size).empty());
    CHECK(live.draw({"a", "x", "c"}, size) == "\r\033[1Bx\033[K\r\033[1A");
    CHECK(live.draw({"a", "x", "c", "d"}, size) == "\r\033[2B\nd\r\033[3A");
    CHECK(live.draw({"a", "x"}, size) == "\r\033[2B\033[J\r\033[2A");
    CHECK(live.draw({"a", "x"}, {40, 24}) == "\r\033[Ja\r\nx\r\033[1A");
    CHECK(live.keep() == "\r\033[1B\n");
    CHECK(live.empty());
    CHECK(live.draw({"z"}, {40, 24}) == "\r\033[Jz\r");
    CHECK(live.clear() == "\r\033[J");
}

TEST_CASE("progress: a line of its own for each transfer", "[cli]") {
    stage s(settings_of(true, true), true);
    // As a run numbers them: from 0.
    s.screen.write("$ xfer\n");
    s.display.expect(3);
    s.display.begin(0, "http://a.test/1", false);
    s.display.begin(1, "http://a.test/2", false);
    s.draw(0ms);
    check_screen(s.screen, {"$ xfer", "http://a.test/1", "http://a.test/2", "0 of 3"});

    SECTION("a new transfer takes the line of one that has ended") {
        s.display.end(0, true);
        s.display.begin(2, "http://a.test/3", false);
        s.draw(100ms);
        check_screen(
            s.screen,
            {"$ xfer", "http://a.test/3", "http://a.test/2", "1 of 3 done, 1 failed"}
        );
        s.display.end(2, false);
        s.draw(100ms);
        check_screen(s.screen, {"$ xfer", "http://a.test/2", "2 of 3"});
    }
    SECTION("a line of text comes in between") {
        s.display.clear();
        s.show();
        check_screen(s.screen, {"$ xfer"});
        s.screen.write("curl: (6) oh\n");
        s.draw(0ms);
        check_screen(
            s.screen,
            {"$ xfer", "curl: (6) oh", "http://a.test/1", "http://a.test/2", "0 of 3"}
        );
    }
    SECTION("the total stays") {
        s.display.end(0, false);
        s.display.end(1, false);
        s.display.finish();
        s.show();
        check_screen(s.screen, {"$ xfer", "2 of 3 done"});
        CHECK(s.screen.row() == 2);
        CHECK(s.screen.column() == 0);
    }
}

TEST_CASE("progress: the total says how long all of them will take", "[cli]") {
    stage s(settings_of(true, true), true);
    s.display.expect(4);
    s.display.begin(1, "http://a.test/1", false);
    s.display.begin(2, "http://a.test/2", false);
    s.draw(0ms);
    const auto total_after = [&s](std::uint64_t size) {
        s.display.update(1, {1000, size, 0, 0});
        s.display.update(2, {1000, size, 0, 0});
        s.draw(1s);
        return s.screen.lines().back();
    };
    SECTION("by those whose size is known, as long as not all are") {
        const auto total = total_after(10'000);
        INFO(total);
        CHECK(total.starts_with("0 of 4 done"));
        // 38000 of 40000 are missing, at 2000 a second.
        CHECK(total.find(" 2000/s  0:00:19") != std::string::npos);
    }
    SECTION("not where nothing is known") {
        const auto total = total_after(0);
        INFO(total);
        CHECK(total.find(" 2000/s --:--:--") != std::string::npos);
    }
    SECTION("exactly, where all are known") {
        s.display.expect(2);
        const auto total = total_after(5'000);
        INFO(total);
        CHECK(total.find(" 2000/s  0:00:04") != std::string::npos);
    }
}

TEST_CASE("progress: more transfers than rows", "[cli]") {
    const auto rows = GENERATE(2U, 3U, 5U, 24U);
    stage s(settings_of(true, true), true, {80, rows});
    for (int i = 0; i < 30; ++i) s.screen.write("before\n");
    for (std::uint64_t id = 1; id <= 40; ++id) {
        s.display.begin(id, "http://a.test/" + std::to_string(id), false);
    }
    s.draw(0ms);
    s.draw(100ms);
    auto lines = s.screen.lines();
    CHECK(lines.size() == 30 + rows - 1);
    CHECK(lines.back().starts_with("0 of 40 done"));
    if (rows > 2) CHECK(lines[lines.size() - 2].starts_with("... and "));
    for (std::uint64_t id = 1; id <= 40; ++id) s.display.end(id, false);
    s.display.finish();
    s.show();
    lines = s.screen.lines();
    CHECK(lines.size() == 31);
    CHECK(lines.back().starts_with("40 of 40 done"));
}

TEST_CASE("progress: a terminal that is resized keeps no litter", "[cli]") {
    const auto to = GENERATE(
        tool::terminal_size{40, 24},
        tool::terminal_size{20, 10},
        tool::terminal_size{30, 4},
        tool::terminal_size{200, 50},
        tool::terminal_size{80, 3}
    );
    const bool wraps = GENERATE(false, true);
    const bool bar = GENERATE(false, true);
    const bool parallel = bar && GENERATE(false, true);
    CAPTURE(to.columns, to.rows, wraps, bar, parallel);
    stage s(settings_of(parallel, bar), true);
    s.screen.write("$ xfer\n");
    const std::uint64_t count = parallel ? 8 : 1;
    for (std::uint64_t id = 1; id <= count; ++id) {
        s.display.begin(id, "http://a.test/" + std::to_string(id), false);
        s.display.update(id, {50, 100, 0, 0});
    }
    s.draw(1s);
    s.size = to;
    if (wraps) {
        s.screen.resize_by_wrapping(to.columns, to.rows);
    } else {
        s.screen.resize_by_cutting(to.columns, to.rows);
    }
    s.display.update(1, {60, 100, 0, 0});
    const auto above = s.screen.row();
    s.draw(1s);
    s.draw(1s);
    CHECK(s.screen.wrapped() == 0);
    const std::size_t meter = to.rows > 3 ? 3 : 1;  // with its head where there is room
    const auto own = parallel ? std::min<std::size_t>(9, to.rows - 1) : bar ? 1 : meter;
    CHECK(s.screen.lines().size() == above + own);
    s.display.clear();
    s.show();
    CHECK(s.screen.lines().size() <= above);
    CHECK(s.screen.lines().front() == "$ xfer");
}

TEST_CASE("progress: the speed is that of late", "[cli]") {
    const tool::progress_time start{100s};
    tool::speed_window speed(3, start);
    CHECK(speed.per_second() == 0);
    speed.record(start + 2s, 1000);
    CHECK(speed.per_second() == 500);
    speed.record(start + 3s, 2000);
    CHECK(speed.per_second() == 1000);
    speed.record(start + 4s, 4000);
    speed.record(start + 5s, 8000);
    CHECK(speed.per_second() == 3000);
    speed.record(start + 6s, 0);
    CHECK(speed.per_second() == 0);
}
