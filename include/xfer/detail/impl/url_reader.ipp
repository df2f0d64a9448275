// Reading and normalising a URL (RFC 3986 3 and 6.2), one component after the other.
#pragma once

#include <xfer/detail/idn.hpp>
#include <xfer/detail/impl/url_reader_class.ipp>
#include <xfer/detail/ip_text.hpp>

#include <algorithm>

namespace XFER_NAMESPACE::detail {

[[nodiscard]] constexpr bool is_scheme_octet(char c) noexcept {
    return ascii_alpha(c) || ascii_digit(c) || c == '+' || c == '-' || c == '.';
}

/// find(), without a call where the text is short.
[[nodiscard]] inline std::size_t find_near(std::string_view text, char c) noexcept {
    constexpr std::size_t is_short = 16;
    if (text.size() > is_short) return text.find(c);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == c) return i;
    }
    return text.npos;
}

/// Whether a segment begins with a dot: only then may there be dot segments. Looks for
/// the dots, as a path has fewer of them than of slashes.
[[nodiscard]] inline bool has_leading_dot(std::string_view path) noexcept {
    std::size_t dot = find_near(path, '.');
    while (dot != std::string_view::npos && path[dot - 1] != '/') {
        dot = path.find('.', dot + 1);
    }
    return dot != std::string_view::npos;
}

/// Appends %XX, in upper case.
inline void append_percent(std::string& to, unsigned char octet) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    to += '%';
    to += digits[octet >> 4U];
    to += digits[octet & 0xfU];
}

inline url_complaint url_reader::read() {
    if (in_.size() > url::max_size) {
        return url_complaints::too_long;
    }
    made.text_.reserve(in_.size() + 1);  // one for the slash of an empty path
    url_complaint bad = read_scheme();
    if (bad == nullptr) {
        bad = read_authority();
    }
    if (bad == nullptr) {
        bad = read_rest();
    }
    return bad == nullptr ? finish() : bad;
}

/// Where a host ends that is a name or an IPv4 address in its normal form; `begin` when
/// it is none.
[[nodiscard]] inline std::size_t plain_host_end(
    std::string_view text, std::size_t begin
) noexcept {
    constexpr url_octet_set wanted = url_octet_unreserved;
    const char* const first = text.data() + begin;  // behind a slash
    const char* const last = text.data() + text.size();
    const char* p = first;
    if (p == last || *p == '.') return begin;
    for (; p != last; ++p) {
        if ((url_octet_class(*p) & (wanted | url_octet_capital)) != wanted) break;
        if (*p == '.' && p[-1] == '.') return begin;  // an empty label
    }
    return begin + static_cast<std::size_t>(p - first);
}

/// Reads ":8080" at `at` and steps past it, or reads nothing; false when it is no port
/// in its normal form. That it is not the default is for the caller to see.
[[nodiscard]] inline bool read_plain_port(
    std::string_view text, std::size_t& at, std::uint16_t& port
) noexcept {
    if (at == text.size() || text[at] != ':') return true;
    const std::size_t begin = ++at;
    unsigned value = 0;
    while (at < text.size() && at - begin < 5 && ascii_digit(text[at])) {
        value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    }
    port = static_cast<std::uint16_t>(value);
    return at != begin && text[begin] != '0' && value <= 65535;
}

/// Scheme, host and port, if they are in their normal form.
inline bool url_reader::read_plain_origin(std::string_view text, url::places& part) {
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) return false;
    const std::size_t host = secure ? 8 : 7;
    const std::size_t host_end = plain_host_end(text, host);
    if (host_end == host) return false;
    const std::string_view name(text.data() + host, host_end - host);
    const bool number = ends_in_number(name);
    if (number && !is_dotted_quad(name)) return false;
    const std::uint16_t usual = secure ? 443 : 80;
    std::uint16_t port = usual;
    std::size_t path = host_end;
    if (!read_plain_port(text, path, port)) return false;
    const bool explicit_port = path != host_end;
    if (explicit_port && port == usual) return false;
    part.scheme_end = secure ? 5 : 4;
    part.host = static_cast<url::offset>(host);
    part.host_end = part.zone_end = static_cast<url::offset>(host_end);
    part.path = static_cast<url::offset>(path);
    part.port = port;
    part.kind = number ? host_kind::ipv4 : host_kind::name;
    part.explicit_port = explicit_port;
    return true;
}

XFER_DECL bool url_reader::read_plain(
    std::string_view text, parsed_url& out, std::string* owner, const url* like
) {
    if (text.size() >= url::max_size) return false;
    url::places part;
    if (like != nullptr && like->begins(text)) {
        part = like->part_;
    } else if (!read_plain_origin(text, part)) {
        return false;
    }
    const std::size_t path = part.path;
    const std::string_view tail(text.data() + path, text.size() - path);
    const bool root = tail.empty();  // a slash is missing
    if (!root && tail.front() != '/') return false;
    if (!is_plain_url_tail(tail)) return false;
    const std::size_t question = std::min(find_near(tail, '?'), tail.size());
    if (has_leading_dot({tail.data(), question})) return false;

    url& made = out.target;
    // First of all, since the text may be one of those that are changed here.
    made.text_ = owner != nullptr ? std::move(*owner) : std::string(text);
    if (root) made.text_ += '/';
    const std::size_t end = made.text_.size();
    part.query = static_cast<url::offset>(root ? end : path + question);
    part.fragment = part.end = static_cast<url::offset>(end);
    made.part_ = part;
    out.user.reset();
    out.password.reset();
    out.why = {};
    return true;
}

inline url_complaint url_reader::read_scheme() {
    // Nearly all: no look at each octet.
    if (in_.starts_with("https:") || in_.starts_with("http:")) {
        next_ = in_[4] == ':' ? 4 : 5;
        made.text_.append(in_.data(), next_);
    } else {
        while (next_ < in_.size() && is_scheme_octet(in_[next_])) {
            made.text_ += to_lower(in_[next_++]);
        }
        if (next_ < in_.size() &&
            (url_octet_class(in_[next_]) & url_octet_refused) != 0) {
            return url_complaints::bad_octet;
        }
        if (next_ == 0 || next_ == in_.size() || in_[next_] != ':' ||
            !ascii_alpha(in_[0])) {
            return url_complaints::no_scheme;
        }
    }
    at_.scheme_end = next_++;
    default_port_ = default_port(made.text_);
    made.part_.port = default_port_;
    made.text_ += ':';
    return nullptr;
}

inline url_complaint url_reader::read_authority() {
    at_.host = at_.host_end = at_.zone_end = made.text_.size();
    // Each scheme with a default port is one whose URLs need a host (RFC 9110 4.2).
    if (!in_.substr(next_).starts_with("//")) {
        return default_port_ != 0 ? url_complaints::no_host : nullptr;
    }
    has_authority_ = true;
    next_ += 2;
    made.text_ += "//";
    at_.host = at_.host_end = at_.zone_end = made.text_.size();

    const url_octet_set stop =
        url_octet_slash | url_octet_question | url_octet_hash | url_octet_refused;
    const auto [end, seen] = find_url_octet(in_, next_, stop);
    host_seen_ = seen;
    if (end < in_.size() && (url_octet_class(in_[end]) & url_octet_refused) != 0) {
        return url_complaints::bad_octet;
    }
    std::string_view authority = in_.substr(next_, end - next_);
    next_ = end;
    const std::size_t at_sign = authority.find('@');
    if (at_sign != std::string_view::npos) {
        const std::string_view userinfo = authority.substr(0, at_sign);
        authority.remove_prefix(at_sign + 1);
        if (authority.find('@') != std::string_view::npos) {
            return url_complaints::two_ats;
        }
        if (const url_complaint bad = read_userinfo(userinfo)) {
            return bad;
        }
        if (authority.empty()) {
            return url_complaints::no_host;
        }
        host_seen_ = url_octets_in(authority);
    }
    if (authority.empty()) {
        return default_port_ != 0 ? url_complaints::no_host : nullptr;
    }
    return read_host(authority);
}

/// Percent-decodes a user or a password; false when it has an octet that RFC 3986 3.2.1
/// wants encoded, or when a control octet comes out.
[[nodiscard]] inline bool decode_userinfo(std::string_view raw, std::string& out) {
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        int octet = static_cast<unsigned char>(raw[i]);
        if (raw[i] == '%') {
            octet = percent_value(raw.substr(i));
            i += 2;
        } else if (octet < 0x80 && raw[i] != ':' && (url_octet_class(raw[i]) & (url_octet_unreserved | url_octet_sub_delim)) == 0) {
            return false;
        }
        if (octet < 0x20 || octet == 0x7f) {
            return false;
        }
        out += static_cast<char>(octet);
    }
    return true;
}

inline url_complaint url_reader::read_userinfo(std::string_view userinfo) {
    const std::size_t colon = userinfo.find(':');
    if (!decode_userinfo(userinfo.substr(0, colon), user.emplace())) {
        return url_complaints::bad_userinfo;
    }
    if (colon != std::string_view::npos &&
        !decode_userinfo(userinfo.substr(colon + 1), password.emplace())) {
        return url_complaints::bad_userinfo;
    }
    return nullptr;
}

inline url_complaint url_reader::read_host(std::string_view host_and_port) {
    std::string_view port;  // with its colon
    url_complaint bad = nullptr;
    if (host_and_port.front() == '[') {
        const std::size_t bracket = host_and_port.find(']');
        if (bracket == std::string_view::npos) {
            return url_complaints::bad_ipv6;
        }
        port = host_and_port.substr(bracket + 1);
        if (!port.empty() && port.front() != ':') {
            return url_complaints::bad_ipv6;
        }
        bad = read_ipv6(host_and_port.substr(1, bracket - 1));
    } else {
        const std::size_t colon = host_and_port.find(':');
        if (colon != std::string_view::npos) {
            port = host_and_port.substr(colon);
            if (port.find(':', 1) != std::string_view::npos) {
                return url_complaints::bare_ipv6;
            }
        }
        bad = read_name(host_and_port.substr(0, colon));
    }
    return bad == nullptr && !port.empty() ? read_port(port.substr(1)) : bad;
}

inline url_complaint url_reader::read_name(std::string_view name) {
    // Most hosts are what they should be, and taken over in one piece: what is left to
    // occur in them then is unreserved.
    constexpr url_octet_set odd =
        url_octet_rewrite | url_octet_sub_delim | url_octet_capital;
    if ((host_seen_ & odd) == 0) {
        made.text_ += name;
    } else if (const url_complaint bad = append_decoded_name(name)) {
        return bad;
    }
    at_.host_end = at_.zone_end = made.text_.size();
    const auto host = std::string_view(made.text_).substr(at_.host);
    if (host.empty()) {
        return url_complaints::no_host;
    }
    if (host.front() == '.' || host.find("..") != std::string_view::npos) {
        return url_complaints::empty_label;
    }
    made.part_.kind = host_kind::name;
    if (ends_in_number(host)) {
        made.part_.kind = host_kind::ipv4;
        return is_dotted_quad(host) ? nullptr : url_complaints::bad_ipv4;
    }
    return nullptr;
}

/// Decodes once and checks afterwards, so a percent sign, a slash and the like that
/// come out of it are refused like any other octet that no name has.
inline url_complaint url_reader::append_decoded_name(std::string_view name) {
    const std::size_t begin = made.text_.size();
    bool international = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        if (c == '%') {
            const int octet = percent_value(name.substr(i));
            if (octet < 0) {
                return url_complaints::bad_percent;
            }
            c = static_cast<char>(octet);
            i += 2;
        }
        if (static_cast<unsigned char>(c) >= 0x80) {
            international = true;
        } else if ((url_octet_class(c) & url_octet_unreserved) == 0) {
            return url_complaints::host_octet;
        }
        made.text_ += to_lower(c);
    }
    if (!international) {
        return nullptr;
    }
    const std::string decoded = made.text_.substr(begin);
    made.text_.resize(begin);
    return append_international_name(decoded);
}

/// What the conversion makes is checked like any other name: it may be a/c or 127.0.0.1
/// that was written in signs of another script (UTS 46 4).
inline url_complaint url_reader::append_international_name(std::string_view name) {
    if constexpr (!has_idn) {
        return url_complaints::host_not_ascii;
    }
    std::string ascii;
    if (!host_to_ascii(name, ascii)) {
        return url_complaints::host_not_idn;
    }
    for (const char c : ascii) {
        if ((url_octet_class(c) & (url_octet_unreserved | url_octet_capital)) !=
            url_octet_unreserved) {
            return url_complaints::host_not_idn;
        }
    }
    // No address has letters outside ASCII: who writes its digits so wants to be taken
    // for something else.
    if (ends_in_number(ascii)) {
        return url_complaints::host_not_idn;
    }
    made.text_ += ascii;
    return nullptr;
}

inline url_complaint url_reader::read_ipv6(std::string_view inside_brackets) {
    const std::size_t percent = inside_brackets.find('%');
    ipv6_groups groups;
    if (!parse_ipv6(inside_brackets.substr(0, percent), groups)) {
        return url_complaints::bad_ipv6;
    }
    made.part_.kind = host_kind::ipv6;
    made.text_ += '[';
    at_.host = made.text_.size();
    append_ipv6(made.text_, groups);
    at_.host_end = at_.zone_end = made.text_.size();
    if (percent != std::string_view::npos) {
        if (const url_complaint bad = read_zone(inside_brackets.substr(percent))) {
            return bad;
        }
    }
    made.text_ += ']';
    return nullptr;
}

/// ZoneID of RFC 6874, of octets that need no encoding once they are decoded.
inline url_complaint url_reader::read_zone(std::string_view encoded) {
    constexpr std::string_view mark = "%25";
    if (!encoded.starts_with(mark) || encoded.size() == mark.size()) {
        return url_complaints::bad_zone;
    }
    made.text_ += mark;
    for (std::size_t i = mark.size(); i < encoded.size(); ++i) {
        char c = encoded[i];
        if (c == '%') {
            const int octet = percent_value(encoded.substr(i));
            if (octet < 0) {
                return url_complaints::bad_zone;
            }
            c = static_cast<char>(octet);
            i += 2;
        }
        if ((url_octet_class(c) & url_octet_unreserved) == 0) {
            return url_complaints::bad_zone;
        }
        made.text_ += c;
    }
    at_.zone_end = made.text_.size();
    return nullptr;
}

inline url_complaint url_reader::read_port(std::string_view port) {
    if (port.empty()) {
        return nullptr;  // RFC 3986 3.2.3: as if it were not there
    }
    unsigned value = 0;
    for (const char c : port) {
        if (!ascii_digit(c)) {
            return url_complaints::bad_port;
        }
        value = std::min(value * 10 + static_cast<unsigned>(c - '0'), 65536U);
    }
    if (value == 0 || value > 65535) {
        return url_complaints::bad_port;
    }
    made.part_.port = static_cast<std::uint16_t>(value);
    made.part_.explicit_port = made.part_.port != default_port_;
    if (made.part_.explicit_port) {
        made.text_ += ':';
        append_number(made.text_, value, 10);
    }
    return nullptr;
}

/// Path, query and fragment.
inline url_complaint url_reader::read_rest() {
    const std::string_view rest = in_.substr(next_);
    const url_octet_set seen = url_octets_in(rest);
    if ((seen & url_octet_refused) != 0) {
        return url_complaints::bad_octet;
    }
    const bool clean = (seen & url_octet_rewrite) == 0;
    const std::size_t hash = std::min(rest.find('#'), rest.size());
    const std::size_t question = std::min(rest.substr(0, hash).find('?'), hash);
    at_.path = made.text_.size();
    append_path(rest.substr(0, question), clean);
    at_.query = made.text_.size();
    append_tail(rest.substr(question, hash - question), clean);
    at_.fragment = made.text_.size();
    append_tail(rest.substr(hash), clean);
    return nullptr;
}

inline void url_reader::append_path(std::string_view path, bool clean) {
    if (path.empty()) {
        if (has_authority_) {
            made.text_ += '/';
        }
        return;
    }
    if (path.front() != '/') {
        return append_encoded(path);
    }
    if (clean && (as_is_ || !has_leading_dot(path))) {
        made.text_ += path;
        return;
    }
    if (as_is_) {
        return append_encoded(path);
    }
    append_segments(path);
    // What is left may begin with two slashes, which would read as an authority.
    const auto made_path = std::string_view(made.text_).substr(at_.path);
    if (!has_authority_ && made_path.starts_with("//")) {
        made.text_.insert(at_.path, "/.");
    }
}

/// Query or fragment: the delimiter and what follows it, or nothing.
inline void url_reader::append_tail(std::string_view tail, bool clean) {
    if (tail.empty()) {
        return;
    }
    if (clean && tail.find('#', 1) == std::string_view::npos) {
        made.text_ += tail;
        return;
    }
    made.text_ += tail.front();
    append_encoded(tail.substr(1));
}

/// Appends a path that begins with a slash, without its dot segments (RFC 3986 5.2.4).
inline void url_reader::append_segments(std::string_view path) {
    const std::size_t root = made.text_.size();
    std::string& text = made.text_;
    for (std::size_t slash = 0; slash < path.size();) {
        const std::size_t end = std::min(path.find('/', slash + 1), path.size());
        const std::size_t begin = text.size();
        text += '/';
        append_encoded(path.substr(slash + 1, end - slash - 1));
        const auto segment = std::string_view(text).substr(begin + 1);
        const bool up = segment == "..";
        if (up || segment == ".") {
            text.resize(begin);
            if (up && begin > root) {
                text.resize(text.rfind('/'));
            }
            if (end == path.size()) {
                text += '/';
            }
        }
        slash = end;
    }
}

/// Appends with percent-encodings where they are needed and nowhere else (6.2.2.2).
inline void url_reader::append_encoded(std::string_view raw) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        if ((url_octet_class(c) & (url_octet_rewrite | url_octet_hash)) == 0) {
            made.text_ += c;
            continue;
        }
        if (c != '%') {
            append_percent(made.text_, static_cast<unsigned char>(c));
            continue;
        }
        const int octet = percent_value(raw.substr(i));
        if (octet < 0) {
            append_percent(made.text_, '%');  // one that stands for itself
            continue;
        }
        i += 2;
        if (as_is_) {
            made.text_ += raw.substr(i - 2, 3);
            continue;
        }
        const char decoded = static_cast<char>(octet);
        if ((url_octet_class(decoded) & url_octet_unreserved) != 0) {
            made.text_ += decoded;
        } else {
            append_percent(made.text_, static_cast<unsigned char>(octet));
        }
    }
}

inline url_complaint url_reader::finish() {
    const std::size_t end = made.text_.size();
    if (end > url::max_size) {
        return url_complaints::too_long;
    }
    made.part_.scheme_end = static_cast<url::offset>(at_.scheme_end);
    made.part_.host = static_cast<url::offset>(at_.host);
    made.part_.host_end = static_cast<url::offset>(at_.host_end);
    made.part_.zone_end = static_cast<url::offset>(at_.zone_end);
    made.part_.path = static_cast<url::offset>(at_.path);
    made.part_.query = static_cast<url::offset>(at_.query);
    made.part_.fragment = static_cast<url::offset>(at_.fragment);
    made.part_.end = static_cast<url::offset>(end);
    if (at_.zone_end != at_.host_end) {
        const std::string whole = made.text_;
        made.text_.append(whole, at_.host - 1, at_.host_end - at_.host + 1);
        made.text_.append(whole, at_.zone_end, at_.path - at_.zone_end);
    }
    return nullptr;
}

}  // namespace XFER_NAMESPACE::detail
