// Taking differences away: of transfers that take several requests, and of cookies.
#include "take_away.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <sstream>
#include <vector>

namespace differential {

namespace {

constexpr std::string_view jar_note = "cookies:\n";

/// Calls f(curl's, ours) for the requests that both have.
template <class F>
void for_each_pair(trace& curls, trace& ours, F f) {
    const auto n = std::min(curls.requests.size(), ours.requests.size());
    for (std::size_t i = 0; i < n; ++i) {
        f(curls.requests[i].bytes, ours.requests[i].bytes);
    }
}

/// The cookies of a Cookie field in alphabetical order.
void sort_cookies(std::string& request) {
    constexpr std::string_view mark = "\r\nCookie: ";
    const auto at = request.find(mark);
    if (at == std::string::npos || at > request.find("\r\n\r\n")) return;
    const auto begin = at + mark.size();
    const auto end = request.find("\r\n", begin);
    std::istringstream in(request.substr(begin, end - begin));
    std::vector<std::string> all;
    for (std::string one; std::getline(in, one, ';');) {
        all.push_back(one.substr(std::min(one.find_first_not_of(' '), one.size())));
    }
    std::ranges::sort(all);
    std::string value;
    for (const auto& one : all) value += (value.empty() ? "" : "; ") + one;
    request.replace(begin, end - begin, value);
}

/// Domains in lower case, paths without a slash at their ends.
std::string normal_jar(const std::string& note) {
    std::istringstream in(note);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        const auto domain = line.starts_with("#HttpOnly_") ? 10U : 0U;
        for (auto i = domain; i < line.size() && line[i] != ' '; ++i) {
            line[i] = static_cast<char>(std::tolower(line[i]));
        }
        const auto slash = line.find("/ ");
        if (slash != std::string::npos && line[slash - 1] != ' ') line.erase(slash, 1);
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    std::string out;
    for (const auto& line : lines) out += line + '\n';
    return out;
}

/// A form's body in the words of the URL Standard, and no type of a part that is only
/// guessed.
std::string as_browsers_do(const std::string& request) {
    const auto head = request.find("\r\n\r\n");
    auto body = request.substr(std::min(head, request.size()));
    if (request.find("x-www-form-urlencoded") < head) {
        body = replaced(replaced(body, "%20", "+"), "~", "%7E");
        body = replaced(body, "%2A", "*");
    } else {
        body = replaced(body, "\r\nContent-Type: application/octet-stream", "");
    }
    auto out = request.substr(0, head) + body;
    constexpr std::string_view mark = "\r\nContent-Length: ";
    const auto length = out.find(mark);
    if (length < head) {
        const auto begin = length + mark.size();
        const auto size = std::to_string(body.size() - 4);  // and the empty line
        out.replace(begin, out.find("\r\n", begin) - begin, size);
    }
    return out;
}

}  // namespace

namespace take_away {

void redirects_followed(trace& curls, trace& ours) {
    const auto n = std::min(curls.outcomes.size(), ours.outcomes.size());
    for (std::size_t i = 0; i < n; ++i) {
        const auto& own = ours.outcomes[i];
        if (own.status / 100 == 3 && curls.outcomes[i].name == own.name) {
            curls.outcomes[i] = own;
        }
    }
    drop_requests_of_curl_alone(curls, ours);
    take_connections(curls, ours);
}

void redirect_rewrites(trace& curls, trace& ours) {
    for_each_pair(curls, ours, [](std::string& theirs, const std::string& own) {
        if (!own.starts_with("GET ")) return;
        theirs.replace(0, theirs.find(' '), "GET");
        if (!has_line(own, "Content-Type: ")) drop_line(theirs, "Content-Type: ");
    });
}

void origin_bound(trace& curls, trace& ours) {
    for_each_pair(curls, ours, [](std::string& theirs, const std::string& own) {
        for (const auto* field : {"Authorization: ", "Referer: "}) {
            if (!has_line(own, field)) drop_line(theirs, field);
        }
    });
    take_outcomes(curls, ours, {0}, {1});
    drop_requests_of_curl_alone(curls, ours);
}

void no_response(trace& curls, trace& ours) {
    const auto n = std::min(curls.outcomes.size(), ours.outcomes.size());
    for (std::size_t i = 0; i < n; ++i) {
        const auto& own = ours.outcomes[i];
        if (own.code != 0 && own.status == 0) curls.outcomes[i].status = 0;
    }
}

void between_requests(trace& curls, trace& ours) {
    take_connections(curls, ours);
    take_connections(ours, curls);  // a connection that curl gave up
}

void digest(trace& curls, trace& ours) {
    // Ours has to be right all the same.
    const auto is_wrong = [](const std::string& text) {
        return text.find("response=\"wrong\"") != std::string::npos;
    };
    if (std::ranges::any_of(ours.requests, is_wrong, &wire_request::bytes) ||
        std::ranges::any_of(ours.to_proxy, is_wrong)) {
        return;
    }
    const auto n = std::min(curls.outcomes.size(), ours.outcomes.size());
    for (std::size_t i = 0; i < n; ++i) {
        if (curls.outcomes[i].name == ours.outcomes[i].name) {
            curls.outcomes[i] = ours.outcomes[i];
        }
    }
    drop_requests_of_curl_alone(curls, ours);
    for (auto* t : {&curls, &ours}) {
        drop_lines(*t, "Authorization: Digest ");
        drop_lines(*t, "Proxy-Authorization: Digest ");
    }
}

void remembered_login(trace& curls, trace& ours) {
    // What curl asked before it answered.
    auto& theirs = curls.requests;
    for (std::size_t i = 0; i < std::min(theirs.size(), ours.requests.size()); ++i) {
        const bool asks = !has_line(theirs[i].bytes, "Authorization: ") &&
                          has_line(ours.requests[i].bytes, "Authorization: ");
        if (asks) theirs.erase(theirs.begin() + static_cast<std::ptrdiff_t>(i));
    }
    // The nonce may be another one, and is used for the second time.
    for (auto* t : {&curls, &ours}) {
        for (auto& r : t->requests) {
            for (const auto* name : {" nonce=", " nc="}) {
                const auto at = r.bytes.find(name);
                if (at != std::string::npos) {
                    r.bytes.erase(at, r.bytes.find_first_of(" \r", at + 1) - at);
                }
            }
        }
    }
}

void challenged_body(trace& curls, trace& ours) {
    for_each_pair(curls, ours, [](std::string& theirs, const std::string& own) {
        if (has_line(theirs, "Content-Length: 0") &&
            !has_line(own, "Content-Length: 0")) {
            theirs = own;
        }
    });
    take_outcomes(curls, ours, {0}, {65});
    drop_requests_of_curl_alone(curls, ours);
}

void passwords(trace& curls, trace& ours) {
    for_each_pair(curls, ours, [](std::string& theirs, std::string& own) {
        drop_line(theirs, "Authorization: Basic ");
        drop_line(own, "Authorization: Basic ");
    });
    take_outcomes(curls, ours, {0}, {67});
    drop_requests_of_curl_alone(curls, ours);
}

void conditions(trace& curls, trace& ours) {
    drop_lines(ours, "If-Range: ");
    take_outcomes(curls, ours, {0, 33}, {0, 22});
}

void proxies(trace& curls, trace& ours) {
    for (auto* t : {&curls, &ours}) {
        for (const auto* name : {"Proxy-Connection: ", "Proxy-Mine: "}) {
            drop_lines(*t, name);
        }
    }
    // Of a CONNECT, whose fields are all of them the proxy's.
    for (auto& talk : ours.to_proxy) {
        if (talk.starts_with("CONNECT ")) drop_line(talk, "User-Agent: ");
    }
    take_outcomes(curls, ours, {56}, {97});
    take_outcomes(curls, ours, {7}, {1});
}

void forms(trace& curls, trace& ours) {
    for_each_pair(curls, ours, [](std::string& theirs, std::string& own) {
        theirs = as_browsers_do(theirs);
        own = as_browsers_do(own);
    });
}

void codings(trace& curls, trace& ours) {
    take_outcomes(curls, ours, {23, 61}, {0, 61});
}

void cookie_layout(trace& curls, trace& ours) {
    for (auto* t : {&curls, &ours}) {
        for (auto& r : t->requests) sort_cookies(r.bytes);
        for (auto& note : t->notes) {
            if (note.starts_with(jar_note)) note = normal_jar(note);
        }
    }
}

void cookie_rules(trace& curls, trace& ours) {
    for (auto* t : {&curls, &ours}) {
        // curl has one for the jar and one of the user's.
        drop_lines(*t, "Cookie: ");
        drop_lines(*t, "Cookie: ");
        std::erase_if(t->notes, [](const std::string& n) {
            return n.find(jar_note) != std::string::npos;
        });
    }
}

}  // namespace take_away

}  // namespace differential
