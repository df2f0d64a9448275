// URLs: what was read once is read again as the same, its host above all.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/detail/ip_text.hpp>
#include <xfer/error.hpp>
#include <xfer/proto/octets.hpp>
#include <xfer/url.hpp>

#include <string>

namespace fuzz {
namespace {

using xfer::host_kind;
using xfer::parsed_url;
using path_rule = xfer::url::path_rule;
using fragment_rule = xfer::url::fragment_rule;

/// All that a URL says.
std::string described(const xfer::url& u) {
    const auto optional = [](std::optional<std::string_view> part) {
        return part ? "(" + std::string(*part) + ")" : std::string("none");
    };
    std::string out(u.str());
    out.append("\nscheme ").append(u.scheme()).append("\nhost ").append(u.host());
    out.append(" of kind ").append(std::to_string(static_cast<int>(u.host_kind())));
    out.append("\nzone ").append(u.zone());
    out.append("\nport ").append(std::to_string(u.port()));
    out.append(u.has_explicit_port() ? ", named" : "");
    out.append("\npath ").append(u.path()).append("\nquery ");
    out.append(optional(u.query())).append("\nfragment ");
    return out + optional(u.fragment());
}

void check_failure(const std::error_code& ec, const parsed_url& out) {
    require(ec == xfer::error::url_malformed, "the one error of a URL");
    require(!out.why.empty() && out.target.empty(), "a sentence, and nothing else");
    require(!out.user && !out.password, "no user after a failure");
}

void check_host(const xfer::url& u) {
    std::array<std::uint8_t, 4> quad{};
    xfer::detail::ipv6_groups groups{};
    std::string text;
    switch (u.host_kind()) {
        case host_kind::none:
            require(u.host().empty() && u.origin().empty(), "no host has no origin");
            require(!u.same_origin(u), "no origin in common with any");
            return;
        case host_kind::name:
            require(
                !u.host().empty() && !xfer::detail::ends_in_number(u.host()),
                "a name is not taken for a number"
            );
            require(!u.server_name().ends_with('.'), "a server's name has no dot");
            break;
        case host_kind::ipv4:
            require(xfer::detail::parse_dotted_quad(u.host(), quad), "dotted decimal");
            break;
        case host_kind::ipv6:
            require(xfer::detail::parse_ipv6(u.host(), groups), "an IPv6 address");
            xfer::detail::append_ipv6(text, groups);
            require_same(text, u.host(), "in the form of RFC 5952");
            break;
    }
    require(u.same_origin(u), "its own origin");
    require(u.path().starts_with('/'), "a path behind an authority has a slash");
    require(xfer::proto::is_host_field(u.authority()), "a Host field");
    require(xfer::proto::is_request_target(u.target()), "a request target");
}

/// What holds of every URL, however it came about.
void check(const xfer::url& u, path_rule paths) {
    require(u.str().size() <= xfer::url::max_size, "not longer than any URL");
    for (const char c : u.str()) {
        require(c > ' ' && c != 0x7f && c != '\\', "visible ASCII, no backslash");
    }
    for (const char c : std::string(u.scheme()) + std::string(u.host())) {
        require(xfer::detail::to_lower(c) == c, "scheme and host in lower case");
    }
    check_host(u);
    parsed_url again;
    const octets text(u.str());
    require(!xfer::url::parse(text.view(), again, paths), "what str() says is a URL");
    require_same(described(again.target), described(u), "the normal form stays");
    require(!again.user && !again.password, "str() has no user");
    // What goes along as a Host field leads to the same place.
    if (u.host_kind() == host_kind::none || !u.zone().empty()) return;
    parsed_url host;
    const std::string origin =
        std::string(u.scheme()) + "://" + std::string(u.authority());
    require(!xfer::url::parse(std::string_view(origin), host), "scheme and authority");
    require(host.target.same_origin(u), "the authority is the same host and port");
    require_same(host.target.origin(), u.origin(), "the same origin");
}

void check_same(
    const std::error_code& ec,
    const parsed_url& out,
    const std::error_code& other_ec,
    const parsed_url& other,
    std::string_view promise
) {
    require(ec == other_ec, promise);
    require_same(described(out.target), described(other.target), promise);
    require_same(out.why, other.why, promise);
    require(out.user == other.user && out.password == other.password, promise);
}

/// The ways to parse answer alike.
void check_overloads(
    std::string_view text,
    const std::error_code& ec,
    const parsed_url& out,
    path_rule paths,
    const xfer::url& like
) {
    parsed_url other;
    const auto near = xfer::url::parse(std::string(text), other, like, paths);
    check_same(ec, out, near, other, "beside a URL that is like it");
    if (paths == path_rule::as_is) return;
    parsed_url moved;
    const auto taken = xfer::url::parse(std::string(text), moved);
    check_same(ec, out, taken, moved, "from a text that is moved");
}

}  // namespace

void url(std::string_view given) {
    input in(given);
    const auto paths = in.choose() ? path_rule::as_is : path_rule::normal;
    const auto fragments = in.choose() ? fragment_rule::inherit : fragment_rule::drop;
    const octets text = in.line();
    const octets reference = in.rest();

    parsed_url base;
    const auto ec = xfer::url::parse(text.view(), base, paths);
    if (ec) {
        check_failure(ec, base);
        base = {};
        require(!xfer::url::parse("http://a.test/b/c?d#e", base), "a URL that is one");
    } else {
        check(base.target, paths);
        for (const auto& secret : {base.user, base.password}) {
            require(
                !secret || xfer::detail::is_field_value(*secret), "no control octets"
            );
        }
        parsed_url like;
        require(!xfer::url::parse(base.target.str(), like), "a URL as it is");
        check_overloads(text.view(), ec, base, paths, like.target);
    }

    parsed_url to;
    const auto failed = base.target.resolve(reference.view(), to, fragments, paths);
    if (failed) return check_failure(failed, to);
    check(to.target, paths);
    parsed_url absolute;
    if (!xfer::url::parse(reference.view(), absolute, paths) &&
        fragments == fragment_rule::drop) {
        require_same(
            described(to.target), described(absolute.target), "an absolute reference"
        );
    }
    parsed_url again;
    require(
        !base.target.resolve(to.target.str(), again, fragment_rule::drop, paths),
        "what was resolved is a reference"
    );
    require_same(described(again.target), described(to.target), "resolved once");
    parsed_url near;
    const auto near_ec =
        xfer::url::parse(std::string(reference.view()), near, base.target, paths);
    parsed_url far;
    const auto far_ec = xfer::url::parse(reference.view(), far, paths);
    check_same(far_ec, far, near_ec, near, "a reference beside its base");
}

}  // namespace fuzz
