// Taking differences away: of single requests.
#include "take_away.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace differential {

void drop_line(std::string& request, std::string_view beginning) {
    const auto head_end = request.find("\r\n\r\n");
    const auto at = request.find("\r\n" + std::string(beginning));
    if (at == std::string::npos || at >= head_end) return;
    request.erase(at, request.find("\r\n", at + 2) - at);
}

void drop_lines(trace& t, std::string_view beginning) {
    for (auto& r : t.requests) drop_line(r.bytes, beginning);
    // A connection to a proxy has several heads.
    const auto start = "\r\n" + std::string(beginning);
    for (auto& talk : t.to_proxy) {
        for (auto at = talk.find(start); at != std::string::npos;
             at = talk.find(start)) {
            talk.erase(at, talk.find("\r\n", at + 2) - at);
        }
    }
}

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

bool has_line(const std::string& request, std::string_view beginning) {
    const auto at = request.find("\r\n" + std::string(beginning));
    return at < request.find("\r\n\r\n");
}

void drop_requests_of_curl_alone(trace& curls, const trace& ours) {
    const auto line_of = [](const wire_request& r) {
        return r.bytes.substr(0, r.bytes.find("\r\n"));
    };
    auto& theirs = curls.requests;
    for (std::size_t i = 0;
         theirs.size() > ours.requests.size() && i < theirs.size();) {
        if (i < ours.requests.size() &&
            line_of(theirs[i]) == line_of(ours.requests[i])) {
            ++i;
        } else {
            theirs.erase(theirs.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    std::set<std::pair<int, std::size_t>> used;
    for (const auto& r : theirs) used.emplace(r.server, r.connection);
    curls.connections = std::min(curls.connections, used.size());
}

namespace {

/// The parameters of a Digest in alphabetical order.
std::string digest_laid_out(const std::string& line) {
    constexpr std::string_view mark = "uthorization: Digest ";
    const auto at = line.find(mark);
    if (at == std::string::npos) return line;
    std::vector<std::string> parameters;
    for (auto begin = at + mark.size(); begin < line.size();) {
        const auto end = std::min(line.find(", ", begin), line.size());
        parameters.push_back(line.substr(begin, end - begin));
        begin = end + 2;
    }
    std::ranges::sort(parameters);
    auto out = line.substr(0, at + mark.size());
    for (const auto& p : parameters) out += p + ' ';
    return out;
}

/// A list of content codings likewise.
std::string codings_laid_out(const std::string& line) {
    constexpr std::string_view mark = "Accept-Encoding: ";
    if (!line.starts_with(mark)) return line;
    auto letters = line.substr(mark.size()) + ", ";
    std::vector<std::string> codings;
    for (auto end = letters.find(", "); end != std::string::npos;
         end = letters.find(", ")) {
        codings.push_back(letters.substr(0, end));
        letters.erase(0, end + 2);
    }
    std::ranges::sort(codings);
    std::string out(mark);
    for (const auto& c : codings) out += c + ' ';
    return out;
}

/// The fields of a head in alphabetical order, those without a value without a blank.
/// Answers where the head ends that begins there.
std::size_t lay_out(std::string& request, std::size_t begin = 0) {
    const auto first = request.find("\r\n", begin);
    const auto head_end = request.find("\r\n\r\n", begin);
    if (head_end == std::string::npos || first == head_end) return head_end;
    std::vector<std::string> lines;
    for (auto at = first + 2; at < head_end + 2;) {
        const auto end = request.find("\r\n", at);
        auto line = request.substr(at, end - at);
        if (line.ends_with(": ")) line.pop_back();
        lines.push_back(codings_laid_out(digest_laid_out(line)));
        at = end + 2;
    }
    std::ranges::sort(lines);
    std::string head;
    for (const auto& line : lines) head += line + "\r\n";
    request.replace(first + 2, head_end - first, head);
    return first + 2 + head.size() + 2;
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

/// RFC 3986 6.2.2.1.
void lower_host(std::string& request) {
    auto at = request.find("\r\nHost: ");
    if (at > request.find("\r\n\r\n")) return;
    for (at += 8; request[at] != '\r'; ++at) {
        request[at] = static_cast<char>(std::tolower(request[at]));
    }
}

}  // namespace

namespace take_away {

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

void field_layout(trace& curls, trace& ours) {
    for (auto* t : {&curls, &ours}) {
        for (auto& r : t->requests) lay_out(r.bytes);
        for (auto& talk : t->to_proxy) {
            for (std::size_t at = 0; at != std::string::npos;) at = lay_out(talk, at);
        }
    }
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
    take_outcomes(curls, ours, {0}, {3, 43});
    std::erase_if(curls.requests, [](const wire_request& r) {
        return r.bytes.find("\r\nX-Smuggled: ") != std::string::npos;
    });
    drop_requests_of_curl_alone(curls, ours);
    // curl connects, and then reads the file of certificates.
    if (ours.connections == 0 && curls.requests.empty()) curls.connections = 0;
}

void url(trace& curls, trace& ours) {
    for (auto& r : curls.requests) {
        const auto end = r.bytes.find("\r\n");
        r.bytes.replace(0, end, normal_triplets(r.bytes.substr(0, end)));
        lower_host(r.bytes);
    }
    take_outcomes(curls, ours, {7}, {3});  // curl guessed a scheme and tried
}

void strict_replies(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {0, 1, 8, 56}, {8});
    take_connections(curls, ours);
}

void head_limit(trace& curls, trace& ours) { take_outcomes(curls, ours, {27}, {100}); }

void cut_off(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {0, 52}, {8, 18, 61});
}

void max_body(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {0}, {63});
    // curl gave up at the body of a redirect, and at one that HEAD does not have.
    take_outcomes(curls, ours, {63}, {0});
    if (curls.requests.size() < ours.requests.size()) curls.requests = ours.requests;
}

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

}  // namespace take_away

}  // namespace differential
