// A fiber that dials, and the loop, the dialer and the names for it.
#pragma once

#include "names.hpp"
#include <xfer/net/loop.hpp>
#include <xfer/net/socket_dialer.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

namespace net = xfer::net;

struct closable_loop final : net::loop {
    using loop::close;
    using loop::loop;
};

/// A fiber that dials once, and notes the stages.
struct dialing final : net::fiber, net::dial_observer {
    dialing(net::loop& l, net::dialer& d, net::dial_target t)
        : fiber(l), by(d), target(t) {}
    std::error_code resolving(std::string_view host) override {
        stages += "resolving " + std::string(host) + ";";
        return at_resolving;
    }
    std::error_code connecting() override {
        stages += "connecting;";
        return at_connecting;
    }
    void returned(bool) override { done = true; }

    net::dialer& by;
    net::dial_target target;
    net::dial_result result;
    std::string stages;
    std::error_code at_resolving, at_connecting;
    bool done = false;
};

inline net::task<void> dial_once(dialing& d) {
    co_await d.by.dial(d, d.target, d, d.result);
}

/// A loop, a dialer and the names it knows.
struct bench {
    explicit bench(names::table known = {})
        : table(make_names(std::move(known))), dialer(table->resolver()) {}
    ~bench() { loop->close(); }

    template <class Condition>
    bool run_until(
        Condition condition,
        std::chrono::steady_clock::duration limit = std::chrono::seconds(20)
    ) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > until) return false;
            io.restart();
            io.run_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    std::unique_ptr<dialing> start(const net::dial_target& target) {
        auto d = std::make_unique<dialing>(*loop, dialer, target);
        d->start(dial_once(*d));
        return d;
    }
    std::unique_ptr<dialing> dial(const net::dial_target& target) {
        auto d = start(target);
        REQUIRE(run_until([&] { return d->done; }));
        return d;
    }

    asio::io_context io;
    std::shared_ptr<closable_loop> loop = std::make_shared<closable_loop>(
        io.get_executor(), net::drive::by_loop, nullptr
    );
    std::shared_ptr<names> table;
    net::socket_dialer dialer;
};

inline net::dial_target to(std::string_view host, std::uint16_t port) {
    net::dial_target t;
    t.host = host;
    t.port = port;
    return t;
}

/// Listeners of both families on one port.
struct twin_listeners {
    explicit twin_listeners(asio::io_context& io) : v4(io), v6(io) {
        for (int attempt = 0;; ++attempt) {
            v4 = asio::ip::tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0});
            std::error_code ec;
            v6 = asio::ip::tcp::acceptor(io);
            v6.open(asio::ip::tcp::v6());
            v6.set_option(asio::ip::v6_only(true));
            v6.bind({asio::ip::address_v6::loopback(), port()}, ec);
            if (!ec) break;
            REQUIRE(attempt < 20);
        }
        v6.listen();
    }
    std::uint16_t port() const { return v4.local_endpoint().port(); }
    asio::ip::tcp::acceptor v4;
    asio::ip::tcp::acceptor v6;
};

/// A port of 127.0.0.1 that refuses.
inline std::uint16_t refusing_port(asio::io_context& io) {
    return asio::ip::tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0})
        .local_endpoint()
        .port();
}

}  // namespace support
