// Visits what the pages of one host link to, and politely: each URL once, at most two
// at a time, one every DELAY milliseconds, nothing below the paths that are excluded.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <set>
#include <string>
#include <vector>

struct crawl {
    xfer::url first;
    std::size_t most;
    std::vector<std::string> excluded;
    std::set<std::string> seen = {};
    std::deque<std::string> waiting = {};
    void find(const xfer::url& page, std::string_view reference) {
        xfer::parsed_url found;
        if (page.resolve(reference, found) || !found.target.same_origin(first)) return;
        for (const auto& path : excluded) {
            if (found.target.path().starts_with(path)) return;
        }
        const std::string url(found.target.str_without_fragment());
        if (seen.size() < most && seen.insert(url).second) waiting.push_back(url);
    }
    void read(const xfer::message& done) {
        const auto& r = done.response;
        std::cout << r.status() << ' ' << r.url() << ' ' << r.failure().message << '\n';
        xfer::parsed_url page;
        if (xfer::url::parse(std::string(r.url()), page)) return;
        find(page.target, r.header("Location"));  // so that it leads to no other host
        if (!r.header("Content-Type").starts_with("text/html")) return;
        const std::string_view text = r.body();
        const std::string_view mark = "href=\"";  // enough for an example
        for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
            at += mark.size();
            find(page.target, text.substr(at, text.find('"', at) - at));
        }
    }
    asio::awaitable<void> run(xfer::multi& m, int delay) {
        const auto patience = std::chrono::seconds(30);
        const xfer::options o{.total_timeout = patience, .max_body_size = 1 << 20};
        asio::steady_timer pause(co_await asio::this_coro::executor);
        for (find(first, ""); !waiting.empty() || !m.empty();) {
            if (waiting.empty()) {
                const auto done = co_await m.async_next();
                read(done);
                continue;
            }
            m.add(xfer::get(waiting.front(), o));
            waiting.pop_front();
            pause.expires_after(std::chrono::milliseconds(delay));
            co_await pause.async_wait(asio::use_awaitable);
            while (const auto done = m.info_read()) read(*done);
        }
    }
};

int main(int argc, char** argv) {
    const int most = argc > 3 ? std::atoi(argv[1]) : 0;
    xfer::parsed_url start;
    if (most <= 0 || xfer::url::parse(argv[3], start)) {
        std::cerr << "Usage: " << argv[0] << " MOST DELAY URL [EXCLUDED_PATH...]\n";
        return 2;
    }
    crawl c{start.target, std::size_t(most), {argv + 4, argv + argc}};
    asio::io_context loop;
    xfer::multi m(loop, {.max_transfers = 2, .max_connections_per_host = 2});
    asio::co_spawn(loop, c.run(m, std::atoi(argv[2])), asio::detached);
    loop.run();
}
