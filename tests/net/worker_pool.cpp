// xfer/net/worker_pool.hpp: detached threads that nobody waits for.
#include <xfer/net/worker_pool.hpp>

#include <catch2/catch.hpp>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <limits>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using xfer::net::worker_pool;

namespace {

/// Opens once; jobs wait on it. Shared, as a job may outlive the test's frame.
struct gate {
    std::promise<void> promise;
    std::shared_future<void> opened = promise.get_future().share();
};

worker_pool::ticket submit(worker_pool& pool, worker_pool::job j) {
    std::error_code ec;
    const auto t = pool.submit(std::move(j), ec);
    CHECK_FALSE(ec);
    CHECK(t != 0);
    return t;
}

/// Gives other threads the processor until the condition holds; at most 10 s.
template <typename F>
bool eventually(F condition) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

/// A job that says that it began, and then hangs until the gate opens.
auto hanging(std::shared_ptr<gate> g, std::shared_ptr<std::atomic<int>> begun) {
    return [g, begun] {
        ++*begun;
        g->opened.wait();
    };
}

}  // namespace

TEST_CASE("worker_pool: a job runs on another thread", "[net][worker_pool]") {
    worker_pool pool;
    CHECK(pool.count().threads == 0);
    auto where = std::make_unique<std::promise<std::thread::id>>();
    auto id = where->get_future();
    submit(pool, [p = std::move(where)] { p->set_value(std::this_thread::get_id()); });
    CHECK(id.get() != std::this_thread::get_id());
}

TEST_CASE("worker_pool: an idle thread takes the next job", "[net][worker_pool]") {
    worker_pool pool;
    for (int i = 0; i < 5; ++i) {
        std::promise<void> done;
        auto future = done.get_future();
        submit(pool, [p = std::move(done)]() mutable { p.set_value(); });
        future.get();
        REQUIRE(eventually([&] { return pool.count().idle == 1; }));
    }
    CHECK(pool.count().started == 1);
}

TEST_CASE(
    "worker_pool: threads start on demand up to the limit", "[net][worker_pool]"
) {
    worker_pool pool({.max_threads = 3});
    const auto g = std::make_shared<gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 8; ++i) {
        submit(pool, hanging(g, begun));
    }
    REQUIRE(eventually([&] { return *begun == 3; }));
    CHECK(pool.count().threads == 3);
    CHECK(pool.count().queued == 5);
    g->promise.set_value();
    CHECK(eventually([&] { return *begun == 8; }));
    CHECK(pool.count().started == 3);
}

TEST_CASE("worker_pool: an idle thread ends", "[net][worker_pool]") {
    worker_pool pool({.idle = 1ms});
    submit(pool, [] {});
    CHECK(eventually([&] { return pool.count().threads == 0; }));
    submit(pool, [] {});
    CHECK(pool.count().started == 2);
}

TEST_CASE("worker_pool: a job that throws harms nobody", "[net][worker_pool]") {
    worker_pool pool({.max_threads = 1});
    submit(pool, [] { throw std::runtime_error("no"); });
    std::promise<void> done;
    auto future = done.get_future();
    submit(pool, [&done] { done.set_value(); });
    future.get();
    CHECK(pool.count().started == 1);
}

TEST_CASE(
    "worker_pool: a hanging job that is written off is replaced", "[net][worker_pool]"
) {
    worker_pool pool({.max_threads = 1});
    const auto g = std::make_shared<gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    const auto hung = submit(pool, hanging(g, begun));
    REQUIRE(eventually([&] { return *begun == 1; }));
    std::promise<void> done;
    auto future = done.get_future();
    submit(pool, [&done] { done.set_value(); });
    CHECK(future.wait_for(0s) == std::future_status::timeout);
    CHECK(pool.write_off(hung));
    CHECK_FALSE(pool.write_off(hung));
    future.get();
    CHECK(pool.count().written_off == 1);
    g->promise.set_value();
    CHECK(eventually([&] { return pool.count().written_off == 0; }));
    CHECK(pool.count().threads <= 1);
}

TEST_CASE(
    "worker_pool: no more than the limit is written off at once", "[net][worker_pool]"
) {
    worker_pool pool({.max_threads = 4, .max_written_off = 2});
    const auto g = std::make_shared<gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    std::vector<worker_pool::ticket> tickets;
    for (int i = 0; i < 3; ++i) {
        tickets.push_back(submit(pool, hanging(g, begun)));
    }
    REQUIRE(eventually([&] { return *begun == 3; }));
    CHECK(pool.write_off(tickets[0]));
    CHECK(pool.write_off(tickets[1]));
    CHECK_FALSE(pool.write_off(tickets[2]));
    CHECK(pool.count().written_off == 2);
    CHECK(pool.count().threads == 1);
    g->promise.set_value();
}

TEST_CASE(
    "worker_pool: a queued job that is written off is destroyed unrun",
    "[net][worker_pool]"
) {
    worker_pool pool({.max_threads = 1});
    const auto g = std::make_shared<gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    submit(pool, hanging(g, begun));
    const auto token = std::make_shared<int>();
    const auto second = submit(pool, [token, begun] { *begun = 100; });
    CHECK(token.use_count() == 2);
    CHECK(pool.write_off(second));
    CHECK(token.use_count() == 1);
    CHECK_FALSE(pool.write_off(second));
    CHECK_FALSE(pool.write_off(0));
    g->promise.set_value();
    CHECK(eventually([&] { return pool.count().idle == 1; }));
    CHECK(*begun == 1);
}

TEST_CASE(
    "worker_pool: the destructor drops queued jobs and waits for none",
    "[net][worker_pool]"
) {
    const auto g = std::make_shared<gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    const auto token = std::make_shared<int>();
    {
        worker_pool pool({.max_threads = 1});
        submit(pool, hanging(g, begun));
        submit(pool, [token, begun] { *begun = 100; });
        REQUIRE(eventually([&] { return *begun == 1; }));
    }
    CHECK(token.use_count() == 1);
    CHECK(g.use_count() == 2);  // the job hangs on
    g->promise.set_value();
    CHECK(eventually([&] { return g.use_count() == 1; }));
    CHECK(*begun == 1);
}

TEST_CASE("worker_pool: all signals are blocked in its threads", "[net][worker_pool]") {
    worker_pool pool;
    std::promise<bool> blocked;
    auto future = blocked.get_future();
    submit(pool, [&blocked] {
        sigset_t now;
        pthread_sigmask(SIG_SETMASK, nullptr, &now);
        blocked.set_value(
            sigismember(&now, SIGINT) == 1 && sigismember(&now, SIGTERM) == 1 &&
            sigismember(&now, SIGUSR1) == 1 && sigismember(&now, SIGPIPE) == 1
        );
    });
    CHECK(future.get());
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    CHECK(sigismember(&mine, SIGINT) == 0);
}

#ifdef __GLIBC__
TEST_CASE(
    "worker_pool: a thread that cannot be started is an error code",
    "[net][worker_pool]"
) {
    // In a child, whose threads ask for a stack that no address space has room for. A
    // limit would do as well, but clang's AddressSanitizer is past it from the start.
    const pid_t child = ::fork();
    if (child == 0) {
        pthread_attr_t huge;
        ::pthread_attr_init(&huge);
        ::pthread_attr_setstacksize(
            &huge, std::size_t(1) << (std::numeric_limits<std::size_t>::digits - 4)
        );
        ::pthread_setattr_default_np(&huge);
        auto token = std::make_shared<int>();
        worker_pool pool;
        std::error_code ec;
        const auto t = pool.submit([token] {}, ec);
        const bool right = t == 0 && ec == std::errc::resource_unavailable_try_again &&
                           token.use_count() == 1 && pool.count().threads == 0;
        ::_exit(right ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
#endif

TEST_CASE(
    "worker_pool: many threads may submit and write off at once", "[net][worker_pool]"
) {
    const auto ran = std::make_shared<std::atomic<int>>(0);
    std::atomic<int> dropped = 0;
    {
        worker_pool pool({.max_threads = 4, .idle = 1ms});
        std::vector<std::thread> users;
        for (int u = 0; u < 4; ++u) {
            users.emplace_back([&] {
                for (int i = 0; i < 200; ++i) {
                    std::error_code ec;
                    const auto t = pool.submit([ran] { ++*ran; }, ec);
                    if (i % 3 == 0 && pool.write_off(t)) {
                        ++dropped;
                    }
                }
            });
        }
        for (auto& u : users) {
            u.join();
        }
        CHECK(eventually([&] {
            const auto c = pool.count();
            return c.queued == 0 && c.threads == 0 && c.written_off == 0;
        }));
    }
    // Whoever was written off in the midst of running has run too.
    CHECK(*ran <= 800);
    CHECK(*ran + dropped >= 800);
}
