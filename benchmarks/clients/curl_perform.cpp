// libcurl's multi interface by curl_multi_perform and curl_multi_poll.
#include "curl_easy.hpp"

namespace {

void transfer(const bench::job& j) {
    bench::curl_handles handles(j);
    bench::tally tally(j);
    for (std::size_t i = 0; i < j.parallel && tally.start_one(); ++i) {
        handles.add_new();
    }
    while (!tally.done()) {
        int running = 0;
        bench::check(curl_multi_perform(handles.multi, &running));
        handles.read_messages(tally);
        if (!tally.done()) {
            // At once if transfers were added. To leave it out then was tried: it is
            // no faster.
            bench::check(curl_multi_poll(handles.multi, nullptr, 0, 1000, nullptr));
        }
    }
    tally.print();
}

void idle(const bench::job& j) {
    bench::curl_handles handles(j);
    int running = 0;
    std::size_t added = 0;
    const auto perform = [&] {
        bench::check(curl_multi_perform(handles.multi, &running));
    };
    bench::run_idle(
        j,
        [&](std::size_t n) {
            added += n;
            while (n-- > 0) handles.add_new();
        },
        [&] {
            int ready = 0;
            // Quiet twice in a row: a timer of libcurl's own may end one poll early.
            for (int quiet = 0; quiet < 2; quiet = ready == 0 ? quiet + 1 : 0) {
                perform();
                bench::check(curl_multi_poll(handles.multi, nullptr, 0, 50, &ready));
            }
            if (static_cast<std::size_t>(running) != added) bench::fail("some ended");
        },
        perform
    );
}

}  // namespace

int main(int argc, char** argv) {
    return bench::run_client(argc, argv, curl_version(), transfer, idle);
}
