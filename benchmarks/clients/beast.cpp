// Boost.Beast as its examples use it: a coroutine for each connection, which stays
// open, and a deadline for each request. Beast is not a client: what to do with a
// connection, and when to open one, is written here.
#include "common.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/version.hpp>

#include <chrono>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using namespace std::chrono_literals;

using plain_stream = beast::tcp_stream;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

/// What the coroutines share.
struct session {
    const bench::job& job;
    asio::io_context loop{1};
    asio::ssl::context tls{asio::ssl::context::tls_client};
    asio::ip::tcp::endpoint server;
    http::request<http::empty_body> request;
    std::size_t waiting = 0;

    explicit session(const bench::job& j)
        : job(j),
          server(
              asio::ip::make_address(j.host),
              static_cast<std::uint16_t>(bench::number(j.port))
          ),
          request(http::verb::get, j.path, 11) {
        request.set(http::field::host, j.host + ":" + j.port);
        request.set(http::field::user_agent, BOOST_BEAST_VERSION_STRING);
        if (j.https) {
            tls.load_verify_file(j.ca_file);
            tls.set_verify_mode(asio::ssl::verify_peer);
            tls.set_verify_callback(asio::ssl::host_name_verification(j.host));
        }
    }

    template <class Stream>
    Stream make_stream() {
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            return Stream(loop, tls);
        } else {
            return Stream(loop);
        }
    }
};

template <class Stream>
asio::awaitable<void> connect(session& s, Stream& stream) {
    beast::get_lowest_layer(stream).expires_after(30s);
    co_await beast::get_lowest_layer(stream).async_connect(s.server, use_awaitable);
    beast::get_lowest_layer(stream).socket().set_option(asio::ip::tcp::no_delay(true));
    if constexpr (std::is_same_v<Stream, tls_stream>) {
        co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
    }
}

/// A small body, as a string.
template <class Stream>
asio::awaitable<bool> fetch_small(
    Stream& stream, beast::flat_buffer& buffer, bench::tally& tally
) {
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, use_awaitable);
    tally.finish_one(static_cast<int>(response.result_int()), response.body().size());
    co_return response.keep_alive();
}

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

/// A large one in pieces, thrown away.
template <class Stream>
asio::awaitable<bool> fetch_large(
    Stream& stream, beast::flat_buffer& buffer, bench::tally& tally
) {
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(no_limit);
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    std::vector<char> piece(std::size_t{256} * 1024);
    std::uint64_t received = 0;
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = piece.data();
        body.size = piece.size();
        boost::system::error_code ec;
        co_await http::async_read(
            stream, buffer, parser, asio::redirect_error(use_awaitable, ec)
        );
        if (ec && ec != http::error::need_buffer) bench::fail(ec.message());
        received += piece.size() - body.size;
        beast::get_lowest_layer(stream).expires_after(30s);
    }
    tally.finish_one(static_cast<int>(parser.get().result_int()), received);
    co_return parser.get().keep_alive();
}

/// The same into a file.
template <class Stream>
asio::awaitable<bool> fetch_file(
    Stream& stream, beast::flat_buffer& buffer, bench::tally& tally
) {
    http::response_parser<http::file_body> parser;
    parser.body_limit(no_limit);
    boost::system::error_code ec;
    parser.get().body().open("saved", beast::file_mode::write, ec);
    if (ec) bench::fail("cannot write \"saved\"");
    co_await http::async_read(stream, buffer, parser, use_awaitable);
    // The file does not know its size; the driver compares what it holds.
    const auto size = parser.content_length().value_or(0);
    tally.finish_one(static_cast<int>(parser.get().result_int()), size);
    co_return parser.get().keep_alive();
}

template <class Stream>
asio::awaitable<void> work(session& s, bench::tally& tally) try {
    beast::flat_buffer buffer;
    // Beast reads as much as there is room for, up to 64 KiB; left alone, 512 bytes.
    buffer.reserve(s.job.what == bench::workload::get ? 4096 : 65536);
    std::optional<Stream> stream;
    while (tally.start_one()) {
        if (!stream) {
            stream.emplace(s.make_stream<Stream>());
            co_await connect(s, *stream);
        }
        beast::get_lowest_layer(*stream).expires_after(30s);
        co_await http::async_write(*stream, s.request, use_awaitable);
        bool keep = false;
        if (s.job.what == bench::workload::get) {
            keep = co_await fetch_small(*stream, buffer, tally);
        } else if (s.job.what == bench::workload::download) {
            keep = co_await fetch_large(*stream, buffer, tally);
        } else {
            keep = co_await fetch_file(*stream, buffer, tally);
        }
        if (!keep) stream.reset();
    }
} catch (const std::exception& e) {
    bench::fail(e.what());
}

/// A request that nobody answers.
template <class Stream>
asio::awaitable<void> wait(session& s) try {
    beast::flat_buffer buffer;
    Stream stream = s.make_stream<Stream>();
    co_await connect(s, stream);
    co_await http::async_write(stream, s.request, use_awaitable);
    beast::get_lowest_layer(stream).expires_after(5min);
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, use_awaitable);
    bench::fail("answered");
} catch (const std::exception& e) {
    bench::fail(e.what());
}

template <class Stream>
void transfer(const bench::job& j) {
    session s(j);
    bench::tally tally(j);
    for (std::size_t i = 0; i < j.parallel; ++i) {
        asio::co_spawn(s.loop, work<Stream>(s, tally), asio::detached);
    }
    s.loop.run();
    tally.print();
}

template <class Stream>
void idle(const bench::job& j) {
    session s(j);
    bench::run_idle(
        j,
        [&](std::size_t n) {
            while (n-- > 0) asio::co_spawn(s.loop, wait<Stream>(s), asio::detached);
        },
        [&] {
            while (s.loop.run_one_for(50ms) != 0) {
            }
        },
        [&] { s.loop.poll(); }
    );
    // Destroying the loop would end the coroutines, one by one.
    std::fflush(stdout);
    std::_Exit(0);
}

}  // namespace

// What the run of Boost's loop throws is to end the program.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
    return bench::run_client(
        argc,
        argv,
        "Boost " BOOST_LIB_VERSION,
        [](const bench::job& j) {
            j.https ? transfer<tls_stream>(j) : transfer<plain_stream>(j);
        },
        [](const bench::job& j) {
            j.https ? idle<tls_stream>(j) : idle<plain_stream>(j);
        }
    );
}
