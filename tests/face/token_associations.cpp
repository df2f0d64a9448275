// Allocators, cancellation slots, and handlers that are never called or called once.
#include "support/awaiting.hpp"
#include <xfer/detail/asio.hpp>
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace xfer;
using namespace std::chrono_literals;
using test::run;
using test::run_coroutine;
using xfer::testing::server;

namespace {

struct ledger {
    std::size_t allocated = 0;
    std::size_t live = 0;
};

template <class T>
struct counting_allocator {
    using value_type = T;
    ledger* book;
    explicit counting_allocator(ledger& b) : book(&b) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) : book(other.book) {}
    T* allocate(std::size_t n) {
        ++book->allocated;
        ++book->live;
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) {
        --book->live;
        std::allocator<T>().deallocate(p, n);
    }
    template <class U>
    bool operator==(const counting_allocator<U>& other) const {
        return book == other.book;
    }
};

/// A handler with an allocator, since Asio 1.22 has no bind_allocator.
template <class F>
struct allocating {
    using allocator_type = counting_allocator<std::byte>;
    F f;
    ledger* book;
    allocator_type get_allocator() const noexcept { return allocator_type(*book); }
    template <class... Args>
    void operator()(Args&&... args) {
        f(std::forward<Args>(args)...);
    }
};
/// Memory for one operation, owned by the handler that it is for.
struct arena {
    alignas(std::max_align_t) std::byte space[4096];
    bool taken = false;
};
template <class T>
struct arena_allocator {
    using value_type = T;
    arena* from;
    explicit arena_allocator(arena& a) : from(&a) {}
    template <class U>
    arena_allocator(const arena_allocator<U>& other) : from(other.from) {}
    T* allocate(std::size_t n) {
        if (from->taken || n * sizeof(T) > sizeof(from->space)) {
            return std::allocator<T>().allocate(n);
        }
        from->taken = true;
        return reinterpret_cast<T*>(from->space);
    }
    void deallocate(T* p, std::size_t n) {
        if (reinterpret_cast<std::byte*>(p) == from->space) {
            from->taken = false;
        } else {
            std::allocator<T>().deallocate(p, n);
        }
    }
    template <class U>
    bool operator==(const arena_allocator<U>& other) const {
        return from == other.from;
    }
};
struct owns_arena {
    using allocator_type = arena_allocator<std::byte>;
    std::shared_ptr<arena> memory = std::make_shared<arena>();
    std::shared_ptr<int> calls = std::make_shared<int>(0);
    allocator_type get_allocator() const noexcept { return allocator_type(*memory); }
    template <class... Args>
    void operator()(Args&&...) {
        ++*calls;
    }
};

template <class F>
allocating<F> with_ledger(ledger& book, F f) {
    return {std::move(f), &book};
}

}  // namespace

TEST_CASE(
    "tokens: a handler's memory comes from its allocator, and all goes back",
    "[face][tokens]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    ledger fetch;
    ledger open;
    ledger next;
    ledger read;
    ledger down;
    int calls = 0;
    std::optional<response_stream> stream;
    char text[8];
    m.async_fetch(
        s.url("/a"),
        with_ledger(fetch, [&](std::error_code, const response&) { ++calls; })
    );
    m.async_open(
        s.url("/a"),
        with_ledger(
            open,
            [&](std::error_code, response_stream opened) {
                ++calls;
                stream.emplace(std::move(opened));
                stream->async_read_some(
                    asio::buffer(text),
                    with_ledger(
                        read,
                        [&](std::error_code, std::size_t n) {
                            ++calls;
                            CHECK(n == 5);
                            stream.reset();
                        }
                    )
                );
            }
        )
    );
    m.add(s.url("/a"));
    m.async_next(with_ledger(next, [&](std::error_code, const message&) { ++calls; }));
    CHECK(fetch.live > 0);
    CHECK(run(io));
    m.async_shutdown(with_ledger(down, [&](std::error_code) { ++calls; }));
    CHECK(run(io));
    CHECK(calls == 5);
    for (const auto* book : {&fetch, &open, &next, &read, &down}) {
        CHECK(book->allocated > 0);
        CHECK(book->live == 0);
    }
}

TEST_CASE("tokens: memory goes back when the loop dies first", "[face][tokens]") {
    server s;
    s.route("/a", testing::reply(200).hold());
    ledger book;
    bool called = false;
    {
        auto io = std::make_unique<asio::io_context>();
        multi m(*io);
        m.async_fetch(
            s.url("/a"),
            with_ledger(book, [&](std::error_code, const response&) { called = true; })
        );
        m.async_open(
            s.url("/a"),
            with_ledger(book, [&](std::error_code, response_stream) { called = true; })
        );
        m.add(s.url("/a"));
        m.async_next(with_ledger(book, [&](std::error_code, const message&) {
            called = true;
        }));
        io->run_for(20ms);
        CHECK(book.live > 0);
        io.reset();
        CHECK(book.live == 0);
    }
    CHECK_FALSE(called);
}

TEST_CASE(
    "tokens: the handler of a multi that is destroyed is called once", "[face][tokens]"
) {
    server s;
    s.route("/a", testing::reply(200).hold());
    asio::io_context io;
    int calls = 0;
    std::error_code seen;
    {
        multi m(io);
        m.async_fetch(s.url("/a"), [&](std::error_code ec, const response&) {
            ++calls;
            seen = ec;
        });
        io.run_for(20ms);
    }
    CHECK(calls == 0);
    CHECK(run(io));
    CHECK(calls == 1);
    CHECK(seen == asio::error::operation_aborted);
}

TEST_CASE(
    "tokens: any type of cancellation ends a fetch at once", "[face][tokens][cancel]"
) {
    const auto type = GENERATE(
        asio::cancellation_type::terminal,
        asio::cancellation_type::partial,
        asio::cancellation_type::total
    );
    const bool in_progress = GENERATE(false, true);
    server s;
    s.route("/a", testing::reply(200, "alpha").stall_after(2, testing::from::body));
    asio::io_context io;
    multi m(io);
    asio::cancellation_signal stop;
    int calls = 0;
    std::error_code seen;
    std::string part;
    m.async_fetch(
        s.url("/a"),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::error_code ec, const response& r) {
                ++calls;
                seen = ec;
                part = r.body();
                CHECK_FALSE(r.failure().message.empty());
            }
        )
    );
    if (in_progress) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (m.stats().running == 1 && s.counts().sent < 40 &&
               std::chrono::steady_clock::now() < until) {
            io.run_for(5ms);
        }
        io.run_for(20ms);
    }
    stop.emit(type);
    CHECK(calls == 0);
    CHECK(run(io));
    CHECK(calls == 1);
    CHECK(seen == asio::error::operation_aborted);
    CHECK(part == (in_progress ? "al" : ""));
    // Too late, and harmless.
    stop.emit(type);
    CHECK(run(io));
    CHECK(calls == 1);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "tokens: a slot that emitted after the end does nothing", "[face][tokens][cancel]"
) {
    server s;
    s.route("/a", "alpha");
    asio::io_context io;
    multi m(io);
    asio::cancellation_signal stop;
    std::error_code seen = error::nothing_left;
    m.async_fetch(
        s.url("/a"),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::error_code ec, const response&) {
                seen = ec;
                stop.emit(asio::cancellation_type::terminal);
            }
        )
    );
    CHECK(run(io));
    CHECK_FALSE(seen);
}

TEST_CASE(
    "tokens: cancelling async_next takes that waiter out only", "[face][tokens][cancel]"
) {
    server s;
    s.route("/a", testing::reply(200, "alpha").hold());
    asio::io_context io;
    multi m(io);
    m.add(s.url("/a"));
    asio::cancellation_signal stop;
    std::error_code first;
    std::error_code second = error::nothing_left;
    m.async_next(asio::bind_cancellation_slot(
        stop.slot(), [&](std::error_code ec, const message&) { first = ec; }
    ));
    m.async_next([&](std::error_code ec, const message& done) {
        second = ec;
        CHECK(done.response.body() == "alpha");
    });
    stop.emit(asio::cancellation_type::terminal);
    io.run_for(20ms);
    CHECK(first == asio::error::operation_aborted);
    REQUIRE(s.wait_for_requests(1));
    s.release();
    CHECK(run(io));
    CHECK_FALSE(second);
}

TEST_CASE(
    "tokens: cancelling async_open before the head ends the transfer",
    "[face][tokens][cancel]"
) {
    server s;
    s.route("/a", testing::reply(200, "alpha").hold());
    asio::io_context io;
    multi m(io);
    asio::cancellation_signal stop;
    std::error_code seen;
    m.async_open(
        s.url("/a"),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::error_code ec, response_stream stream) {
                seen = ec;
                CHECK_FALSE(stream.is_open());
            }
        )
    );
    io.run_for(20ms);
    stop.emit(asio::cancellation_type::partial);
    CHECK(run(io));
    CHECK(seen == asio::error::operation_aborted);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "tokens: cancelling a coroutine cancels the fetch that it awaits",
    "[face][tokens][cancel]"
) {
    server s;
    s.route("/a", testing::reply(200, "alpha").hold());
    asio::io_context io;
    multi m(io);
    asio::cancellation_signal stop;
    std::error_code inside;
    bool with_failure = false;
    bool ended = false;
    auto f = [&]() -> asio::awaitable<void> {
        try {
            co_await m.async_fetch(s.url("/a"));
        } catch (const transfer_error& e) {
            inside = e.code();
            with_failure = !e.failure().message.empty();
        }
    };
    asio::co_spawn(
        io,
        f(),
        asio::bind_cancellation_slot(
            stop.slot(), [&](std::exception_ptr) { ended = true; }
        )
    );
    io.run_for(20ms);
    stop.emit(asio::cancellation_type::terminal);
    CHECK(run(io));
    CHECK(ended);
    CHECK(inside == asio::error::operation_aborted);
    CHECK(with_failure);
    CHECK(m.stats().running == 0);
    CHECK(s.wait_for_open_at_most(0));
}

TEST_CASE(
    "tokens: awaitable_operators race a fetch against a timer", "[face][tokens][cancel]"
) {
    using namespace asio::experimental::awaitable_operators;
    server s;
    s.route("/fast", "alpha");
    s.route("/slow", testing::reply(200, "late").hold());
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(io, 10s);
        auto won = co_await (
            m.async_fetch(s.url("/fast")) || timer.async_wait(asio::use_awaitable)
        );
        REQUIRE(won.index() == 0);
        CHECK(std::get<0>(won).body() == "alpha");
        timer.expires_after(20ms);
        auto lost = co_await (
            m.async_fetch(s.url("/slow")) || timer.async_wait(asio::use_awaitable)
        );
        CHECK(lost.index() == 1);
        CHECK(m.stats().running == 0);
    };
    run_coroutine(io, f);
}

TEST_CASE("tokens: awaitable_operators await two fetches together", "[face][tokens]") {
    using namespace asio::experimental::awaitable_operators;
    server s;
    s.route("/a", "alpha");
    s.route("/b", "beta");
    asio::io_context io;
    multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto both = co_await (m.async_fetch(s.url("/a")) && m.async_fetch(s.url("/b")));
        CHECK(std::get<0>(both).body() == "alpha");
        CHECK(std::get<1>(both).body() == "beta");
    };
    run_coroutine(io, f);
}

TEST_CASE("tokens: a handler may own the memory that it is kept in", "[face][tokens]") {
    server s;
    s.route("/a", "alpha");
    std::optional<asio::io_context> io(std::in_place);
    std::optional<multi> m(std::in_place, *io);
    owns_arena handler;
    const auto calls = handler.calls;
    const std::weak_ptr<arena> memory = handler.memory;
    m->async_fetch(s.url("/a"), std::move(handler));
    const auto end = GENERATE(0, 1, 2);
    if (end == 0) {
        CHECK(run(*io));
    } else if (end == 1) {
        io.reset();
    } else {
        m.reset();
        io->run();
    }
    CHECK(*calls == (end == 1 ? 0 : 1));
    CHECK(memory.expired());
}

TEST_CASE(
    "tokens: an operation may be begun when its multi and its loop are gone",
    "[face][tokens]"
) {
    std::optional<asio::io_context> io(std::in_place);
    std::optional<multi> m(std::in_place, *io);
    auto operation = m->async_fetch("http://127.0.0.1:1/", xfer::detail::deferred);
    m.reset();
    io.reset();
    bool called = false;
    std::move(operation)([&](std::error_code, response) { called = true; });
    CHECK_FALSE(called);
}
