// The bodies of xfer/testing/server.hpp: the listener, the thread, and the commands
// that the test's thread sends to it.
#pragma once

#include <xfer/testing/detail/connection.hpp>
#include <xfer/testing/detail/files.hpp>
#include <xfer/testing/detail/ledger.hpp>
#include <xfer/testing/detail/tls_context.hpp>
#include <xfer/testing/server.hpp>

#include <asio/basic_socket_acceptor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace XFER_NAMESPACE::testing {

struct server::impl {
    using acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

    explicit impl(server_options o) : shared(std::move(o)) {}

    void listen();
    [[nodiscard]] asio::awaitable<void> accept();

    /// Runs f with every connection, on the server's thread.
    template <class F>
    void with_connections(F f) {
        asio::post(*loop, [this, f = std::move(f)] {
            for (detail::connection* c : shared.connections) f(*c);
        });
    }

    detail::shared_state shared;
    std::string host_port;
    std::uint16_t port = 0;
    std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>(1);
    std::unique_ptr<acceptor> listener;
    std::thread thread;
};

XFER_DECL void server::impl::listen() {
    const server_options& o = shared.options;
    listener = std::make_unique<acceptor>(*loop);
    if (!o.unix_path.empty()) {
        asio::local::stream_protocol::endpoint where(o.unix_path);
        listener->open(where.protocol());
        listener->bind(where);
        host_port = "localhost";
    } else {
        asio::ip::tcp::endpoint where(asio::ip::make_address(o.address), o.port);
        listener->open(where.protocol());
        listener->set_option(acceptor::reuse_address(true));
        listener->bind(where);
        asio::generic::stream_protocol::endpoint bound = listener->local_endpoint();
        asio::ip::tcp::endpoint local;
        local.resize(bound.size());
        std::copy_n(
            static_cast<const char*>(static_cast<const void*>(bound.data())),
            bound.size(),
            static_cast<char*>(static_cast<void*>(local.data()))
        );
        port = local.port();
        bool v6 = local.address().is_v6();
        host_port =
            (v6 ? "[" + o.address + "]" : o.address) + ":" + std::to_string(port);
    }
    listener->listen(o.backlog);
}

XFER_DECL asio::awaitable<void> server::impl::accept() {
    detail::bell pause(*loop);
    for (;;) {
        detail::wire::socket s(*loop);
        std::error_code ec;
        co_await listener->async_accept(
            s, asio::redirect_error(asio::use_awaitable, ec)
        );
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) {
            // Out of descriptors, most likely; the connection stays in the queue.
            auto until =
                std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
            co_await pause.wait(until);
            continue;
        }
        auto c = std::make_shared<detail::connection>(*loop, shared, std::move(s));
        asio::co_spawn(*loop, detail::connection::run(std::move(c)), asio::detached);
    }
}

XFER_DECL server::server(server_options options)
    : impl_(std::make_unique<impl>(std::move(options))) {
    impl& i = *impl_;
    if (!i.shared.options.certificate_pem.empty()) {
        i.shared.tls = detail::make_tls_context(i.shared.options);
    }
    i.listen();
    if (i.shared.options.accept) asio::co_spawn(*i.loop, i.accept(), asio::detached);
    i.thread = std::thread([&i] {
        auto work = asio::make_work_guard(*i.loop);
        i.loop->run();
    });
}

XFER_DECL server::~server() { stop(); }

XFER_DECL void server::stop() {
    impl& i = *impl_;
    if (!i.thread.joinable()) return;
    i.loop->stop();
    i.thread.join();
    i.listener.reset();
    // Ends the coroutines, and with them the connections.
    i.loop.reset();
    i.loop = std::make_unique<asio::io_context>(1);
    const std::string& path = i.shared.options.unix_path;
    if (!path.empty()) ::unlink(path.c_str());
}

XFER_DECL std::uint16_t server::port() const noexcept { return impl_->port; }

XFER_DECL std::string server::host_port() const { return impl_->host_port; }

XFER_DECL std::string server::url(std::string_view path) const {
    std::string scheme = impl_->shared.tls ? "https://" : "http://";
    return scheme + impl_->host_port + std::string(path);
}

XFER_DECL void server::route(std::string path, reply r, route_options how) {
    auto same = [r = std::move(r)](const seen_request&) { return r; };
    route(std::move(path), reply_function(std::move(same)), how);
}

XFER_DECL void server::route(std::string path, const char* text, route_options how) {
    route(std::move(path), reply(200, text), how);
}

XFER_DECL void server::route(std::string path, reply_function f, route_options how) {
    impl_->shared.routes.add(std::move(path), std::move(f), how);
}

XFER_DECL void server::route_prefix(
    std::string prefix, reply_function f, route_options how
) {
    impl_->shared.routes.add_prefix(std::move(prefix), std::move(f), how);
}

XFER_DECL void server::files(std::string prefix, std::filesystem::path directory) {
    auto serve = [size = prefix.size(),
                  directory = std::move(directory)](const seen_request& r) {
        return detail::file_reply(directory, r.path().substr(size), r);
    };
    route_prefix(std::move(prefix), std::move(serve));
}

XFER_DECL void server::on_connect(connect_action what) {
    on_connect([what = std::move(what)](std::size_t) { return what; });
}

XFER_DECL void server::on_connect(connect_function what) {
    impl_->shared.set_on_connect(std::move(what));
}

XFER_DECL void server::stop_reading(bool stopped) {
    impl_->shared.reading_stopped = stopped;
    impl_->with_connections([](detail::connection& c) { c.ring(); });
}

XFER_DECL void server::release() {
    impl_->shared.seen.release();
    impl_->with_connections([](detail::connection& c) { c.ring(); });
}

XFER_DECL void server::close_idle(fault how) {
    impl_->with_connections([how](detail::connection& c) { c.end_when_idle(how); });
}

XFER_DECL void server::send_idle(std::string bytes) {
    impl_->with_connections([bytes = std::move(bytes)](detail::connection& c) {
        c.send_when_idle(bytes);
    });
}

XFER_DECL void server::rotate_ticket_keys() {
    auto context = impl_->shared.tls;
    if (!context) return;
    asio::post(*impl_->loop, [context] { detail::rotate_ticket_keys(*context); });
}

XFER_DECL server_counts server::counts() const { return impl_->shared.seen.counts(); }

XFER_DECL std::vector<seen_connection> server::log() const {
    return impl_->shared.seen.connections();
}

XFER_DECL std::vector<seen_request> server::requests() const {
    return impl_->shared.seen.requests();
}

XFER_DECL bool server::wait_for(
    const std::function<bool(const server_counts&)>& enough,
    std::chrono::nanoseconds timeout
) const {
    return impl_->shared.seen.wait(enough, timeout);
}

XFER_DECL bool server::wait_for_requests(
    std::size_t n, std::chrono::nanoseconds timeout
) const {
    return wait_for([n](const server_counts& c) { return c.requests >= n; }, timeout);
}

XFER_DECL bool server::wait_for_connections(
    std::size_t n, std::chrono::nanoseconds timeout
) const {
    return wait_for([n](const server_counts& c) { return c.accepted >= n; }, timeout);
}

XFER_DECL bool server::wait_for_open_at_most(
    std::size_t n, std::chrono::nanoseconds timeout
) const {
    return wait_for([n](const server_counts& c) { return c.open <= n; }, timeout);
}

}  // namespace XFER_NAMESPACE::testing
