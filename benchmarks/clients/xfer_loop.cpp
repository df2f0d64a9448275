// xfer inside an io_context: coroutines that await one fetch after the other.
#include "common.hpp"
#include "xfer_request.hpp"
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <chrono>

using namespace std::chrono_literals;

namespace {

asio::awaitable<void> work(
    xfer::multi& m, const bench::job& j, const xfer::tls& tls, bench::tally& tally
) try {
    while (tally.start_one()) {
        const auto r = co_await m.async_fetch(bench::make_request(j, tls));
        tally.finish_one(r.status(), r.info().bytes_received);
    }
} catch (const xfer::transfer_error& e) {
    bench::fail(e.failure().message);
}

void transfer(const bench::job& j) {
    asio::io_context loop(1);
    xfer::multi m(loop, {.max_idle_connections = j.parallel});
    const xfer::tls tls = bench::trust(j);
    bench::tally tally(j);
    for (std::size_t i = 0; i < j.parallel; ++i) {
        asio::co_spawn(loop, work(m, j, tls, tally), asio::detached);
    }
    loop.run();
    tally.print();
}

void idle(const bench::job& j) {
    asio::io_context loop(1);
    xfer::multi m(loop);
    const xfer::tls tls = bench::trust(j);
    bench::run_idle(
        j,
        [&](std::size_t n) {
            while (n-- > 0) {
                m.async_fetch(
                    bench::make_request(j, tls),
                    [](std::error_code, const xfer::response& r) {
                        bench::fail("ended", r.failure().message);
                    }
                );
            }
        },
        [&] {
            while (loop.run_one_for(50ms) != 0) {
            }
        },
        [&] { loop.poll(); }
    );
    // Destroying the multi would call the handlers, which fail.
    std::fflush(stdout);
    std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    return bench::run_client(argc, argv, bench::xfer_version(), transfer, idle);
}
