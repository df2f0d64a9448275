// An HTTP/1.1 server on the loopback interface for tests of clients: it answers by
// script, breaks at any byte, and remembers what it saw.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/script.hpp>
#include <xfer/testing/server_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Servers, networks in memory, certificates and a clock, for tests of clients.
namespace XFER_NAMESPACE::testing {

/// The server. It has a thread and an io_context of its own, starts in its constructor
/// and stops in its destructor; any number of them may exist. Its member functions may
/// be called from any thread but the server's own (not from a reply_function), stop()
/// only while no other one is. A test reads as
///
///     xfer::testing::server s;
///     s.route("/hello", "hello");
///     my_client.get(s.url("/hello"));
///     CHECK(s.requests().at(0).field("User-Agent") == "mine");
///
/// A path without a route is answered with 404.
class server {
 public:
    /// Listens and starts. Throws std::system_error if it cannot listen there,
    /// std::invalid_argument if certificate or key cannot be used.
    XFER_DECL explicit server(server_options options = {});
    /// Not copied: it is one thread.
    server(const server&) = delete;
    /// Not copied.
    server& operator=(const server&) = delete;
    /// stop().
    XFER_DECL ~server();

    /// Closes the listener and all connections and joins the thread. Everything that
    /// was seen can still be asked for. Calling it again does nothing.
    XFER_DECL void stop();

    /// Where it listens; 0 for a unix path.
    [[nodiscard]] XFER_DECL std::uint16_t port() const noexcept;
    /// "127.0.0.1:1234", "[::1]:1234", or "localhost" for a unix path.
    [[nodiscard]] XFER_DECL std::string host_port() const;
    /// An absolute URL of this server; `path` begins with '/'.
    [[nodiscard]] XFER_DECL std::string url(std::string_view path = "/") const;

    /// Answers the path (without a query; or "*", or "host:port" for CONNECT) with this
    /// reply, for every method. A later route of the same path replaces it.
    XFER_DECL void route(std::string path, reply r, route_options how = {});
    /// Answers with 200 and this text.
    XFER_DECL void route(std::string path, const char* text, route_options how = {});
    /// Answers with what the function makes of the request.
    XFER_DECL void route(std::string path, reply_function f, route_options how = {});
    /// Answers every path that begins with `prefix` and has no route of its own; the
    /// longest prefix wins. route_prefix("", ...) changes the default answer.
    XFER_DECL void route_prefix(
        std::string prefix, reply_function f, route_options how = {}
    );
    /// Serves the regular files below `directory` to GET and HEAD, streamed: with
    /// Content-Length, ETag, Last-Modified, single byte ranges (206, 416), If-Range and
    /// If-None-Match. What lies outside of the directory is 404, by ".." or by symlink.
    XFER_DECL void files(std::string prefix, std::filesystem::path directory);

    /// What happens to connections accepted from now on.
    XFER_DECL void on_connect(connect_action what);
    /// The same, decided for each connection.
    XFER_DECL void on_connect(connect_function what);
    /// With true, no connection is read from any more, handshakes included; false
    /// resumes.
    XFER_DECL void stop_reading(bool stopped = true);

    /// Lets all replies go on that wait in hold() or stall_after(), and those that come
    /// to such a place later, if their request has been counted already: releasing
    /// after wait_for_requests() is never too early.
    XFER_DECL void release();
    /// Ends, in this way, the connections that wait for a request and have received no
    /// byte of it: at once, or after the reply that is on its way. A client that has
    /// just read a reply can so be sure of it. fault::stall does nothing.
    XFER_DECL void close_idle(fault how = fault::close_notify);
    /// Sends bytes on the connections that wait for a request, likewise.
    XFER_DECL void send_idle(std::string bytes);
    /// Forgets the keys of the session tickets: no earlier TLS session resumes.
    XFER_DECL void rotate_ticket_keys();

    /// How often what has happened so far.
    [[nodiscard]] XFER_DECL server_counts counts() const;
    /// The connections in order, with the raw bytes of each.
    [[nodiscard]] XFER_DECL std::vector<seen_connection> log() const;
    /// The requests in the order in which they were complete.
    [[nodiscard]] XFER_DECL std::vector<seen_request> requests() const;

    /// Waits until the counts satisfy the predicate, which is called with a lock held.
    /// False: they did not in time.
    [[nodiscard]] XFER_DECL bool wait_for(
        const std::function<bool(const server_counts&)>& enough,
        std::chrono::nanoseconds timeout = std::chrono::seconds(10)
    ) const;
    /// Waits until n requests, or more, have arrived.
    [[nodiscard]] XFER_DECL bool wait_for_requests(
        std::size_t n, std::chrono::nanoseconds timeout = std::chrono::seconds(10)
    ) const;
    /// Waits until n connections, or more, have been accepted.
    [[nodiscard]] XFER_DECL bool wait_for_connections(
        std::size_t n, std::chrono::nanoseconds timeout = std::chrono::seconds(10)
    ) const;
    /// Waits until no more than n connections are open.
    [[nodiscard]] XFER_DECL bool wait_for_open_at_most(
        std::size_t n, std::chrono::nanoseconds timeout = std::chrono::seconds(10)
    ) const;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/server.ipp>
#endif
