// A transfer that stands in a state of a test's choice, and can be let go on from
// there.
#pragma once

#include "support/rig.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <array>

namespace support {

/// Where the transfer stands: every kind of wait that a walk has.
enum class standing {
    added,
    queued_for_turn,
    queued_for_connection,
    resolving,
    connecting,
    proxying,
    sending_head,
    sending_body,
    waiting_for_continue,
    waiting_for_source,
    waiting_first_byte,
    reading_head,
    reading_body,
    waiting_for_sink,
    paused,
    rate_limited,
    unread_stream,
    done_unread,
    idle_in_pool,
};
inline constexpr std::array all_standings{
    standing::added,
    standing::queued_for_turn,
    standing::queued_for_connection,
    standing::resolving,
    standing::connecting,
    standing::proxying,
    standing::sending_head,
    standing::sending_body,
    standing::waiting_for_continue,
    standing::waiting_for_source,
    standing::waiting_first_byte,
    standing::reading_head,
    standing::reading_body,
    standing::waiting_for_sink,
    standing::paused,
    standing::rate_limited,
    standing::unread_stream,
    standing::done_unread,
    standing::idle_in_pool,
};

enum class begun_by { add, fetch, open };

/// What a completion handler saw; its token tells whether the handler still exists.
struct heard {
    int calls = 0;
    std::error_code ec;
    std::shared_ptr<int> token = std::make_shared<int>();
    std::optional<xfer::response_stream> stream;
    [[nodiscard]] bool handler_gone() const { return token.use_count() == 1; }
};

/// A door at which coroutines of sinks and sources wait.
struct door {
    bool open = false;
    asio::steady_timer* waiting = nullptr;

    static asio::awaitable<void> pass(std::shared_ptr<door> d) {
        if (d->open) {
            co_return;
        }
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_at(asio::steady_timer::time_point::max());
        d->waiting = &timer;
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (const std::system_error&) {
            d->waiting = nullptr;
            if (!d->open) {
                throw;
            }
        }
    }
    void let_in() {
        open = true;
        if (waiting != nullptr) {
            waiting->cancel();
        }
    }
};

class staged {
 public:
    static constexpr auto total_timeout = std::chrono::minutes(10);

    staged(driven how, standing s, begun_by entry)
        : r(how, settings_for(s)), state_(s), entry_(entry) {
        prepare();
        auto q = request();
        switch (entry_) {
            case begun_by::add:
                id = r.m->add(std::move(q));
                break;
            case begun_by::fetch:
                r.m->async_fetch(
                    std::move(q),
                    asio::bind_cancellation_slot(
                        signal.slot(),
                        [this,
                         token = result.token](std::error_code ec, xfer::response) {
                            ++result.calls;
                            result.ec = ec;
                        }
                    )
                );
                break;
            case begun_by::open:
                r.m->async_open(
                    std::move(q),
                    asio::bind_cancellation_slot(
                        signal.slot(),
                        [this, token = result.token](
                            std::error_code ec, xfer::response_stream s2
                        ) {
                            ++result.calls;
                            result.ec = ec;
                            if (!ec) {
                                result.stream.emplace(std::move(s2));
                            }
                        }
                    )
                );
        }
        if (s != standing::added) {
            r.run();
        }
        if (s == standing::paused) {
            r.m->pause(id);
            r.run();
        }
        if (s == standing::idle_in_pool) {
            static_cast<void>(r.read_all());
        }
    }

    /// Not every state can be reached in every way.
    static bool makes_sense(standing s, begun_by entry) {
        switch (s) {
            case standing::unread_stream:
                return entry == begun_by::open;
            case standing::paused:
            case standing::done_unread:
                return entry == begun_by::add;
            case standing::waiting_for_sink:
            case standing::reading_body:
            case standing::rate_limited:
            case standing::idle_in_pool:
                return entry != begun_by::open;
            default:
                return true;
        }
    }

    /// Whether the multi still has the transfer in progress.
    [[nodiscard]] bool in_progress() const {
        return state_ != standing::done_unread && state_ != standing::idle_in_pool;
    }

    /// Lets it go on; it ends with the next run().
    void unblock() {
        switch (state_) {
            case standing::queued_for_turn:
            case standing::queued_for_connection:
                r.m->remove(blocker);
                server->release();
                break;
            case standing::resolving:
            case standing::connecting:
                r.network->release("a.test");
                break;
            case standing::sending_head:
            case standing::sending_body:
                r.network->last_peer()->accept(xfer::testing::memory_options::unlimited
                );
                break;
            case standing::waiting_for_continue:
                r.network->last_peer()->provide("HTTP/1.1 100 Continue\r\n\r\n");
                break;
            case standing::waiting_for_source:
            case standing::waiting_for_sink:
                gate->let_in();
                break;
            case standing::proxying:
            case standing::waiting_first_byte:
                server->release();
                break;
            case standing::reading_head:
                r.network->last_peer()->provide("nt-Length: 10\r\n\r\n0123456789");
                break;
            case standing::reading_body:
                r.network->last_peer()->provide("56789");
                break;
            case standing::paused:
                r.network->last_peer()->provide("56789");
                r.m->resume(id);
                break;
            case standing::rate_limited:
                break;  // time lets it
            case standing::unread_stream:
                result.stream.reset();
                break;
            default:
                break;
        }
    }

    rig r;
    xfer::transfer_id id;
    xfer::transfer_id blocker;
    heard result;
    asio::cancellation_signal signal;
    std::optional<xfer::testing::memory_server> server;
    std::shared_ptr<door> gate = std::make_shared<door>();
    std::shared_ptr<bool> throws = std::make_shared<bool>(false);

 private:
    static xfer::settings settings_for(standing s) {
        xfer::settings limits;
        limits.max_transfers = s == standing::queued_for_turn ? 1 : 0;
        limits.max_connections_per_host = s == standing::queued_for_connection ? 1 : 0;
        return limits;
    }

    void prepare() {
        using xfer::testing::memory_reply;
        const bool through = state_ == standing::proxying;
        const auto* host = through ? "proxy.test" : "a.test";
        server.emplace(*r.network, host, 80, [this](const auto& q) -> memory_reply {
            if (q.method == "CONNECT") {
                return "HTTP/1.1 200 OK\r\n\r\n";
            }
            switch (state_) {
                case standing::reading_head:
                    return "HTTP/1.1 200 OK\r\nConte";
                case standing::reading_body:
                case standing::paused:
                    return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234";
                case standing::rate_limited:
                    return memory_reply::with_length(std::string(600, 'x'));
                default:
                    return memory_reply::with_length("0123456789");
            }
        });
        switch (state_) {
            case standing::queued_for_turn:
            case standing::queued_for_connection:
                server->hold();
                blocker = r.m->add("http://a.test/blocker");
                r.run();
                break;
            case standing::resolving:
                r.network->hang_resolving("a.test");
                break;
            case standing::connecting:
                r.network->hang_connecting("a.test");
                break;
            case standing::sending_head:
            case standing::sending_body:
                choke(state_ == standing::sending_head ? 5 : 1000);
                break;
            case standing::proxying:
            case standing::waiting_first_byte:
                server->hold();
                break;
            default:
                break;
        }
    }

    /// Has the server's connections accept only so many bytes at first.
    void choke(std::size_t bytes) {
        r.network->on_connect("a.test", [bytes](const auto& peer) {
            peer->accept(bytes);
        });
    }

    [[nodiscard]] xfer::request request() {
        auto q = xfer::get("http://a.test/");
        xfer::options o;
        o.total_timeout = total_timeout;
        o.idle_timeout = {};
        o.first_byte_timeout = {};
        o.resolve_timeout = {};
        o.connect_timeout = {};
        o.proxy_timeout = {};
        if (state_ == standing::proxying) {
            o.proxy_tunnel = true;
            q.proxy("http://proxy.test:80");
        }
        if (state_ == standing::rate_limited) {
            o.max_receive_rate = 1000;
        }
        if (state_ == standing::waiting_for_continue) {
            o.expect_continue = true;
            o.expect_continue_timeout = std::chrono::hours(1);
        }
        const bool uploads = state_ == standing::sending_body ||
                             state_ == standing::waiting_for_continue ||
                             state_ == standing::waiting_for_source;
        if (uploads) {
            auto source = [gate = gate,
                           throws = throws,
                           held = state_ == standing::waiting_for_source,
                           left = 300'000](std::span<char> space
                          ) mutable -> asio::awaitable<std::size_t> {
                if (held) {
                    co_await door::pass(gate);
                }
                if (*throws) {
                    throw std::runtime_error("the source");
                }
                const auto n =
                    std::min<std::size_t>(static_cast<std::size_t>(left), space.size());
                std::fill_n(space.begin(), n, 'x');
                left -= static_cast<int>(n);
                co_return n;
            };
            q.method(xfer::method::post());
            q.body(xfer::from_awaitable(source));
        }
        if (state_ == standing::waiting_for_sink) {
            auto sink = [gate = gate,
                         throws = throws](std::string_view) -> asio::awaitable<void> {
                co_await door::pass(gate);
                if (*throws) {
                    throw std::runtime_error("the sink");
                }
            };
            q.sink(xfer::to_awaitable(sink));
        } else {
            auto sink = [throws = throws](std::string_view) {
                if (*throws) {
                    throw std::runtime_error("the sink");
                }
            };
            q.sink(xfer::to_function(sink));
        }
        q.options(o);
        return q;
    }

    standing state_;
    begun_by entry_;
};

}  // namespace support
