// Uploads files as a browser's form does, with a line of text beside them. The files
// are read as they are sent: none of them is ever in memory as a whole.
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

xfer::multipart album(const std::string& name, const std::vector<std::string>& files) {
    xfer::multipart form;
    form.add("album", name);
    for (const auto& path : files) {
        form.add_file("photo", path);  // its name and type follow from the path
    }
    return form;
}

/// A line for each tenth of the form.
class meter {
 public:
    void operator()(const xfer::progress& p) {
        if (p.send_total == 0) return;
        const auto step = 10 * p.sent / p.send_total;
        if (step != last_) std::cout << 10 * step << " % sent\n";
        last_ = step;
    }

 private:
    std::uint64_t last_ = 0;
};

asio::awaitable<void> upload(xfer::multi& m, xfer::request r, int& status) {
    try {
        const auto answer = co_await m.async_fetch(std::move(r));
        std::cout << "status " << answer.status() << ", " << answer.info().bytes_sent
                  << " bytes sent\n"
                  << answer.body();
        if (xfer::status::is_success(answer.status())) status = 0;
    } catch (const xfer::transfer_error& e) {
        std::cout << e.failure().message << '\n';
    }
}

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr << "Usage: " << argv[0] << " URL ALBUM FILE...\n";
        return 2;
    }
    auto r = xfer::post(argv[1], album(argv[2], {argv + 3, argv + argc}));
    r.options({.idle_timeout = 30s});
    r.on_progress(meter());
    asio::io_context loop;
    xfer::multi m(loop);
    int status = 1;
    asio::co_spawn(loop, upload(m, std::move(r), status), asio::detached);
    loop.run();
    return status;
}
