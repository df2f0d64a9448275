// xfer/net/socket_transport.hpp and connect_attempt.hpp, over loopback and unix
// sockets.
#include <xfer/net/connect_attempt.hpp>
#include <xfer/net/socket_transport.hpp>

#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/strand.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using xfer::net::connect_attempt;
using xfer::net::direction;
using xfer::net::socket_transport;
using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;

namespace {

struct counter final : xfer::net::waiter {
    void wake() noexcept override {
        ++wakes;
        if (then) {
            then();
        }
    }
    int wakes = 0;
    std::function<void()> then;
};

struct outcome {
    std::string bytes;
    std::error_code ec;
};

outcome read(xfer::net::transport& t, std::size_t size = 64) {
    std::string buffer(size, '?');
    outcome o;
    buffer.resize(t.try_read(buffer, o.ec));
    o.bytes = buffer;
    return o;
}

std::size_t write(xfer::net::transport& t, std::string_view text, std::error_code& ec) {
    const std::array<std::string_view, 1> pieces{text};
    return t.try_write(pieces, ec);
}

/// A transport and, blocking, the other end. TCP over loopback, or a unix pair.
struct both_ends {
    explicit both_ends(bool unix_sockets = false) {
        std::error_code ec;
        if (unix_sockets) {
            local::socket mine(io), theirs(io);
            asio::local::connect_pair(mine, theirs);
            ours = socket_transport::adopt(io.get_executor(), mine.release(), ec);
            peer = std::move(theirs);
        } else {
            tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
            tcp::socket mine(io);
            mine.connect(acceptor.local_endpoint());
            peer = acceptor.accept();
            ours = socket_transport::adopt(io.get_executor(), mine.release(), ec);
        }
        REQUIRE_FALSE(ec);
        REQUIRE(ours);
    }
    void provide(std::string_view text) { asio::write(peer, asio::buffer(text)); }
    /// Runs the loop until nothing is left to do; what is pending would keep it.
    void run() {
        io.restart();
        io.run_for(10s);
        CHECK(io.stopped());
    }

    asio::io_context io;
    asio::generic::stream_protocol::socket peer{io};
    std::unique_ptr<socket_transport> ours;
    counter w;
};

/// Fills the socket until it takes no more.
std::size_t fill(xfer::net::transport& t) {
    const std::string block(65536, 'x');
    std::error_code ec;
    std::size_t all = 0;
    while (!ec) {
        all += write(t, block, ec);
    }
    CHECK(ec == std::errc::operation_would_block);
    return all;
}

}  // namespace

TEST_CASE("socket_transport: reads what is there and the end", "[net][socket]") {
    both_ends s(GENERATE(false, true));
    CHECK(read(*s.ours).ec == std::errc::operation_would_block);
    s.provide("hello");
    s.ours->arm(direction::read, s.w);
    CHECK(s.w.wakes == 0);
    s.run();
    CHECK(s.w.wakes == 1);
    CHECK(read(*s.ours, 2).bytes == "he");
    CHECK(read(*s.ours).bytes == "llo");
    s.peer.close();
    s.ours->arm(direction::read, s.w);
    s.run();
    CHECK(s.w.wakes == 2);
    const auto last = read(*s.ours);
    CHECK(last.bytes.empty());
    CHECK_FALSE(last.ec);
}

TEST_CASE("socket_transport: pieces leave in their order", "[net][socket]") {
    both_ends s(GENERATE(false, true));
    std::vector<std::string_view> pieces{"GET ", "", "/ ", "HTTP/1.1"};
    for (int i = 0; i < 20; ++i) {
        pieces.push_back("\r\n");
    }
    std::error_code ec;
    const std::size_t sent = s.ours->try_write(pieces, ec);
    CHECK_FALSE(ec);
    CHECK(sent == 14 + 12 * 2);  // 16 pieces at a time
    std::string got(sent, '?');
    asio::read(s.peer, asio::buffer(got));
    CHECK(got.starts_with("GET / HTTP/1.1\r\n"));
}

TEST_CASE(
    "socket_transport: a full socket blocks until the peer reads", "[net][socket]"
) {
    both_ends s(GENERATE(false, true));
    std::size_t sent = fill(*s.ours);
    s.ours->arm(direction::write, s.w);
    s.io.poll();
    CHECK(s.w.wakes == 0);
    std::string got(sent, '?');
    asio::read(s.peer, asio::buffer(got));
    s.run();
    CHECK(s.w.wakes == 1);
    std::error_code ec;
    CHECK(write(*s.ours, "x", ec) == 1);
}

TEST_CASE("socket_transport: a reset is a system error", "[net][socket]") {
    both_ends s;
    s.ours->arm(direction::read, s.w);
    s.peer.set_option(asio::socket_base::linger(true, 0));
    s.peer.close();
    s.run();
    CHECK(s.w.wakes == 1);
    const auto o = read(*s.ours);
    CHECK(o.ec == std::error_code(ECONNRESET, std::system_category()));
    CHECK(o.ec == std::errc::connection_reset);
}

TEST_CASE(
    "socket_transport: writing to a closed peer raises no signal", "[net][socket]"
) {
    both_ends s(GENERATE(false, true));
    s.peer.close();
    std::error_code ec;
    for (int i = 0; i < 100 && !ec; ++i) {
        static_cast<void>(write(*s.ours, "x", ec));
    }
    const bool broken =
        ec == std::errc::broken_pipe || ec == std::errc::connection_reset;
    CHECK(broken);
}

TEST_CASE("socket_transport: both directions may be armed at once", "[net][socket]") {
    both_ends s;
    s.ours->arm(direction::read, s.w);
    s.ours->arm(direction::write, s.w);
    s.ours->arm(direction::write, s.w);
    s.io.run_one_for(10s);
    CHECK(s.w.wakes == 1);
    s.provide("x");
    s.run();
    CHECK(s.w.wakes == 2);
}

TEST_CASE(
    "socket_transport: an idle transport does not keep the loop", "[net][socket]"
) {
    both_ends s;
    s.provide("x");
    s.ours->arm(direction::read, s.w);
    s.run();
    CHECK(read(*s.ours).bytes == "x");
    s.run();
    CHECK(s.ours->reusable());
    CHECK(s.ours->cancelled_waits() == 0);
}

TEST_CASE(
    "socket_transport: disarm forgets the waiter and frees the loop", "[net][socket]"
) {
    both_ends s;
    s.ours->arm(direction::read, s.w);
    s.ours->disarm();
    s.run();
    CHECK(s.w.wakes == 0);
    CHECK(s.ours->cancelled_waits() == 1);
    s.ours->disarm();
    CHECK(s.ours->cancelled_waits() == 1);
}

TEST_CASE(
    "socket_transport: armed again right after disarm it still wakes", "[net][socket]"
) {
    both_ends s;
    counter other;
    s.ours->arm(direction::read, other);
    s.ours->disarm();
    s.ours->arm(direction::read, s.w);
    s.io.poll();
    CHECK(s.w.wakes == 0);
    s.provide("x");
    s.run();
    CHECK(s.w.wakes == 1);
    CHECK(other.wakes == 0);
}

TEST_CASE(
    "socket_transport: a disarm that comes too late still forgets", "[net][socket]"
) {
    both_ends s;
    s.provide("x");
    counter other;
    s.ours->arm(direction::read, other);
    s.ours->arm(direction::write, other);
    s.io.run_one();  // one has ended, the other is queued
    CHECK(other.wakes == 1);
    s.ours->disarm();
    s.run();
    CHECK(other.wakes == 1);
}

TEST_CASE(
    "socket_transport: may be closed or destroyed while a wait is pending",
    "[net][socket]"
) {
    both_ends s(GENERATE(false, true));
    s.ours->arm(direction::read, s.w);
    SECTION("closed") {
        s.ours->close();
        s.ours->close();
        CHECK(read(*s.ours).ec == std::errc::bad_file_descriptor);
        CHECK_FALSE(s.ours->reusable());
        CHECK(s.ours->peer().text().empty());
    }
    SECTION("destroyed") { s.ours.reset(); }
    s.run();
    CHECK(s.w.wakes == 0);
}

TEST_CASE(
    "socket_transport: a closed one that is armed wakes for its failure",
    "[net][socket]"
) {
    both_ends s;
    SECTION("with a wait pending") { s.ours->arm(direction::read, s.w); }
    SECTION("without") {}
    s.ours->close();
    s.ours->arm(direction::read, s.w);
    CHECK(s.w.wakes == 0);
    s.run();
    CHECK(s.w.wakes == 1);
}

TEST_CASE(
    "socket_transport: a waiter may destroy the transport that wakes it",
    "[net][socket]"
) {
    both_ends s;
    s.w.then = [&] { s.ours.reset(); };
    s.provide("x");
    s.ours->arm(direction::write, s.w);
    s.ours->arm(direction::read, s.w);
    s.run();
    CHECK(s.w.wakes == 1);
}

TEST_CASE(
    "socket_transport: the loop may be destroyed with a wait queued", "[net][socket]"
) {
    std::unique_ptr<socket_transport> ours;
    counter w;
    {
        both_ends s;
        s.ours->arm(direction::read, w);
        s.provide("x");
        // The transport goes first, as it must; its handler is destroyed by the loop.
    }
    CHECK(w.wakes == 0);
}

TEST_CASE("socket_transport: reusable while open and silent", "[net][socket]") {
    both_ends s(GENERATE(false, true));
    CHECK(s.ours->reusable());
    SECTION("data") { s.provide("x"); }
    SECTION("end") { s.peer.shutdown(asio::socket_base::shutdown_send); }
    SECTION("reset") {
        s.peer.set_option(asio::socket_base::linger(true, 0));
        s.peer.close();
    }
    s.ours->arm(direction::read, s.w);
    s.run();
    CHECK_FALSE(s.ours->reusable());
}

TEST_CASE("socket_transport: shutdown ends one side only", "[net][socket]") {
    both_ends s(GENERATE(false, true));
    s.ours->shutdown();
    char byte;
    std::error_code ec;
    CHECK(s.peer.read_some(asio::buffer(&byte, 1), ec) == 0);
    CHECK(ec == asio::error::eof);
    s.provide("late");
    s.ours->arm(direction::read, s.w);
    s.run();
    CHECK(read(*s.ours).bytes == "late");
}

TEST_CASE("socket_transport: adopting what is no socket closes it", "[net][socket]") {
    asio::io_context io;
    const int pipe_end = ::open("/dev/null", O_RDONLY);
    REQUIRE(pipe_end >= 0);
    std::error_code ec;
    CHECK_FALSE(socket_transport::adopt(io.get_executor(), pipe_end, ec));
    CHECK(ec == std::errc::not_a_socket);
    CHECK(::fcntl(pipe_end, F_GETFD) == -1);
}

TEST_CASE(
    "socket_transport: on a strand of a loop with several threads", "[net][socket]"
) {
    asio::io_context io;
    const asio::any_io_executor strand = asio::make_strand(io);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    tcp::socket mine(io);
    mine.connect(acceptor.local_endpoint());
    tcp::socket peer = acceptor.accept();
    std::error_code ec;
    auto ours = socket_transport::adopt(strand, mine.release(), ec);
    REQUIRE(ours);
    counter w;
    std::size_t got = 0;
    std::size_t disarmed = 0;
    w.then = [&] {
        for (;;) {
            const auto o = read(*ours, 8);
            got += o.bytes.size();
            if (o.ec == std::errc::operation_would_block) {
                break;
            }
            if (o.ec || o.bytes.empty()) {
                ours.reset();
                return;
            }
        }
        ours->arm(direction::read, w);
        if (++disarmed % 4 == 0) {
            ours->disarm();
            ours->arm(direction::read, w);
        }
    };
    asio::post(strand, [&] { ours->arm(direction::read, w); });
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { io.run_for(10s); });
    }
    for (int i = 0; i < 500; ++i) {
        asio::write(peer, asio::buffer("abc", 3));
    }
    peer.close();
    for (auto& t : threads) {
        t.join();
    }
    CHECK(got == 1500);
    CHECK_FALSE(ours);
}

TEST_CASE("connect_attempt: connects and hands the stream over", "[net][connect]") {
    asio::io_context io;
    const auto loopback = GENERATE(
        asio::ip::address(asio::ip::address_v4::loopback()),
        asio::ip::address(asio::ip::address_v6::loopback())
    );
    tcp::acceptor acceptor(io, {loopback, 0});
    const auto port = acceptor.local_endpoint().port();
    counter w;
    connect_attempt attempt(io.get_executor(), loopback, port, {}, w);
    CHECK_FALSE(attempt.done());
    CHECK(w.wakes == 0);
    io.run();
    CHECK(w.wakes == 1);
    REQUIRE(attempt.done());
    REQUIRE_FALSE(attempt.error());
    const auto stream = attempt.release();
    auto peer = acceptor.accept();
    CHECK(stream->peer().port == port);
    CHECK(stream->peer().address == loopback.to_string());
    CHECK(stream->local().port == peer.remote_endpoint().port());
    const auto text = loopback.is_v6() ? "[::1]:" : "127.0.0.1:";
    CHECK(stream->peer().text() == text + std::to_string(port));
    asio::write(peer, asio::buffer("hi", 2));
    stream->arm(direction::read, w);
    io.restart();
    io.run();
    CHECK(read(*stream).bytes == "hi");
}

TEST_CASE(
    "connect_attempt: a refused connection keeps the system's code", "[net][connect]"
) {
    asio::io_context io;
    std::uint16_t port = 0;
    {
        tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
        port = acceptor.local_endpoint().port();
    }
    counter w;
    connect_attempt attempt(
        io.get_executor(), asio::ip::address_v4::loopback(), port, {}, w
    );
    io.run();
    CHECK(w.wakes == 1);
    CHECK(attempt.done());
    CHECK(attempt.error() == std::error_code(ECONNREFUSED, std::system_category()));
}

TEST_CASE("connect_attempt: destroying it cancels without a wake", "[net][connect]") {
    asio::io_context io;
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    counter w;
    {
        connect_attempt attempt(
            io.get_executor(),
            asio::ip::address_v4::loopback(),
            acceptor.local_endpoint().port(),
            {},
            w
        );
        connect_attempt moved(std::move(attempt));
    }
    io.run();
    CHECK(w.wakes == 0);
}

TEST_CASE("connect_attempt: options reach the socket", "[net][connect]") {
    asio::io_context io;
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    counter w;
    xfer::net::connect_options options;
    options.tcp_nodelay = GENERATE(true, false);
    options.keepalive = GENERATE(true, false);
    options.keepalive_idle = 17s;
    options.local_address = asio::ip::make_address("127.0.0.2");
    connect_attempt attempt(
        io.get_executor(),
        asio::ip::address_v4::loopback(),
        acceptor.local_endpoint().port(),
        options,
        w
    );
    io.run();
    REQUIRE_FALSE(attempt.error());
    const auto stream = attempt.release();
    CHECK(stream->local().address == "127.0.0.2");
    const auto option = [&](int level, int name) {
        int value = -1;
        socklen_t size = sizeof value;
        ::getsockopt(stream->native_handle(), level, name, &value, &size);
        return value;
    };
    CHECK((option(IPPROTO_TCP, TCP_NODELAY) != 0) == options.tcp_nodelay);
    CHECK((option(SOL_SOCKET, SO_KEEPALIVE) != 0) == options.keepalive);
    CHECK((option(IPPROTO_TCP, TCP_KEEPIDLE) == 17) == options.keepalive);
    CHECK((::fcntl(stream->native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(stream->native_handle(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE(
    "connect_attempt: a local address that cannot be had is done at once",
    "[net][connect]"
) {
    asio::io_context io;
    counter w;
    xfer::net::connect_options options;
    options.local_address = asio::ip::make_address(GENERATE("192.0.2.77", "::1"));
    connect_attempt attempt(
        io.get_executor(), asio::ip::address_v4::loopback(), 80, options, w
    );
    CHECK(attempt.done());
    CHECK(attempt.error());
    CHECK(attempt.step() == xfer::net::connect_step::bind);
    io.run();
    CHECK(w.wakes == 0);
}

TEST_CASE("connect_attempt: the hook sees the socket, and may refuse it", "[net]") {
    asio::io_context io;
    counter w;
    int seen = -1;
    const auto refusal = std::make_error_code(std::errc::permission_denied);
    xfer::net::connect_options options;
    options.on_socket = [&](int descriptor) {
        seen = descriptor;
        return refusal;
    };
    const bool by_path = GENERATE(false, true);
    const auto loopback = asio::ip::address_v4::loopback();
    auto attempt =
        by_path
            ? connect_attempt::to_unix(io.get_executor(), "/nonexistent", options, w)
            : connect_attempt(io.get_executor(), loopback, 80, options, w);
    CHECK(seen >= 0);
    CHECK(attempt.done());
    CHECK(attempt.error() == refusal);
    CHECK(attempt.step() == xfer::net::connect_step::hook);
}

TEST_CASE(
    "connect_attempt: without descriptors it says EMFILE at once", "[net][connect]"
) {
    struct lowered {
        lowered() {
            ::getrlimit(RLIMIT_NOFILE, &before);
            rlimit none = before;
            none.rlim_cur = 0;
            ::setrlimit(RLIMIT_NOFILE, &none);
        }
        ~lowered() { ::setrlimit(RLIMIT_NOFILE, &before); }
        rlimit before;
    };
    asio::io_context io;
    std::optional<tcp::socket> first;
#ifdef __SANITIZE_ADDRESS__
    const bool reactor_exists = true;  // UBSan needs a descriptor to look at exceptions
#else
    const bool reactor_exists = GENERATE(true, false);
#endif
    if (reactor_exists) {
        first.emplace(io);
    }
    counter w;
    std::optional<connect_attempt> attempt;
    {
        lowered limit;
        attempt.emplace(
            io.get_executor(),
            asio::ip::address_v4::loopback(),
            std::uint16_t(80),
            xfer::net::connect_options(),
            w
        );
    }
    CHECK(attempt->done());
    CHECK(attempt->error() == std::error_code(EMFILE, std::system_category()));
    CHECK_FALSE(attempt->step() == xfer::net::connect_step::bind);
}

TEST_CASE("connect_attempt: connects to a unix socket", "[net][connect]") {
    asio::io_context io;
    std::string directory = "/tmp/xfer-XXXXXX";
    REQUIRE(::mkdtemp(directory.data()));
    const std::string path = directory + "/socket";
    counter w;
    {
        local::acceptor acceptor(io, local::endpoint(path));
        auto attempt = connect_attempt::to_unix(io.get_executor(), path, {}, w);
        io.run();
        REQUIRE(attempt.done());
        REQUIRE_FALSE(attempt.error());
        const auto stream = attempt.release();
        CHECK(stream->peer().text() == path);
        CHECK(stream->local().text().empty());
        auto peer = acceptor.accept();
        std::error_code ec;
        CHECK(write(*stream, "hello", ec) == 5);
        std::string got(5, '?');
        asio::read(peer, asio::buffer(got));
        CHECK(got == "hello");
    }
    ::unlink(path.c_str());
    ::rmdir(directory.c_str());
}

TEST_CASE("connect_attempt: a unix path that cannot be", "[net][connect]") {
    asio::io_context io;
    counter w;
    const auto error_of = [&](const std::string& path) {
        auto attempt = connect_attempt::to_unix(io.get_executor(), path, {}, w);
        io.restart();
        io.run();
        CHECK(attempt.done());
        return attempt.error();
    };
    CHECK(error_of(std::string(200, 'x')) == std::errc::filename_too_long);
    CHECK(error_of("") == std::errc::invalid_argument);
    CHECK(error_of("/nonexistent/socket") == std::errc::no_such_file_or_directory);
}
