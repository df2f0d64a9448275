// The table of intended differences, and how each is taken away.
#include "differences.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

namespace differential {

namespace {

/// Removes the first line of a request's head that begins so.
void drop_line(std::string& request, std::string_view beginning) {
    const auto head_end = request.find("\r\n\r\n");
    const auto at = request.find("\r\n" + std::string(beginning));
    if (at == std::string::npos || at >= head_end) return;
    request.erase(at, request.find("\r\n", at + 2) - at);
}

void drop_lines(trace& t, std::string_view beginning) {
    for (auto& r : t.requests) drop_line(r.bytes, beginning);
}

/// Where a transfer ended with one of these codes in curl and with one of those in
/// xfer, curl's outcome becomes ours.
void take_outcomes(
    trace& curls,
    const trace& ours,
    std::initializer_list<int> curl_codes,
    std::initializer_list<int> our_codes
) {
    const auto among = [](int code, std::initializer_list<int> codes) {
        return std::ranges::find(codes, code) != codes.end();
    };
    const auto n = std::min(curls.outcomes.size(), ours.outcomes.size());
    for (std::size_t i = 0; i < n; ++i) {
        auto& theirs = curls.outcomes[i];
        const auto& own = ours.outcomes[i];
        if (theirs.name == own.name && among(theirs.code, curl_codes) &&
            among(own.code, our_codes)) {
            theirs = own;
        }
    }
}

/// Where curl went on with a connection that xfer gave up, its later requests move to
/// the connections that xfer made for them.
void take_connections(trace& curls, const trace& ours) {
    if (curls.requests.size() != ours.requests.size() ||
        curls.connections >= ours.connections) {
        return;
    }
    curls.connections = ours.connections;
    for (std::size_t i = 0; i < curls.requests.size(); ++i) {
        curls.requests[i].connection = ours.requests[i].connection;
    }
}

void user_agent(trace&, trace& ours) { drop_lines(ours, "User-Agent: xfer/"); }

void body_fields(trace& curls, trace& ours) {
    drop_lines(curls, "Content-Type: application/x-www-form-urlencoded");
    const auto n = std::min(curls.requests.size(), ours.requests.size());
    for (std::size_t i = 0; i < n; ++i) {
        const bool asked =
            ours.requests[i].bytes.find("\r\nExpect: ") != std::string::npos;
        if (!asked) drop_line(curls.requests[i].bytes, "Expect: 100-continue");
    }
}

/// The fields of a head in alphabetical order, those without a value without a blank.
void lay_out(std::string& request) {
    const auto first = request.find("\r\n");
    const auto head_end = request.find("\r\n\r\n");
    if (head_end == std::string::npos || first == head_end) return;
    std::vector<std::string> lines;
    for (auto at = first + 2; at < head_end + 2;) {
        const auto end = request.find("\r\n", at);
        auto line = request.substr(at, end - at);
        if (line.ends_with(": ")) line.pop_back();
        lines.push_back(std::move(line));
        at = end + 2;
    }
    std::ranges::sort(lines);
    std::string head = request.substr(0, first + 2);
    for (const auto& line : lines) head += line + "\r\n";
    request.replace(0, head_end + 2, head);
}

void field_layout(trace& curls, trace& ours) {
    for (auto& r : curls.requests) lay_out(r.bytes);
    for (auto& r : ours.requests) lay_out(r.bytes);
}

void http_1_0(trace& curls, trace&) {
    constexpr std::string_view theirs = " HTTP/1.0\r\n";
    for (auto& r : curls.requests) {
        const auto at = r.bytes.find("\r\n");
        if (std::string_view(r.bytes).substr(0, at + 2).ends_with(theirs)) {
            r.bytes[at - 1] = '1';
        }
    }
}

void refused_early(trace& curls, trace& ours) {
    // curl connects, and then reads the file of certificates.
    if (ours.connections == 0 && curls.requests.empty()) curls.connections = 0;
    take_outcomes(curls, ours, {0}, {43});
    std::erase_if(curls.requests, [](const wire_request& r) {
        return r.bytes.find("\r\nX-Smuggled: ") != std::string::npos;
    });
}

/// RFC 3986 6.2.2: a triplet of an unreserved character stands for itself, the digits
/// of the others are upper case.
std::string normal_triplets(std::string text) {
    for (auto at = text.find('%'); at != std::string::npos && at + 2 < text.size();
         at = text.find('%', at + 1)) {
        const int code = std::stoi(text.substr(at + 1, 2), nullptr, 16);
        const auto c = static_cast<char>(code);
        if (std::isalnum(code) ||
            std::string_view("-._~").find(c) != std::string::npos) {
            text.replace(at, 3, 1, c);
        } else {
            for (const auto i : {at + 1, at + 2}) {
                text[i] = static_cast<char>(std::toupper(text[i]));
            }
        }
    }
    return text;
}

void url(trace& curls, trace& ours) {
    for (auto& r : curls.requests) {
        const auto end = r.bytes.find("\r\n");
        r.bytes.replace(0, end, normal_triplets(r.bytes.substr(0, end)));
    }
    take_outcomes(curls, ours, {7}, {3});  // curl guessed a scheme and tried
}

void strict_replies(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {0, 1, 8, 56}, {8});
    take_connections(curls, ours);
}

void head_limit(trace& curls, trace& ours) { take_outcomes(curls, ours, {27}, {100}); }

void cut_off(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {0, 52}, {8, 18});
}

void max_body(trace& curls, trace& ours) { take_outcomes(curls, ours, {0}, {63}); }

void kept_connection(trace& curls, trace& ours) {
    // curl sent again what xfer did not.
    if (curls.requests.size() == ours.requests.size() + 1) {
        const auto& last = curls.requests.back();
        const auto& before = curls.requests[curls.requests.size() - 2];
        if (last.bytes == before.bytes && last.connection == curls.connections) {
            curls.requests.pop_back();
            --curls.connections;
            take_outcomes(curls, ours, {0}, {8, 52, 56});
        }
    }
    // curl took bytes that came unasked for the response.
    if (curls.connections + 1 == ours.connections) {
        take_outcomes(curls, ours, {1, 8}, {0});
        take_connections(curls, ours);
    }
}

void queue_order(trace& curls, trace& ours) {
    if (!std::ranges::is_sorted(ours.outcomes, {}, &outcome::name)) return;
    std::ranges::sort(curls.outcomes, {}, &outcome::name);
    std::ranges::sort(curls.requests, {}, &wire_request::bytes);
}

void remove_answers(trace& curls, trace& ours) {
    const auto n = std::min(curls.notes.size(), ours.notes.size());
    for (std::size_t i = 0; i < n; ++i) {
        if (ours.notes[i].ends_with(": unknown")) curls.notes[i] = ours.notes[i];
    }
}

void tls_alert(trace& curls, trace& ours) { take_outcomes(curls, ours, {56}, {35}); }

constexpr std::array table{
    difference_row{
        difference::user_agent,
        "xfer sends a User-Agent by itself",
        "docs/curl-to-xfer.md, Requests",
        user_agent},
    difference_row{
        difference::body_fields,
        "curl adds to a body what nobody asked for: Content-Type, Expect",
        "docs/curl-to-xfer.md, Requests",
        body_fields},
    difference_row{
        difference::field_layout,
        "the fields of a request have another order, an empty one its blank",
        "docs/curl-to-xfer.md, Requests",
        field_layout},
    difference_row{
        difference::http_1_0,
        "a request says HTTP/1.1 (RFC 9110 2.5), also to a server of HTTP/1.0",
        "docs/curl-to-xfer.md, Requests",
        http_1_0},
    difference_row{
        difference::refused_early,
        "what must not be sent or cannot be trusted is refused before any traffic",
        "M02",
        refused_early},
    difference_row{
        difference::url,
        "xfer normalises a URL, and guesses no scheme",
        "docs/curl-to-xfer.md, Requests",
        url},
    difference_row{
        difference::strict_replies,
        "a reply against RFC 9112 is weird_reply; a doubtful one closes",
        "docs/curl-to-xfer.md, Responses",
        strict_replies},
    difference_row{
        difference::head_limit,
        "a head that is too large is header_too_large, as in newer curls",
        "docs/curl-to-xfer.md, Responses",
        head_limit},
    difference_row{
        difference::cut_off,
        "a response that is cut off is an error everywhere",
        "docs/curl-to-xfer.md, Responses",
        cut_off},
    difference_row{
        difference::max_body,
        "max_body_size also bounds bodies that announce no length",
        "docs/curl-to-xfer.md, Easy options",
        max_body},
    difference_row{
        difference::kept_connection,
        "a kept connection is looked at first; what may have been done is not sent "
        "again",
        "M24",
        kept_connection},
    difference_row{
        difference::queue_order,
        "a queue is first come, first served",
        "M20",
        queue_order,
        true},
    difference_row{
        difference::remove_answers,
        "removing what has ended says so",
        "M10",
        remove_answers},
    difference_row{
        difference::tls_alert,
        "a refused client certificate is tls_handshake_failed also in TLS 1.3",
        "docs/errors.md, TLS",
        tls_alert},
};

}  // namespace

std::span<const difference_row> intended_differences() { return table; }

const difference_row& row_of(difference d) {
    return *std::ranges::find(table, d, &difference_row::which);
}

}  // namespace differential
