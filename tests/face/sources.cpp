// Where the body of a request comes from, and how it looks on the wire.
#include "support/awaiting.hpp"
#include "support/scratch.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + i % 23);
    }
    return text;
}

/// Gives `text` in pieces of at most `most` bytes.
struct reader {
    std::string text;
    std::size_t most;
    std::size_t at = 0;
    std::size_t operator()(std::span<char> space) {
        const auto n = std::min({space.size(), most, text.size() - at});
        std::memcpy(space.data(), text.data() + at, n);
        at += n;
        return n;
    }
};

/// A server that takes whatever comes to "/a".
void accept_all(server& s) { s.route("/a", reply(200, "taken")); }

seen_request only_request(const server& s) {
    REQUIRE(s.requests().size() == 1);
    return s.requests().front();
}

}  // namespace

TEST_CASE("sources: a string goes out whole, with its length", "[face][sources]") {
    const std::size_t size = GENERATE(0u, 1u, 65'536u, 262'144u, 262'145u, 16u << 20);
    const auto text = pattern(size);
    server s;
    accept_all(s);
    const bool put_it = GENERATE(false, true);
    const auto done =
        run_one(put_it ? put(s.url("/a"), text) : post(s.url("/a"), text));
    CHECK_FALSE(done.ec);
    CHECK(done.response.info().bytes_sent == size);
    const auto seen = only_request(s);
    CHECK(seen.method == (put_it ? "PUT" : "POST"));
    CHECK((seen.body == text));
    CHECK(seen.field("Content-Length") == std::to_string(size));
    CHECK(seen.count("Transfer-Encoding") == 0);
    CHECK(seen.count("Expect") == 0);
}

TEST_CASE(
    "sources: head and small body leave in the bytes that are expected",
    "[face][sources]"
) {
    server s;
    accept_all(s);
    auto r = post(s.url("/a?b"), "alpha");
    r.header("X-One", "1").without_header("Accept").without_header("User-Agent");
    CHECK_FALSE(run_one(r).ec);
    CHECK(
        s.log().at(0).raw == "POST /a?b HTTP/1.1\r\nHost: " + s.host_port() +
                                 "\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nalpha"
    );
}

TEST_CASE(
    "sources: a request without a body says so where it matters", "[face][sources]"
) {
    server s;
    accept_all(s);
    CHECK_FALSE(run_one(request(method::post(), s.url("/a"))).ec);
    CHECK_FALSE(run_one(get(s.url("/a"))).ec);
    CHECK_FALSE(run_one(delete_(s.url("/a"))).ec);
    CHECK(s.requests().at(0).field("Content-Length") == "0");
    CHECK(s.requests().at(1).count("Content-Length") == 0);
    CHECK(s.requests().at(2).count("Content-Length") == 0);
}

TEST_CASE("sources: a file goes out with its size", "[face][sources]") {
    const auto path = std::filesystem::temp_directory_path() /
                      ("xfer-source-" + std::to_string(::getpid()));
    const std::size_t size = GENERATE(0u, 5u, 1'000'000u);
    const auto text = pattern(size);
    std::ofstream(path, std::ios::binary) << text;
    server s;
    accept_all(s);
    const auto done = run_one(put(s.url("/a"), from_file(path)));
    std::filesystem::remove(path);
    CHECK_FALSE(done.ec);
    const auto seen = only_request(s);
    CHECK((seen.body == text));
    CHECK(seen.field("Content-Length") == std::to_string(size));
}

TEST_CASE(
    "sources: a FIFO goes out as it comes, until its writer has gone", "[face][sources]"
) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("xfer-fifo-" + std::to_string(::getpid()));
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    // A writer that has written and gone would be forgotten with what it wrote, so this
    // one stays until the source has begun to read.
    const std::string text = "written before";
    int end = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(end >= 0);
    REQUIRE(::write(end, text.data(), text.size()) > 0);
    server s;
    accept_all(s);
    auto r = put(s.url("/a"), from_file(path));
    r.on_progress([&](const progress& p) {
        if (p.sent == text.size() && end >= 0) ::close(std::exchange(end, -1));
    });
    const auto done = run_one(r);
    std::filesystem::remove(path);
    CHECK_FALSE(done.ec);
    const auto seen = only_request(s);
    CHECK(seen.body == text);
    CHECK(seen.field("Transfer-Encoding") == "chunked");
}

TEST_CASE(
    "sources: a file that cannot be read fails before any traffic", "[face][sources]"
) {
    server s;
    accept_all(s);
    const std::string path = GENERATE("/nonexistent/xfer", "/");
    const auto done = run_one(put(s.url("/a"), from_file(path)));
    CHECK(done.ec == error::source_failed);
    CHECK(done.ec == condition::read_error);
    CHECK(done.failure().cause);
    CHECK(done.failure().message.find("'" + path + "'") != std::string::npos);
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("sources: a function with a length is framed by it", "[face][sources]") {
    const std::size_t size = GENERATE(0u, 5u, 300'000u);
    const std::size_t most = GENERATE(7'000u, 1u << 20);
    server s;
    accept_all(s);
    auto body = from_function(reader{pattern(size), most});
    body.length(size);
    const auto done = run_one(put(s.url("/a"), body));
    CHECK_FALSE(done.ec);
    const auto seen = only_request(s);
    CHECK((seen.body == pattern(size)));
    CHECK(seen.field("Content-Length") == std::to_string(size));
    CHECK(seen.count("Transfer-Encoding") == 0);
}

TEST_CASE("sources: a function without a length goes out chunked", "[face][sources]") {
    const std::size_t size = GENERATE(0u, 5u, 300'000u);
    server s;
    accept_all(s);
    const auto done =
        run_one(post(s.url("/a"), from_function(reader{pattern(size), 7'000})));
    CHECK_FALSE(done.ec);
    const auto seen = only_request(s);
    CHECK((seen.body == pattern(size)));
    CHECK(seen.field("Transfer-Encoding") == "chunked");
    CHECK(seen.count("Content-Length") == 0);
    CHECK(done.response.info().bytes_sent == size);
    if (size == 5) {
        CHECK(seen.raw.ends_with("\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"));
    }
}

TEST_CASE(
    "sources: a function that gives too little or too much fails", "[face][sources]"
) {
    server s;
    accept_all(s);
    const std::size_t announced = GENERATE(4u, 6u, 500'000u);
    auto body = from_function(reader{"alpha", 3});
    body.length(announced);
    const auto done = run_one(put(s.url("/a"), body));
    CHECK(done.ec == error::source_failed);
    CHECK(done.failure().message.find(std::to_string(announced)) != std::string::npos);
    CHECK(s.wait_for_open_at_most(0));
    // The server never saw a complete request.
    CHECK(s.requests().empty());
}

TEST_CASE(
    "sources: a function that claims more than its space fails", "[face][sources]"
) {
    server s;
    accept_all(s);
    auto liar = [](std::span<char> space) { return space.size() + 1; };
    const auto done = run_one(put(s.url("/a"), from_function(liar)));
    CHECK(done.ec == error::source_failed);
    CHECK(s.requests().empty());
}

TEST_CASE(
    "sources: what a source throws fails its transfer only", "[face][sources][M32]"
) {
    server s;
    accept_all(s);
    auto thrower = [](std::span<char>) -> std::size_t {
        throw std::runtime_error("source is dry");
    };
    auto waiting_thrower = [](std::span<char>) -> asio::awaitable<std::size_t> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
        co_await timer.async_wait(asio::use_awaitable);
        throw std::runtime_error("source is dry");
    };
    const bool waits = GENERATE(false, true);
    const auto done = run_one(put(
        s.url("/a"), waits ? from_awaitable(waiting_thrower) : from_function(thrower)
    ));
    CHECK(done.ec == error::source_failed);
    CHECK(done.failure().message.find("source is dry") != std::string::npos);
    CHECK(done.failure().exception);
    CHECK(s.requests().empty());
}

TEST_CASE("sources: a coroutine is awaited for each piece", "[face][sources]") {
    server s;
    accept_all(s);
    const bool sized = GENERATE(false, true);
    reader rest{pattern(200'000), 60'000};
    auto give = [&](std::span<char> space) -> asio::awaitable<std::size_t> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_return rest(space);
    };
    auto body = from_awaitable(give);
    if (sized) {
        body.length(200'000);
    }
    const auto done = run_one(put(s.url("/a"), body));
    CHECK_FALSE(done.ec);
    CHECK((only_request(s).body == pattern(200'000)));
}

TEST_CASE(
    "sources: an abandoned coroutine may still fill its space", "[face][sources][M15]"
) {
    server s;
    accept_all(s);
    asio::io_context io;
    auto m = std::make_unique<multi>(io);
    bool begun = false;
    bool ended = false;
    const auto way = GENERATE(0, 1, 2);
    {
        auto give = [&,
                     mine = std::make_shared<std::string>("mine")](std::span<char> space
                    ) -> asio::awaitable<std::size_t> {
            begun = true;
            co_await asio::this_coro::throw_if_cancelled(false);
            asio::steady_timer timer(co_await asio::this_coro::executor, 10s);
            try {
                co_await timer.async_wait(asio::use_awaitable);
            } catch (const std::system_error&) {
            }
            co_await asio::this_coro::reset_cancellation_state();
            timer.expires_after(10ms);
            co_await timer.async_wait(asio::use_awaitable);
            std::fill(space.begin(), space.end(), mine->front());
            ended = true;
            co_return space.size();
        };
        const auto id = m->add(put(s.url("/a"), from_awaitable(give)));
        while (!begun) {
            io.run_for(5ms);
        }
        if (way == 0) {
            CHECK(m->remove(id));
        } else if (way == 1) {
            CHECK(m->cancel(id));
        } else {
            m.reset();
        }
    }
    CHECK(run(io));
    CHECK(ended);
}

TEST_CASE("sources: a large upload tells its progress as it goes", "[face][sources]") {
    server s;
    accept_all(s);
    const std::size_t size = 8u << 20;
    int calls = 0;
    std::uint64_t last = 0;
    auto watch = [&](const progress& p) {
        ++calls;
        CHECK(p.sent >= last);
        CHECK(p.send_total == size);
        last = p.sent;
    };
    CHECK_FALSE(run_one(post(s.url("/a"), pattern(size)).on_progress(watch)).ec);
    CHECK(last == size);
    CHECK(calls > 8);
}

TEST_CASE("sources: progress knows how much a body will be", "[face][sources]") {
    const support::scratch d;
    const auto path = d / "file";
    std::ofstream(path) << "0123456789";
    auto give = [left = 1](std::span<char> space) mutable -> std::size_t {
        return left-- == 1 ? std::string("abc").copy(space.data(), space.size()) : 0;
    };
    server s;
    accept_all(s);
    xfer::source body;
    std::uint64_t expected = 0;
    SECTION("a file") {
        body = from_file(path);
        expected = 10;
    }
    SECTION("several, files among them") {
        body = from_sequence(from_file(path), std::string("abc"), from_file(path));
        expected = 23;
    }
    SECTION("a function that was told") {
        body = from_function(give).length(3);
        expected = 3;
    }
    SECTION("a function that was not") { body = from_function(give); }
    std::vector<std::uint64_t> totals;
    auto watch = [&](const progress& p) {
        if (p.received == 0) totals.push_back(p.send_total);
    };
    CHECK_FALSE(run_one(post(s.url("/a"), body).on_progress(watch)).ec);
    REQUIRE_FALSE(totals.empty());
    CHECK(totals.front() == expected);
    CHECK(totals.back() == expected);
}

TEST_CASE(
    "sources: Content-Length of the user's must fit the body",
    "[face][sources][bad_input]"
) {
    server s;
    accept_all(s);
    auto right = put(s.url("/a"), "alpha");
    right.header("Content-Length", "5");
    CHECK_FALSE(run_one(right).ec);
    CHECK(s.requests().at(0).count("Content-Length") == 1);
    auto wrong = put(s.url("/a"), "alpha");
    wrong.header("Content-Length", "4");
    const auto done = run_one(wrong);
    CHECK(done.ec);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.counts().accepted == 1);
}
