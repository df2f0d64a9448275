// Content codings undone on the way to every kind of sink, in bounded steps and memory.
#include "support/encoders.hpp"
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/proto/content_coding.hpp>
#include <xfer/testing/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using support::transfer_one;
using xfer::error;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

constexpr xfer::options decoding = [] {
    xfer::options o;
    o.decode = true;
    return o;
}();

std::string some_text() {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + ' ';
    return text;
}

reply coded(const std::string& body, std::string coding = "gzip") {
    return reply(200, body).with_field("Content-Encoding", std::move(coding));
}

}  // namespace

TEST_CASE("decode: asked for, and undone", "[integration][decode]") {
    server s;
    const auto text = some_text();
    const auto gzipped = test::gzip(text);
    s.route("/", coded(gzipped));
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), decoding));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == text);
    CHECK(done.response.header("Content-Encoding") == "gzip");
    CHECK(done.response.info().bytes_received == gzipped.size());
    CHECK(
        s.requests().at(0).field("Accept-Encoding") == xfer::proto::accept_encoding()
    );
}

TEST_CASE("decode: nothing is asked for or undone unasked", "[integration][decode]") {
    server s;
    const auto gzipped = test::gzip("text");
    s.route("/", coded(gzipped));
    xfer::multi m;
    const auto done = transfer_one(m, s.url("/"));
    CHECK(done.response.body() == gzipped);
    CHECK(s.requests().at(0).count("Accept-Encoding") == 0);
}

TEST_CASE("decode: a body that is not coded passes through", "[integration][decode]") {
    server s;
    s.route("/", "plain");
    s.route("/identity", coded("plain", "identity"));
    xfer::multi m;
    CHECK(transfer_one(m, xfer::get(s.url("/"), decoding)).response.body() == "plain");
    CHECK(
        transfer_one(m, xfer::get(s.url("/identity"), decoding)).response.body() ==
        "plain"
    );
}

TEST_CASE("N20: decode byte by byte", "[integration][decode]") {
    server s;
    s.route("/", coded(test::gzip("hello, world")).chunked({3}).split_every(1));
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), decoding));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "hello, world");
}

TEST_CASE("decode: a coroutine sink gets all of it in order", "[integration]") {
    server s;
    const auto text = some_text();
    s.route("/", coded(test::gzip(text)));
    xfer::multi m;
    std::string got;
    auto take = [&got](std::string_view piece) -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
        got += piece;
    };
    auto r = xfer::get(s.url("/"), decoding);
    r.sink(xfer::to_awaitable(take));
    REQUIRE_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(got == text);
}

TEST_CASE("decode: paused in the middle, and going on", "[integration][decode]") {
    server s;
    const auto text = some_text();
    s.route("/", coded(test::gzip(text)));
    s.route("/other", "other");
    xfer::multi m;
    std::string got;
    xfer::transfer_id id;
    auto r = xfer::get(s.url("/"), decoding);
    r.sink(xfer::to_function([&](std::string_view piece) {
        got += piece;
        m.pause(id);
    }));
    id = m.add(std::move(r));
    REQUIRE(support::drive_until(m, [&] { return !got.empty(); }));
    const auto before = got.size();
    // The block that all share is used by others meanwhile.
    const auto other = m.add(s.url("/other"));
    REQUIRE(support::drive_until(m, [&] {
        return !m.stage_of(other) || m.stage_of(other) == xfer::stage::done;
    }));
    CHECK(got.size() == before);
    REQUIRE(support::drive_until(m, [&] {
        m.resume(id);
        return m.stage_of(id) == xfer::stage::done;
    }));
    CHECK(got == text);
}

TEST_CASE("F1.2: a bomb ends at the limits", "[integration][decode]") {
    server s;
    const std::string zeros(std::size_t{64} << 20, '\0');
    s.route("/", coded(test::gzip(zeros)));
    s.route("/twice", coded(test::gzip(test::gzip(zeros)), "gzip, gzip"));
    xfer::multi m;
    auto o = decoding;
    o.max_body_size = 1 << 20;
    std::size_t got = 0;
    const auto into = [&](const char* path, const xfer::options& with) {
        auto r = xfer::get(s.url(path), with);
        r.sink(xfer::to_function([&](std::string_view piece) { got += piece.size(); }));
        return transfer_one(m, std::move(r)).ec;
    };
    CHECK(into("/", o) == error::body_too_large);
    CHECK(got <= std::size_t{1} << 20);
    CHECK(into("/twice", decoding) == error::body_too_large);
    got = 0;
    CHECK_FALSE(into("/", decoding));
    CHECK(got == zeros.size());
    // Both limits are the user's.
    auto narrow = decoding;
    narrow.max_decoded_ratio = 100;
    CHECK(into("/", narrow) == error::body_too_large);
    auto boundless = decoding;
    boundless.max_decoded_ratio = 0;
    got = 0;
    CHECK_FALSE(into("/twice", boundless));
    CHECK(got == zeros.size());
}

TEST_CASE("F1.2: six codings are too many", "[integration][decode]") {
    server s;
    auto r = reply(200, "x");
    SECTION("in one field") {
        r.with_field("Content-Encoding", "gzip, gzip, gzip, gzip, gzip, gzip");
    }
    SECTION("in six") {
        for (int i = 0; i < 6; ++i) r.with_field("Content-Encoding", "gzip");
    }
    s.route("/", r);
    xfer::multi m;
    CHECK(transfer_one(m, xfer::get(s.url("/"), decoding)).ec == error::bad_encoding);
}

TEST_CASE("F1.4: a bomb can be cancelled in the middle", "[integration]") {
    server s;
    const std::string zeros(std::size_t{64} << 20, '\0');
    s.route("/", coded(test::gzip(zeros)));
    xfer::multi m;
    std::size_t got = 0;
    xfer::transfer_id id;
    auto r = xfer::get(s.url("/"), decoding);
    r.sink(xfer::to_function([&](std::string_view piece) {
        got += piece.size();
        m.cancel(id);
    }));
    id = m.add(std::move(r));
    const auto all = support::run(m);
    REQUIRE(all.size() == 1);
    CHECK(xfer::is_cancelled(all[0].ec));
    CHECK(got <= std::size_t{64} << 10);
}

TEST_CASE("decode: what is broken or cut off is bad_encoding", "[integration]") {
    server s;
    auto gzipped = test::gzip(some_text());
    SECTION("broken") { gzipped[gzipped.size() / 2] ^= 0x55; }
    SECTION("cut off") { gzipped.resize(gzipped.size() - 9); }
    SECTION("not gzip at all") { gzipped = "plain text"; }
    s.route("/", coded(gzipped));
    xfer::multi m;
    CHECK(transfer_one(m, xfer::get(s.url("/"), decoding)).ec == error::bad_encoding);
}

TEST_CASE("decode: an unknown coding is bad_encoding", "[integration][decode]") {
    server s;
    s.route("/", coded("x", "lzma"));
    xfer::multi m;
    CHECK(transfer_one(m, xfer::get(s.url("/"), decoding)).ec == error::bad_encoding);
}

TEST_CASE("decode: no body is decoded where there is none", "[integration][decode]") {
    server s;
    s.route("/", coded(test::gzip("text")));
    s.route("/304", reply(304).with_field("Content-Encoding", "gzip"));
    s.route("/part", coded("mpressed", "gzip"));
    xfer::multi m;
    CHECK_FALSE(transfer_one(m, xfer::head(s.url("/"), decoding)).ec);
    CHECK_FALSE(transfer_one(m, xfer::get(s.url("/304"), decoding)).ec);
    s.route("/part", reply(206, "part").with_field("Content-Encoding", "gzip"));
    CHECK(
        transfer_one(m, xfer::get(s.url("/part"), decoding)).response.body() == "part"
    );
}

TEST_CASE("decode: a coding of nothing does not matter", "[integration][decode]") {
    server s;
    auto o = decoding;
    o.transfer_codings = GENERATE(false, true);
    const auto unknown = [](int status) {
        return reply(status).with_field("Content-Encoding", "aws-chunked");
    };
    s.route("/", coded("x", "aws-chunked"));
    xfer::multi m;
    CHECK_FALSE(transfer_one(m, xfer::head(s.url("/"), o)).ec);
    CHECK(transfer_one(m, xfer::get(s.url("/"), o)).ec == error::bad_encoding);
    for (const int status : {200, 204, 304}) {
        INFO(status);
        s.route("/", unknown(status));
        const auto done = transfer_one(m, xfer::get(s.url("/"), o));
        CHECK_FALSE(done.ec);
        CHECK(done.response.status() == status);
        CHECK(done.response.header("Content-Encoding") == "aws-chunked");
    }
    s.route("/", unknown(200).chunked());
    CHECK_FALSE(transfer_one(m, xfer::get(s.url("/"), o)).ec);
    s.route("/", coded("x", "aws-chunked").chunked());
    CHECK(transfer_one(m, xfer::get(s.url("/"), o)).ec == error::bad_encoding);
}

TEST_CASE(
    "decode: what is not decoded is not asked for coded", "[integration][decode]"
) {
    server s;
    s.route("/", [](const auto& r) {
        return r.count("Accept-Encoding") == 0 ? reply(200, "text")
                                               : coded(test::gzip("text"));
    });
    xfer::multi m;
    const support::scratch d;
    // All to one endpoint, and so by heads that may be remembered there.
    for (int i = 0; i < 2; ++i) {
        const auto done = transfer_one(m, xfer::get(s.url("/"), decoding));
        CHECK(done.response.body() == "text");
        auto file = xfer::get(s.url("/"), decoding);
        file.to_file(d / "file", xfer::file_mode::resume);
        CHECK_FALSE(transfer_one(m, std::move(file)).ec);
        CHECK(support::read_file(d / "file") == "text");
        auto part = xfer::get(s.url("/"), decoding);
        part.range("0-3");
        CHECK(transfer_one(m, std::move(part)).response.body() == "text");
        auto own = xfer::get(s.url("/"), decoding);
        own.header("Range", "bytes=0-3");
        CHECK(transfer_one(m, std::move(own)).response.body() == "text");
    }
    const auto seen = s.requests();
    REQUIRE(seen.size() == 8);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        INFO(i);
        CHECK(seen[i].count("Accept-Encoding") == (i % 4 == 0 ? 1 : 0));
    }
}

TEST_CASE("S24: the body of a redirect is not decoded", "[integration][decode]") {
    server s;
    s.route(
        "/",
        reply(302, "this is not gzip")
            .with_field("Content-Encoding", "gzip")
            .with_field("Location", "/next")
    );
    s.route("/next", coded(test::gzip("here")));
    xfer::multi m;
    auto o = decoding;
    o.max_redirects = 1;
    const auto done = transfer_one(m, xfer::get(s.url("/"), o));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "here");
    CHECK(done.response.info().connections_opened == 1);
}
