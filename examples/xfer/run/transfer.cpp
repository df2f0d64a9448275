// A transfer with its tries.
#include "run/transfer.hpp"

#include "output/failures.hpp"
#include "output/file_marks.hpp"
#include "output/files.hpp"
#include "run/retry.hpp"
#include "run/stop_signals.hpp"
#include <xfer/received_head.hpp>
#include <xfer/trace.hpp>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tool {

namespace {

/// A transfer under way: what its callbacks see and change.
class course {
 public:
    course(session& s, job asked);
    ~course() { s_.running.erase(asked_.number); }
    course(const course&) = delete;
    course& operator=(const course&) = delete;

    /// False: it ends before it has begun.
    bool prepare(const request_maker& maker);
    /// The request of the next try; false if there can be none.
    bool make_request(const request_maker& maker, std::optional<xfer::request>& made);
    /// A try has ended.
    void conclude(const std::error_code& ec, xfer::response&& r);
    /// Whether another one follows, and when.
    std::optional<next_try> again();
    /// There was to be another one, but all is stopped.
    void break_off();
    /// All tries have ended.
    void finish();

    [[nodiscard]] outcome& ended() noexcept { return ended_; }

 private:
    bool refuse(refusal why);
    void attach(xfer::request& r);
    bool look_at_head(const xfer::response& r);
    bool look_at_step(const xfer::trace_event& e);
    bool look_at_redirect(const xfer::trace::redirected& redirected);
    [[nodiscard]] bool is_unmodified(const xfer::response& r) const;
    void save_etag() const;

    session& s_;
    job asked_;
    const operation& op_;
    destination to_;
    asked_url url_;
    retry_plan plan_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    xfer::progress progress_{};
    xfer::time_point started_{};  // of the present request
    refusal stopped_;             // by a callback
    outcome ended_;
};

course::course(session& s, job asked)
    : s_(s), asked_(std::move(asked)), op_(*asked_.op), to_(s, asked_), plan_(op_) {
    ended_.asked = &op_;
    ended_.url = asked_.url;
    ended_.url_number = asked_.url_number;
}

bool course::refuse(refusal why) {
    if (!why) {
        return false;
    }
    ended_.exit_code = why.code;
    ended_.message = std::move(why.message);
    if (signal_that_came() != 0) {
        ended_.broken_off = true;  // what it has interrupted is no failure
        s_.display.give_up();
    } else if (!ended_.message.empty()) {
        s_.display.end_try(asked_.number);
        s_.at.error(ended_.exit_code, ended_.message);
    }
    return true;
}

bool course::prepare(const request_maker& maker) {
    if (refuse(maker.failed()) || refuse(maker.address(asked_, url_)) ||
        refuse(to_.prepare())) {
        return false;
    }
    ended_.file = to_.file();
    if (to_.skipped()) {
        return false;
    }
    s_.running.emplace(asked_.number, &progress_);
    s_.display.begin(asked_.number, asked_.url, to_.is_terminal(), to_.offset());
    return true;
}

bool course::make_request(
    const request_maker& maker, std::optional<xfer::request>& made
) {
    if (refuse(maker.make(asked_, url_, to_.offset(), made))) {
        return false;
    }
    ended_.began = true;
    ended_.method = made->method().name();
    stopped_ = {};
    progress_ = {};
    if (ended_.retries > 0) {
        s_.display.begin_try(asked_.number);
    }
    if (refuse(to_.begin())) {
        return false;
    }
    attach(*made);
    return true;
}

void course::attach(xfer::request& r) {
    if (to_.is_librarys()) {
        r.to_file(to_.file(), xfer::file_mode::resume);
    } else {
        const auto write = [this](std::string_view piece) { return to_.body(piece); };
        r.sink(xfer::to_function(write));
    }
    const auto on_head = [this](const xfer::response& head) {
        return look_at_head(head);
    };
    r.on_head(on_head);
    if (to_.wants_heads()) {
        const auto on_each_head = [this](const xfer::received_head& head) {
            const bool unwanted =
                op_.suppress_connect_headers && head.kind == xfer::head_kind::tunnel;
            auto text = head.text;
            if (head.kind == xfer::head_kind::trailers && text.ends_with("\r\n")) {
                text.remove_suffix(2);  // curl shows no empty line behind these
            }
            return unwanted || to_.head(text);
        };
        r.on_each_head(on_each_head);
    }
    if (!s_.asked.silent && s_.asked.progress_meter) {
        const auto on_progress = [this](const xfer::progress& now) { progress_ = now; };
        r.on_progress(on_progress);
    }
    if (limits_redirects(op_) || !op_.write_out.empty()) {
        const auto on_trace = [this](const xfer::trace_event& e) {
            return look_at_step(e);
        };
        r.on_trace(on_trace);
    }
}

/// What a condition of -z keeps from being written, though the server has sent it.
bool course::is_unmodified(const xfer::response& r) const {
    const auto time = http_time(r.header("Last-Modified"));
    if (!time || asked_.upload) {
        return false;
    }
    switch (op_.condition) {
        case time_condition::if_modified_since:
            return *time <= op_.condition_time;
        case time_condition::if_unmodified_since:
            return *time >= op_.condition_time;
        default:
            return false;
    }
}

bool course::look_at_head(const xfer::response& r) {
    const bool leads_on =
        xfer::status::leads_elsewhere(r.status()) && !r.header("Location").empty();
    if (op_.follow && op_.max_redirs == 0 && leads_on) {
        stopped_ = {exit_codes::too_many_redirects, "Maximum (0) redirects followed"};
        return false;
    }
    if (is_unmodified(r)) {
        to_.drop_body();
    }
    return to_.accept(r);
}

/// What -w has variables for and a response does not tell.
bool course::look_at_step(const xfer::trace_event& e) {
    ended_.transfer = e.id.serial();
    if (e.as<xfer::trace::started>() != nullptr) {
        started_ = e.time;
    } else if (e.as<xfer::trace::proxy>() != nullptr) {
        ended_.proxy_used = true;
    } else if (const auto* sent = e.as<xfer::trace::request_head>();
               sent != nullptr && !sent->to_proxy) {
        // A redirect may have changed it.
        ended_.method = sent->text.substr(0, sent->text.find(' '));
    } else if (e.as<xfer::trace::request_sent>() != nullptr) {
        ended_.post_transfer = e.time - started_;
    }
    const auto* redirected = e.as<xfer::trace::redirected>();
    return redirected == nullptr || look_at_redirect(*redirected);
}

bool course::look_at_redirect(const xfer::trace::redirected& redirected) {
    stopped_ = check_redirect(op_, redirected.to);
    return !stopped_;
}

void course::conclude(const std::error_code& ec, xfer::response&& r) {
    ended_.ec = ec;
    ended_.response = std::move(r);
    // Before anything is said about it.
    s_.display.update(asked_.number, progress_);
    if (signal_that_came() == 0) {
        s_.display.end_try(asked_.number);
    }
    auto why = stopped_;
    if (!why) {
        why = to_.failed();
    }
    if (!why) {
        why = judge(op_, url_, ec, ended_.response);
    }
    ended_.exit_code = why.code;
    ended_.message = why.message;
    ended_.broken_off = s_.stopping && xfer::is_cancelled(ec);
    if (!s_.stopping) {
        refuse(std::move(why));
    }
}

std::optional<next_try> course::again() {
    using std::chrono::milliseconds;
    if (s_.stopping || signal_that_came() != 0) {
        return std::nullopt;
    }
    const auto& r = ended_.response;
    const auto& cause = r.failure().cause;
    const try_result result{
        ended_.exit_code,
        r.status(),
        cause == std::errc::connection_refused,
        r.header("Retry-After")};
    const auto since = std::chrono::steady_clock::now() - begun_;
    auto next = plan_.next(
        result,
        std::chrono::duration_cast<milliseconds>(since),
        std::chrono::system_clock::now()
    );
    if (plan_.waits_too_long()) {
        s_.at.warn(
            "The Retry-After: time would make this command line exceed the maximum "
            "allowed time for retries."
        );
    }
    if (next && asked_.input && asked_.input->is_used_up()) {
        s_.at.warn("standard input was read and cannot be sent again: no more tries");
        return std::nullopt;
    }
    if (next) {
        s_.at.warn(retry_line(*next));
        ++ended_.retries;
    }
    return next;
}

void course::save_etag() const {
    const int kind = ended_.response.status() / 100;
    if (op_.etag_save.empty() || (kind != 2 && kind != 3)) {
        return;
    }
    const auto etag = ended_.response.header("ETag");
    std::error_code ec;
    if (etag.empty() && std::filesystem::exists(op_.etag_save, ec)) {
        return;
    }
    if (op_.etag_save == "-") {
        std::string line(etag);
        line += etag.empty() ? "" : "\n";
        std::fputs(line.c_str(), s_.out);
        return;
    }
    if (op_.create_dirs) {
        if (const auto refused = make_directories_for(op_.etag_save)) {
            s_.at.warn(refused.message);
            return;
        }
    }
    std::ofstream file(op_.etag_save, std::ios::binary);
    if (!etag.empty()) {
        file << etag << '\n';
    }
    if (!file) {
        s_.at.warn("Failed creating file for saving etags: \"" + op_.etag_save + "\"");
    }
}

void course::break_off() {
    ended_.exit_code = exit_codes::aborted;
    ended_.broken_off = true;
}

void course::finish() {
    s_.display.update(asked_.number, progress_);
    auto wrong = to_.finish(ended_.response, ended_.exit_code);
    if (ended_.exit_code == 0) {
        refuse(std::move(wrong));
    }
    if (ended_.exit_code == 0) {
        save_etag();
    }
    ended_.file = to_.file();
    ended_.left = to_.left();
    ended_.time = std::chrono::steady_clock::now() - begun_;
    s_.running.erase(asked_.number);
    s_.display.end(asked_.number, ended_.exit_code != 0);
}

}  // namespace

asio::awaitable<outcome> transfer(session& s, const request_maker& maker, job asked) {
    course c(s, std::move(asked));
    if (!c.prepare(maker)) {
        co_return std::move(c.ended());
    }
    std::optional<xfer::request> request;
    while (c.make_request(maker, request)) {
        std::error_code ec;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        auto response = co_await s.multi.async_fetch(std::move(*request), token);
        c.conclude(ec, std::move(response));
        const auto next = c.again();
        if (!next) {
            break;
        }
        co_await nap(s, next->after);
        if (s.stopping) {
            c.break_off();
            break;
        }
    }
    c.finish();
    co_return std::move(c.ended());
}

}  // namespace tool
