// Awaits a fetch, and does not spawn.
#include <xfer.hpp>

asio::awaitable<std::size_t> size_of(xfer::multi& m) {
    const auto r = co_await m.async_fetch("http://127.0.0.1/");
    co_return r.body().size();
}
