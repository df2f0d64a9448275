// Logs in and stays known: cookies are kept in a file from one run to the next, and the
// password, which is read from standard input, is shown only to the server that asks
// for it, and never in clear text.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <iostream>
#include <memory>
#include <string>

/// Reads the cookies of earlier runs. A file that is not there is an empty jar.
bool load(xfer::cookie_jar& jar, const std::string& path) {
    const auto read = jar.load(path);
    if (read.ok() || read.ec == std::errc::no_such_file_or_directory) return true;
    std::cout << read.message << '\n';
    return false;
}

asio::awaitable<void> visit(xfer::multi& m, xfer::request r, int& status) {
    try {
        const auto answer = co_await m.async_fetch(std::move(r));
        for (const auto& hop : answer.info().redirects) {
            std::cout << hop.status << ' ' << hop.url << '\n';
        }
        std::cout << answer.status() << ' ' << answer.url() << '\n';
        if (xfer::status::is_success(answer.status())) status = 0;
    } catch (const xfer::transfer_error& e) {
        std::cout << e.failure().message << '\n';
    }
}

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "Usage: " << argv[0] << " URL USER COOKIE_FILE < password\n";
        return 2;
    }
    std::string password;
    std::getline(std::cin, password);
    const auto jar = std::make_shared<xfer::cookie_jar>();
    if (!load(*jar, argv[3])) return 1;

    auto r = xfer::get(argv[1], {.max_redirects = 10});
    // auth::any, the default: by Digest, or by Basic where TLS hides it.
    r.credentials(xfer::credentials(argv[2], password));

    asio::io_context loop;
    xfer::multi m(loop, {.cookies = jar});
    int status = 1;
    asio::co_spawn(loop, visit(m, std::move(r), status), asio::detached);
    loop.run();

    for (const auto& c : jar->cookies()) {
        std::cout << "cookie " << c.name << " for " << c.domain << c.path
                  << (c.expires ? "" : ", of this session") << '\n';
    }
    const auto saved = jar->save(argv[3]);
    if (!saved.ok()) {
        std::cout << saved.message << '\n';
        return 1;
    }
    return status;
}
