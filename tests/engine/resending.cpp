// HAZARDS S22: a kept connection that dies, at each moment of the next request, for
// each method and source. What may have had an effect is sent once; the server counts.
#include "support/rig.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

using support::both_ways;
using support::rig;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

/// How far the server had come when the connection died.
enum class moment {
    took_nothing,   ///< no octet of the request was accepted
    took_a_little,  ///< some of its head
    took_all,       ///< all of it, and said nothing
    began_answer,   ///< one octet of the response
    sent_head,      ///< all of the response's head
    sent_half,      ///< half of its body, too
};
constexpr moment all_moments[] = {
    moment::took_nothing,
    moment::took_a_little,
    moment::took_all,
    moment::began_answer,
    moment::sent_head,
    moment::sent_half,
};

enum class body { none, text, rewinding, one_shot };

constexpr std::string_view sent = "a body of a request";
const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n1234";

struct reader {
    std::size_t at = 0;
    std::size_t operator()(std::span<char> space) {
        const auto n = sent.copy(space.data(), space.size(), at);
        at += n;
        return n;
    }
};

xfer::request request_of(std::string_view method, body kind) {
    xfer::request q(xfer::method(method), "http://a.test/again");
    const auto shared = std::make_shared<reader>();
    auto read = [shared](std::span<char> space) { return (*shared)(space); };
    switch (kind) {
        case body::none:
            break;
        case body::text:
            q.body(std::string(sent));
            break;
        case body::rewinding: {
            auto rewind = [shared] { shared->at = 0; };
            q.body(xfer::from_function(read).length(sent.size()).rewind(rewind));
            break;
        }
        case body::one_shot:
            q.body(xfer::from_function(read).length(sent.size()));
    }
    return q;
}

bool idempotent(std::string_view method) {
    constexpr std::string_view all[] = {
        "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    return std::find(std::begin(all), std::end(all), method) != std::end(all);
}

/// Whether all of it may be sent once more.
bool may_be_resent(std::string_view method, body kind, moment at) {
    if (at >= moment::began_answer) return false;
    if (at != moment::took_nothing && !idempotent(method)) return false;
    // A source that was never asked for anything can still be asked for all.
    return kind != body::one_shot || at < moment::took_all;
}

/// One request that warms a connection up, and one on it.
struct scene {
    scene(support::driven how, moment when)
        : r(how), at(when), server(*r.network, "a.test", 80, [this](const auto& q) {
              return reply_to(q);
          }) {
        REQUIRE_FALSE(r.transfer(xfer::get("http://a.test/warm")).ec);
        REQUIRE(r.m->stats().idle_connections == 1);
        if (at == moment::took_nothing) r.network->peer(0)->accept(0);
        if (at == moment::took_a_little) r.network->peer(0)->accept(7);
    }

    memory_reply reply_to(const memory_request& q) const {
        if (q.connection > 0 || q.target == "/warm") {
            return answer.substr(0, answer.size() - (q.method == "HEAD" ? 4 : 0));
        }
        switch (at) {
            case moment::began_answer:
                return answer.substr(0, 1);
            case moment::sent_head:
                return answer.substr(0, answer.size() - 4);
            case moment::sent_half:
                return answer.substr(0, answer.size() - 2);
            default:
                return {};
        }
    }

    xfer::message run(xfer::request q, bool by_reset) {
        r.m->add(std::move(q));
        r.run();
        REQUIRE(r.m->stats().running == 1);
        REQUIRE(r.network->connections() == 1);
        auto& peer = *r.network->peer(0);
        by_reset ? peer.reset() : peer.end();
        r.run();
        auto all = r.read_all();
        REQUIRE(all.size() == 1);
        return std::move(all.front());
    }

    /// How often the server got the whole of it.
    [[nodiscard]] std::size_t arrived() const {
        const auto& log = server.log();
        return static_cast<std::size_t>(std::count_if(
            log.begin(), log.end(), [](const auto& q) { return q.target == "/again"; }
        ));
    }

    rig r;
    moment at;
    memory_server server;
};

}  // namespace

TEST_CASE(
    "S22: what may have had an effect is sent once whatever dies when",
    "[engine][M24][S22]"
) {
    const auto how = GENERATE(both_ways());
    std::size_t cells = 0;
    std::size_t resent = 0;
    for (const std::string_view method :
         {"GET",
          "HEAD",
          "OPTIONS",
          "TRACE",
          "PUT",
          "DELETE",
          "POST",
          "PATCH",
          "PURGE",
          "get"}) {
        for (const auto kind :
             {body::none, body::text, body::rewinding, body::one_shot}) {
            if (method == "TRACE" && kind != body::none) continue;  // RFC 9110 9.3.8
            for (const auto at : all_moments) {
                if (method == "HEAD" && at > moment::began_answer) continue;
                for (const bool by_reset : {true, false}) {
                    // The end of what the server says is no reason not to write.
                    if (!by_reset && at < moment::took_all) continue;
                    CAPTURE(method, int(kind), int(at), by_reset);
                    scene s(how, at);
                    const auto done = s.run(request_of(method, kind), by_reset);
                    INFO(done.ec.message() << ": " << done.failure().message);
                    const bool again = may_be_resent(method, kind, at);
                    const bool first_arrived = at >= moment::took_all;
                    CHECK(s.r.m->stats().resent == (again ? 1 : 0));
                    CHECK(bool(done.ec) == !again);
                    CHECK(
                        s.arrived() == std::size_t{again} + std::size_t{first_arrived}
                    );
                    CHECK(s.r.network->connections() == (again ? 2 : 1));
                    // It says so truly when nothing can have happened.
                    if (done.ec) {
                        CHECK(
                            done.failure().request_may_have_been_processed ==
                            (at != moment::took_nothing)
                        );
                    }
                    if (again && kind != body::none) {
                        CHECK(s.server.log().back().body == sent);
                    }
                    CHECK(s.r.network->peer(0)->closed());
                    CHECK(s.r.at_rest());
                    ++cells;
                    resent += again ? 1 : 0;
                }
            }
        }
    }
    std::cout << "S22: " << cells << " cells, " << resent << " sent again\n";
    CHECK(cells > 300);
}

TEST_CASE("S22: on a new connection nothing is sent again", "[engine][M24][S22]") {
    rig r(GENERATE(both_ways()));
    const std::string_view method = GENERATE("GET", "PUT", "DELETE", "POST");
    const bool before_a_byte = GENERATE(true, false);
    r.network->on_connect("a.test", [before_a_byte](const auto& peer) {
        if (before_a_byte) peer->accept(0);
    });
    memory_server server(*r.network, "a.test", 80, [](const auto&) {
        return memory_reply();
    });
    r.m->add(request_of(method, body::text));
    r.run();
    r.network->peer(0)->reset();
    r.run();
    const auto done = r.m->info_read();
    REQUIRE(done);
    CHECK(done->ec);
    CHECK(done->failure().request_may_have_been_processed == !before_a_byte);
    CHECK(r.m->stats().resent == 0);
    CHECK(r.network->connections() == 1);
}
