// Where the body of a response goes, and what happens when it cannot go there.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

using namespace xfer;
using test::run;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;
namespace fs = std::filesystem;

namespace {

/// A directory for one test, removed after it.
class scratch {
 public:
    scratch() {
        std::string name = (fs::temp_directory_path() / "xfer-sinks-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~scratch() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path operator/(const char* name) const { return path_ / name; }
    const fs::path& path() const { return path_; }

 private:
    fs::path path_;
};

std::string content(const fs::path& p) {
    std::ifstream in(p, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + i % 23);
    }
    return text;
}

bool mentions(const message& done, std::string_view what) {
    return done.failure().message.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("sinks: a string takes bodies of all sizes and framings", "[face][sinks]") {
    const std::size_t size = GENERATE(0u, 1u, 4095u, 100'000u, 3'000'000u);
    const auto framing = GENERATE(0, 1, 2);
    const auto text = pattern(size);
    server s;
    reply r(200, text);
    if (framing == 1) {
        r.chunked({1000, 1, 70'000});
    } else if (framing == 2) {
        r.until_close();
    }
    s.route("/a", r);
    const auto done = run_one(get(s.url("/a")));
    CHECK_FALSE(done.ec);
    CHECK((done.response.body() == text));
    CHECK(done.response.info().bytes_received >= size);
}

TEST_CASE("sinks: a file holds the body and is truncated first", "[face][sinks]") {
    scratch dir;
    const auto path = dir / "out";
    std::ofstream(path) << "something longer that was there before";
    server s;
    s.route("/a", "alpha");
    auto done = run_one(get(s.url("/a")).to_file(path));
    CHECK_FALSE(done.ec);
    CHECK(content(path) == "alpha");
    CHECK(done.response.body().empty());
    s.route("/a", reply::repeating("0123456789", 5'000'000));
    done = run_one(get(s.url("/a")).to_file(path));
    CHECK_FALSE(done.ec);
    CHECK(fs::file_size(path) == 5'000'000);
    CHECK(done.response.info().bytes_received == 5'000'000);
}

TEST_CASE("sinks: the partial file of a failed transfer stays", "[face][sinks]") {
    scratch dir;
    const auto path = dir / "out";
    const auto text = pattern(600'000);
    server s;
    s.route("/a", reply(200, text).close_after(400'001, testing::from::body));
    const auto done = run_one(get(s.url("/a")).to_file(path));
    CHECK(done.ec == error::partial_body);
    CHECK((content(path) == text.substr(0, 400'001)));
    CHECK(done.response.info().bytes_received == 400'001);
    CHECK(done.failure().bytes_received == 400'001);
}

TEST_CASE(
    "sinks: a path that cannot be written fails before any traffic", "[face][sinks]"
) {
    scratch dir;
    server s;
    s.route("/a", "alpha");
    struct bad_path {
        fs::path path;
        std::errc cause;
    };
    const auto fifo = dir.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const std::vector<bad_path> paths{
        {fifo, std::errc::no_such_device_or_address},  // nobody reads it
        {dir.path() / "missing" / "out", std::errc::no_such_file_or_directory},
        {dir.path(), std::errc::is_a_directory},
        {"", std::errc::no_such_file_or_directory},
    };
    for (const auto& bad : paths) {
        const auto done = run_one(get(s.url("/a")).to_file(bad.path));
        CHECK(done.ec == error::sink_failed);
        CHECK(done.ec == condition::write_error);
        CHECK(done.failure().cause == bad.cause);
        CHECK(mentions(done, bad.path.string()));
        CHECK(done.failure().stage == stage::queued);
    }
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("sinks: a full disk is told with its cause", "[face][sinks]") {
    server s;
    s.route("/a", "alpha");
    const auto done = run_one(get(s.url("/a")).to_file("/dev/full"));
    CHECK(done.ec == error::sink_failed);
    CHECK(done.failure().cause == std::errc::no_space_on_device);
    CHECK(mentions(done, "/dev/full"));
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "sinks: a failed transfer truncates no file of a bad request", "[face][sinks]"
) {
    scratch dir;
    const auto path = dir / "out";
    std::ofstream(path) << "precious";
    auto r = get("http://127.0.0.1:1/").to_file(path);
    r.header("A", "b\r\nC: d");
    const auto done = run_one(r);
    CHECK(done.ec == error::invalid_header);
    CHECK(content(path) == "precious");
}

TEST_CASE("sinks: a buffer takes exactly what fits", "[face][sinks]") {
    server s;
    s.route("/a", "alpha");
    s.route("/chunked", reply(200, "alpha").chunked({2}));
    const auto* path = GENERATE("/a", "/chunked");
    std::array<char, 8> space{};
    space.fill('.');
    SECTION("exactly") {
        const auto done = run_one(get(s.url(path)).sink(to_buffer({space.data(), 5})));
        CHECK_FALSE(done.ec);
        CHECK(std::string(space.data(), 8) == "alpha...");
        CHECK(done.response.info().bytes_received == 5);
    }
    SECTION("with room left") {
        std::size_t filled = 99;
        const auto done = run_one(get(s.url(path)).sink(to_buffer(space, &filled)));
        CHECK_FALSE(done.ec);
        CHECK(std::string(space.data(), 8) == "alpha...");
        CHECK(filled == 5);
    }
    SECTION("one byte short") {
        const auto done = run_one(get(s.url(path)).sink(to_buffer({space.data(), 4})));
        CHECK(done.ec == error::body_too_large);
        CHECK(std::string(space.data(), 8) == "alph....");
        CHECK(mentions(done, "4 bytes"));
    }
    SECTION("none at all") {
        const auto done = run_one(get(s.url(path)).sink(to_buffer({})));
        CHECK(done.ec == error::body_too_large);
    }
}

TEST_CASE("sinks: a function gets every piece in order", "[face][sinks]") {
    const auto text = pattern(1'000'000);
    server s;
    s.route("/a", reply(200, text).chunked({7, 13'000}));
    std::string got;
    auto take = [&](std::string_view piece) {
        CHECK_FALSE(piece.empty());
        got += piece;
    };
    const auto done = run_one(get(s.url("/a")).sink(to_function(take)));
    CHECK_FALSE(done.ec);
    CHECK((got == text));
    CHECK(done.response.body().empty());
}

TEST_CASE("sinks: a function may say no", "[face][sinks]") {
    server s;
    s.route(
        "/a", reply(200, pattern(100)).split_every(50, std::chrono::milliseconds(5))
    );
    int calls = 0;
    message done;
    SECTION("by false") {
        auto f = [&](std::string_view) { return ++calls < 1; };
        done = run_one(get(s.url("/a")).sink(to_function(f)));
        CHECK(done.ec == error::aborted_by_callback);
        CHECK_FALSE(done.failure().cause);
    }
    SECTION("by an error_code") {
        auto f = [&](std::string_view) {
            ++calls;
            return std::make_error_code(std::errc::no_space_on_device);
        };
        done = run_one(get(s.url("/a")).sink(to_function(f)));
        CHECK(done.ec == error::sink_failed);
        CHECK(done.failure().cause == std::errc::no_space_on_device);
    }
    SECTION("by a std::exception") {
        auto f = [&](std::string_view) {
            ++calls;
            throw std::runtime_error("no more room");
        };
        done = run_one(get(s.url("/a")).sink(to_function(f)));
        CHECK(done.ec == error::sink_failed);
        CHECK(mentions(done, "no more room"));
        CHECK_THROWS_AS(
            std::rethrow_exception(done.failure().exception), std::runtime_error
        );
    }
    SECTION("by a std::system_error whose code is kept") {
        auto f = [&](std::string_view) {
            ++calls;
            throw std::system_error(std::make_error_code(std::errc::io_error));
        };
        done = run_one(get(s.url("/a")).sink(to_function(f)));
        CHECK(done.ec == error::sink_failed);
        CHECK(done.failure().cause == std::errc::io_error);
    }
    SECTION("by anything else that can be thrown") {
        auto f = [&](std::string_view) {
            ++calls;
            throw 7;
        };
        done = run_one(get(s.url("/a")).sink(to_function(f)));
        CHECK(done.ec == error::sink_failed);
        CHECK_THROWS_AS(std::rethrow_exception(done.failure().exception), int);
    }
    CHECK(calls == 1);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE("sinks: callbacks may say no at every stage", "[face][callbacks]") {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    auto no = [](const auto&) { return false; };
    auto code = [](const auto&) { return std::make_error_code(std::errc::io_error); };
    auto thrower = [](const auto&) { throw std::runtime_error("not today"); };
    const auto check = [&](request r, bool throws, std::error_condition cause) {
        const auto done = run_one(io, m, std::move(r));
        CHECK(done.ec == error::aborted_by_callback);
        CHECK(bool(done.failure().exception) == throws);
        CHECK(done.failure().cause == cause);
        CHECK_FALSE(done.failure().message.empty());
    };
    const std::error_condition none;
    const std::error_condition io_error = std::errc::io_error;
    check(get(s.url("/a")).on_head(no), false, none);
    check(get(s.url("/a")).on_each_head(no), false, none);
    check(get(s.url("/a")).on_progress(no), false, none);
    check(get(s.url("/a")).on_stage(no), false, none);
    check(get(s.url("/a")).on_head(code), false, io_error);
    check(get(s.url("/a")).on_each_head(code), false, io_error);
    check(get(s.url("/a")).on_progress(code), false, io_error);
    check(get(s.url("/a")).on_stage(code), false, io_error);
    check(get(s.url("/a")).on_head(thrower), true, none);
    check(get(s.url("/a")).on_each_head(thrower), true, none);
    check(get(s.url("/a")).on_progress(thrower), true, none);
    check(get(s.url("/a")).on_stage(thrower), true, none);
    for (const auto wanted :
         {stage::connecting, stage::sending, stage::waiting, stage::receiving}) {
        auto at = [wanted](stage now) { return now != wanted; };
        const auto done = run_one(
            io, m, get(s.url("/a?" + std::string(to_string(wanted)))).on_stage(at)
        );
        INFO(to_string(wanted));
        if (wanted != stage::connecting || done.ec) {
            CHECK(done.ec == error::aborted_by_callback);
            CHECK(done.failure().stage == wanted);
        }
    }
    // All of that left the multi sound.
    CHECK_FALSE(run_one(io, m, get(s.url("/a"))).ec);
}
