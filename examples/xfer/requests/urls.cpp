// Schemes, users, queries.
#include "requests/urls.hpp"

#include "options/letters.hpp"
#include "options/protocols.hpp"
#include "output/files.hpp"

#include <algorithm>

namespace tool {

namespace {

std::string scheme_for(const operation& op, std::string_view text) {
    return op.default_protocol.empty() ? std::string(guessed_scheme(text))
                                       : op.default_protocol;
}

/// Where the authority of a URL begins and ends.
struct span_of_authority {
    std::size_t begin;
    std::size_t end;
};

span_of_authority authority_of(std::string_view url) {
    const auto begin = url.find("://") + 3;
    return {begin, std::min(url.find_first_of("/?#", begin), url.size())};
}

bool is_among(const std::vector<std::string>& allowed, std::string_view scheme) {
    return std::ranges::find(allowed, scheme) != allowed.end();
}

/// Whether --proto lets a URL have this scheme, whoever names it.
bool is_allowed(const operation& op, std::string_view scheme) {
    return !op.protocols_set || is_among(op.protocols, scheme);
}

/// Whether a text has the letters of a scheme, be it known or not.
bool is_scheme(std::string_view text) noexcept {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
    return !text.empty() && text.find_first_not_of(letters) == text.npos;
}

refusal check_scheme(const operation& op, std::string_view scheme) {
    const std::string name(scheme);
    if (!is_scheme(scheme)) {
        return {exit_codes::url_malformed, "URL rejected: '" + name + "' is no scheme"};
    }
    if (scheme != "http" && scheme != "https") {
        return {
            exit_codes::unsupported_protocol,
            "Protocol \"" + name + "\" not supported"};
    }
    if (!is_allowed(op, scheme)) {
        return {exit_codes::unsupported_protocol, "Protocol \"" + name + "\" disabled"};
    }
    return {};
}

}  // namespace

std::string without_login(std::string_view url) {
    const auto mark = url.find("://");
    const auto begin = mark == std::string_view::npos ? 0 : mark + 3;
    const auto end = std::min(url.find_first_of("/?#", begin), url.size());
    const auto at = url.substr(0, end).rfind('@');
    std::string text(url);
    if (at != std::string_view::npos && at >= begin) {
        text.erase(begin, at + 1 - begin);
    }
    return text;
}

std::string about_it(std::string_view why) {
    constexpr std::string_view of_url = "the URL's ";
    constexpr std::string_view url = "the URL ";
    if (why.starts_with(of_url)) {
        return std::string("its ").append(why.substr(of_url.size()));
    }
    if (why.starts_with(url)) {
        return std::string("it ").append(why.substr(url.size()));
    }
    return std::string(why);
}

bool limits_redirects(const operation& op) noexcept {
    return op.protocols_set || op.redirect_protocols_set;
}

refusal check_redirect(const operation& op, std::string_view url) {
    const auto scheme = url.substr(0, url.find(':'));
    const bool leads_there =
        !op.redirect_protocols_set || is_among(op.redirect_protocols, scheme);
    if (leads_there && is_allowed(op, scheme)) {
        return {};
    }
    return {
        exit_codes::unsupported_protocol,
        "Protocol \"" + std::string(scheme) + "\" disabled in redirect"};
}

refusal read_url(const operation& op, std::string text, asked_url& url) {
    if (const auto mark = text.find("://");
        mark == std::string::npos || text.find_first_of("/?#@") < mark) {
        text.insert(0, scheme_for(op, text) + "://");
    }
    const auto scheme = lower(std::string_view(text).substr(0, text.find("://")));
    if (auto refused = check_scheme(op, scheme)) {
        return refused;
    }
    xfer::parsed_url parsed;
    if (xfer::url::parse(text, parsed)) {
        return {exit_codes::url_malformed, "URL rejected: " + about_it(parsed.why)};
    }
    if (parsed.user && op.disallow_username_in_url) {
        return {
            exit_codes::login_denied,
            "URL rejected: Credentials was passed in the URL when prohibited"};
    }
    url.with_user = text;
    url.user = parsed.user;
    url.password = parsed.password;
    if (parsed.user) {
        const auto authority = authority_of(text);
        const auto at = text.rfind('@', authority.end - 1);
        text.erase(authority.begin, at + 1 - authority.begin);
    }
    url.text = std::move(text);
    return {};
}

void add_query(std::string& url, std::string_view query) {
    if (query.empty()) {
        return;
    }
    const auto end = std::min(url.find('#'), url.size());
    const auto mark = url.find('?');
    std::string piece(mark < end ? "&" : "?");
    if (mark + 1 == end) {
        piece.clear();
    }
    url.insert(end, piece.append(query));
}

void add_upload_name(std::string& url, const std::string& file) {
    const auto fragment = std::min(url.find('#'), url.size());
    if (url.find('?') < fragment) {
        return;  // what is asked for has no name of a file
    }
    const auto mark = url.find("://");
    const auto begin = mark == std::string::npos ? 0 : mark + 3;
    const auto end = std::min(url.find('#', begin), url.size());
    const auto slash = url.find('/', begin);
    std::string piece;
    if (slash >= end) {
        piece = "/";
    } else if (url[end - 1] != '/') {
        return;
    }
    piece += percent_encoded(file_part(file));
    url.insert(end, piece);
}

}  // namespace tool
