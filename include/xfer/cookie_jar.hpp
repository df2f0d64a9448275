// A store of cookies (RFC 6265bis 5.7 and 5.8), which transfers, multis and threads may
// share.
#pragma once

#include <xfer/cookie.hpp>
#include <xfer/fields.hpp>
#include <xfer/url.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace XFER_NAMESPACE {

/// How many cookies a jar keeps. What is more goes: the expired, then the longest
/// unused.
struct cookie_limits {
    std::size_t total = 3000;  ///< of all domains together
    /// For each cookie::domain. Here those go first that are not secure, so that a
    /// plain-text server cannot push out what a TLS server has set.
    std::size_t per_domain = 180;
};

/// What became of a cookie file.
struct cookie_file_result {
    /// Empty, or why the system said no: ec == std::errc::no_such_file_or_directory
    /// and its like; of save() error::no_entropy too.
    std::error_code ec;
    /// After an error one sentence that names the file and what failed.
    std::string message;
    std::size_t cookies = 0;  ///< taken from the file, or written to it
    /// Lines that are no cookie or one that the jar refuses, or cookies that the format
    /// cannot hold.
    std::size_t ignored = 0;

    /// Whether there was no error; lines may have been ignored all the same.
    [[nodiscard]] bool ok() const noexcept { return !ec; }
};

/// Keeps cookies and answers which belong to a request.
///
/// Give it to multis as a std::shared_ptr<cookie_jar>: all of its functions may be
/// called from any thread at any time. Everything that they return is a copy.
///
/// Which cookies are taken and sent follows RFC 6265bis as browsers do. Where it leaves
/// a choice, or where xfer is stricter:
/// - http, https, ws and wss URLs have cookies; a URL with an IPv6 zone has none, as
/// the
///   same address is another machine in another zone.
/// - A host is url::server_name(), so `example.com.` and `example.com` are one. A
/// Domain
///   attribute that ends in a dot matches no host. Addresses have no names below them.
/// - Domains that are nobody's own get no cookies for names below them: those of the
///   public suffix list if xfer was built with libpsl (XFER_HAS_PSL), otherwise names
///   of one label. The host that has that very name may set cookies for itself.
/// - Secure cookies are sent to and taken from https and wss, and the hosts localhost,
///   127.0.0.1 and ::1 whatever the scheme, as in curl.
/// - Others can neither replace nor shadow a secure cookie: one of the same name is not
///   taken if their domains overlap, and their paths in either direction.
/// - Lifetimes end after 400 days, those of cookies that are add()ed or read from a
/// file
///   as well.
/// - SameSite and HttpOnly are kept, and decide nothing.
///
/// Every `now` is the time at which cookies end and last uses are noted; tests give
/// their own.
class cookie_jar {
 public:
    /// Cookies live by the calendar, not by the steady clock.
    using clock = std::chrono::system_clock;
    /// What `now` is given as; whole seconds of it count.
    using time_point = clock::time_point;

    /// Set-Cookie fields of one response beyond these are ignored.
    static constexpr std::size_t max_per_response = 50;
    /// Not more cookies are sent with one request,
    static constexpr std::size_t max_sent = 150;
    /// nor more octets in one Cookie field's value. Both cut the list off at its end.
    static constexpr std::size_t max_header_size = 8190;
    /// Octets of a domain; a cookie with more is refused.
    static constexpr std::size_t max_domain_size = 255;
    /// Octets of a path; a cookie with more is refused.
    static constexpr std::size_t max_path_size = 2048;

    /// An empty jar.
    XFER_DECL explicit cookie_jar(cookie_limits limits = {});
    /// Not copied: shared.
    cookie_jar(const cookie_jar&) = delete;
    /// Not copied: shared.
    cookie_jar& operator=(const cookie_jar&) = delete;
    /// Writes nothing: what shall be kept has to be saved before.
    XFER_DECL ~cookie_jar();

    /// Takes what the Set-Cookie fields of a response say, which came from that URL.
    /// Answers how many were followed: one that ends a cookie is among them.
    XFER_DECL std::size_t store(
        const url& from, fields_view response, time_point now = clock::now()
    );

    /// The value of a Cookie field for a request to that URL; empty when there is
    /// nothing to send. Longer paths come first, older cookies before newer ones.
    [[nodiscard]] XFER_DECL std::string header(
        const url& to, time_point now = clock::now()
    );

    /// Adds a cookie by hand, or replaces the one with its name, domain, path and
    /// host_only (which keeps its creation time). `domain` may be written with capitals
    /// or a leading dot. False, and nothing is changed, for a cookie that no server
    /// could have set: control octets, a ';', a '=' in the name, sizes, prefixes, a
    /// domain that is no host or nobody's own. One that has expired ends what it
    /// replaces. For an address, host_only is implied.
    XFER_DECL bool add(cookie c, time_point now = clock::now());

    /// All cookies, in the order in which they were first set.
    [[nodiscard]] XFER_DECL std::vector<cookie> cookies() const;

    /// Removes the cookies with that name, domain and path; answers how many there
    /// were.
    XFER_DECL std::size_t remove(
        std::string_view domain, std::string_view path, std::string_view name
    );
    /// Removes all cookies (CURLOPT_COOKIELIST "ALL").
    XFER_DECL void clear() noexcept;
    /// Ends the session (CURLOPT_COOKIELIST "SESS"): removes the cookies that have no
    /// time of expiry; answers how many.
    XFER_DECL std::size_t clear_session();
    /// Removes the cookies that have expired; answers how many. They are never sent,
    /// and make room when it is needed: nobody has to call this.
    XFER_DECL std::size_t drop_expired(time_point now = clock::now());
    /// How many there are, expired ones that were not dropped yet among them.
    [[nodiscard]] XFER_DECL std::size_t size() const;

    /// Reads a cookie file (CURLOPT_COOKIEFILE): the format of Netscape, curl and wget,
    /// or Set-Cookie lines. What it has is added to the jar, under all of the jar's
    /// rules; lines over 8192 octets are ignored as a whole. A file that is not there
    /// is an error, which those ignore for whom it means an empty jar. After an error
    /// in the middle of the file the cookies before it are in the jar.
    XFER_DECL cookie_file_result
    load(const std::string& path, time_point now = clock::now());

    /// Writes all cookies that have not expired, session cookies too, to a file in the
    /// format that load() and curl read (CURLOPT_COOKIEJAR). The file is replaced as a
    /// whole or left as it was, even if the process is killed in between; only its
    /// owner can read it (mode 0600, or less if there is a file that has less).
    /// Creation and last use, SameSite, and cookies with a tab in name or path do not
    /// fit into it.
    XFER_DECL cookie_file_result
    save(const std::string& path, time_point now = clock::now()) const;
    /// What save() would write, for who keeps it elsewhere: whoever can read it can act
    /// as the user.
    [[nodiscard]] XFER_DECL std::string text(time_point now = clock::now()) const;

 private:
    XFER_DECL std::string file_text(time_point now, cookie_file_result& counts) const;

    struct state;
    const std::unique_ptr<state> state_;  // never null
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/cookie_jar.ipp>
#include <xfer/impl/cookie_jar_files.ipp>
#include <xfer/impl/cookie_store.ipp>
#endif
