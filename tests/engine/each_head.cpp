// on_each_head: what is told of every head that comes, and when.
#include "support/rig.hpp"
#include <xfer/received_head.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using support::both_ways;
using support::rig;
using xfer::error;
using xfer::head_kind;
using xfer::received_head;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

std::string name_of(head_kind kind) {
    constexpr std::array names{
        "interim", "tunnel", "passed over", "answer", "trailers"};
    return names.at(static_cast<std::size_t>(kind));
}

/// What a tool would print, in order, and what was told beside it.
struct listener {
    std::string text;
    std::vector<std::string> told;

    xfer::request listening(xfer::request r) {
        r.on_each_head([this](const received_head& h) {
            text += h.text;
            told.push_back(name_of(h.kind) + " " + std::to_string(h.status));
        });
        r.on_head([this](const xfer::response&) { told.emplace_back("on_head"); });
        r.sink(xfer::to_function([this](std::string_view piece) {
            text += piece;
            told.emplace_back("body");
        }));
        return r;
    }
};

using texts = std::vector<std::string>;

/// Gives these replies one after the other.
memory_server::answer in_turn(std::vector<memory_reply> replies) {
    const auto next = std::make_shared<std::size_t>(0);
    return [replies = std::move(replies), next](const memory_request&) {
        return replies.at((*next)++);
    };
}

constexpr std::string_view interim =
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view moved =
    "HTTP/1.0 302 Gone  there\nLocation:\t/next \ncontent-length: 5\n\nnever";
constexpr std::string_view answer =
    "HTTP/1.1 200 \r\nX-a:b\r\nX-A:  c \r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nalpha\r\n0\r\n";

}  // namespace

TEST_CASE("heads: each is told of as it came", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    const std::string trailers = "X-Sum:1 \r\nContent-Length: 3\r\nX-B: 2\r\n\r\n";
    const auto replies = std::vector<memory_reply>{
        std::string(interim) + std::string(moved),
        std::string(interim) + std::string(answer) + trailers,
    };
    memory_server a(*r.network, "a.test", 80, in_turn(replies));
    // Also where it comes in many pieces.
    xfer::testing::memory_options shape;
    shape.max_read = GENERATE(std::size_t{1}, std::size_t{10'000});
    r.network->shape("a.test", shape);
    listener l;
    const auto done =
        r.transfer(l.listening(xfer::get("http://a.test/", {.max_redirects = 1})));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    const auto head_of = [](std::string_view reply, std::string_view end) {
        return std::string(reply.substr(0, reply.find(end) + end.size()));
    };
    CHECK(
        l.text == std::string(interim) + head_of(moved, "\n\n") + std::string(interim) +
                      head_of(answer, "\r\n\r\n") + "alpha" + trailers
    );
    const texts begin{
        "interim 103",
        "interim 100",
        "passed over 302",
        "interim 103",
        "interim 100",
        "answer 200",
        "on_head",
        "body",
    };
    REQUIRE(l.told.size() > begin.size());
    l.told.resize(begin.size());
    CHECK(l.told == begin);
    CHECK(done.response.trailers().size() == 2);
}

TEST_CASE("heads: their fields can be read", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    memory_server a(
        *r.network,
        "a.test",
        80,
        in_turn({std::string(interim) + std::string(answer) + "X-B: 2\r\n\r\n"})
    );
    texts seen;
    xfer::request request("http://a.test/");
    request.on_each_head([&](const received_head& h) {
        std::string line;
        for (const auto& f : h.fields) {
            line.append(f.name).append("=").append(f.value).append(" ");
        }
        seen.push_back(line);
    });
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(
        seen ==
        texts{
            "Link=</a> ",
            "",
            "X-a=b X-A=c Transfer-Encoding=chunked ",
            "X-B=2 ",
        }
    );
}

TEST_CASE("heads: a challenge that is answered is passed over", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    const std::string challenge =
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    const auto denied = memory_reply::with_length("who?", 401, challenge);
    memory_server a(*r.network, "a.test", 80, in_turn({denied, denied}));
    listener l;
    auto request = l.listening(xfer::get("http://a.test/"));
    request.credentials(xfer::credentials("u", "p", xfer::auth::digest));
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(l.told == texts{"passed over 401", "answer 401", "on_head", "body"});
}

TEST_CASE(
    "heads: a proxy's answer to CONNECT is told of as such", "[engine][each_head]"
) {
    rig r(GENERATE(both_ways()));
    const bool denies = GENERATE(false, true);
    const std::string established = "HTTP/1.1 200 Connection established\r\n\r\n";
    const std::string denied = "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno";
    memory_server p(
        *r.network,
        "p.test",
        3128,
        in_turn({denies ? denied : established, std::string(answer) + "\r\n"})
    );
    listener l;
    auto request = l.listening(xfer::get("http://a.test/", {.proxy_tunnel = true}));
    request.proxy("http://p.test:3128");
    const auto done = r.transfer(request);
    CHECK(
        done.ec == (denies ? make_error_code(error::proxy_denied) : std::error_code())
    );
    if (denies) {
        CHECK(l.told == texts{"tunnel 403"});
        CHECK(l.text + "no" == denied);
    } else {
        CHECK(l.told == texts{"tunnel 200", "answer 200", "on_head", "body"});
        CHECK(l.text.starts_with(established + "HTTP/1.1 200 \r\n"));
    }
}

TEST_CASE("heads: one that ends the transfer is told of too", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    memory_server a(
        *r.network,
        "a.test",
        80,
        in_turn({
            memory_reply::with_length("gone", 404),
            memory_reply::with_length("", 302, "Location: /a\r\n"),
            memory_reply::with_length("", 302, "Location: /b\r\n"),
        })
    );
    listener l;
    const auto failed =
        r.transfer(l.listening(xfer::get("http://a.test/", {.fail_on_error = true})));
    CHECK(failed.ec == error::http_status);
    const auto lost =
        r.transfer(l.listening(xfer::get("http://a.test/", {.max_redirects = 1})));
    CHECK(lost.ec == error::too_many_redirects);
    CHECK(l.told == texts{"answer 404", "passed over 302", "answer 302"});
}

TEST_CASE("heads: HTTP/0.9 has an empty one", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, in_turn({memory_reply("plain", true)}));
    listener l;
    const auto done =
        r.transfer(l.listening(xfer::get("http://a.test/", {.allow_http_0_9 = true})));
    CHECK_FALSE(done.ec);
    CHECK(l.told == texts{"answer 0", "on_head", "body"});
    CHECK(l.text == "plain");
}

TEST_CASE("heads: no trailers are no trailers", "[engine][each_head]") {
    rig r(GENERATE(both_ways()));
    const auto reply = std::string(answer) + "\r\n";
    memory_server a(*r.network, "a.test", 80, in_turn({reply}));
    listener l;
    CHECK_FALSE(r.transfer(l.listening(xfer::get("http://a.test/"))).ec);
    CHECK(l.told == texts{"answer 200", "on_head", "body"});
}

TEST_CASE(
    "heads: who says no ends the transfer, at each of them", "[engine][each_head]"
) {
    rig r(GENERATE(both_ways()));
    const auto replies = std::vector<memory_reply>{
        memory_reply("HTTP/1.1 200 OK\r\n\r\n"),
        std::string(interim) + std::string(moved),
        memory_reply("HTTP/1.1 200 OK\r\n\r\n"),
        std::string(answer) + "X-B: 2\r\n\r\n",
    };
    const auto when = GENERATE(
        head_kind::interim,
        head_kind::tunnel,
        head_kind::passed_over,
        head_kind::answer,
        head_kind::trailers
    );
    const bool throws = GENERATE(false, true);
    INFO(name_of(when));
    memory_server p(*r.network, "p.test", 3128, in_turn(replies));
    int calls_after = 0;
    bool said = false;
    std::string body;
    xfer::options o;
    o.proxy_tunnel = true;
    o.max_redirects = 1;
    auto request = xfer::get("http://a.test/", o);
    request.proxy("http://p.test:3128").on_each_head([&](const received_head& h) {
        calls_after += said ? 1 : 0;
        said = said || h.kind == when;
        if (said && throws) throw std::runtime_error("not today");
        return !said;
    });
    request.on_head([&](const xfer::response&) { calls_after += said ? 1 : 0; });
    request.sink(xfer::to_function([&](std::string_view piece) { body += piece; }));
    const auto done = r.transfer(request);
    CHECK(said);
    CHECK(calls_after == 0);
    CHECK(body == (when == head_kind::trailers ? "alpha" : ""));
    CHECK(done.ec == error::aborted_by_callback);
    CHECK(bool(done.failure().exception) == throws);
    CHECK_FALSE(done.failure().message.empty());
    CHECK(r.at_rest());
}
