// A small HTTP/1 server in memory: answers requests by a function, without a socket.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/memory_network.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::testing {

/// A request as the server saw it.
struct memory_request {
    std::string method;          ///< as sent, "GET"
    std::string target;          ///< as sent, "/a?b"
    std::string head;            ///< as it came, the empty line included
    std::string body;            ///< decoded if it was chunked
    std::size_t connection = 0;  ///< of this server's connections, from 0

    /// The value of a field, or an empty text.
    [[nodiscard]] XFER_DECL std::string_view header(std::string_view name) const;
};

/// What the server writes: octets as they are, and whether it hangs up after them.
struct memory_reply {
    /// Says nothing, and leaves the connection open.
    memory_reply() = default;
    /// These octets; `and_end`: then hangs up.
    memory_reply(std::string octets, bool and_end = false)
        : bytes(std::move(octets)), end(and_end) {}
    /// These octets; the connection stays open.
    memory_reply(const char* octets) : bytes(octets) {}

    /// "HTTP/1.1 <status> ..." with a Content-Length and the body. `fields`: further
    /// field lines, each with its CRLF.
    [[nodiscard]] XFER_DECL static memory_reply with_length(
        std::string_view body, int status = 200, std::string_view fields = {}
    );
    /// The same with status 200, in chunks of `size` octets.
    [[nodiscard]] XFER_DECL static memory_reply chunked(
        std::string_view body, std::size_t size, std::string_view fields = {}
    );

    std::string bytes;  ///< what is sent, head and body
    bool end = false;   ///< whether the connection is ended after it
};

/// Listens in a memory_network at one host and port. Requests are read with their
/// bodies (Content-Length or chunked), also pipelined ones, and answered in order on
/// connections that stay open unless a reply ends them. What does not look like a
/// request is recorded in received() and otherwise ignored.
///
/// Destroying the server stops it from listening; connections that are open then stay
/// open and silent.
class memory_server {
 public:
    /// Makes the reply to a complete request.
    using answer = std::function<memory_reply(const memory_request&)>;
    /// Sees a head before its body has come, for "100 Continue" and early answers.
    using head_observer = std::function<void(memory_peer&, const memory_request&)>;

    /// Answers every request by the function, which runs on the multi's thread while
    /// the client writes. The network must outlive the server.
    XFER_DECL memory_server(
        memory_network& network, std::string host, std::uint16_t port, answer a
    );
    /// Answers every request with memory_reply::with_length(body).
    XFER_DECL memory_server(
        memory_network& network, std::string host, std::uint16_t port, std::string body
    );
    /// Not copied: the network knows it by its place.
    memory_server(const memory_server&) = delete;
    /// Not copied.
    memory_server& operator=(const memory_server&) = delete;
    /// Stops listening, and drops the answers that were held.
    XFER_DECL ~memory_server();

    /// Keeps its answers to itself until release().
    XFER_DECL void hold();
    /// Gives the answers that were held, in the order of their requests.
    XFER_DECL void release();
    /// Called for each head from now on, before its body is read. An empty function
    /// ends it.
    XFER_DECL void on_head(head_observer f);

    /// Complete requests so far, held ones included.
    [[nodiscard]] XFER_DECL std::size_t requests() const noexcept;
    /// Those requests, in the order in which they were complete.
    [[nodiscard]] XFER_DECL const std::vector<memory_request>& log() const noexcept;
    /// Every octet that came, of all connections in the order of their arrival.
    [[nodiscard]] XFER_DECL const std::string& received() const noexcept;
    /// Connections that were made to it, closed ones included.
    [[nodiscard]] XFER_DECL std::size_t connections() const noexcept;

 private:
    struct shared;
    struct line;
    memory_network& network_;
    const std::string host_;
    const std::uint16_t port_;
    std::shared_ptr<shared> shared_;
};

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/memory_server.ipp>
#endif
