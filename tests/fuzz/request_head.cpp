// E2.2: whatever users hand over, a request that is written is one request.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/fields.hpp>
#include <xfer/proto/field_section.hpp>
#include <xfer/proto/head_writer.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <iterator>
#include <string>

namespace fuzz {
namespace {

using namespace xfer::proto;

generated_fields choose_generated(input& in) {
    generated_fields generated;
    generated.user_agent = in.choose() ? "agent" : "";
    generated.accept_encoding = in.choose() ? "gzip" : "";
    generated.te = in.choose() ? "gzip" : "";
    generated.connection = in.choose() ? "close" : "";
    generated.content_type = in.choose() ? "text/plain" : "";
    generated.expect_continue = in.choose();
    constexpr request_body bodies[] = {
        request_body::none, request_body::length, request_body::chunked};
    generated.body = bodies[in.choose(std::size(bodies))];
    generated.content_length = 42;
    return generated;
}

/// Lines "name: value"; those without a colon are names that are not to be sent.
xfer::fields take_fields(input& in) {
    xfer::fields user;
    while (in.has_lines()) {
        const octets line = in.line();
        const auto colon = line.view().find(':');
        if (colon == std::string_view::npos) {
            user.suppress(line.view());
        } else {
            user.add(line.view().substr(0, colon), line.view().substr(colon + 1));
        }
    }
    return user;
}

/// Whether lines of that name are put together, or written once.
bool is_joined(std::string_view name) {
    constexpr std::string_view joined[] = {
        "Connection", "TE", "Content-Length", "Transfer-Encoding"};
    return std::any_of(std::begin(joined), std::end(joined), [&](std::string_view j) {
        return iequals(j, name);
    });
}

/// Reads the head back: its first line by itself, its fields by the parser of replies.
void check(
    std::string head,
    std::string_view method,
    std::string_view target,
    const xfer::fields& user,
    const generated_fields& generated
) {
    const auto end = head.find("\r\n");
    require(end != head.npos, "a request line ends");
    const std::string line =
        std::string(method) + " " + std::string(target) + " HTTP/1.1";
    require_same(head.substr(0, end), line, "a request line");
    require(is_token(method) && is_request_target(target), "what it is made of");
    field_section_parser parser({}, profile::strict);
    parser.start(end + 2);
    require(parser.parse(head) == parse_status::complete, "fields, and an empty line");
    require(parser.size() == head.size(), "nothing follows");
    const xfer::fields_view fields(head, parser.entries());
    require(fields.count("Host") == 1, "one Host");
    require(fields.count("Content-Length") <= 1, "not more than one length");
    require(
        fields.count("Content-Length") + fields.count("Transfer-Encoding") ==
            (generated.body == request_body::none ? 0U : 1U),
        "the body is framed in one way"
    );
    for (const auto [name, value] : user) {
        require(
            is_joined(name) ? fields.contains(name)
                            : fields.count(name) == user.count(name),
            "as many fields as the user said"
        );
    }
}

}  // namespace

void request_head(std::string_view given) {
    input in(given);
    const auto generated = choose_generated(in);
    const octets method = in.line();
    const octets target = in.line();
    const octets host = in.line();
    const xfer::fields user = take_fields(in);
    std::string head;
    const auto refused = append_request_head(
        head, method.view(), target.view(), host.view(), user, generated
    );
    if (refused) {
        require(head.empty() && !refused.why.empty(), "a sentence, and no octet");
        return;
    }
    check(head, method.view(), target.view(), user, generated);
}

}  // namespace fuzz
