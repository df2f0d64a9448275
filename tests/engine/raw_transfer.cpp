// options.raw_transfer: bodies that are handed on in their framing.
#include "support/rig.hpp"
#include <xfer/received_head.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using support::both_ways;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

constexpr xfer::options raw = [] {
    xfer::options o;
    o.raw_transfer = true;
    return o;
}();

memory_server::answer giving(std::string bytes) {
    return [bytes](const memory_request&) { return memory_reply(bytes); };
}

std::string head_with(std::string_view fields) {
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("raw: chunks are handed on as they came", "[engine][raw]") {
    rig r(GENERATE(both_ways()));
    const std::string body = GENERATE(
        as<std::string>(),
        "5;x=\"y\"\r\nhello\r\n000A\r\n0123456789\r\n0\r\n\r\n",
        "1\r\nx\r\n0\r\nX-Sum:  1 \r\nX-B: 2\r\n\r\n",
        "0\r\n\r\n"
    );
    const auto reply = head_with("Transfer-Encoding: chunked\r\n") + body;
    memory_server a(*r.network, "a.test", 80, giving(reply));
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{10'000});
    r.network->shape("a.test", shape);
    auto request = xfer::get("http://a.test/", raw);
    std::vector<xfer::head_kind> heads;
    request.on_each_head([&](const xfer::received_head& h) { heads.push_back(h.kind); }
    );
    const auto done = r.transfer(request);
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == body);
    CHECK(done.response.info().bytes_received == body.size());
    CHECK(done.response.trailers().size() == (body.find("X-Sum") == body.npos ? 0 : 2));
    // They are part of the body, and told of as that alone.
    CHECK(heads == std::vector{xfer::head_kind::answer});
    // The end was found all the same.
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/", raw)).ec);
    CHECK(a.connections() == 1);
}

TEST_CASE("raw: bodies without chunks are what they are", "[engine][raw]") {
    rig r(GENERATE(both_ways()));
    const auto reply = head_with("Content-Length: 5\r\n") + "hello";
    memory_server a(*r.network, "a.test", 80, giving(reply));
    const auto done = r.transfer(xfer::get("http://a.test/", raw));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == "hello");
}

TEST_CASE("raw: broken chunks fail as ever", "[engine][raw]") {
    rig r(GENERATE(both_ways()));
    const std::string body =
        GENERATE("5\r\nhellooo", "x\r\n", "1\r\nx\r\n0\r\n:\r\n\r\n");
    const auto reply = head_with("Transfer-Encoding: chunked\r\n") + body;
    memory_server a(*r.network, "a.test", 80, giving(reply));
    CHECK(r.transfer(xfer::get("http://a.test/", raw)).ec == error::weird_reply);
    CHECK(r.at_rest());
}

TEST_CASE("raw: what is asked for is not undone", "[engine][raw]") {
    rig r(GENERATE(both_ways()));
    const std::string codings = GENERATE(
        "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n"
    );
    const std::string body = "5\r\nno gz\r\n0\r\n\r\n";
    memory_server a(*r.network, "a.test", 80, giving(head_with(codings) + body));
    auto o = raw;
    o.decode = true;
    o.transfer_codings = true;
    const auto done = r.transfer(xfer::get("http://a.test/", o));
    CHECK_FALSE(done.ec);
    CHECK(done.response.body() == body);
    CHECK_FALSE(a.log().at(0).header("Accept-Encoding").empty());
    CHECK_FALSE(a.log().at(0).header("TE").empty());
}

TEST_CASE("raw: the limit of a body counts what is handed on", "[engine][raw]") {
    rig r(GENERATE(both_ways()));
    const std::string body = "5\r\nhello\r\n0\r\n\r\n";
    const auto reply = head_with("Transfer-Encoding: chunked\r\n") + body;
    memory_server a(*r.network, "a.test", 80, giving(reply));
    auto o = raw;
    o.max_body_size = body.size();
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/", o)).ec);
    o.max_body_size = body.size() - 1;
    CHECK(r.transfer(xfer::get("http://a.test/", o)).ec == error::body_too_large);
}
