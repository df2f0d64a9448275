// curl's way: add, perform, wait and info_read in a plain loop, without a coroutine and
// without an Asio loop in sight. The multi owns one.
#include <xfer.hpp>

#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: " << argv[0] << " URL...\n";
        return 2;
    }
    xfer::multi m;
    for (int i = 1; i < argc; ++i) {
        m.add(argv[i]);
    }
    int failures = 0;
    std::size_t running = 0;
    do {
        running = m.perform();  // never blocks
        while (const auto done = m.info_read()) {
            if (done->ec) {
                std::cout << done->failure().message << '\n';
                ++failures;
            } else {
                std::cout << done->response.status() << ' '
                          << done->response.body().size() << " bytes from "
                          << done->response.url() << '\n';
            }
        }
        if (running != 0) {
            m.wait(1000ms);  // until something can go on, a second at most
        }
    } while (running != 0);
    return failures == 0 ? 0 : 1;
}
