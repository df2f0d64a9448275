// M38: wait with descriptors of one's own. M16: wakeup from other threads.
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using support::run;
using support::successes;
using xfer::fd_events;
using xfer::wait_fd;
using xfer::testing::reply;
using xfer::testing::server;
using clock_type = std::chrono::steady_clock;

namespace {

struct pipe_ends {
    pipe_ends() { REQUIRE(::pipe(ends.data()) == 0); }
    ~pipe_ends() {
        for (const int fd : ends) ::close(fd);
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;
    /// From any thread, so nothing is checked here: who waits for it will notice.
    void write() const { [[maybe_unused]] const auto n = ::write(ends[1], "x", 1); }
    std::array<int, 2> ends{};
};

/// Does something from another thread in a little while.
template <class F>
std::thread later(F f) {
    return std::thread([f] {
        std::this_thread::sleep_for(30ms);
        f();
    });
}

}  // namespace

TEST_CASE("M38: wait returns when a pipe of the caller's can be read", "[M38]") {
    pipe_ends p;
    xfer::multi m;
    std::array fds{wait_fd{p.ends[0]}};
    SECTION("at once, if it can already") {
        p.write();
        CHECK(m.wait(10s, fds));
    }
    SECTION("later, from another thread") {
        auto t = later([&] { p.write(); });
        CHECK(m.wait(10s, fds));
        t.join();
    }
    CHECK(fds[0].ready == fd_events::in);
    char c = 0;
    REQUIRE(::read(p.ends[0], &c, 1) == 1);
    const auto begun = clock_type::now();
    CHECK_FALSE(m.wait(30ms, fds));
    CHECK(fds[0].ready == fd_events::none);
    CHECK(clock_type::now() - begun >= 29ms);
}

TEST_CASE("M38: wait says which of several descriptors is ready", "[M38]") {
    pipe_ends p;
    const int event = ::eventfd(0, EFD_CLOEXEC);
    xfer::multi m;
    std::array fds{
        wait_fd{p.ends[0]}, wait_fd{event, fd_events::in}, wait_fd{-1, fd_events::in}};
    const auto write_event = [event] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(event, &one, sizeof one);
    };
    auto t = later(write_event);
    CHECK(m.wait(10s, fds));
    t.join();
    CHECK(fds[0].ready == fd_events::none);
    CHECK(fds[1].ready == fd_events::in);
    CHECK(fds[2].ready == fd_events::none);
    ::close(event);
}

TEST_CASE("M38: an end that was closed, and a descriptor that is none", "[M38]") {
    xfer::multi m;
    int dead = -1;
    {
        pipe_ends p;
        dead = p.ends[0];
    }
    std::array fds{wait_fd{dead}};
    CHECK(m.wait(10s, fds));
    CHECK(fds[0].ready == fd_events::error);
}

TEST_CASE("M38: a regular file is always ready", "[M38]") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    xfer::multi m;
    std::array fds{wait_fd{::fileno(file), fd_events::in | fd_events::out}};
    CHECK(m.wait(10s, fds));
    CHECK(fds[0].ready == (fd_events::in | fd_events::out));
    std::fclose(file);
}

TEST_CASE("M38: a socket that the same loop waits for already", "[M38]") {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    asio::ip::tcp::socket here(io);
    here.connect(acceptor.local_endpoint());
    auto there = acceptor.accept();
    xfer::multi m(io);
    bool told = false;
    here.async_wait(asio::ip::tcp::socket::wait_read, [&](std::error_code ec) {
        told = !ec;
    });
    std::array fds{wait_fd{here.native_handle()}};
    for (int i = 0; i < 3; ++i) CHECK_FALSE(m.wait(5ms, fds));
    there.send(asio::buffer("x", 1));
    CHECK(m.wait(10s, fds));
    CHECK(fds[0].ready == fd_events::in);
    m.perform();
    CHECK(told);
    CHECK(here.is_open());
}

TEST_CASE("M38: transfers go on while descriptors are waited for", "[M38]") {
    server s;
    s.route("/", reply(200, "x").delay(20ms));
    pipe_ends p;
    xfer::multi m;
    for (int i = 0; i < 5; ++i) m.add(s.url());
    std::array fds{wait_fd{p.ends[0]}};
    const auto until = clock_type::now() + 20s;
    while (m.perform() != 0 && clock_type::now() < until) {
        m.wait(10s, fds);
        CHECK(fds[0].ready == fd_events::none);
    }
    CHECK(successes(run(m)) == 5);
}

TEST_CASE("M38: waiting leaves no descriptor behind", "[M38]") {
    pipe_ends p;
    xfer::multi m;
    std::array fds{wait_fd{p.ends[0]}, wait_fd{p.ends[1], fd_events::priority}};
    m.wait(1ms, fds);
    const auto before = support::open_descriptors();
    for (int i = 0; i < 50; ++i) m.wait(0ms, fds);
    for (int i = 0; i < 3; ++i) m.wait(1ms, fds);
    CHECK(support::open_descriptors() == before);
}

TEST_CASE("M38: without a spare descriptor a wait looks again soon", "[M38][R1]") {
    pipe_ends p;
    xfer::multi m;
    std::array fds{wait_fd{p.ends[0]}};
    m.wait(1ms, fds);  // opens what the loop needs
    const bool writes = GENERATE(false, true);
    std::thread t;
    if (writes) t = later([&] { p.write(); });
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
    const int lowest = ::dup(0);
    ::close(lowest);
    rlimit low = usual;
    low.rlim_cur = static_cast<rlim_t>(lowest);
    const bool lowered = ::setrlimit(RLIMIT_NOFILE, &low) == 0;
    const auto begun = clock_type::now();
    bool happened = m.wait(20s, fds);
    const auto first_took = clock_type::now() - begun;
    while (writes && !happened && clock_type::now() - begun < 30s) {
        happened = m.wait(20s, fds);
    }
    ::setrlimit(RLIMIT_NOFILE, &usual);
    if (writes) t.join();
    REQUIRE(lowered);
    CHECK(first_took < 10s);
    CHECK(happened == writes);
    CHECK(fds[0].ready == (writes ? fd_events::in : fd_events::none));
}

TEST_CASE("M16: wakeup from another thread ends a wait", "[M16]") {
    xfer::multi m;
    const auto begun = clock_type::now();
    auto t = later([&] { m.wakeup(); });
    CHECK(m.wait(20s));
    t.join();
    CHECK(clock_type::now() - begun < 10s);
}

TEST_CASE("M16: a wakeup is sticky, and perform does not consume it", "[M16]") {
    xfer::multi m;
    std::thread([&] { m.wakeup(); }).join();
    m.perform();
    m.perform();
    const auto begun = clock_type::now();
    CHECK(m.wait(20s));
    CHECK(clock_type::now() - begun < 10s);
    CHECK_FALSE(m.wait(20ms));
}

TEST_CASE("M16: wakeups from many threads before a wait count as one", "[M16]") {
    xfer::multi m;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 100; ++k) m.wakeup();
        });
    }
    for (auto& t : threads) t.join();
    CHECK(m.wait(20s));
    const auto begun = clock_type::now();
    CHECK_FALSE(m.wait(30ms));
    CHECK(clock_type::now() - begun >= 29ms);
}

TEST_CASE("M16: no wakeup is lost while the loop waits again and again", "[M16]") {
    xfer::multi m;
    const auto handle = m.remote();
    std::atomic<int> asked{0};
    std::atomic<int> seen{0};
    std::thread t([&] {
        for (int i = 1; i <= 300; ++i) {
            asked = i;
            if (i % 2 == 0) {
                handle.wakeup();
            } else {
                m.wakeup();
            }
            while (seen.load() < i) std::this_thread::yield();
        }
    });
    const auto until = clock_type::now() + 25s;
    while (seen.load() < 300 && clock_type::now() < until) {
        m.wait(25s);
        seen = asked.load();
    }
    t.join();
    CHECK(seen.load() == 300);
    CHECK(clock_type::now() < until);
}
