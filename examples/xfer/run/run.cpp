// The loop: so many workers, each of which makes one transfer after another.
#include "run/run.hpp"

#include "options/input.hpp"
#include "output/statistics.hpp"
#include "output/write_out/write_out.hpp"
#include "progress/progress.hpp"
#include "requests/passwords.hpp"
#include "run/cookies.hpp"
#include "run/jobs.hpp"
#include "run/session.hpp"
#include "run/stop_signals.hpp"
#include "run/transfer.hpp"
#include "texts/texts.hpp"
#include "trace/tracing.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tool {

namespace {

using clock = std::chrono::steady_clock;

/// Those that end a whole run, as they will end every transfer.
bool is_fatal(int code) noexcept {
    constexpr std::array<int, 4> fatal{
        exit_codes::bad_use,
        exit_codes::out_of_memory,
        exit_codes::bad_argument,
        exit_codes::unknown_option};
    return std::ranges::find(fatal, code) != fatal.end();
}

/// One after another, a file that cannot be opened for the first one ends the run, as
/// with curl: what follows may be meant to build on it.
bool is_unready(const outcome& ended) noexcept {
    return !ended.began && (ended.exit_code == exit_codes::write_error ||
                            ended.exit_code == exit_codes::read_error);
}

/// A run under way.
class runner {
 public:
    runner(session& s, asio::io_context& loop);

    /// Runs all jobs; returns the exit code.
    int run();

 private:
    asio::awaitable<void> work();
    asio::awaitable<void> draw();
    asio::awaitable<void> heed_signals();
    asio::awaitable<void> keep_pace();
    void begin(asio::awaitable<void> part, bool is_worker = false);
    void conclude(const outcome& ended);
    void look_for_signal();
    void stop();
    void end_worker();
    const request_maker& maker_of(const operation& op);

    session& s_;
    asio::io_context& loop_;
    job_list jobs_;
    std::map<const operation*, std::unique_ptr<request_maker>> makers_;
    asio::steady_timer pause_{loop_};
    stop_signals signals_;
    asio::posix::stream_descriptor signal_came_;
    std::size_t workers_ = 0;
    clock::time_point next_start_{};
    totals totals_;
    int signal_ = 0;
    int code_ = 0;
    std::exception_ptr thrown_;
};

runner::runner(session& s, asio::io_context& loop)
    : s_(s),
      loop_(loop),
      jobs_(s.asked),
      signal_came_(loop, ::dup(signals_.descriptor())) {}

const request_maker& runner::maker_of(const operation& op) {
    auto& maker = makers_[&op];
    if (!maker) {
        maker = std::make_unique<request_maker>(s_, op);
    }
    return *maker;
}

/// --rate: a time between two starts, unless they are made in parallel.
asio::awaitable<void> runner::keep_pace() {
    const auto interval = s_.asked.rate_interval;
    if (interval.count() == 0 || s_.asked.parallel) {
        co_return;
    }
    const auto now = clock::now();
    if (now < next_start_) {
        co_await nap(s_, next_start_ - now);
    }
    next_start_ = clock::now() + interval;
}

asio::awaitable<void> runner::work() {
    job next;
    while (!s_.stopping && jobs_.next(next)) {
        co_await keep_pace();
        if (s_.stopping) {
            break;
        }
        ++totals_.transfers;
        const auto ended = co_await transfer(s_, maker_of(*next.op), next);
        conclude(ended);
    }
}

void runner::conclude(const outcome& ended) {
    look_for_signal();  // it may have come while the loop was not running
    if (s_.asked.stats) {
        totals_.add(ended, ended.broken_off);
    }
    if (ended.broken_off) {
        return;
    }
    // As curl: the last transfer's code, or with -Z that of the last one that failed.
    if (ended.exit_code != 0 || !s_.asked.parallel) {
        code_ = ended.exit_code;
    }
    if (!ended.asked->write_out.empty()) {
        const write_out_names names{
            std::string(name_of(s_.who)), "lib" + user_agent(s_.who)};
        const auto clear = [this] { s_.display.clear(); };
        write_out(ended.asked->write_out, ended, s_.out, s_.at.stream(), names, clear);
    }
    const bool ends_all = is_fatal(ended.exit_code) ||
                          (is_unready(ended) && !s_.asked.parallel) ||
                          (ended.exit_code != 0 && s_.asked.fail_early);
    if (ends_all && !s_.stopping) {
        stop();
    }
}

/// Ends what is under way, and begins nothing more.
void runner::stop() {
    s_.stopping = true;
    for (auto* timer : s_.naps) {
        timer->cancel();
    }
    const auto nothing = [](std::error_code) {};
    s_.multi.async_shutdown(nothing);
}

void runner::end_worker() {
    if (--workers_ == 0) {
        pause_.cancel();
        signal_came_.cancel();
    }
}

/// Shows how far all are, whenever the display has something to do.
asio::awaitable<void> runner::draw() {
    constexpr clock::duration longest = std::chrono::seconds(1);
    constexpr clock::duration shortest = std::chrono::milliseconds(10);
    while (workers_ != 0) {
        pause_.expires_after(std::clamp(s_.display.next_draw(), shortest, longest));
        std::error_code ec;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        co_await pause_.async_wait(token);
        if (ec) {
            break;
        }
        for (const auto& [number, now] : s_.running) {
            s_.display.update(number, *now);
        }
        s_.display.draw(clock::now());
    }
}

asio::awaitable<void> runner::heed_signals() {
    std::error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    co_await signal_came_.async_wait(asio::posix::descriptor_base::wait_read, token);
    look_for_signal();
}

void runner::look_for_signal() {
    if (signal_ != 0 || signal_that_came() == 0) {
        return;
    }
    signal_ = signal_that_came();
    // A second one ends the tool at once, should it hang.
    signals_.let_go();
    s_.display.give_up();
    stop();
}

/// What one part throws ends the run, once the others have come to their ends.
void runner::begin(asio::awaitable<void> part, bool is_worker) {
    const auto end = [this, is_worker](std::exception_ptr thrown) {
        if (thrown && !thrown_) {
            thrown_ = thrown;
            stop();
        }
        if (is_worker) {
            end_worker();
        }
    };
    asio::co_spawn(loop_, std::move(part), end);
}

int runner::run() {
    const auto started = clock::now();
    const auto& asked = s_.asked;
    const auto count = job_list::count(asked);
    const std::uint64_t most = asked.parallel ? std::max(asked.parallel_max, 1U) : 1U;
    workers_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(count, 1, most));
    s_.display.expect(static_cast<std::size_t>(count));
    begin(heed_signals());
    for (auto i = workers_; i > 0; --i) {
        begin(work(), true);
    }
    if (!asked.silent && asked.progress_meter) {
        begin(draw());
    }
    loop_.run();
    if (thrown_) {
        std::rethrow_exception(thrown_);
    }
    s_.display.finish();
    if (const auto& wrong = jobs_.failed()) {
        s_.at.error(wrong.code, wrong.message);
        code_ = wrong.code;
    }
    totals_.time = clock::now() - started;
    if (asked.stats) {
        const auto text = statistics_text(totals_, s_.multi.stats());
        std::fputs(text.c_str(), s_.at.stream());
    }
    return signal_ != 0 ? exit_codes::by_signal + signal_ : code_;
}

/// What --stderr names, for as long as a run lasts.
class error_stream {
 public:
    error_stream(const command& asked, std::FILE* out, std::FILE* err) : stream_(err) {
        if (asked.error_file == "-") {
            stream_ = out;
        } else if (!asked.error_file.empty()) {
            file_.reset(std::fopen(asked.error_file.c_str(), "we"));
            failed_ = !file_;
            stream_ = file_ ? file_.get() : err;
        }
    }
    [[nodiscard]] std::FILE* get() const noexcept { return stream_; }
    /// The file that was named could not be opened.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
    file_pointer file_;
    std::FILE* stream_;
    bool failed_ = false;
};

}  // namespace

int run(
    const command& asked,
    persona who,
    const std::function<const char*(const char*)>& environment,
    std::FILE* out,
    std::FILE* err
) {
    command settings = asked;
    ask_for_passwords(settings);
    const error_stream errors(settings, out, err);
    progress_display display(settings, errors.get());
    const auto before_line = [&display] { display.clear(); };
    console at(settings, who, errors.get(), before_line);
    if (errors.failed()) {
        at.warn("Failed to open " + settings.error_file);
    }
    for (const auto& warning : settings.warnings) {
        at.warn(warning);
    }
    std::string wrong;
    tracer trace(settings, out, errors.get(), before_line, wrong);
    if (!wrong.empty()) {
        at.warn(wrong);
    }
    for (const auto& warning : trace_config_warnings(settings)) {
        at.warn(warning);
    }
    trace.bodies_on_terminal(::isatty(::fileno(out)) != 0);
    asio::io_context loop(1);
    xfer::settings limits;
    limits.max_connections_per_host = settings.parallel_max_host;
    if (trace.wanted()) {
        limits.trace = [&trace](const xfer::trace_event& e) { trace(e); };
        limits.trace_detail = trace.detail();
    }
    xfer::multi multi(loop, limits);
    session s{
        settings, who, environment, out, at, display, multi, open_cookies(settings)};
    runner r(s, loop);
    const int code = r.run();
    if (s.cookies) {
        save_cookies(settings, *s.cookies, out, at);
    }
    std::fflush(out);
    return code;
}

}  // namespace tool
