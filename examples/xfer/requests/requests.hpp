// From an operation and a URL to a request.
#pragma once

#include "output/outputs.hpp"
#include "requests/connections.hpp"
#include "requests/urls.hpp"
#include "run/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// Makes the requests of one operation. What they have in common is worked out once:
/// bodies of -d and -F (standard input can be read once only), TLS, network, proxies.
class request_maker {
 public:
    request_maker(session& s, const operation& op);

    /// What is wrong with the operation itself; then make() is not to be called.
    [[nodiscard]] const refusal& failed() const noexcept { return failed_; }

    /// The URL of a job, with all that -G, --url-query and -T add to it. It refers to
    /// this.
    [[nodiscard]] refusal address(const job& j, asked_url& url) const;
    /// The request for it. `offset`: so much of the body is there already.
    [[nodiscard]] refusal make(
        const job& j,
        const asked_url& url,
        std::uint64_t offset,
        std::optional<xfer::request>& made
    ) const;

 private:
    [[nodiscard]] bool has_field(std::string_view name) const;
    [[nodiscard]] xfer::method method_of(const job& j) const;
    [[nodiscard]] xfer::method usual_method(bool uploads) const;
    void note_method() const;
    [[nodiscard]] xfer::options options_of(const job& j, std::uint64_t offset) const;
    [[nodiscard]] refusal add_body(const job& j, std::uint64_t offset, xfer::request& r)
        const;
    void add_made_fields(const asked_url& url, xfer::request& r) const;
    void add_users_fields(xfer::request& r) const;
    [[nodiscard]] refusal add_conditions(
        const job& j, std::uint64_t offset, xfer::request& r
    ) const;
    void add_login(const asked_url& url, xfer::request& r) const;
    [[nodiscard]] std::string netrc_path() const;
    [[nodiscard]] bool asks_netrc() const;
    [[nodiscard]] bool misses_netrc() const;
    [[nodiscard]] bool is_for_netrc(const asked_url& url) const;
    void add_network(xfer::request& r) const;
    [[nodiscard]] refusal prepare();

    session& s_;
    const operation& op_;
    std::string data_;   // of -d
    std::string query_;  // of --url-query, and of -G
    xfer::source form_;
    xfer::tls tls_;
    xfer::tls proxy_tls_;
    xfer::network network_;
    chosen_proxies proxies_;
    refusal failed_;
};

}  // namespace tool
