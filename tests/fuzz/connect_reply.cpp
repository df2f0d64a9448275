// What a proxy may answer to CONNECT, and the body of its refusal.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/proto/connect_reply.hpp>
#include <xfer/proto/discarded_body.hpp>

#include <optional>
#include <string>

namespace fuzz {
namespace {

using namespace xfer::proto;

std::string described(const xfer::proto::connect_reply& reply) {
    switch (reply.status()) {
        case connect_status::partial:
            return "partial";
        case connect_status::failed:
            require(!reply.failure().why.empty(), "a sentence");
            return std::string(reply.failure().why);
        case connect_status::established:
            require(reply.head().status / 100 == 2, "a tunnel is a 2xx");
            require(reply.rest().empty(), "nothing came out of it");
            break;
        case connect_status::denied:
            require(reply.head().status / 100 > 2, "a refusal is no 2xx");
            require(bool(reply.denial()), "a refusal has a sentence");
            break;
    }
    std::string out = std::to_string(reply.head().status);
    for (const auto [name, value] : reply.fields()) {
        out.append("\n").append(name).append("=").append(value);
    }
    return out;
}

/// The body of a refusal, which is read past.
discarded_body body_of(const xfer::proto::connect_reply& reply) {
    constexpr std::uint64_t budget = 100;
    framing_facts facts;
    facts.method = "CONNECT";
    facts.status = reply.head().status;
    facts.version = reply.head().version;
    facts.lf_only = reply.head().lf_only;
    facts.through_proxy = true;
    return discarded_body(decide_framing(facts, reply.fields()), budget);
}

std::string described(const discarded_body& body) {
    switch (body.state()) {
        case discarded_body::outcome::more:
            return ", more";
        case discarded_body::outcome::over:
            return ", over";
        case discarded_body::outcome::give_up:
            break;
    }
    return ", given up";
}

std::string answer(
    std::string_view all,
    const cuts& ends,
    const message_limits& limits,
    profile strictness
) {
    xfer::proto::connect_reply reply(limits, strictness);
    std::optional<discarded_body> body;
    each_piece(all, ends, [&](std::string_view piece) {
        if (body) {
            body->feed(piece);
        } else if (reply.feed(piece) == connect_status::denied) {
            body = body_of(reply);
            body->feed(reply.rest());
        }
        return true;
    });
    return described(reply) + (body ? described(*body) : std::string());
}

}  // namespace

void connect_reply(std::string_view given) {
    input in(given);
    message_limits limits;
    const auto strictness = in.choose() ? profile::strict : profile::interoperable;
    if (in.choose()) {
        limits.head = {.bytes = 200, .fields = 5, .field_bytes = 50};
        limits.interim_responses = 2;
    }
    const octets text = in.rest();
    same_however_cut(in, text.view(), [&](std::string_view all, const cuts& ends) {
        return answer(all, ends, limits, strictness);
    });
}

}  // namespace fuzz
