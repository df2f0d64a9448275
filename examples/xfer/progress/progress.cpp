// What a person sees while transfers run: curl's meter, its bar, or the lines of -Z.
#include "progress/progress.hpp"

#include "progress/state.hpp"

#include <algorithm>
#include <utility>

namespace tool {

namespace {

using namespace std::chrono_literals;
using clock = progress_display::clock;

look look_of(const command& settings, bool terminal) {
    if (settings.silent || !settings.progress_meter) return look::none;
    if (settings.parallel) {
        return settings.progress_bar && terminal ? look::lines : look::summary;
    }
    return settings.progress_bar ? look::bar : look::meter;
}

clock::duration interval_of(look l) {
    return l == look::meter ? 1000ms : l == look::summary ? 500ms : 100ms;
}

}  // namespace

progress_display::state::state(
    const command& settings, std::FILE* to, surroundings with
)
    : around(std::move(with)),
      err(to),
      kind(look_of(settings, around.terminal)),
      interval(interval_of(kind)),
      started(around.now()),
      speed(kind == look::summary ? 10 : 30, started) {}

speed_window progress_display::state::new_speed(clock::time_point now) const {
    return {kind == look::meter ? 6U : 30U, now};
}

void progress_display::state::begin_try(active& t) {
    t.between_tries = false;
    const auto now = around.now();
    if (kind == look::meter && !t.hidden) {
        draw_meter(t, now);
        last_draw = now;
    } else if (kind == look::bar) {
        flying = {};
        last_moved = 0;
        last_draw = now;
    }
}

void progress_display::state::end_try(active& t) {
    if (t.hidden || std::exchange(t.between_tries, true)) return;
    if (kind == look::meter) {
        draw_meter(t, around.now());
        end_line();
    } else if (kind == look::bar) {
        draw_bar(t, true);
        end_line();
    }
}

void progress_display::state::count_ended(const active& t, bool has_failed) {
    hidden -= t.hidden ? 1 : 0;
    ++ended;
    failed += has_failed ? 1 : 0;
    of_ended.received += t.now.received;
    of_ended.sent += t.now.sent;
    if (!has_failed) {
        // What has come to its end is as large as it was.
        of_ended.receive_total += t.now.received;
        of_ended.send_total += t.now.sent;
        return;
    }
    of_ended.receive_total += std::max(t.now.receive_total, t.now.received);
    of_ended.send_total += std::max(t.now.send_total, t.now.sent);
    lost_receive = lost_receive || t.now.receive_total == 0;
    lost_send = lost_send || (t.now.send_total == 0 && t.now.sent > 0);
}

progress_display::progress_display(const command& settings, std::FILE* err)
    : progress_display(settings, err, of(err)) {}

progress_display::progress_display(
    const command& settings, std::FILE* err, surroundings around
)
    : state_(std::make_unique<state>(settings, err, std::move(around))) {}

progress_display::~progress_display() = default;

void progress_display::expect(std::size_t transfers) { state_->expected = transfers; }

void progress_display::begin(
    std::uint64_t id, const std::string& url, bool hidden, std::uint64_t resumed_at
) {
    auto& s = *state_;
    if (s.kind == look::none) return;
    const auto now = s.around.now();
    const auto [at, added] = s.transfers.insert_or_assign(
        id,
        state::active{
            shown_url(url, s.around.width),
            {},
            resumed_at,
            hidden,
            now,
            s.new_speed(now)}
    );
    s.hidden += hidden ? 1 : 0;
    s.had_hidden = s.had_hidden || hidden;
    ++s.begun;
    if (s.kind == look::lines) {
        const auto vacant = std::find(s.slots.begin(), s.slots.end(), std::nullopt);
        at->second.slot = static_cast<std::size_t>(vacant - s.slots.begin());
        if (vacant == s.slots.end()) {
            s.slots.push_back(id);
        } else {
            *vacant = id;
        }
    } else if (s.kind == look::meter) {
        s.headed = false;
        if (resumed_at > 0 && !hidden) {
            s.pending += "** Resuming transfer from byte position " +
                         std::to_string(resumed_at) + "\n";
        }
    }
    s.begin_try(at->second);
    s.write();
}

void progress_display::update(std::uint64_t id, const xfer::progress& now) {
    const auto at = state_->transfers.find(id);
    if (at != state_->transfers.end()) at->second.now = now;
}

void progress_display::begin_try(std::uint64_t id) {
    auto& s = *state_;
    const auto at = s.transfers.find(id);
    if (at == s.transfers.end()) return;
    const auto now = s.around.now();
    at->second.now = {};
    at->second.begun = now;
    at->second.speed = s.new_speed(now);
    s.begin_try(at->second);
    s.write();
}

void progress_display::end_try(std::uint64_t id) {
    auto& s = *state_;
    const auto at = s.transfers.find(id);
    if (at == s.transfers.end()) return;
    s.end_try(at->second);
    s.write();
}

void progress_display::end(std::uint64_t id, bool failed) {
    auto& s = *state_;
    const auto at = s.transfers.find(id);
    if (at == s.transfers.end()) return;
    s.end_try(at->second);
    if (s.kind == look::lines) s.slots[at->second.slot].reset();
    s.write();
    s.count_ended(at->second, failed);
    s.transfers.erase(at);
}

void progress_display::draw(clock::time_point now) {
    auto& s = *state_;
    if (s.kind == look::none || s.transfers.empty() || s.hidden > 0) return;
    if (s.last_draw && now - *s.last_draw < s.interval) return;
    s.last_draw = now;
    switch (s.kind) {
        case look::meter:
            if (!s.single()->between_tries) s.draw_meter(*s.single(), now);
            break;
        case look::bar:
            if (!s.single()->between_tries) s.draw_bar(*s.single(), false);
            break;
        case look::summary:
            s.draw_summary(now, false);
            break;
        case look::lines:
            s.draw_lines(now, false);
            break;
        case look::none:
            break;
    }
    s.write();
}

void progress_display::clear() {
    auto& s = *state_;
    if (!s.around.terminal) {
        s.end_line();
        s.write();
        return;
    }
    if (s.live.empty()) return;
    s.pending += s.live.clear();
    s.unfinished = false;
    s.last_draw.reset();
    s.last_moved = 0;
    s.write();
}

void progress_display::give_up() {
    clear();
    state_->kind = look::none;
}

void progress_display::finish() {
    auto& s = *state_;
    // Where bodies went to the terminal, a first drawing would come behind them.
    const bool draws = s.begun > 0 && (s.drawn || !s.had_hidden);
    if (draws && s.kind == look::summary) s.draw_summary(s.around.now(), true);
    if (draws && s.kind == look::lines) s.draw_lines(s.around.now(), true);
    s.end_line();
    s.write();
    s.begun = 0;
}

progress_display::clock::duration progress_display::next_draw() const {
    const auto& s = *state_;
    if (s.kind == look::none || s.transfers.empty() || s.hidden > 0) {
        return clock::duration::max();
    }
    if (!s.last_draw) return clock::duration::zero();
    const auto since = s.around.now() - *s.last_draw;
    return std::max(s.interval - since, clock::duration::zero());
}

}  // namespace tool
