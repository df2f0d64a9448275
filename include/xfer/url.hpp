// A URL (RFC 3986) as a value: parsed once, normalised, and never parsed again.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE {

namespace detail {
class url_reader;
}
struct parsed_url;

/// What the host of a URL is.
enum class host_kind : std::uint8_t {
    none,  ///< there is none, as in `mailto:a@b` or file:///x
    name,  ///< a registered name, to be resolved
    ipv4,  ///< an address in strict dotted decimal
    ipv6,  ///< an address that is written in brackets
};

/// The port of a scheme: http and ws 80, https and wss 443, ftp 21, ftps 990; 0 for any
/// other. The scheme is in lower case.
[[nodiscard]] XFER_DECL std::uint16_t default_port(std::string_view scheme) noexcept;

/// A normalised absolute URL: one string and the offsets of its components. Everything
/// that needs a piece (Host field, TLS name, resolver, cookies, pool) takes it from
/// here.
///
/// Normalised (RFC 3986 6.2.2 and 6.2.3) means: scheme and host in lower case, `.` and
/// `..` removed from a path that begins with a slash, percent-encodings in upper case
/// and only where needed, default and empty ports dropped, an empty path behind an
/// authority made `/`, IPv6 as in RFC 5952. Two URLs are equal when their texts are.
///
/// User and password are no part of it: parse() hands them out beside the URL, so that
/// no URL that is stored, printed, or sent can leak them.
///
/// The string_views point into the url and live as long as it is not changed.
class url {
 public:
    /// No longer URL is read, and none is made (bytes).
    static constexpr std::size_t max_size = 65535;

    /// What resolve() does with the fragment of the base.
    enum class fragment_rule : std::uint8_t {
        drop,     ///< the fragment is that of the reference alone (RFC 3986 5.2.2)
        inherit,  ///< a reference without one gets the base's (RFC 9110 10.2.2)
    };

    /// What becomes of a path and query on their way into the url.
    enum class path_rule : std::uint8_t {
        normal,  ///< normalised, as above
        /// Taken over: dot segments and percent-encodings stay what they are (curl's
        /// CURLU_PATH_AS_IS), and only octets that no URL holds are encoded. Two such
        /// URLs may mean the same and not be equal.
        as_is,
    };

    /// The empty url: empty() is true, and so is every component.
    url() = default;
    /// A copy of text and offsets.
    url(const url&) = default;
    /// Leaves an empty URL behind.
    url(url&& other) noexcept
        : text_(std::move(other.text_)), part_(std::exchange(other.part_, places())) {
        other.text_.clear();
    }
    /// As the copy.
    url& operator=(const url&) = default;
    /// Leaves an empty URL behind.
    url& operator=(url&& other) noexcept {
        text_ = std::exchange(other.text_, std::string());
        part_ = std::exchange(other.part_, places());
        return *this;
    }
    /// Views into the text end with it.
    ~url() = default;

    /// Reads an absolute URL. Its rules are strict, because wherever two parsers
    /// disagree about a host somebody is attacked: at most one '@'; the host is
    /// percent-decoded once and checked afterwards; no empty labels; a host that ends
    /// in a number is an IPv4 address in four decimal parts, or refused; ports from 1
    /// to 65535; no control octets, spaces or backslashes anywhere. Octets that a URL
    /// cannot hold otherwise (8-bit, quotation mark, backquote and `<>[]^{|}`) are
    /// percent-encoded in path, query and fragment, and refused elsewhere; so is a '%'
    /// that begins no such encoding, as in `?q=100%`. Any scheme is read; http, https,
    /// ws, wss, ftp and ftps need a host.
    ///
    /// A host in UTF-8, percent-encoded or not, is converted to its ASCII form (UTS 46,
    /// non-transitional; IDNA 2008) where xfer is built with libidn2 (XFER_WITH_IDN2),
    /// and checked again afterwards; it may have 512 octets before. Refused are names
    /// that IDNA does not allow, and those that become an address. Without libidn2 it
    /// is refused, and the sentence asks for its xn-- form.
    ///
    /// error::url_malformed when a rule is broken or the text is longer than max_size:
    /// `out.why` then says which and what to do, and the rest of `out` is empty.
    /// The text may point into `out`.
    [[nodiscard]] XFER_DECL static std::error_code parse(
        std::string_view text, parsed_url& out, path_rule paths = path_rule::normal
    );
    /// The same for a text that is not needed any more: a normal one is moved.
    [[nodiscard]] XFER_DECL static std::error_code parse(
        std::string&& text, parsed_url& out
    );
    /// The same, faster where the text begins with the origin of `like`, which changes
    /// nothing else.
    [[nodiscard]] XFER_DECL static std::error_code parse(
        std::string&& text,
        parsed_url& out,
        const url& like,
        path_rule paths = path_rule::normal
    );
    /// The same for a literal, which would be ambiguous.
    [[nodiscard]] static std::error_code parse(const char* text, parsed_url& out) {
        return parse(std::string_view(text), out);
    }

    /// Resolves a reference (RFC 3986 4.1), such as the value of a Location field, with
    /// this url as its base (5.2, strict). Errors as in parse(); also for a relative
    /// path against a base without a hierarchy (`mailto:a@b`). `out` may hold this url.
    /// With path_rule::as_is only the dot segments that a relative path begins with are
    /// resolved.
    [[nodiscard]] XFER_DECL std::error_code resolve(
        std::string_view reference,
        parsed_url& out,
        fragment_rule rule = fragment_rule::drop,
        path_rule paths = path_rule::normal
    ) const;

    /// Whether it is the empty url: nothing was read into it.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// The whole, without user and password: what may be shown and stored.
    [[nodiscard]] std::string_view str() const noexcept { return piece(0, part_.end); }

    /// The whole up to the fragment: what a Referer field or a cache key holds.
    [[nodiscard]] std::string_view str_without_fragment() const noexcept {
        return piece(0, part_.fragment);
    }

    /// In lower case, without the colon.
    [[nodiscard]] std::string_view scheme() const noexcept {
        return piece(0, part_.scheme_end);
    }

    /// Whether the host is a name, an address, or not there.
    [[nodiscard]] xfer::host_kind host_kind() const noexcept { return part_.kind; }

    /// The name in lower case (one trailing dot kept) or the address, without brackets
    /// and zone. Empty when there is none.
    [[nodiscard]] std::string_view host() const noexcept {
        return piece(part_.host, part_.host_end);
    }

    /// The host without its trailing dot: the name for TLS (RFC 6066 3) and for the
    /// comparison with certificates and cookies.
    [[nodiscard]] std::string_view server_name() const noexcept {
        const bool dot =
            part_.host < part_.host_end && text_[part_.host_end - 1U] == '.';
        return piece(part_.host, part_.host_end - (dot ? 1U : 0U));
    }

    /// The zone of an IPv6 address (RFC 6874), such as an interface's name, decoded.
    /// Empty when there is none. It stays on this machine: authority() has no zone.
    [[nodiscard]] std::string_view zone() const noexcept {
        constexpr unsigned mark = 3;  // %25
        return part_.zone_end == part_.host_end
                   ? std::string_view()
                   : piece(part_.host_end + mark, part_.zone_end);
    }

    /// The port to connect to: the explicit one, or the scheme's default; 0 when the
    /// scheme has none.
    [[nodiscard]] std::uint16_t port() const noexcept { return part_.port; }

    /// Whether the URL names a port that is not its scheme's default.
    [[nodiscard]] bool has_explicit_port() const noexcept {
        return part_.explicit_port;
    }

    /// Begins with a slash whenever there is an authority.
    [[nodiscard]] std::string_view path() const noexcept {
        return piece(part_.path, part_.query);
    }

    /// Without the question mark. An empty query is not the same as none.
    [[nodiscard]] std::optional<std::string_view> query() const noexcept {
        return optional_piece(part_.query, part_.fragment);
    }

    /// Without the hash. It is never sent.
    [[nodiscard]] std::optional<std::string_view> fragment() const noexcept {
        return optional_piece(part_.fragment, part_.end);
    }

    /// Path and query: the request target in origin form (RFC 9112 3.2.1).
    [[nodiscard]] std::string_view target() const noexcept {
        return piece(part_.path, part_.fragment);
    }

    /// The value of a Host field (RFC 9110 7.2): host, in brackets if IPv6, and the
    /// port when it is not the default.
    [[nodiscard]] std::string_view authority() const noexcept {
        if (part_.zone_end != part_.host_end) {
            return std::string_view(text_).substr(part_.end);
        }
        return piece(authority_begin(), part_.path);
    }

    /// The origin (RFC 6454 6.2): `scheme://host`, and `:port` when it is not the
    /// default, so equal texts are equal origins. Empty when there is no host: such a
    /// URL has no origin in common with any, see same_origin().
    [[nodiscard]] std::string_view origin() const noexcept {
        return part_.kind == host_kind::none ? std::string_view()
                                             : piece(0, part_.path);
    }

    /// Whether both have the same scheme, host (zone included) and port: the condition
    /// for a secret of one to be sent to the other. False when there is no host.
    [[nodiscard]] bool same_origin(const url& other) const noexcept {
        return part_.kind != host_kind::none && origin() == other.origin();
    }

    /// Whether the texts are the same, which is after normalisation.
    [[nodiscard]] friend bool operator==(const url& a, const url& b) noexcept {
        return a.text_ == b.text_;
    }

 private:
    friend class detail::url_reader;
    using offset = std::uint16_t;

    [[nodiscard]] std::string_view piece(unsigned begin, unsigned end) const noexcept {
        return std::string_view(text_.data() + begin, end - begin);
    }
    [[nodiscard]] std::optional<std::string_view> optional_piece(
        unsigned delimiter, unsigned end
    ) const noexcept {
        if (delimiter == end) {
            return std::nullopt;
        }
        return piece(delimiter + 1, end);
    }
    /// Whether the text is this origin and a path, and the origin has only one way to
    /// be written.
    [[nodiscard]] bool begins(std::string_view text) const noexcept {
        return (part_.kind == host_kind::name || part_.kind == host_kind::ipv4) &&
               text.size() > part_.path && text[part_.path] == '/' &&
               text.starts_with(piece(0, part_.path));
    }
    [[nodiscard]] unsigned authority_begin() const noexcept {
        return part_.host - (part_.kind == host_kind::ipv6 ? 1U : 0U);
    }

    //  https://[fe80::1%25eth0]:8443/a/b?x=1#top[fe80::1]:8443
    //  |    |   |      |      |     |   |   |   |
    //  0    |   host  |      |     |   |   |   end
    //       |          |      |     |   |   fragment  (= end when there is none)
    //       |          |      |     |   query         (= fragment when there is none)
    //       |          |      |     path
    //       |          |      zone_end                (= host_end when there is none)
    //       |          host_end
    //       scheme_end
    //
    // Behind end stands the authority for the Host field, only if there is a zone.
    // Without an authority host, host_end and path are the same.
    struct places {
        offset scheme_end = 0;
        offset host = 0;
        offset host_end = 0;
        offset zone_end = 0;
        offset path = 0;
        offset query = 0;
        offset fragment = 0;
        offset end = 0;
        std::uint16_t port = 0;
        xfer::host_kind kind = host_kind::none;
        bool explicit_port = false;
    };
    std::string text_;
    places part_;
};

/// What url::parse and url::resolve find in a text.
struct parsed_url {
    /// The URL; empty after an error.
    url target;

    /// The user, percent-decoded, when the text has an '@'; it may be empty. Holds no
    /// control octets (RFC 7617 2), but may hold a colon, which Basic cannot carry.
    std::optional<std::string> user;

    /// What stood behind the first colon of the userinfo, decoded in the same way.
    std::optional<std::string> password;

    /// After an error: one sentence that says what is wrong and what to do. It is
    /// constant text, so nothing of the URL, and no password, is in it.
    std::string_view why;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/url.ipp>
#endif
