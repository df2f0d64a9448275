// One connection of the loopback server: a coroutine that receives and one that
// answers.
#pragma once

#include <xfer/config.hpp>
#include <xfer/testing/detail/ledger.hpp>
#include <xfer/testing/detail/request_reader.hpp>
#include <xfer/testing/detail/routes.hpp>
#include <xfer/testing/detail/wire.hpp>
#include <xfer/testing/script.hpp>
#include <xfer/testing/server_options.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::testing::detail {

class connection;

/// What the connections of a server share. Outlives its io_context.
struct shared_state {
    explicit shared_state(server_options o)
        : options(std::move(o)), seen(options.log_limit, options.request_log_limit) {}

    const server_options options;
    ledger seen;
    route_table routes;
    std::shared_ptr<SSL_CTX> tls;
    std::atomic<bool> reading_stopped{false};
    std::vector<char> scratch = std::vector<char>(std::size_t(256) << 10);
    std::set<connection*> connections;  // touched on the server's thread only

    void set_on_connect(connect_function f) {
        std::lock_guard lock(mutex_);
        on_connect_ = std::move(f);
    }
    [[nodiscard]] connect_function on_connect() const {
        std::lock_guard lock(mutex_);
        return on_connect_;
    }

 private:
    mutable std::mutex mutex_;
    connect_function on_connect_;
};

/// Lives as long as one of its coroutines.
class connection : public std::enable_shared_from_this<connection> {
 public:
    XFER_DECL connection(asio::io_context& loop, shared_state& shared, wire::socket s);
    XFER_DECL ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// The whole life of the connection. `self` keeps it alive.
    [[nodiscard]] XFER_DECL static asio::awaitable<void> run(
        std::shared_ptr<connection> self
    );

    /// For the server's commands: looks again whether to go on.
    void ring() {
        bell_.ring();
        wire_.resume.ring();
    }
    /// Ends the connection in this way once it waits for a request.
    XFER_DECL void end_when_idle(fault how);
    /// Sends the bytes once it waits for a request.
    XFER_DECL void send_when_idle(const std::string& bytes);

 private:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] static asio::awaitable<void> receive(std::shared_ptr<connection> self
    );
    [[nodiscard]] asio::awaitable<bool> greet();
    [[nodiscard]] asio::awaitable<bool> secure();
    [[nodiscard]] asio::awaitable<void> answer_requests();
    [[nodiscard]] asio::awaitable<bool> await_head();
    [[nodiscard]] asio::awaitable<bool> await_body();
    [[nodiscard]] asio::awaitable<bool> answer();
    [[nodiscard]] asio::awaitable<bool> do_idle_errand();
    [[nodiscard]] reply reply_to(const route_entry* route, const seen_request& r) const;
    [[nodiscard]] bool is_last(const seen_request& r, const reply& a) const;

    // Sending (impl/sending.ipp).
    struct progress;
    [[nodiscard]] asio::awaitable<bool> send(reply r, bool head_only, bool last);
    [[nodiscard]] asio::awaitable<bool> send_body(reply& r, progress& p);
    [[nodiscard]] asio::awaitable<bool> send_file(reply& r, progress& p);
    [[nodiscard]] asio::awaitable<bool> send_repeated(reply& r, progress& p);
    [[nodiscard]] asio::awaitable<bool> send_block(std::string_view block, progress& p);
    [[nodiscard]] asio::awaitable<bool> send_bytes(std::string_view bytes);
    [[nodiscard]] asio::awaitable<bool> suffer(fault what);
    [[nodiscard]] asio::awaitable<void> sleep(std::chrono::nanoseconds d);
    [[nodiscard]] asio::awaitable<void> await_release();
    [[nodiscard]] asio::awaitable<void> await_end(clock::time_point until);
    [[nodiscard]] asio::awaitable<void> end_politely();

    shared_state& shared_;
    wire wire_;
    bell bell_;  // of the answering coroutine
    std::size_t number_;
    std::string inbox_;
    request_reader reader_;
    bool discarding_ = false;  // what comes is logged and dropped
    bool ended_ = false;       // nothing more will be received
    bool deaf_ = false;        // route_options::read_body is false
    bool has_errand_ = false;  // end_when_idle or send_when_idle wants something
    fault errand_end_ = fault::stall;
    std::string errand_bytes_;
    std::uint64_t releases_seen_ = 0;  // when the current request was counted
};

}  // namespace XFER_NAMESPACE::testing::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/detail/impl/connection.ipp>
#include <xfer/testing/detail/impl/sending.ipp>
#endif
