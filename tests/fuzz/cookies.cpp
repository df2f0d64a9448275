// Set-Cookie fields and the lines of cookie files, through the jar and back.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/fields.hpp>
#include <xfer/proto/cookie_date.hpp>
#include <xfer/proto/cookie_file.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/proto/set_cookie.hpp>
#include <xfer/url.hpp>

#include <string>

namespace fuzz {
namespace {

using namespace std::chrono_literals;
using namespace xfer::proto;

constexpr std::chrono::sys_seconds now{1'700'000'000s};

void check_field(std::string_view value) {
    const auto read = parse_set_cookie(value, now);
    if (!read) return;
    require(!read->name.empty() || !read->value.empty(), "a name or a value");
    require(read->name.size() + read->value.size() <= max_cookie_size, "the size");
    require(is_field_value(value), "no control octets");
    require(trimmed(read->name) == read->name, "a name without blanks around it");
    require(trimmed(read->value) == read->value, "a value without blanks around it");
    for (const auto part : {read->name, read->value, read->domain, read->path}) {
        require(part.find(';') == part.npos, "a semicolon ends what it is behind");
    }
    require(
        read->path.empty() || read->path.front() == '/', "a path begins with a slash"
    );
    if (read->expires) {
        require(*read->expires <= now + max_cookie_age, "no cookie lives longer");
    }
}

/// A cookie without what a file does not hold.
xfer::cookie kept(xfer::cookie c) {
    c.creation = c.last_access = {};
    c.same_site = xfer::same_site::unset;
    return c;
}

/// A line that was read is written as one that says the same.
void check_line(std::string_view line) {
    auto read = parse_cookie_line(line, now);
    if (!read) return;
    require(!is_cookie_file_comment(line), "a cookie is no comment");
    // It is read as somebody wrote it; jars take one leading dot off.
    if (!read->host_only && read->domain.starts_with('.')) read->domain.erase(0, 1);
    std::string written;
    if (!append_cookie_line(written, *read)) return;
    require(written.ends_with('\n'), "a line ends");
    const octets text(std::string_view(written).substr(0, written.size() - 1));
    auto again = parse_cookie_line(text.view(), now);
    // What ended before 1970, and a line that is too long, are for a jar to refuse.
    if (!again || (read->expires && *read->expires <= std::chrono::sys_seconds{}))
        return;
    if (!again->host_only) again->domain.erase(0, 1);
    require(kept(*again) == kept(*read), "a line stays what it is");
}

/// What the jar holds it would also take by hand, and a file gives it back.
void check_held(const xfer::cookie& c) {
    require(c.domain.size() <= xfer::cookie_jar::max_domain_size, "the domain's size");
    require(c.path.size() <= xfer::cookie_jar::max_path_size, "the path's size");
    require(c.path.starts_with('/'), "a path begins with a slash");
    require(!c.domain.starts_with('.') && !c.domain.ends_with('.'), "no dots outside");
    require(is_field_value(c.name) && is_field_value(c.value), "no control octets");
    require(!c.expires || *c.expires <= now + max_cookie_age, "no cookie lives longer");
    xfer::cookie_jar by_hand;
    require(by_hand.add(c, now), "a cookie that was set can be added");
    require(by_hand.cookies().size() == 1, "it is there");
    require(kept(by_hand.cookies().front()) == kept(c), "it is the same");
    std::string line;
    if (!append_cookie_line(line, c)) return;
    require(line.size() <= max_cookie_line, "its line can be read");
    line.pop_back();
    const auto back = parse_cookie_line(line, now);
    require(back.has_value(), "a file holds it");
    xfer::cookie_jar of_file;
    require(of_file.add(*back, now), "a cookie of a file can be added");
    require(kept(of_file.cookies().front()) == kept(c), "a file gives it back");
}

}  // namespace

void cookies(std::string_view given) {
    input in(given);
    const bool small = in.choose();
    xfer::parsed_url at;
    const octets address = in.line();
    if (xfer::url::parse(address.view(), at)) {
        require(!xfer::url::parse("https://www.a.test/b/c", at), "a URL that is one");
    }
    const xfer::cookie_limits limits =
        small ? xfer::cookie_limits{.total = 3, .per_domain = 2}
              : xfer::cookie_limits{};
    xfer::cookie_jar jar(limits);
    xfer::fields response;
    std::size_t lines = 0;
    while (in.has_lines() && lines++ < 60) {
        const octets line = in.line();
        check_field(line.view());
        check_line(line.view());
        static_cast<void>(parse_cookie_date(line.view()));
        response.add("Set-Cookie", line.view());
        if (auto read = parse_cookie_line(line.view(), now)) jar.add(*read, now);
    }
    const std::size_t followed = jar.store(at.target, response, now);
    require(followed <= xfer::cookie_jar::max_per_response, "not more of one response");
    require(jar.size() <= limits.total, "not more than the jar may hold");
    for (const auto& c : jar.cookies()) check_held(c);

    const std::string sent = jar.header(at.target, now);
    require(is_field_value(sent), "what is sent is a field's value");
    require(sent.size() <= xfer::cookie_jar::max_header_size, "not more is sent");
    require(sent == jar.header(at.target, now), "asking changes nothing");
    jar.clear_session();
    jar.drop_expired(now + 401 * 24h);
    require(jar.size() == 0, "nothing lives longer than 400 days");
}

}  // namespace fuzz
