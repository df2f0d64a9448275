// Connections that break, stall or trickle at every byte of a small exchange. Numbers
// are those of the hazards' fault matrix.
#include "support/awaiting.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_one;
using xfer::testing::fault;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

const std::string body = "0123456789abcdefghijklmnopqrstuvwxyz";

/// The same small response in three framings; where its body begins; whether its end
/// can be told without the connection's end.
struct shape {
    const char* name;
    std::string bytes;
    bool framed = true;
};

std::vector<shape> shapes() {
    const std::string head = "HTTP/1.1 200 OK\r\nX-A: b\r\n";
    return {
        {"length", head + "Content-Length: 36\r\n\r\n" + body},
        {"chunked",
         head + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1a;x=y\r\n" +
             body.substr(10) + "\r\n0\r\nX-T: u\r\n\r\n"},
        {"until close", head + "Connection: close\r\n\r\n" + body, false},
    };
}

}  // namespace

TEST_CASE(
    "N15: a connection closed at any byte is told as what it is",
    "[integration][hazards][N15]"
) {
    server s;
    asio::io_context io;
    multi m(io);
    for (const auto& each : shapes()) {
        const auto begin = each.bytes.find("\r\n\r\n") + 4;
        for (std::size_t at = 0; at <= each.bytes.size(); ++at) {
            INFO(each.name << " cut at " << at);
            s.route("/a", reply::exactly(each.bytes).close_after(at));
            const auto done = run_one(io, m, get(s.url("/a")));
            if (at == 0) {
                CHECK(done.ec == error::got_nothing);
            } else if (at < begin) {
                CHECK(done.ec == error::weird_reply);
            } else if (at == each.bytes.size() || !each.framed) {
                CHECK_FALSE(done.ec);
            } else {
                CHECK(done.ec == error::partial_body);
            }
            CHECK(bool(done.ec) == !done.failure().message.empty());
            CHECK(body.starts_with(done.response.body()));
            CHECK(done.response.info().bytes_received == done.response.body().size());
            if (at >= begin && std::string(each.name) != "chunked") {
                CHECK(done.response.body() == body.substr(0, at - begin));
            }
            CHECK(done.response.status() == (at < begin ? 0 : 200));
        }
    }
    CHECK(run(io));
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "N16: a connection reset at any byte is told as what it is",
    "[integration][hazards][N16]"
) {
    server s;
    asio::io_context io;
    multi m(io);
    for (const auto& each : shapes()) {
        const auto begin = each.bytes.find("\r\n\r\n") + 4;
        for (std::size_t at = 0; at <= each.bytes.size(); ++at) {
            INFO(each.name << " reset at " << at);
            s.route("/a", reply::exactly(each.bytes).reset_after(at));
            const auto done = run_one(io, m, get(s.url("/a")));
            INFO(done.ec.message() << ": " << done.failure().message);
            CHECK(body.starts_with(done.response.body()));
            if (!done.ec) {
                // All of it had arrived, and could be seen to be all.
                CHECK(each.framed);
                CHECK(at == each.bytes.size());
                CHECK(done.response.body() == body);
                continue;
            }
            CHECK(
                (done.ec == error::receive_failed || done.ec == error::partial_body ||
                 (at <= begin && done.ec == error::weird_reply) ||
                 (at == 0 && done.ec == error::got_nothing))
            );
            CHECK(done.failure().request_may_have_been_processed);
        }
    }
    CHECK(run(io));
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE("N20: single bytes make the same response", "[integration][hazards][N20]") {
    server s;
    asio::io_context io;
    multi m(io);
    for (const auto& each : shapes()) {
        auto r = reply::exactly(each.bytes).split_every(1);
        if (!each.framed) {
            r.closing();
        }
        s.route("/a", r);
        const auto done = run_one(io, m, get(s.url("/a")));
        INFO(each.name << ": " << done.ec.message());
        CHECK_FALSE(done.ec);
        CHECK(done.response.body() == body);
        CHECK(done.response.header("X-A") == "b");
        if (std::string(each.name) == "chunked") {
            CHECK(done.response.trailers().find("X-T") == "u");
        }
    }
}

TEST_CASE(
    "N20: two pieces at any split make the same response", "[integration][hazards][N20]"
) {
    server s;
    asio::io_context io;
    multi m(io);
    for (const auto& each : shapes()) {
        for (std::size_t at = 1; at < each.bytes.size(); ++at) {
            auto r = reply::exactly(each.bytes).split({at}, 200us);
            if (!each.framed) {
                r.closing();
            }
            s.route("/a", r);
            const auto done = run_one(io, m, get(s.url("/a")));
            INFO(each.name << " split at " << at);
            CHECK_FALSE(done.ec);
            CHECK(done.response.body() == body);
        }
    }
}

TEST_CASE(
    "N12: a stall at any stage of a response ends with its timeout",
    "[integration][hazards][N12][M21]"
) {
    for (const auto& each : shapes()) {
        const auto begin = each.bytes.find("\r\n\r\n") + 4;
        for (const std::size_t at :
             {std::size_t(0),
              std::size_t(1),
              std::size_t(20),
              begin,
              begin + 5,
              each.bytes.size() - 1}) {
            INFO(each.name << " stalls at " << at);
            server s;
            s.route("/a", reply::exactly(each.bytes).stall_after(at));
            auto clock = std::make_shared<testing::manual_clock>();
            asio::io_context io;
            multi m(io, {.clock = clock});
            m.add(get(s.url("/a"), {.first_byte_timeout = 20s, .idle_timeout = 10s}));
            // Until the server has sent that much, and it has arrived.
            for (int i = 0;
                 i < 2000 && (s.counts().requests < 1 || s.counts().sent < at);
                 ++i) {
                io.run_for(2ms);
            }
            REQUIRE(s.counts().sent == at);
            io.run_for(10ms);
            clock->advance(9s);
            io.run_for(2ms);
            CHECK(m.stats().running == 1);
            clock->advance(2s);
            io.run_for(2ms);
            CHECK(m.stats().running == (at == 0 ? 1 : 0));
            clock->advance(10s);
            CHECK(run(io));
            const auto done = m.info_read();
            REQUIRE(done);
            CHECK(
                done->ec == (at == 0 ? error::timeout_first_byte : error::timeout_idle)
            );
            CHECK(done->ec == condition::operation_timedout);
            CHECK(
                done->failure().stage == (at == 0 ? stage::waiting : stage::receiving)
            );
            CHECK(done->failure().message.find(s.host_port()) != std::string::npos);
            if (at > begin && std::string(each.name) != "chunked") {
                CHECK(done->response.body() == body.substr(0, at - begin));
            }
        }
    }
}

TEST_CASE(
    "N17: a server that ends its sending side after a whole response is heard",
    "[integration][hazards][N17]"
) {
    server s;
    s.route("/a", reply(200, "alpha").half_close_after(1000));
    asio::io_context io;
    multi m(io);
    auto done = run_one(io, m, get(s.url("/a")));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "alpha");
    s.route("/b", reply(200, "alpha").half_close_after(2, from::body));
    done = run_one(io, m, get(s.url("/b")));
    CHECK(done.ec == error::partial_body);
    s.route("/c", reply(200, "alpha").until_close().half_close_after(1000));
    done = run_one(io, m, get(s.url("/c")));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "alpha");
    CHECK(run(io));
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "S24: of a body that nobody wants little is read", "[integration][hazards][S24]"
) {
    server s;
    s.route("/a", reply::repeating("x", 1u << 30, 404));
    asio::io_context io;
    multi m(io);
    const auto done = run_one(io, m, get(s.url("/a"), {.fail_on_error = true}));
    CHECK(done.ec == error::http_status);
    CHECK(done.response.status() == 404);
    CHECK(done.ec == condition::http_returned_error);
    CHECK(s.wait_for_open_at_most(0));
    CHECK(s.counts().sent < (64u << 20));
}

TEST_CASE(
    "S28: duplicates of a field are all there, in order", "[integration][hazards][S28]"
) {
    server s;
    s.route("/a", reply(200).with_field("Location", "/x").with_field("Location", "/y"));
    const auto done = run_one(get(s.url("/a")));
    CHECK_FALSE(done.ec);
    CHECK(done.response.header("Location") == "/x");
    CHECK(done.response.fields().count("location") == 2);
}
