// What all clients share: the command line, the counting and the clock.
#pragma once

#include "support/resident_memory.hpp"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

/// A benchmark that did not do its work has no figures: it says why and ends.
[[noreturn]] inline void fail(std::string_view what, std::string_view why = {}) {
    std::fprintf(
        stderr,
        "%.*s%s%.*s\n",
        static_cast<int>(what.size()),
        what.data(),
        why.empty() ? "" : ": ",
        static_cast<int>(why.size()),
        why.data()
    );
    std::exit(1);
}

enum class workload {
    get,       ///< GETs, always `parallel` of them in progress
    download,  ///< GETs of something large, thrown away
    save,      ///< the same into the file "saved" of the current directory
    idle,      ///< `total` GETs that are never answered
};

/// The command line.
struct job {
    workload what = workload::get;
    std::string url;
    std::size_t total = 0;
    std::size_t parallel = 0;
    /// Bytes of each body: the last part of the URL's path says it.
    std::uint64_t body_bytes = 0;

    bool https = false;
    std::string host;
    std::string port;
    std::string path;
    /// The certificate to trust, from the environment.
    std::string ca_file;
};

inline std::uint64_t number(std::string_view text) {
    std::uint64_t n = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || n > UINT64_MAX / 10 - 10) fail("not a number", text);
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return n;
}

inline void allow_many_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Reads `client WORKLOAD URL TOTAL PARALLEL`; the URL is http://HOST:PORT/PATH.
inline job read_job(int argc, char** argv) {
    if (argc != 5) {
        fail("Usage: client get|download|save|idle URL TOTAL PARALLEL");
    }
    allow_many_descriptors();
    job j;
    const std::string_view what = argv[1];
    if (what == "download") {
        j.what = workload::download;
    } else if (what == "save") {
        j.what = workload::save;
    } else if (what == "idle") {
        j.what = workload::idle;
    } else if (what != "get") {
        fail("no such workload", what);
    }
    j.url = argv[2];
    j.total = number(argv[3]);
    j.parallel = number(argv[4]);
    if (j.total == 0 || j.parallel == 0) fail("TOTAL and PARALLEL are at least 1");

    j.https = j.url.starts_with("https://");
    const auto authority = j.url.find("://") + 3;
    const auto colon = j.url.find(':', authority);
    const auto slash = j.url.find('/', authority);
    if (colon == std::string::npos || slash == std::string::npos || colon > slash) {
        fail("not a URL of the form http://HOST:PORT/PATH", j.url);
    }
    j.host = j.url.substr(authority, colon - authority);
    j.port = j.url.substr(colon + 1, slash - colon - 1);
    j.path = j.url.substr(slash);
    if (j.what != workload::idle) {
        j.body_bytes = number(std::string_view(j.url).substr(j.url.rfind('/') + 1));
    }
    const char* ca = std::getenv("BENCH_CA");
    if (j.https && !ca) fail("BENCH_CA names the certificate to trust");
    j.ca_file = ca ? ca : "";
    return j;
}

inline double seconds(clockid_t clock) {
    timespec t{};
    ::clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// The CPU time of the process and the time on the wall, at one moment.
struct moment {
    double user = 0;
    double system = 0;
    double wall = 0;

    static moment now() {
        rusage u{};
        ::getrusage(RUSAGE_SELF, &u);
        const auto in_seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) +
                   static_cast<double>(t.tv_usec) * 1e-6;
        };
        return {
            in_seconds(u.ru_utime), in_seconds(u.ru_stime), seconds(CLOCK_MONOTONIC)};
    }
};

/// Counts requests, checks each, and times `total` of them. In addition to these there
/// are `parallel` GETs before, which open the connections, and as many after: while the
/// clock runs, as many requests are sent as responses are received.
class tally {
 public:
    explicit tally(const job& j)
        : job_(j), margin_(j.what == workload::get ? j.parallel : 0) {
        if (margin_ == 0) start_ = moment::now();
    }

    /// Whether one more request is to be started; if so it counts as started.
    [[nodiscard]] bool start_one() {
        if (started_ == margin_ + job_.total + margin_) return false;
        ++started_;
        return true;
    }
    void finish_one(int status, std::uint64_t body_bytes) {
        if (status != 200) fail("a status is not 200", std::to_string(status));
        if (body_bytes != job_.body_bytes) {
            fail("a body is not of the right size", std::to_string(body_bytes));
        }
        ++finished_;
        if (finished_ == margin_) {
            start_ = moment::now();
        } else if (finished_ == margin_ + job_.total) {
            end_ = moment::now();
        }
    }
    [[nodiscard]] bool done() const {
        return finished_ == margin_ + job_.total + margin_;
    }

    void print() const {
        if (!done()) fail("not all requests were answered");
        std::printf(
            R"({"requests": %zu, "user": %.6f, "system": %.6f, "wall": %.6f})"
            "\n",
            job_.total,
            end_.user - start_.user,
            end_.system - start_.system,
            end_.wall - start_.wall
        );
    }

 private:
    const job& job_;
    std::size_t margin_;
    std::size_t started_ = 0;
    std::size_t finished_ = 0;
    moment start_;
    moment end_;
};

/// Kilobytes of memory in use (VmRSS).
inline long resident_kilobytes() {
    const auto kilobytes = test::resident_kilobytes();
    if (kilobytes == 0) fail("/proc/self/status has no VmRSS");
    return kilobytes;
}

/// How many transfers start before memory is looked at, so that what the first ones
/// bring into memory is not the others'; and how many start at a time, so that the
/// server's backlog never overflows.
constexpr std::size_t idle_warm_up = 100;
constexpr std::size_t idle_batch = 500;

/// The idle workload. `start(n)` starts n transfers, `settle()` drives them until
/// nothing moves any more, `turn()` is one call of what drives them, with nothing
/// ready.
template <class Start, class Settle, class Turn>
void run_idle(const job& j, Start start, Settle settle, Turn turn) {
    start(idle_warm_up);
    settle();
    const auto before = resident_kilobytes();
    for (std::size_t started = 0; started < j.total;) {
        const auto n = std::min(idle_batch, j.total - started);
        start(n);
        settle();
        started += n;
    }
    const auto after = resident_kilobytes();

    turn();
    std::size_t turns = 0;
    const auto begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double spent = 0;
    while (turns < 10'000 && spent < 0.5) {
        turn();
        ++turns;
        spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    }
    std::printf(
        R"({"waiting": %zu, "kib_each": %.3f, "turn_us": %.3f})"
        "\n",
        j.total,
        static_cast<double>(after - before) / static_cast<double>(j.total),
        spent / static_cast<double>(turns) * 1e6
    );
}

/// What every client's main() does: `client version`, or a job.
template <class Transfer, class Idle>
int run_client(
    int argc, char** argv, std::string_view version, Transfer transfer, Idle idle
) {
    if (argc == 2 && std::string_view(argv[1]) == "version") {
        std::printf("%.*s\n", static_cast<int>(version.size()), version.data());
        return 0;
    }
    const job j = read_job(argc, argv);
    if (j.what == workload::idle) {
        idle(j);
    } else {
        transfer(j);
    }
    return 0;
}

}  // namespace bench
