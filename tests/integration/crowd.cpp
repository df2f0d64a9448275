// R6 and R7: a broken peer kills no process, and in a crowd nobody is lost.
#include "support/certificates.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <asio/error.hpp>

#include <csignal>
#include <cstdint>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

using support::run;
using support::transfer_one;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;
using xfer::testing::server_options;

TEST_CASE("R6: a peer that resets while it is written to raises no SIGPIPE", "[R6]") {
    const bool secure = GENERATE(false, true);
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    server_options o;
    if (secure) {
        o.certificate_pem = tls_support::good_identity().certificate_pem;
        o.key_pem = tls_support::good_identity().key_pem;
    }
    {
        server s(o);
        const auto& fault =
            GENERATE(xfer::testing::fault::reset, xfer::testing::fault::close);
        s.route(
            "/",
            reply(200).cut_after(fault, 0),
            {.answer_early = true, .read_body = false}
        );
        xfer::multi m;
        for (int i = 0; i < 10; ++i) {
            auto r = xfer::post(s.url(), std::string(4u << 20, 'u'));
            m.add(r.insecure());
        }
        for (const auto& done : run(m)) {
            CHECK(
                (done.ec == xfer::error::send_failed ||
                 done.ec == xfer::error::receive_failed ||
                 done.ec == xfer::error::got_nothing)
            );
        }
    }
    std::signal(SIGPIPE, before);
}

TEST_CASE("R7: of 10000 transfers each ends once, however it ends", "[R7]") {
    constexpr std::size_t total = 10'000;
    constexpr std::size_t parallel = 200;
    server_options o;
    o.log_limit = 0;
    o.request_log_limit = 0;
    server s(o);
    const std::string text(3000, 'x');
    s.route("/ok", reply(200, text));
    s.route("/slow", reply(200, text).delay(std::chrono::milliseconds(3)));
    s.route("/chunked", reply(200, text).chunked({700}));
    s.route("/cut", reply(200, text).close_after(1000, from::body));
    s.route("/reset", reply(200, text).reset_after(20));
    s.route("/garbage", reply::exactly("this is no HTTP\r\n\r\n"));
    const char* const faults[] = {"/cut", "/reset", "/garbage"};
    const char* const fine[] = {"/ok", "/slow", "/chunked"};

    std::mt19937 random(7);
    xfer::multi m({.max_connections_per_host = 150});
    std::vector<xfer::transfer_id> running;
    std::unordered_set<xfer::transfer_id> open;
    std::size_t added = 0;
    std::size_t ended = 0;
    std::size_t good = 0;
    std::size_t cancelled = 0;
    std::size_t failed = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ended < total) {
        REQUIRE(std::chrono::steady_clock::now() < until);
        while (added < total && open.size() < parallel) {
            const auto* path =
                random() % 10 == 0 ? faults[random() % 3] : fine[random() % 3];
            const auto id = m.add(s.url(path));
            ++added;
            open.insert(id);
            if (random() % 10 < 4) running.push_back(id);
        }
        m.perform();
        for (std::size_t n = running.size() / 4 + 1; n > 0 && !running.empty(); --n) {
            const auto at = random() % running.size();
            m.cancel(running[at]);
            running[at] = running.back();
            running.pop_back();
        }
        m.perform();
        while (const auto done = m.info_read()) {
            REQUIRE(open.erase(done->id) == 1);
            ++ended;
            if (!done->ec) {
                ++good;
                if (done->response.body() != text) FAIL("a wrong body");
            } else if (done->ec == asio::error::operation_aborted) {
                ++cancelled;
            } else {
                ++failed;
            }
        }
        if (ended < total) m.wait(std::chrono::milliseconds(5));
    }
    CHECK(good + cancelled + failed == total);
    CHECK(good > total / 3);
    CHECK(cancelled > total / 10);
    CHECK(failed > total / 50);
    const auto stats = m.stats();
    CHECK(stats.added == total);
    CHECK(stats.succeeded == good);
    CHECK(stats.failed == cancelled + failed);
    CHECK(stats.running == 0);
    CHECK(stats.queued == 0);
    CHECK(stats.unread == 0);
    CHECK(stats.connections == stats.idle_connections);
}
