// Goes through a proxy, or through the one that the environment names, and trusts an
// authority of one's own. Says how far it came: what the proxy answered, and what TLS
// found out about the server.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <iostream>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

/// One configuration for all requests: those with equal ones share connections.
xfer::tls trusting(const std::string& authority) {
    xfer::tls t;
    t.min_version(xfer::tls_version::v1_2);
    if (!authority.empty()) t.ca_file(authority);  // in place of the system's
    return t;
}

void describe(const xfer::response& r) {
    const auto& info = r.info();
    std::cout << "status " << r.status() << ", from " << info.remote_address() << '\n';
    if (info.proxy_status != 0) std::cout << "tunnel " << info.proxy_status << '\n';
    const auto& tls = info.connection->tls;
    if (!tls->version.empty()) {
        std::cout << tls->version << ' ' << tls->cipher << ", " << tls->subject
                  << ", issued by " << tls->issuer << '\n';
    }
}

asio::awaitable<void> fetch(xfer::multi& m, xfer::request r, int& status) {
    try {
        const auto answer = co_await m.async_fetch(std::move(r));
        describe(answer);
        status = 0;
    } catch (const xfer::transfer_error& e) {
        std::cout << e.failure().message << '\n';
        if (e.code() == xfer::condition::peer_failed_verification) {
            std::cout << "nothing was sent to it\n";
        } else if (e.code() == xfer::error::proxy_denied) {
            std::cout << "ask whoever runs the proxy\n";
        }
    }
}

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::cerr << "Usage: " << argv[0]
                  << " URL PROXY [AUTHORITY]   (PROXY: a URL, 'none', 'environment')\n";
        return 2;
    }
    auto r = xfer::get(argv[1], {.proxy_timeout = 10s, .total_timeout = 1min});
    const std::string_view proxy = argv[2];
    if (proxy == "environment") {
        r.proxies(xfer::proxy_rules::from_environment());
    } else {
        r.proxy(proxy == "none" ? "" : proxy);
    }
    const auto tls = trusting(argc == 4 ? argv[3] : "");
    r.tls(tls).proxy_tls(tls);  // for the server, and for a proxy that speaks TLS

    asio::io_context loop;
    xfer::multi m(loop);
    int status = 1;
    asio::co_spawn(loop, fetch(m, std::move(r), status), asio::detached);
    loop.run();
    return status;
}
