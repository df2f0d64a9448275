// Which proxy a URL goes through: one for each scheme, one for all, and exceptions.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/no_proxy.hpp>
#include <xfer/proxy.hpp>
#include <xfer/url.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE {

/// What proxy_rules::choose answers.
struct proxy_choice {
    /// The proxy to go through; absent: none.
    std::optional<proxy> via;
    /// The URL's host is one of except(): no proxy is meant to be used.
    bool excepted = false;
    /// Set if the text of the proxy that should be used is none (see proxy::parse). The
    /// transfer must fail then: going without would show what was to be hidden.
    std::error_code ec;
    std::string why;  ///< after an error: what is wrong and what to do
};

/// A value. The default has no proxies, and chooses none.
class proxy_rules {
 public:
    /// Answers the value of an environment variable, nullopt if it is not set.
    using environment = std::function<std::optional<std::string>(std::string_view)>;

    /// No proxies.
    proxy_rules() = default;

    /// The rules of curl: `http_proxy`; `https_proxy` or HTTPS_PROXY; `all_proxy` or
    /// ALL_PROXY for whatever has none of its own; `no_proxy` or NO_PROXY. Names in
    /// lower case win; an empty variable is as if it were not set. HTTP_PROXY is not
    /// read: a CGI program gets a variable of that name from the client's Proxy field.
    /// Reads the environment of the process, which must not be changed meanwhile.
    [[nodiscard]] XFER_DECL static proxy_rules from_environment();
    /// The same from elsewhere.
    [[nodiscard]] XFER_DECL static proxy_rules from_environment(const environment& of);

    /// The proxy for http (and ws) URLs, as proxy::parse reads it. An empty text: none,
    /// for_all() notwithstanding. A text that is no proxy is kept as such, and choose()
    /// tells of it when it matters.
    XFER_DECL proxy_rules& for_http(std::string_view text);
    /// The proxy for https (and wss) URLs.
    XFER_DECL proxy_rules& for_https(std::string_view text);
    /// The proxy for all URLs whose scheme has none of its own.
    XFER_DECL proxy_rules& for_all(std::string_view text);
    /// As for_http() of a text; the empty proxy stands for none.
    XFER_DECL proxy_rules& for_http(proxy p);
    /// As for_https() of a text; the empty proxy stands for none.
    XFER_DECL proxy_rules& for_https(proxy p);
    /// As for_all() of a text; the empty proxy stands for none.
    XFER_DECL proxy_rules& for_all(proxy p);

    /// The hosts that are reached without a proxy (CURLOPT_NOPROXY), in place of those
    /// set before: a list separated by commas or blanks. `example.com` and
    /// `.example.com` are that name and all below it, `*.example.com` those below it
    /// alone, `*` is everything; addresses stand for themselves, `10.0.0.0/8` and
    /// `fd00::/8` for networks; `name:port` for one port, which curl does not have.
    /// Only what the URL says counts, nothing is looked up.
    XFER_DECL proxy_rules& except(std::string_view list);

    /// The proxy for that URL. It does not depend on path, query or fragment.
    [[nodiscard]] XFER_DECL proxy_choice choose(const url& target) const;

    /// Whether both say the same.
    [[nodiscard]] XFER_DECL bool operator==(const proxy_rules&) const;

 private:
    struct slot {
        proxy target;  // empty: none
        std::error_code ec;
        std::string why;
        [[nodiscard]] XFER_DECL bool operator==(const slot&) const;
    };
    [[nodiscard]] XFER_DECL static slot read(std::string_view text);
    [[nodiscard]] XFER_DECL const std::optional<slot>& slot_for(std::string_view scheme
    ) const noexcept;

    std::optional<slot> http_;
    std::optional<slot> https_;
    std::optional<slot> all_;
    detail::no_proxy except_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/proxy_rules.ipp>
#endif
