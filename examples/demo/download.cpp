// The demo's main job: downloads many URLs at once, on the thread that calls.
#include "download.hpp"

#include "display.hpp"
#include "text.hpp"
#include <xfer.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <signal.h>

#include <any>
#include <exception>
#include <utility>

namespace demo {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_transfers = 64;
constexpr auto frame_time = 100ms;

volatile sig_atomic_t last_signal = 0;

volatile sig_atomic_t asked_to_stop = 0;

constexpr int watched_signals[] = {SIGINT, SIGTERM, SIGHUP};

void note_signal(int number) { last_signal = number; }

void note_stop(int) { asked_to_stop = 1; }

/// Lets Ctrl-Z stop the process only when the terminal is in order.
class stop_watch {
 public:
    stop_watch() { previous_ = ::signal(SIGTSTP, note_stop); }
    ~stop_watch() { ::signal(SIGTSTP, previous_); }
    stop_watch(const stop_watch&) = delete;
    stop_watch& operator=(const stop_watch&) = delete;

    static void stop_if_asked(screen& out) {
        if (asked_to_stop != 0) {
            asked_to_stop = 0;
            out.leave();
            ::raise(SIGSTOP);
        }
    }

 private:
    void (*previous_)(int);
};

/// Runs one download, with everything that it needs on the way.
class downloader {
 public:
    downloader(std::vector<job>& jobs, const std::string& ca_pem, screen& out)
        : jobs_(jobs), ids_(jobs.size()), out_(out), display_(out) {
        if (!ca_pem.empty()) {
            tls_.ca_pem(ca_pem);
        }
    }

    totals run() {
        const stop_watch stops;
        asio::co_spawn(loop_, download_all(), [this](const std::exception_ptr& e) {
            thrown_ = e;
            ticker_.cancel();
        });
        asio::co_spawn(loop_, keep_showing(), asio::detached);
        loop_.run();
        out_.leave();
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        const auto s = multi_.stats();
        totals t;
        for (const auto& j : jobs_) t.bytes += j.bytes;
        t.time = time_since_start();
        t.connections = s.connections_opened;
        t.reused = s.connections_reused;
        t.signal = signal_;
        return t;
    }

 private:
    /// Everything is added at once; the multi keeps to its limits.
    asio::awaitable<void> download_all() {
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            if (jobs_[i].result != job::outcome::waiting) {
                ++ended_;
                continue;
            }
            auto r = xfer::get(jobs_[i].url, {.fail_on_error = true});
            r.to_file(jobs_[i].file).tls(tls_).tag(i);
            ids_[i] = multi_.add(std::move(r));
        }
        while (!multi_.empty()) {
            const auto done = co_await multi_.async_next();
            note(done);
        }
        co_await multi_.async_shutdown();
    }

    void note(const xfer::message& done) {
        auto& j = jobs_[std::any_cast<std::size_t>(done.tag)];
        const auto& r = done.response;
        j.bytes = r.info().bytes_received;
        j.time = r.info().timings.total;
        if (done.ec == asio::error::operation_aborted) {
            j.result = job::outcome::interrupted;
            j.trouble = "interrupted";
        } else if (done.ec) {
            j.result = job::outcome::failed;
            j.trouble = done.failure().message;
        } else if (r.status() != 200) {
            j.result = job::outcome::failed;
            // What came is not what was asked for.
            std::error_code ec;
            std::filesystem::remove(j.file, ec);
            j.trouble = "the server answered with status " + std::to_string(r.status());
            if (const auto to = r.header("Location"); !to.empty()) {
                j.trouble += " and points to " + std::string(to) +
                             "; redirects are not followed yet";
            }
        } else {
            j.result = job::outcome::arrived;
        }
        ++ended_;
        if (!out_.live() && j.result != job::outcome::interrupted) {
            display_.print_ended(j, ended_, jobs_.size());
        }
    }

    /// Redraws until the download has ended, and looks for signals meanwhile.
    asio::awaitable<void> keep_showing() {
        auto next_line = started_ + 1s;
        while (!multi_.empty()) {
            stop_watch::stop_if_asked(out_);
            if (signal_ == 0 && (last_signal != 0 || !out_.usable())) {
                interrupt();
            }
            if (signal_ == 0 && out_.live()) {
                display_.draw(snapshot());
            } else if (signal_ == 0 && std::chrono::steady_clock::now() >= next_line) {
                display_.print_total(snapshot());
                next_line += 1s;
            }
            ticker_.expires_after(frame_time);
            std::error_code ec;
            co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        }
    }

    void interrupt() {
        signal_ = last_signal != 0 ? static_cast<int>(last_signal) : SIGPIPE;
        out_.leave();
        for (const auto id : ids_) {
            multi_.cancel(id);
        }
    }

    /// What there is to show now.
    state_of_things snapshot() {
        state_of_things now;
        now.files = jobs_.size();
        now.time = time_since_start();
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            const auto& j = jobs_[i];
            if (j.result != job::outcome::waiting) {
                now.bytes += j.bytes;
                now.ended += 1;
                now.failed += j.result == job::outcome::failed ? 1U : 0U;
                // What will not come is not waited for.
                now.expected += j.bytes;
                continue;
            }
            const auto stage = multi_.stage_of(ids_[i]);
            const auto moved = multi_.progress_of(ids_[i]);
            if (!stage || !moved) {
                continue;
            }
            const auto total =
                j.expected_size != 0 ? j.expected_size : moved->receive_total;
            now.bytes += moved->received;
            now.expected += total;
            now.size_known = now.size_known && total != 0;
            if (*stage != xfer::stage::queued && *stage != xfer::stage::done) {
                now.active.push_back(
                    {&j, moved->received, total, std::string(to_string(*stage))}
                );
            }
        }
        return now;
    }

    std::chrono::duration<double> time_since_start() const {
        return std::chrono::steady_clock::now() - started_;
    }

    std::vector<job>& jobs_;
    std::vector<xfer::transfer_id> ids_;
    screen& out_;
    display display_;
    xfer::tls tls_;
    asio::io_context loop_{1};
    xfer::multi multi_{
        loop_,
        {.max_transfers = most_transfers,
         .max_connections = most_transfers,
         .max_connections_per_host = most_transfers / 2}};
    asio::steady_timer ticker_{loop_};
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::size_t ended_ = 0;
    int signal_ = 0;
    std::exception_ptr thrown_;
};

}  // namespace

signal_watch::signal_watch() {
    struct sigaction action {};
    action.sa_handler = note_signal;
    // The second one is not caught any more.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int s : watched_signals) ::sigaction(s, &action, nullptr);
    // A reader that goes away is noticed where we write.
    ::signal(SIGPIPE, SIG_IGN);
}

signal_watch::~signal_watch() {
    for (const int s : watched_signals) ::signal(s, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
}

int signal_watch::received() noexcept { return static_cast<int>(last_signal); }

totals download(std::vector<job>& jobs, const std::string& ca_pem, screen& out) {
    return downloader(jobs, ca_pem, out).run();
}

}  // namespace demo
