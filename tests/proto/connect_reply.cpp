// xfer/proto/connect_reply.hpp and discarded_body.hpp: what a proxy may answer to
// CONNECT.
#include <xfer/proto/connect_reply.hpp>
#include <xfer/proto/discarded_body.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_literals;
using namespace xfer::proto;
using xfer::error;

namespace {

std::string described(const connect_reply& reply) {
    switch (reply.status()) {
        case connect_status::partial:
            return "partial";
        case connect_status::established:
            return "established " + std::to_string(reply.head().status);
        case connect_status::denied:
            return "denied " + std::to_string(reply.head().status);
        case connect_status::failed:
            break;
    }
    return reply.failure().ec.message() + ": " + std::string(reply.failure().why);
}

std::string answer_in_pieces(
    std::string_view input,
    std::size_t first,
    std::size_t step,
    const message_limits& limits
) {
    connect_reply reply(limits);
    reply.feed(input.substr(0, first));
    for (input.remove_prefix(first); !input.empty();) {
        reply.feed(input.substr(0, step));
        input.remove_prefix(std::min(step, input.size()));
    }
    return described(reply);
}

/// How it ends, the same at every split.
std::string answer(const std::string& input, const message_limits& limits = {}) {
    const std::string whole = answer_in_pieces(input, input.size(), 1, limits);
    CHECK(answer_in_pieces(input, 0, 1, limits) == whole);
    if (input.size() > 3000) return whole;
    for (std::size_t i = 1; i < input.size(); ++i) {
        if (answer_in_pieces(input, i, input.size(), limits) != whole) {
            FAIL_CHECK("split at " << i << " differs from " << whole);
        }
    }
    return whole;
}

const std::string handshake =
    make_error_code(error::proxy_handshake_failed).message() + ": ";
const std::string weird = make_error_code(error::weird_reply).message() + ": ";
const std::string large = make_error_code(error::header_too_large).message() + ": ";

body_framing framing_of(body_kind kind, std::uint64_t length = 0) {
    body_framing framing;
    framing.kind = kind;
    framing.length = length;
    framing.keep_alive = true;
    return framing;
}

using outcome = discarded_body::outcome;

outcome discard(
    const body_framing& framing, std::string_view body, std::uint64_t budget = 1000
) {
    discarded_body whole(framing, budget);
    discarded_body octets(framing, budget);
    whole.feed(body);
    for (std::size_t i = 0; i < body.size(); ++i) octets.feed(body.substr(i, 1));
    CHECK(whole.state() == octets.state());
    return whole.state();
}

}  // namespace

TEST_CASE("S20: a 2xx makes the tunnel", "[proto][connect]") {
    CHECK(answer("HTTP/1.1 200 Connection established\r\n\r\n") == "established 200");
    CHECK(answer("HTTP/1.0 200 OK\r\nVia: x\r\n\r\n") == "established 200");
    CHECK(answer("HTTP/1.1 204\r\n\r\n") == "established 204");
    CHECK(answer("HTTP/1.1 299 x\r\nProxy-Agent: a\r\n\r\n") == "established 299");
    CHECK(answer("HTTP/1.1 200 OK\n\n") == "established 200");
}

TEST_CASE("S20: length and coding of a 2xx are ignored", "[proto][connect]") {
    const auto lines = GENERATE(
        as<std::string>(),
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: x\r\nContent-Length: 7\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n",
        "Connection: close\r\n"
    );
    const std::string head = "HTTP/1.1 200 OK\r\n" + lines + "\r\n";
    CHECK(answer(head) == "established 200");
    CHECK(answer(head + "hello").starts_with(handshake));
    CHECK(answer(head + "0\r\n\r\n").starts_with(handshake));
}

TEST_CASE("C4.2: octets before we spoke are a failure", "[proto][connect]") {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    for (const auto& extra : {"x"s, "\0"s, "\r\n"s, "HTTP/1.1 200 OK\r\n\r\nevil"s}) {
        CHECK(answer(head + extra).starts_with(handshake));
    }
    connect_reply reply;
    CHECK(reply.feed(head) == connect_status::established);
    CHECK(reply.feed("") == connect_status::established);
    CHECK(reply.feed("\x16\x03\x03") == connect_status::failed);
    CHECK(reply.failure().ec == error::proxy_handshake_failed);
}

TEST_CASE(
    "S20: whatever is no 2xx is a refusal, and its body nobody's", "[proto][connect]"
) {
    connect_reply reply;
    CHECK(
        reply.feed("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n"
                   "Content-Length: 5\r\n\r\nhel") == connect_status::denied
    );
    CHECK(reply.head().status == 407);
    CHECK(reply.fields().find("Proxy-Authenticate") == "Basic realm=x");
    CHECK(reply.head_block().ends_with("\r\n\r\n"));
    CHECK(reply.rest() == "hel");
    CHECK(reply.denial().ec == error::proxy_handshake_failed);
    CHECK(reply.denial().why.find("407") != std::string_view::npos);
    CHECK(reply.feed("lo") == connect_status::denied);
    CHECK(reply.rest() == "hel");
    CHECK(reply.feed_end() == connect_status::denied);
    CHECK_FALSE(reply.failure());
}

TEST_CASE("S20: each class of refusal has its words", "[proto][connect]") {
    std::vector<std::string> seen;
    for (const int status : {302, 400, 401, 403, 405, 407, 500, 502, 600}) {
        connect_reply reply;
        const std::string line = "HTTP/1.1 " + std::to_string(status) + " x\r\n";
        CHECK(
            reply.feed(line + "Location: http://evil.test/\r\n\r\n<html>") ==
            connect_status::denied
        );
        const std::string why(reply.denial().why);
        CHECK(std::find(seen.begin(), seen.end(), why) == seen.end());
        seen.push_back(why);
        CHECK(answer(line + "\r\n") == "denied " + std::to_string(status));
    }
    CHECK(seen.front().find("not followed") != std::string::npos);
    CHECK_FALSE(connect_reply().denial());
}

TEST_CASE("S20: 1xx are skipped within a budget", "[proto][connect]") {
    const std::string interim = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n";
    const std::string hints = "HTTP/1.1 103 Early Hints\r\n\r\n";
    const std::string good = "HTTP/1.1 200 OK\r\n\r\n";
    CHECK(answer(interim + hints + good) == "established 200");
    CHECK(answer(interim) == "partial");
    CHECK(answer(interim + good + "x").starts_with(handshake));
    CHECK(answer(hints + "HTTP/1.1 403 x\r\n\r\n") == "denied 403");
    message_limits limits;
    limits.interim_responses = 2;
    CHECK(answer(interim + interim + good, limits) == "established 200");
    CHECK(answer(interim + interim + interim + good, limits).starts_with(weird));
    // Nor are they larger than one head may be, all together.
    limits.head.bytes = 2 * interim.size();
    limits.interim_responses = 9;
    CHECK(answer(interim + interim + good, limits) == "established 200");
    CHECK(answer(interim + hints + hints + good, limits).starts_with(large));
    CHECK(answer(interim + interim + hints + good, limits).starts_with(large));
    CHECK(
        answer("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + good).starts_with(weird)
    );
}

TEST_CASE("S20: a head that is none, or too large, is a failure", "[proto][connect]") {
    CHECK(answer("SSH-2.0-x\r\n").starts_with(weird));
    CHECK(answer("\r\nHTTP/1.1 200 OK\r\n\r\n").starts_with(weird));
    CHECK(answer("HTTP/1.1 20 OK\r\n\r\n").starts_with(weird));
    CHECK(answer("HTTP/1.1 200 O\0K\r\n\r\n"s).starts_with(weird));
    CHECK(answer("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n"s).starts_with(weird));
    CHECK(answer("HTTP/2 200\r\n\r\n").starts_with(weird));
    message_limits limits;
    limits.head = {.bytes = 100, .fields = 3, .field_bytes = 50};
    const std::string start = "HTTP/1.1 200 OK\r\n";
    CHECK(answer(start + "A: b\r\nA: b\r\nA: b\r\n\r\n", limits) == "established 200");
    CHECK(answer(start + "A: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", limits)
              .starts_with(large));
    CHECK(answer(start + "A: " + std::string(60, 'x'), limits).starts_with(large));
    connect_reply endless;
    std::size_t fed = 0;
    endless.feed(start + "A: ");
    for (; endless.status() == connect_status::partial; fed += 1000) {
        endless.feed(std::string(1000, 'x'));
    }
    CHECK(endless.failure().ec == error::header_too_large);
    CHECK(fed < 110'000);
}

TEST_CASE(
    "N10: a proxy that closes before its answer is complete", "[proto][connect]"
) {
    const std::string good = "HTTP/1.1 200 OK\r\n\r\n";
    for (std::size_t size = 0; size < good.size(); ++size) {
        connect_reply reply;
        reply.feed(good.substr(0, size));
        CHECK(reply.feed_end() == connect_status::failed);
        CHECK(reply.failure().ec == error::proxy_handshake_failed);
        const bool nothing =
            reply.failure().why.find("without an answer") != std::string_view::npos;
        CHECK(nothing == (size == 0));
    }
    connect_reply reply;
    reply.feed(good);
    CHECK(reply.feed_end() == connect_status::established);
}

TEST_CASE("connect: seeded garbage ends the same in any pieces", "[proto][connect]") {
    std::mt19937 random(9110);
    const std::string good =
        "HTTP/1.1 100 a\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\nA: b\r\n\r\n";
    const std::string alphabet = "\r\n :0124\0\xffHx"s;
    for (int round = 0; round < 3000; ++round) {
        std::string input = good;
        for (auto changes = random() % 3 + 1; changes > 0; --changes) {
            const auto at = random() % input.size();
            if (random() % 2 == 0) {
                input[at] = alphabet[random() % alphabet.size()];
            } else {
                input.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
        }
        const auto whole = answer_in_pieces(input, input.size(), 1, {});
        const auto pieces =
            answer_in_pieces(input, random() % input.size(), 1 + random() % 5, {});
        if (whole != pieces) FAIL_CHECK(whole << " differs from " << pieces);
    }
}

TEST_CASE("discarded_body: a body of a length is counted away", "[proto][connect]") {
    const auto five = framing_of(body_kind::length, 5);
    CHECK(discard(five, "") == outcome::more);
    CHECK(discard(five, "hell") == outcome::more);
    CHECK(discard(five, "hello") == outcome::over);
    CHECK(discard(five, "hello!") == outcome::give_up);
    CHECK(discard(framing_of(body_kind::length, 0), "") == outcome::over);
    CHECK(discard(framing_of(body_kind::none), "") == outcome::over);
    CHECK(discard(framing_of(body_kind::none), "x") == outcome::give_up);
}

TEST_CASE("discarded_body: a chunked body is counted away", "[proto][connect]") {
    const auto chunked = framing_of(body_kind::chunked);
    const std::string body = "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    CHECK(discard(chunked, body) == outcome::over);
    CHECK(discard(chunked, body + "H") == outcome::give_up);
    CHECK(discard(chunked, body.substr(0, body.size() - 1)) == outcome::more);
    CHECK(discard(chunked, "x\r\n") == outcome::give_up);
}

TEST_CASE("discarded_body: more than the budget is not read", "[proto][connect]") {
    CHECK(discard(framing_of(body_kind::length, 1001), "") == outcome::give_up);
    CHECK(discard(framing_of(body_kind::length, 1000), "") == outcome::more);
    CHECK(
        discard(framing_of(body_kind::length, 1000), std::string(1000, 'x')) ==
        outcome::over
    );
    std::string endless;
    while (endless.size() <= 1000) endless += "1\r\nx\r\n";
    CHECK(discard(framing_of(body_kind::chunked), endless) == outcome::give_up);
    CHECK(discard(framing_of(body_kind::length, ~0ull), "") == outcome::give_up);
}

TEST_CASE(
    "discarded_body: a connection that ends anyway is not read", "[proto][connect]"
) {
    CHECK(discard(framing_of(body_kind::until_close), "") == outcome::give_up);
    auto closing = framing_of(body_kind::length, 5);
    closing.keep_alive = false;
    CHECK(discard(closing, "") == outcome::give_up);
    auto doubtful = framing_of(body_kind::length, 5);
    doubtful.must_close = true;
    CHECK(discard(doubtful, "hello") == outcome::give_up);
}
