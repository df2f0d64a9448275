// Shows what transfers are doing: on_stage tells of each step, on_progress of the bytes
// that have moved, and the timings at the end of where the time went.
#include <xfer.hpp>

#include <iomanip>
#include <iostream>
#include <memory>
#include <string>

using namespace std::chrono_literals;

/// A line for each tenth of the body; for a body of unknown size, for each MiB.
class meter {
 public:
    explicit meter(std::string name) : name_(std::move(name)) {}
    void operator()(const xfer::progress& p) {
        const bool known = p.receive_total != 0;
        const auto step = known ? 10 * p.received / p.receive_total : p.received >> 20;
        if (step == last_) return;
        last_ = step;
        std::cout << name_ << ": " << p.received << " bytes";
        if (known) std::cout << ", " << 10 * step << " %";
        std::cout << '\n';
    }

 private:
    std::string name_;
    std::uint64_t last_ = 0;
};

xfer::request observed(const std::string& url) {
    auto r = xfer::get(url);
    meter count(url);  // named: g++ 12 wants it so
    auto tell = [url](xfer::stage s) {
        std::cout << url << ": " << to_string(s) << '\n';
    };
    auto drop = [](std::string_view) {};
    r.on_progress(count).on_stage(tell).sink(xfer::to_function(drop));
    return r;
}

double seconds(xfer::duration d) { return std::chrono::duration<double>(d).count(); }

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: " << argv[0] << " URL...\n";
        return 2;
    }
    xfer::multi m;
    for (int i = 1; i < argc; ++i) m.add(observed(argv[i]));
    while (m.perform() != 0) m.wait(1s);
    int failures = 0;
    std::cout << std::fixed << std::setprecision(3);
    while (const auto done = m.info_read()) {
        const auto& t = done->response.info().timings;
        if (done->ec) {
            std::cout << done->failure().message << '\n';
            ++failures;
            continue;
        }
        std::cout << done->response.url() << ": names " << seconds(t.name_lookup)
                  << " s, connected " << seconds(t.connect) << " s, first byte "
                  << seconds(t.first_byte) << " s, all " << seconds(t.total) << " s\n";
    }
    return failures == 0 ? 0 : 1;
}
