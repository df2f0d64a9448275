// xfer in curl's way: add, perform, wait and info_read in a plain loop.
#include "common.hpp"
#include "xfer_request.hpp"
#include <xfer.hpp>

#include <chrono>

using namespace std::chrono_literals;

namespace {

void transfer(const bench::job& j) {
    xfer::multi m({.max_idle_connections = j.parallel});
    const xfer::tls tls = bench::trust(j);
    bench::tally tally(j);
    const auto add_one = [&] {
        if (tally.start_one()) m.add(bench::make_request(j, tls));
    };
    for (std::size_t i = 0; i < j.parallel; ++i) add_one();
    while (!tally.done()) {
        m.perform();
        while (const auto done = m.info_read()) {
            if (done->ec) bench::fail(done->failure().message);
            tally.finish_one(
                done->response.status(), done->response.info().bytes_received
            );
            add_one();
        }
        if (!tally.done()) m.wait(1s);
    }
    tally.print();
}

void idle(const bench::job& j) {
    xfer::multi m;
    const xfer::tls tls = bench::trust(j);
    bench::run_idle(
        j,
        [&](std::size_t n) {
            while (n-- > 0) m.add(bench::make_request(j, tls));
        },
        [&] {
            do {
                m.perform();
                if (const auto done = m.info_read()) {
                    bench::fail("ended", done->failure().message);
                }
            } while (m.wait(50ms));
        },
        [&] { m.perform(); }
    );
}

}  // namespace

int main(int argc, char** argv) {
    return bench::run_client(argc, argv, bench::xfer_version(), transfer, idle);
}
