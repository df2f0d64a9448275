// What came of a request for ranges: told apart, read in memory, in pieces, as a
// stream.
#include "support/awaiting.hpp"
#include "support/transfers.hpp"
#include <xfer/detail/asio.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace xfer;
using support::transfer_one;
using test::run_coroutine;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

const std::string text = "0123456789abcdefghij";

reply single() {
    reply r(206, text.substr(2, 3));
    return r.with_field("Content-Range", "bytes 2-4/20")
        .with_field("Content-Type", "a/b");
}

reply several() {
    reply r(
        206,
        "\r\n--x\r\nContent-Type: a/b\r\nContent-Range: bytes 2-4/20\r\n\r\n234"
        "\r\n--x\r\nContent-Range: bytes 10-14/20\r\n\r\nabcde\r\n--x--\r\n"
    );
    return r.with_field("Content-Type", "multipart/byteranges; boundary=x");
}

/// A reply to "/" of a server, read in memory.
struct answered {
    explicit answered(reply r) {
        server s;
        s.route("/", std::move(r));
        multi m;
        message = transfer_one(m, s.url("/"));
        parts = read_ranges(message.response, ec);
    }
    xfer::message message;
    std::vector<range_content> parts;
    std::error_code ec;
};

std::string describe(const range_part& p) {
    const auto number = [](std::optional<std::uint64_t> n) {
        return n ? std::to_string(*n) : std::string("?");
    };
    return std::to_string(p.offset) + "+" + number(p.size) + "/" +
           number(p.complete_size) + " " + p.content_type + ":";
}

std::string describe(const answered& a) {
    std::string out;
    for (const auto& p : a.parts) {
        out += describe(p.part) + std::string(p.data) + ";";
    }
    return a.ec ? a.ec.message() : out;
}

/// The same by a range_reader that gets pieces of that size.
std::string read_in_pieces(const response& r, std::size_t size) {
    range_reader reader(r);
    std::string out;
    std::string_view body = r.body();
    std::uint64_t next = 0;
    for (;;) {
        auto in = body.substr(0, size);
        const auto step = reader.feed(in);
        body.remove_prefix(step.consumed);
        switch (step.event) {
            case range_event::more:
                if (body.empty()) {
                    return reader.end() ? reader.end().message() : out + ";";
                }
                break;
            case range_event::part:
                out += (out.empty() ? "" : ";") + describe(reader.part());
                next = reader.part().offset;
                break;
            case range_event::data:
                CHECK(step.offset == next);
                next += step.data.size();
                out += step.data;
                break;
            case range_event::complete:
                return out + ";";
            case range_event::failed:
                CHECK_FALSE(reader.why().empty());
                return reader.error().message();
        }
    }
}

request ranges_of(const server& s) {
    auto r = get(s.url("/"));
    r.range("2-4,10-14");
    return r;
}

/// Whether there is another part. Awaited apart from a CHECK, which g++ awaits twice.
asio::awaitable<bool> next(range_stream& parts) {
    return parts.async_next(asio::use_awaitable);
}

/// All parts through a stream, read into memory of that size.
asio::awaitable<std::string> read_stream(range_stream& parts, std::size_t size) {
    std::string out;
    std::string block(size, '\0');
    const auto token = detail::as_tuple(asio::use_awaitable);
    for (;;) {
        const auto next = co_await parts.async_next(token);
        if (std::get<0>(next)) {
            co_return out + std::get<0>(next).message();
        }
        if (!std::get<1>(next)) {
            co_return out;
        }
        out += describe(parts.part());
        for (;;) {
            const auto space = asio::buffer(block);
            const auto got = co_await parts.async_read_some(space, token);
            out.append(block, 0, std::get<1>(got));
            if (std::get<0>(got) == asio::error::eof) {
                break;
            }
            if (std::get<0>(got)) {
                co_return out + std::get<0>(got).message();
            }
        }
        out += ";";
    }
}

}  // namespace

TEST_CASE("ranges: 206 of one, of several, and 200 are told apart", "[face][ranges]") {
    struct row {
        reply r;
        ranges_kind kind;
        std::string parts;
    };
    const auto http_status = make_error_code(error::http_status).message();
    const auto weird = make_error_code(error::weird_reply).message();
    reply typed(200, text);
    typed.with_field("Content-Type", "a/b");
    reply multipart_whole(206, text);
    multipart_whole.with_field("Content-Range", "bytes 0-19/20");
    multipart_whole.with_field("Content-Type", "multipart/byteranges; boundary=x");
    reply no_boundary(206, text);
    no_boundary.with_field("Content-Type", "multipart/byteranges");
    reply malformed(206, text);
    malformed.with_field("Content-Range", "bytes */20");
    auto twice = single();
    twice.with_field("Content-Range", "bytes 2-4/20");
    const std::vector<row> rows{
        {typed, ranges_kind::whole, "0+20/20 a/b:" + text + ";"},
        {reply(200, text).chunked(), ranges_kind::whole, "0+?/? :" + text + ";"},
        {reply(200), ranges_kind::whole, "0+0/0 :;"},
        {single(), ranges_kind::one, "2+3/20 a/b:234;"},
        {multipart_whole,
         ranges_kind::one,
         "0+20/20 multipart/byteranges; boundary=x:" + text + ";"},
        {several(), ranges_kind::several, "2+3/20 a/b:234;10+5/20 :abcde;"},
        {reply(404, "none"), ranges_kind::none, http_status},
        {reply(416), ranges_kind::none, http_status},
        {reply(206, text), ranges_kind::none, weird},
        {no_boundary, ranges_kind::none, weird},
        {malformed, ranges_kind::none, weird},
        {twice, ranges_kind::none, weird},
    };
    for (const auto& [r, kind, parts] : rows) {
        INFO(r.status << ' ' << parts);
        const answered a(r);
        REQUIRE_FALSE(a.message.ec);
        CHECK(range_reader(a.message.response).kind() == kind);
        CHECK(describe(a) == parts);
        for (std::size_t size = 1; size < 200; ++size) {
            if (read_in_pieces(a.message.response, size) != parts) {
                FAIL_CHECK("differs in pieces of " << size);
            }
        }
    }
}

TEST_CASE("ranges: 416 says how long the whole is", "[face][ranges]") {
    reply r(416, "nothing there");
    r.with_field("Content-Range", "bytes */20");
    const answered a(r);
    const range_reader reader(a.message.response);
    CHECK(reader.kind() == ranges_kind::none);
    CHECK(reader.part().complete_size == 20);
    CHECK(reader.error() == error::http_status);
    CHECK(a.ec == error::http_status);
}

TEST_CASE("ranges: a body that is not its Content-Range's is an error", "[ranges]") {
    auto shorter = single();
    shorter.body.pop_back();
    CHECK(answered(shorter).ec == error::partial_body);
    auto longer = single();
    longer.body += "5";
    CHECK(answered(longer).ec == error::weird_reply);
    CHECK(answered(longer).parts.empty());
    auto cut_off = several();
    cut_off.body.resize(cut_off.body.size() - 5);
    CHECK(answered(cut_off).ec == error::partial_body);
    auto broken = several();
    broken.body.insert(broken.body.size() - 10, "x");
    CHECK(answered(broken).ec == error::weird_reply);
    auto empty = several();
    empty.body = "--x--";
    CHECK(answered(empty).ec == error::weird_reply);
}

TEST_CASE("ranges: a whole in a coding has no size of its own", "[face][ranges]") {
    reply r(200, text);
    r.with_field("Content-Encoding", "gzip");
    CHECK(describe(answered(r)) == "0+?/? :" + text + ";");
}

TEST_CASE("range_stream: parts of any kind, in reads of any size", "[face][ranges]") {
    server s;
    struct row {
        reply r;
        std::string parts;
    };
    const row wanted = GENERATE(values<row>(
        {{several(), "2+3/20 a/b:234;10+5/20 :abcde;"},
         {single(), "2+3/20 a/b:234;"},
         {reply(200, text), "0+20/20 :" + text + ";"},
         {reply(200), "0+0/0 :;"},
         {reply(404, "no"), make_error_code(error::http_status).message()}}
    ));
    auto split = wanted.r;
    s.route("/", split.split_every(GENERATE(3u, 100'000u)));
    const std::size_t size = GENERATE(1u, 4u, 100'000u);
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto opened = co_await m.async_open(ranges_of(s));
        range_stream stream(std::move(opened));
        CHECK(stream.head().status() == wanted.r.status);
        const auto got = co_await read_stream(stream, size);
        CHECK(got == wanted.parts);
        // And so it stays.
        const auto token = detail::as_tuple(asio::use_awaitable);
        const auto after = co_await stream.async_next(token);
        CHECK_FALSE(std::get<1>(after));
        CHECK(bool(std::get<0>(after)) == (wanted.r.status == 404));
    };
    run_coroutine(io, f);
    CHECK(s.requests().at(0).field("Range") == "bytes=2-4,10-14");
}

TEST_CASE("range_stream: what was not read is passed over", "[face][ranges]") {
    server s;
    s.route("/", several().split_every(GENERATE(1u, 100'000u)));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto opened = co_await m.async_open(ranges_of(s));
        range_stream stream(std::move(opened));
        CHECK(stream.kind() == ranges_kind::several);
        std::string block(2, '\0');
        const auto space = asio::buffer(block);
        const auto token = detail::as_tuple(asio::use_awaitable);
        // Before the first there is nothing to be read.
        const auto early = co_await stream.async_read_some(space, token);
        CHECK(std::get<0>(early) == asio::error::eof);
        const bool first = co_await next(stream);
        REQUIRE(first);
        co_await asio::async_read(stream, space, asio::use_awaitable);
        CHECK(block == "23");
        CHECK(stream.part().offset == 2);
        const bool second = co_await next(stream);
        REQUIRE(second);
        CHECK(stream.part().offset == 10);
        const bool third = co_await next(stream);
        CHECK_FALSE(third);
    };
    run_coroutine(io, f);
}

TEST_CASE("range_stream: the transfer's error is the reader's", "[face][ranges]") {
    server s;
    const bool one = GENERATE(false, true);
    auto r = one ? single() : several();
    s.route("/", r.close_after(r.body.size() - (one ? 1 : 9), from::body));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto opened = co_await m.async_open(ranges_of(s));
        range_stream stream(std::move(opened));
        const auto got = co_await read_stream(stream, 100);
        CHECK_THAT(
            got, Catch::EndsWith(make_error_code(error::partial_body).message())
        );
        // What came before stands.
        CHECK_THAT(got, Catch::StartsWith(one ? "2+3/20 a/b:23" : "2+3/20 a/b:234;10"));
    };
    run_coroutine(io, f);
}

TEST_CASE("range_stream: cancelling ends the operation only", "[face][ranges]") {
    server s;
    const auto at = several().body.find("cde");
    s.route("/", several().stall_after(at, from::body));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto opened = co_await m.async_open(ranges_of(s));
        range_stream stream(std::move(opened));
        co_await next(stream);
        co_await next(stream);
        std::string block(5, '\0');
        const auto first = asio::buffer(block.data(), 2);
        co_await asio::async_read(stream, first, asio::use_awaitable);
        asio::cancellation_signal stop;
        asio::post(io, [&] { stop.emit(asio::cancellation_type::total); });
        const auto token = detail::as_tuple(asio::use_awaitable);
        const auto rest = asio::buffer(block.data() + 2, 3);
        auto stopping = asio::bind_cancellation_slot(stop.slot(), token);
        const auto cancelled = co_await stream.async_read_some(rest, stopping);
        CHECK(std::get<0>(cancelled) == asio::error::operation_aborted);
        s.release();
        co_await asio::async_read(stream, rest, asio::use_awaitable);
        CHECK(block == "abcde");
        const bool third = co_await next(stream);
        CHECK_FALSE(third);
    };
    run_coroutine(io, f);
}

TEST_CASE("range_stream: one operation at a time", "[face][ranges]") {
    server s;
    const bool whole = GENERATE(true, false);
    const auto content = whole ? reply(200, text) : several();
    const auto at = content.body.find(whole ? "2" : "Content-Type");
    s.route("/", reply(content).stall_after(at, from::body));
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto opened = co_await m.async_open(ranges_of(s));
        range_stream stream(std::move(opened));
        std::string block(text.size(), '\0');
        std::optional<std::error_code> first;
        if (whole) {
            co_await next(stream);
            const auto begun = asio::buffer(block.data(), at);
            co_await asio::async_read(stream, begun, asio::use_awaitable);
            const auto rest = asio::buffer(block.data() + at, block.size() - at);
            stream.async_read_some(rest, [&](std::error_code ec, std::size_t) {
                first = ec;
            });
        } else {
            stream.async_next([&](std::error_code ec, bool) { first = ec; });
        }
        char small[1] = {'-'};
        const auto token = detail::as_tuple(asio::use_awaitable);
        const auto second = co_await stream.async_read_some(asio::buffer(small), token);
        CHECK(std::get<0>(second) == asio::error::already_started);
        const auto third = co_await stream.async_next(token);
        CHECK(std::get<0>(third) == asio::error::already_started);
        CHECK_FALSE(first);
        s.release();
        while (!first) co_await asio::post(asio::use_awaitable);
        CHECK_FALSE(*first);
        CHECK(small[0] == '-');
        CHECK(block[at] == (whole ? text[at] : '\0'));
        CHECK(stream.part().offset == (whole ? 0 : 2));
    };
    run_coroutine(io, f);
}

TEST_CASE("range_stream: destroyed, closed or moved at any time", "[face][ranges]") {
    server s;
    s.route("/", several().stall_after(several().body.find("cde"), from::body));
    asio::io_context io;
    multi m(io);
    bool called = false;
    std::optional<range_stream> stream;
    m.async_open(ranges_of(s), [&](std::error_code ec, response_stream opened) {
        REQUIRE_FALSE(ec);
        stream.emplace(std::move(opened));
        stream->async_next([&](std::error_code failed, bool any) {
            CHECK((!failed && any));
            range_stream other(std::move(*stream));
            *stream = std::move(other);
            stream->async_next([&](std::error_code, bool) {
                stream->async_next([&](std::error_code, bool) { called = true; });
                asio::post(io, [&] {
                    SECTION("destroyed") { stream.reset(); }
                    SECTION("closed") { stream->close(); }
                });
            });
        });
    });
    CHECK(test::run(io));
    CHECK_FALSE(called);
}
