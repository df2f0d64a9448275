// Runs coroutines and transfers to their end on a loop, and gives up on those that
// hang.
#pragma once

#include <xfer/multi.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace xfer::test {

/// Runs the loop until nothing is left to do on it. False: it still had work after a
/// time that no test takes.
inline bool run(
    asio::io_context& io, std::chrono::seconds most = std::chrono::seconds(20)
) {
    io.restart();
    io.run_for(most);
    return io.stopped();
}

/// Spawns the coroutine function and runs the loop until nothing is left on it; what
/// the coroutine threw is thrown here.
template <class F>
void run_coroutine(asio::io_context& io, F& f) {
    std::exception_ptr thrown;
    bool ended = false;
    asio::co_spawn(io, f(), [&](std::exception_ptr e) {
        thrown = e;
        ended = true;
    });
    const bool out_of_work = run(io);
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    REQUIRE(ended);
    REQUIRE(out_of_work);
}

/// One transfer from add() to its completion, on a multi that has no other.
inline message run_one(asio::io_context& io, multi& m, request r) {
    m.add(std::move(r));
    REQUIRE(run(io));
    auto done = m.info_read();
    REQUIRE(done);
    return std::move(*done);
}

/// The same on a multi of its own.
inline message run_one(request r) {
    asio::io_context io;
    multi m(io);
    return run_one(io, m, std::move(r));
}

}  // namespace xfer::test
