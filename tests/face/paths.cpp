// Paths that name no regular file: FIFOs whose other end is missing, and texts that the
// system would take for a shorter path.
#include "support/awaiting.hpp"
#include "support/scratch.hpp"
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

using namespace xfer;
using support::scratch;
using test::run_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

std::string make_fifo(const scratch& d) {
    const auto path = d / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    return path;
}

}  // namespace

TEST_CASE("sources: a FIFO that nobody writes to is refused", "[face][sources]") {
    const scratch d;
    const auto path = make_fifo(d);
    server s;
    s.route("/a", "taken");
    const auto done = run_one(post(s.url("/a"), from_file(path)));
    CHECK(done.ec == error::source_failed);
    CHECK(done.failure().cause == std::errc::no_such_device_or_address);
    CHECK(done.failure().message.find(path) != std::string::npos);
    CHECK(s.requests().empty());
}

TEST_CASE("sources: a FIFO gives what its writer wrote, all of it", "[face][sources]") {
    const scratch d;
    const auto path = make_fifo(d);
    server s;
    s.route("/a", "taken");
    const std::string text = GENERATE(std::string("x"), std::string(200'000, 'x'));
    // A reader, so that the writer need not wait for ours.
    const int other_end = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int writing = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(writing >= 0);
    std::thread writer([&] {
        for (std::size_t at = 0; at < text.size();) {
            const auto n = ::write(writing, text.data() + at, text.size() - at);
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
        }
        ::close(writing);
    });
    const auto done = run_one(post(s.url("/a"), from_file(path)));
    ::close(other_end);
    writer.join();
    CHECK_FALSE(done.ec);
    REQUIRE(s.requests().size() == 1);
    CHECK(s.requests().front().body == text);
}

TEST_CASE(
    "sinks: a FIFO whose reader has left is a failure, no signal", "[face][sinks]"
) {
    const scratch d;
    const auto path = make_fifo(d);
    server s;
    s.route("/a", reply(200, std::string(1 << 20, 'x')));
    const int reading = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reading >= 0);
    auto leave = [&](const response&) { ::close(reading); };
    auto r = get(s.url("/a"));
    r.on_head(leave).to_file(path);
    const auto before = ::signal(SIGPIPE, SIG_DFL);
    const auto done = run_one(std::move(r));
    ::signal(SIGPIPE, before);
    CHECK(done.ec == error::sink_failed);
    CHECK(done.failure().cause == std::errc::broken_pipe);
}

TEST_CASE("paths: one with a NUL is no other file's", "[face][bad_input]") {
    const scratch d;
    const auto victim = d / "victim";
    support::write_file(victim, "precious");
    const std::string path = victim + std::string("\0.part", 6);
    server s;
    s.route("/a", reply(200, "new").with_field("ETag", "\"v1\""));
    auto r = get(s.url("/a"));
    SECTION("replaced") {
        r.to_file(path);
        CHECK(run_one(std::move(r)).ec == error::sink_failed);
    }
    SECTION("kept") {
        r.to_file(path, file_mode::keep);
        CHECK(run_one(std::move(r)).ec == error::sink_failed);
    }
    SECTION("resumed") {
        r.to_file(path, file_mode::resume);
        CHECK(run_one(std::move(r)).ec == error::sink_failed);
    }
    SECTION("sent") {
        const auto done = run_one(post(s.url("/a"), from_file(path)));
        CHECK(done.ec == error::source_failed);
    }
    SECTION("trusted") {
        auto t = get("https://127.0.0.1:1/");
        const auto which = GENERATE(0, 1, 2, 3);
        tls configuration;
        if (which == 0) configuration.ca_file(path);
        if (which == 1) configuration.ca_directory(path);
        if (which == 2) configuration.crl_file(path);
        if (which == 3) configuration.key_log_file(path);
        t.tls(configuration);
        const auto done = run_one(std::move(t));
        CHECK(done.ec);
        CHECK(done.failure().message.find("NUL") != std::string::npos);
    }
    CHECK(s.requests().empty());
    CHECK(support::read_file(victim) == "precious");
}
