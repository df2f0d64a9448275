// The URLs of -w, and their components.
#include "options/protocols.hpp"
#include "output/write_out/variables.hpp"

#include <optional>

namespace tool {

namespace {

/// What stands between "://" and the path, and before it.
struct raw_url {
    std::string_view scheme;    ///< empty: none is there
    std::string_view userinfo;  ///< without '@'
    bool has_userinfo = false;
    std::string_view rest;  ///< behind the userinfo
};

raw_url split(std::string_view text) {
    raw_url parts;
    const auto mark = text.find("://");
    if (mark != std::string_view::npos && mark < text.find_first_of("/?#")) {
        parts.scheme = text.substr(0, mark);
        text.remove_prefix(mark + 3);
    }
    const auto authority = text.substr(0, text.find_first_of("/?#"));
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos) {
        parts.has_userinfo = true;
        parts.userinfo = authority.substr(0, at);
        text.remove_prefix(at + 1);
    }
    parts.rest = text;
    return parts;
}

/// `url` with a userinfo in front of its host.
std::string with_userinfo(std::string_view url, std::string_view userinfo) {
    const auto host = url.find("://") + 3;
    std::string text(url.substr(0, host));
    text.append(userinfo).append("@").append(url.substr(host));
    return text;
}

/// The URL as the library reads it; none: it does not.
std::optional<xfer::parsed_url> parse(std::string_view text) {
    const auto raw = split(text);
    std::string whole(raw.scheme.empty() ? guessed_scheme(raw.rest) : raw.scheme);
    whole.append("://").append(raw.rest);
    std::optional<xfer::parsed_url> out(std::in_place);
    if (xfer::url::parse(whole, *out)) out.reset();
    return out;
}

bool same_origin(std::string_view a, std::string_view b) {
    const auto first = parse(a);
    const auto second = parse(b);
    return first && second && first->target.same_origin(second->target);
}

variable_value optional_text(std::optional<std::string_view> text) {
    return text ? variable_value(std::string(*text)) : variable_value();
}

}  // namespace

variable_value url_component(std::string_view text, url_part part) {
    const auto parsed = parse(text);
    if (!parsed) return {};
    const auto& url = parsed->target;
    const auto raw = split(text);
    const auto colon = raw.userinfo.find(':');
    switch (part) {
        case url_part::scheme:
            return std::string(url.scheme());
        case url_part::host:
            return url.host_kind() == xfer::host_kind::ipv6
                       ? "[" + std::string(url.host()) + "]"
                       : std::string(url.host());
        case url_part::port:
            return url.port() == 0 ? variable_value()
                                   : variable_value(std::to_string(url.port()));
        case url_part::path:
            return std::string(url.path());
        case url_part::query:
            return optional_text(url.query());
        case url_part::fragment:
            return optional_text(url.fragment());
        case url_part::zoneid:
            return url.zone().empty() ? variable_value()
                                      : variable_value(std::string(url.zone()));
        case url_part::user:
            return raw.has_userinfo
                       ? variable_value(std::string(raw.userinfo.substr(0, colon)))
                       : variable_value();
        case url_part::password:
            return colon != std::string_view::npos
                       ? variable_value(std::string(raw.userinfo.substr(colon + 1)))
                       : variable_value();
        case url_part::options:
            break;  // of protocols for mail
    }
    return {};
}

std::string effective_url(const outcome& ended) {
    const auto fetched = ended.response.url();
    if (fetched.empty()) return ended.url;
    const auto asked = split(ended.url);
    if (asked.has_userinfo && same_origin(ended.url, fetched)) {
        return with_userinfo(fetched, asked.userinfo);
    }
    return std::string(fetched);
}

std::string redirect_url(const outcome& ended) {
    const auto location = ended.response.header("Location");
    const int status = ended.response.status();
    xfer::parsed_url base;
    xfer::parsed_url next;
    if (location.empty() || status < 300 || status > 399 ||
        xfer::url::parse(ended.response.url(), base) ||
        base.target.resolve(location, next)) {
        return {};
    }
    const auto to = next.target.str();
    const auto from = effective_url(ended);
    const auto before = split(from);
    // A relative reference keeps them, an absolute one brings its own.
    if (location.find("://") == std::string_view::npos && before.has_userinfo &&
        same_origin(to, from)) {
        return with_userinfo(to, before.userinfo);
    }
    const auto its_own = split(location);
    return its_own.has_userinfo && !its_own.scheme.empty()
               ? with_userinfo(to, its_own.userinfo)
               : std::string(to);
}

}  // namespace tool
