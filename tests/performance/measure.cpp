// What docs/performance.md measures, one verb for each; no test of its own.
#include "support/resident_memory.hpp"
#include <xfer.hpp>
#include <xfer/testing/server.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Serves until it is killed: /1k is 1 KiB, whatever waits below /held is never
/// answered.
int serve() {
    xfer::testing::server_options o;
    o.log_limit = 0;
    o.request_log_limit = 0;
    xfer::testing::server s(o);
    s.route("/1k", xfer::testing::reply(200, std::string(1024, 'x')));
    s.route_prefix("/held", [](const xfer::testing::seen_request&) {
        return xfer::testing::reply(200, "late").hold();
    });
    std::puts(s.host_port().c_str());
    std::fflush(stdout);
    for (;;) ::pause();
}

/// GETs `url` this often, so many at a time, by add, perform and info_read.
int gets(const std::string& url, std::size_t total, std::size_t parallel) {
    xfer::multi m;
    std::size_t added = 0;
    std::size_t read = 0;
    std::size_t good = 0;
    while (added < parallel && added < total) {
        m.add(xfer::get(url));
        ++added;
    }
    while (read < total) {
        m.perform();
        while (const auto done = m.info_read()) {
            ++read;
            good += !done->ec && done->response.body().size() == 1024 ? 1U : 0U;
            if (added < total) {
                m.add(xfer::get(url));
                ++added;
            }
        }
        if (read < total) m.wait(1s);
    }
    const auto s = m.stats();
    std::printf(
        "%zu of %zu good, %llu connections, %llu steps\n",
        good,
        total,
        static_cast<unsigned long long>(s.connections_opened),
        static_cast<unsigned long long>(s.steps)
    );
    return good == total ? 0 : 1;
}

/// Adds this many transfers and drives them until all of them wait for an answer.
void let_wait(xfer::multi& m, const std::string& url, std::size_t count) {
    std::vector<xfer::transfer_id> added;
    for (std::size_t i = 0; i < count; ++i) {
        added.push_back(
            m.add(xfer::get(url, {.first_byte_timeout = xfer::duration::zero()}))
        );
    }
    const auto waits = [&](xfer::transfer_id id) {
        return m.stage_of(id) == xfer::stage::waiting;
    };
    while (!std::all_of(added.begin(), added.end(), waits)) {
        m.perform();
        m.wait(10ms);
    }
}

/// Opens this many transfers that nobody answers.
int idle(const std::string& url, std::size_t count) {
    xfer::multi m;
    // What the first ones bring into memory is not theirs.
    let_wait(m, url, 100);
    const auto before = test::resident_kilobytes();
    let_wait(m, url, count);
    const auto after = test::resident_kilobytes();
    m.perform();
    const auto steps = m.stats().steps;
    const auto start = std::chrono::steady_clock::now();
    m.perform();
    const std::chrono::duration<double, std::micro> time =
        std::chrono::steady_clock::now() - start;
    std::printf(
        "%zu idle: %.2f KiB each, perform() with nothing ready: %llu steps, %.1f us\n",
        count,
        static_cast<double>(after - before) / static_cast<double>(count),
        static_cast<unsigned long long>(m.stats().steps - steps),
        time.count()
    );
    return 0;
}

std::size_t number(const char* text) {
    return static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "serve" && argc == 2) return serve();
    if (verb == "gets" && argc == 5)
        return gets(argv[2], number(argv[3]), number(argv[4]));
    if (verb == "idle" && argc == 4) return idle(argv[2], number(argv[3]));
    std::fputs(
        "Usage: measure serve | gets URL TOTAL PARALLEL | idle URL COUNT\n", stderr
    );
    return 2;
}
