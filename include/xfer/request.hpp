// A request: what to transfer, from where, to where, and how.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/detail/callable.hpp>
#include <xfer/detail/indirect.hpp>
#include <xfer/fields.hpp>
#include <xfer/info.hpp>
#include <xfer/method.hpp>
#include <xfer/network.hpp>
#include <xfer/options.hpp>
#include <xfer/sink.hpp>
#include <xfer/source.hpp>
#include <xfer/stage.hpp>
#include <xfer/tls.hpp>
#include <xfer/trace_detail.hpp>

#include <any>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

class cookie_jar;
class proxy;
class proxy_rules;
class response;
struct received_head;

/// A URL as text. A concept, not std::string: GCC 12 takes get({.url = "..."}) for a
/// string, and destroys it twice in a co_await expression.
template <class T>
concept url_text = std::convertible_to<T, std::string_view>;

namespace detail {

template <url_text T>
[[nodiscard]] std::string to_string(T&& text) {
    if constexpr (std::is_same_v<std::remove_cvref_t<T>, std::string>) {
        return std::forward<T>(text);
    } else {
        return std::string(std::string_view(std::forward<T>(text)));
    }
}

}  // namespace detail

/// A value that describes one transfer. It owns its data and its functions, which are
/// copied with it; adding it twice transfers twice. Setters return the request, so that
/// they chain, and never throw on bad input: a transfer made from a bad request
/// completes with the error, before any traffic.
///
/// A class, not an aggregate: a braced request in a co_await expression is what g++ 12
/// destroys twice, and does not compile.
class request {
 public:
    /// A GET of the URL.
    template <url_text Url>
    // Constrained, so it hides neither copy nor move.
    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload)
    explicit request(Url&& url) : url_(detail::to_string(std::forward<Url>(url))) {}
    /// A request of any method, with options.
    template <url_text Url>
    request(xfer::method m, Url&& url, const xfer::options& o = {})
        : url_(detail::to_string(std::forward<Url>(url))),
          method_(std::move(m)),
          options_(o) {}

    // One setter each; all return *this.

    /// The method; see also get(), head(), post(), put().
    request& method(xfer::method m) {
        method_ = std::move(m);
        return *this;
    }
    /// Sets a field (replacing those of that name). A name or value that must not
    /// reach the wire makes the transfer fail with error::invalid_header.
    request& header(std::string_view name, std::string_view value) {
        fields_.set(name, value);
        return *this;
    }
    /// Adds one more field of a name.
    request& add_header(std::string_view name, std::string_view value) {
        fields_.add(name, value);
        return *this;
    }
    /// Sends no field of that name, not even one that xfer would make by itself
    /// (Accept, User-Agent).
    request& without_header(std::string_view name) {
        fields_.suppress(name);
        return *this;
    }
    /// The body; see source.hpp.
    template <std::convertible_to<xfer::source> Source>
    request& body(Source&& s) {
        source_ = detail::indirect<xfer::source>(std::forward<Source>(s));
        return *this;
    }
    /// Sends a field after the body (CURLOPT_TRAILERFUNCTION, RFC 9110 6.5), in the
    /// order of the calls. The body goes out chunked, and `Trailer` announces the name,
    /// unless the request has a field of that name. The value is text, or a callable
    /// `f()` that returns text and is asked when the body is over: for a digest of it,
    /// say. What it throws fails the transfer with error::aborted_by_callback.
    ///
    /// error::invalid_header before any traffic: the name is no token, or one that must
    /// not be in a trailer (of framing, routing, authentication, cookies, control and
    /// the format of the content, 6.5.1), or the text has CR, LF, NUL or another
    /// control character; instead of the end of the body: what f returned has one.
    /// error::invalid_option: there is no body. error::body_needs_length: the request,
    /// or its server, is of HTTP/1.0.
    template <class Value>
    requires(std::convertible_to<Value, std::string_view> || std::is_invocable_r_v<std::string, std::decay_t<Value>&>)
        request& trailer(std::string_view name, Value&& value) {
        auto& last = edit().trailers.emplace_back();
        last.name = name;
        if constexpr (std::convertible_to<Value, std::string_view>) {
            last.text = std::string_view(value);
        } else {
            detail::check_callable<Value>();
            last.value = std::forward<Value>(value);
        }
        return *this;
    }
    /// Where the response's body goes; see sink.hpp.
    template <std::convertible_to<xfer::sink> Sink>
    request& sink(Sink&& s) {
        sink_ = detail::indirect<xfer::sink>(std::forward<Sink>(s));
        return *this;
    }
    /// Short for sink(to_file(path, mode)).
    template <std::convertible_to<std::string> Path>
    request& to_file(Path&& path, file_mode mode = file_mode::replace) {
        return sink(xfer::to_file(std::forward<Path>(path), mode));
    }
    /// The request target in the place of the URL's path and query
    /// (CURLOPT_REQUEST_TARGET, RFC 9112 3.2), as in `OPTIONS *`: sent as it is, to a
    /// proxy that forwards too. Everything else, Host and cookies among it, goes by
    /// the URL. It belongs to the URL of the request: a redirect's has its own. An
    /// empty text, or one with a blank, a control octet, an 8-bit octet or a '#':
    /// error::invalid_option.
    request& target(std::string text) {
        edit().target = std::move(text);
        return *this;
    }
    /// Asks for a part, as "0-499", "500-", "-500" or several of these with commas
    /// (CURLOPT_RANGE, RFC 9110 14.1.2). A server may answer with the whole, and sends
    /// several parts as multipart/byteranges: range_stream, range_reader and
    /// read_ranges() tell them apart and read them. What is no range:
    /// error::invalid_option.
    request& range(std::string set) {
        edit().range = std::move(set);
        return *this;
    }
    /// Asks for what has changed since then, and else for 304 (RFC 9110 13.1.3,
    /// CURLOPT_TIMECONDITION).
    request& if_modified_since(std::chrono::sys_seconds time) {
        edit().modified_since = time;
        return *this;
    }
    /// Asks for it if it has not changed since then, and else for 412 (13.1.4).
    request& if_unmodified_since(std::chrono::sys_seconds time) {
        edit().unmodified_since = time;
        return *this;
    }
    /// Asks for it if it is none of these versions, and else for 304: an ETag as it was
    /// received, quotes included (13.1.2).
    request& if_none_match(std::string_view etag) {
        return header("If-None-Match", etag);
    }
    /// Asks for it if it is that version, and else for 412 (13.1.1).
    request& if_match(std::string_view etag) { return header("If-Match", etag); }
    /// Sets a field for requests to one origin, named by any URL of it, wherever
    /// redirects lead. Those fields of header() that belong to the origin of the
    /// request's URL (Authorization, Cookie, Host, Referer) go to no other. What is no
    /// URL: error::invalid_option.
    XFER_DECL request& header_for(
        std::string_view origin, std::string_view name, std::string_view value
    );
    /// Limits and switches; replaces all that were given before.
    request& options(const xfer::options& o) {
        options_ = o;
        return *this;
    }
    /// Certificates to trust and to show, versions, ciphers; see tls.hpp.
    template <std::convertible_to<xfer::tls> Tls>
    request& tls(Tls&& t) {
        tls_ = std::forward<Tls>(t);
        return *this;
    }
    /// Accepts any certificate for any host: for tests and desperate cases only.
    /// Whoever stands in between can read and change everything.
    request& insecure() {
        tls_.insecure();
        return *this;
    }
    /// Who the user is, to the origin of the URL (CURLOPT_USERPWD, CURLOPT_HTTPAUTH,
    /// CURLOPT_XOAUTH2_BEARER). A 401 that can be answered is, by the request sent
    /// again; one that cannot is the response. In place of user and password in the
    /// URL, which are sent by auth::basic. An Authorization field of the user's goes
    /// before all of them.
    request& credentials(xfer::credentials who) {
        edit().who = std::move(who);
        return *this;
    }
    /// Logs in, by auth::basic, with what a netrc file has for the host, where neither
    /// credentials() nor the URL say who (CURLOPT_NETRC); for the hosts of redirects
    /// too, but no entry, `default` among them, goes to a second origin: another port
    /// of the same host is shown nothing, unless options.secrets_everywhere. A user in
    /// the URL without a password is given the one that the file has for that user. No
    /// path: .netrc in the home directory, which need not exist. It is read on another
    /// thread, once for the transfer, before that is queued. A file that cannot be read
    /// or is not in order: error::invalid_option.
    request& netrc(std::string path = {}) {
        edit().netrc = true;
        edit().netrc_path = std::move(path);
        return *this;
    }
    /// Sends cookies from this jar, and keeps those of the responses in it, in place of
    /// the multi's jar (settings.cookies).
    request& cookies(std::shared_ptr<cookie_jar> jar) {
        edit().cookies = std::move(jar);
        return *this;
    }
    /// Goes through a proxy, whatever the URL (CURLOPT_PROXY); see proxy::parse for the
    /// text. An empty one: through none, the multi's rules notwithstanding. What is no
    /// proxy: error::invalid_option.
    XFER_DECL request& proxy(std::string_view text);
    /// Which proxy for which URL, in place of the multi's (settings.proxies).
    XFER_DECL request& proxies(proxy_rules rules);
    /// A SOCKS proxy on the way to the other one (CURLOPT_PRE_PROXY); without another
    /// it is the proxy itself. For the hosts that proxy_rules::except() names it is not
    /// used either.
    XFER_DECL request& pre_proxy(std::string_view text);
    /// How user and password of an HTTP proxy are shown (CURLOPT_PROXYAUTH). Default:
    /// auth::basic.
    request& proxy_auth(auth allowed) {
        edit().proxy_auth = allowed;
        return *this;
    }
    /// For TLS to an https proxy; tls() is for the origin.
    template <std::convertible_to<xfer::tls> Tls>
    request& proxy_tls(Tls&& t) {
        edit().proxy_tls = std::forward<Tls>(t);
        return *this;
    }
    /// Connects to a unix socket instead of the URL's host (CURLOPT_UNIX_SOCKET_PATH).
    request& unix_socket(std::string path) {
        auto& e = edit();
        e.unix_socket = std::move(path);
        e.abstract_socket = false;
        return *this;
    }
    /// Connects to a unix socket of that name, which is in no file system
    /// (CURLOPT_ABSTRACT_UNIX_SOCKET). Linux only.
    request& abstract_unix_socket(std::string_view name) {
        auto& e = edit();
        e.unix_socket.assign(1, '\0').append(name);
        e.abstract_socket = true;
        return *this;
    }
    /// Which addresses to connect to and from where, in place of the multi's network
    /// (settings.network); see network.hpp.
    template <std::convertible_to<xfer::network> Network>
    request& network(Network&& n) {
        edit().network = std::forward<Network>(n);
        return *this;
    }
    /// Comes back in message::tag.
    request& tag(std::any value) {
        tag_ = std::move(value);
        return *this;
    }

    // Callbacks. They run on the multi's thread, may call anything of the multi but
    // perform and wait, and what they throw fails this transfer only. They return
    // nothing, or false or an error_code to end the transfer with
    // error::aborted_by_callback; the code is found in failure().cause.

    /// Called when the head of the final response has arrived, before its body and not
    /// where options.fail_on_error ends the transfer: `f(const response&)`.
    template <class F>
    request& on_head(F&& f) {
        detail::check_callable<F>();
        edit().on_head = detail::returning_code<const response&>(std::forward<F>(f));
        return *this;
    }
    /// Called for each head that comes, as it came, and for trailers: of interim
    /// responses, of redirects and challenges on the way, of proxies that answer
    /// CONNECT (CURLOPT_HEADERFUNCTION, CURLOPT_HEADER): `f(const received_head&)`; see
    /// received_head.hpp. In the order of their arrival, before on_head() and the body
    /// that follows; also where the transfer then fails. The trailers of a response
    /// that is passed over come as far as its body is read.
    template <class F>
    request& on_each_head(F&& f) {
        detail::check_callable<F>();
        edit().on_each_head =
            detail::returning_code<const received_head&>(std::forward<F>(f));
        return *this;
    }
    /// Called when body bytes have moved: `f(const progress&)`.
    template <class F>
    request& on_progress(F&& f) {
        detail::check_callable<F>();
        edit().on_progress =
            detail::returning_code<const progress&>(std::forward<F>(f));
        return *this;
    }
    /// Called on each change of stage: `f(stage)`.
    template <class F>
    request& on_stage(F&& f) {
        detail::check_callable<F>();
        edit().on_stage = detail::returning_code<stage>(std::forward<F>(f));
        return *this;
    }
    /// Called before a host's name is looked up (CURLOPT_RESOLVER_START_FUNCTION):
    /// `f(std::string_view host)`.
    template <class F>
    request& on_resolve(F&& f) {
        detail::check_callable<F>();
        edit().on_resolve =
            detail::returning_code<std::string_view>(std::forward<F>(f));
        return *this;
    }

    /// Called for each step of the transfer, in order (CURLOPT_DEBUGFUNCTION):
    /// `f(const trace_event&)`; see trace.hpp. In addition to settings.trace. When the
    /// transfer is cancelled the next step is trace::done; a transfer that was removed,
    /// or whose multi was destroyed, tells of nothing more. What f answers to
    /// trace::done ends nothing any more; what it throws then is found in
    /// failure().exception beside the result.
    template <class F>
    request& on_trace(F&& f, const trace_detail& detail = {}) {
        detail::check_callable<F>();
        edit().on_trace =
            detail::returning_code<const trace_event&>(std::forward<F>(f));
        edit().trace = detail;
        return *this;
    }

    /// What is seldom set lies apart, so that a plain request stays small.
    struct extras {
        /// Fields for one origin, as url::origin() says it; empty: it was no URL.
        struct bound_fields {
            std::string origin;   ///< of header_for()
            xfer::fields fields;  ///< of header_for()
        };
        /// One field after the body.
        struct trailer_field {
            std::string name;                    ///< of trailer()
            std::string text;                    ///< its value, unless it is asked for
            std::function<std::string()> value;  ///< what is asked; may be empty
        };
        std::vector<trailer_field> trailers;  ///< of trailer()
        /// Of unix_socket(); empty: none. An abstract name has a NUL in front.
        std::string unix_socket;
        bool abstract_socket = false;          ///< of abstract_unix_socket()
        std::optional<xfer::network> network;  ///< of network(); absent: the multi's
        std::optional<std::string> target;     ///< of target(); absent: the URL's
        std::string range;                     ///< of range(); empty: none
        std::optional<std::chrono::sys_seconds>
            modified_since;  ///< of if_modified_since()
        std::optional<std::chrono::sys_seconds>
            unmodified_since;                        ///< of if_unmodified_since()
        std::vector<bound_fields> bound;             ///< of header_for()
        xfer::credentials who;                       ///< of credentials(); empty: none
        std::shared_ptr<const proxy_rules> proxies;  ///< of proxy(), proxies()
        std::shared_ptr<const xfer::proxy> before;   ///< of pre_proxy()
        std::string wrong_proxy;              ///< why the text of pre_proxy() is none
        auth proxy_auth = auth::basic;        ///< of proxy_auth()
        xfer::tls proxy_tls;                  ///< of proxy_tls()
        bool netrc = false;                   ///< of netrc()
        std::string netrc_path;               ///< of netrc(); empty: the usual one
        std::shared_ptr<cookie_jar> cookies;  ///< of cookies(); null: the multi's
        std::function<std::error_code(const response&)> on_head;  ///< of on_head()
        std::function<std::error_code(const received_head&)>
            on_each_head;  ///< of on_each_head()
        std::function<std::error_code(const progress&)>
            on_progress;                                 ///< of on_progress()
        std::function<std::error_code(stage)> on_stage;  ///< of on_stage()
        std::function<std::error_code(std::string_view)>
            on_resolve;  ///< of on_resolve()
        std::function<std::error_code(const trace_event&)> on_trace;  ///< of on_trace()
        trace_detail trace;                                           ///< of on_trace()
    };

    /// The URL as it was given; not looked at before the transfer begins.
    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    /// The method; GET unless set.
    [[nodiscard]] const xfer::method& method() const noexcept { return method_; }
    /// The fields that were set; those that xfer makes by itself are not among them.
    [[nodiscard]] const xfer::fields& fields() const noexcept { return fields_; }
    /// Where the body comes from; empty() unless set.
    [[nodiscard]] const xfer::source& body() const noexcept { return *source_; }
    /// The same; null unless set.
    [[nodiscard]] const xfer::source* own_body() const noexcept {
        return source_.get();
    }
    /// Where the response's body goes.
    [[nodiscard]] const xfer::sink& sink() const noexcept { return *sink_; }
    /// The same; null unless set: then it goes into the response.
    [[nodiscard]] const xfer::sink* own_sink() const noexcept { return sink_.get(); }
    /// Limits and switches.
    [[nodiscard]] const xfer::options& options() const noexcept { return options_; }
    /// The TLS configuration.
    [[nodiscard]] const xfer::tls& tls() const noexcept { return tls_; }
    /// What will be message::tag.
    [[nodiscard]] std::any& tag() noexcept { return tag_; }
    /// Null when nothing of it was set.
    [[nodiscard]] const extras* extra() const noexcept { return extras_.get(); }

    /// For the engine, which parses the URL and does not need the text any more.
    [[nodiscard]] std::string take_url() noexcept { return std::move(url_); }

 private:
    XFER_DECL extras& edit();

    std::string url_;
    xfer::method method_;
    xfer::fields fields_;
    detail::indirect<xfer::source> source_;  // unset: no body
    detail::indirect<xfer::sink> sink_;      // unset: into the response
    xfer::options options_;
    xfer::tls tls_;
    std::any tag_;
    detail::indirect<extras> extras_;
};

/// A GET of the URL.
template <url_text Url>
[[nodiscard]] request get(Url&& url, const options& o = {}) {
    return request(method::get(), std::forward<Url>(url), o);
}
/// A HEAD of the URL: the response has no body.
template <url_text Url>
[[nodiscard]] request head(Url&& url, const options& o = {}) {
    return request(method::head(), std::forward<Url>(url), o);
}
/// A POST of the body, which is text or a source. No Content-Type is added.
template <url_text Url, std::convertible_to<source> Body>
[[nodiscard]] request post(Url&& url, Body&& body, const options& o = {}) {
    request r(method::post(), std::forward<Url>(url), o);
    r.body(std::forward<Body>(body));
    return r;
}
/// A PUT of the body, likewise.
template <url_text Url, std::convertible_to<source> Body>
[[nodiscard]] request put(Url&& url, Body&& body, const options& o = {}) {
    request r(method::put(), std::forward<Url>(url), o);
    r.body(std::forward<Body>(body));
    return r;
}
/// DELETE, which is a keyword of C++.
template <url_text Url>
[[nodiscard]] request delete_(Url&& url, const options& o = {}) {
    return request(method::del(), std::forward<Url>(url), o);
}

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/request.ipp>
#endif
