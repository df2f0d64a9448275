// What a person sees while transfers run: curl's meter, its bar, or the lines of -Z.
#include "progress/progress.hpp"

#include "progress/progress_lines.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tool {

namespace {

using namespace std::chrono_literals;
using clock = progress_display::clock;

enum class look {
    none,
    meter,    ///< curl's, of one transfer at a time
    bar,      ///< curl's -#, likewise
    summary,  ///< curl's meter of -Z
    lines,    ///< -Z --progress-bar on a terminal
};

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

/// A transfer in progress.
struct active {
    std::string name;
    xfer::progress now{};
    std::uint64_t resumed_at = 0;
    bool hidden = false;
    clock::time_point begun;
    speed_window speed;
    std::size_t slot = 0;  ///< its line among those of look::lines

    [[nodiscard]] std::uint64_t moved() const { return now.received + now.sent; }
    [[nodiscard]] std::uint64_t total() const {
        return now.receive_total + now.send_total;
    }
};

}  // namespace

struct progress_display::state {
    state(const command& settings, std::FILE* to, surroundings with)
        : around(std::move(with)),
          err(to),
          kind(look_of(settings, around.terminal)),
          interval(interval_of(kind)),
          started(around.now()),
          speed(kind == look::summary ? 10 : 30, started) {}

    surroundings around;
    std::FILE* err;
    look kind;
    clock::duration interval;
    clock::time_point started;

    std::map<std::uint64_t, active> transfers;
    std::vector<std::optional<std::uint64_t>> slots;  ///< ids by line; none: vacant
    std::size_t expected = 0;
    std::size_t begun = 0;
    std::size_t ended = 0;
    std::size_t failed = 0;
    std::size_t hidden = 0;   ///< of those in progress
    xfer::progress of_ended;  ///< sums
    speed_window speed;       ///< of all

    live_lines live;
    std::string pending;                         ///< goes out with the next write
    bool headed = false;                         ///< the header of -Z is there
    bool unfinished = false;                     ///< a line of ours has no end yet
    std::optional<clock::time_point> last_draw;  ///< none: draw at once
    std::uint64_t last_moved = 0;                ///< as the bar showed it
    flying_bar flying;
    std::size_t tick = 0;

    /// One write for all that has come together.
    void write() {
        if (pending.empty()) return;
        std::fwrite(pending.data(), 1, pending.size(), err);
        std::fflush(err);
        pending.clear();
    }
    /// Redraws the line that a meter or a bar consists of.
    void show(std::string line) {
        unfinished = true;
        if (!around.terminal) {
            pending += "\r" + line;
            return;
        }
        const auto size = around.measure();
        // The last column stays free: a full line would leave the cursor in limbo.
        line.resize(std::min(line.size(), size.columns - 1));
        std::vector<std::string> lines;
        lines.push_back(std::move(line));
        pending += live.draw(std::move(lines), size);
    }
    void end_line() {
        if (unfinished && live.empty()) pending += "\n";
        pending += live.keep();
        unfinished = false;
    }

    void draw_meter(active& t, clock::time_point now);
    void draw_bar(active& t, bool last);
    void draw_summary(clock::time_point now, bool last);
    void draw_lines(clock::time_point now, bool last);
    [[nodiscard]] xfer::progress sums(bool last) const;
    [[nodiscard]] double likely_total(std::size_t count) const;
    [[nodiscard]] std::string line_of(
        active& t, clock::time_point now, std::size_t width
    );
    [[nodiscard]] std::string total_of(
        const xfer::progress& all, clock::time_point now, std::size_t width
    );
    /// The one transfer that a meter or a bar is of.
    [[nodiscard]] active* single() {
        return transfers.empty() ? nullptr : &transfers.begin()->second;
    }
};

void progress_display::state::draw_meter(active& t, clock::time_point now) {
    t.speed.record(now, t.moved());
    meter_numbers n;
    n.received = t.now.received;
    n.receive_total = t.now.receive_total;
    n.sent = t.now.sent;
    n.send_total = t.now.send_total;
    n.spent = now - t.begun;
    n.speed = t.speed.per_second();
    show(meter_line(n));
}

void progress_display::state::draw_bar(active& t, bool last) {
    const auto done = t.moved() + t.resumed_at;
    const bool moved = done != last_moved;
    last_moved = done;
    const auto columns = around.measure().columns - 1;
    if (t.total() > 0) {
        if (moved) show(bar_line(done, t.total() + t.resumed_at, columns));
    } else if (!last) {
        show(flying.line(columns, moved));
    }
}

/// Of all transfers; totals are 0 unless all of them are known.
xfer::progress progress_display::state::sums(bool last) const {
    xfer::progress all = of_ended;
    bool receive_known = begun >= expected || last;
    bool send_known = receive_known;
    for (const auto& [id, t] : transfers) {
        all.received += t.now.received;
        all.receive_total += t.now.receive_total;
        all.sent += t.now.sent;
        all.send_total += t.now.send_total;
        receive_known = receive_known && t.now.receive_total > 0;
        send_known = send_known && t.now.send_total > 0;
    }
    if (!receive_known) all.receive_total = 0;
    if (!send_known) all.send_total = 0;
    return all;
}

/// What so many transfers are likely to move: those of no known size as much as the
/// others on average. 0: nothing is known of any.
double progress_display::state::likely_total(std::size_t count) const {
    auto sum = of_ended.received + of_ended.sent;
    auto known = ended;
    for (const auto& [id, t] : transfers) {
        sum += t.total();
        known += t.total() > 0 ? 1 : 0;
    }
    return known == 0 ? 0
                      : static_cast<double>(sum) / static_cast<double>(known) *
                            static_cast<double>(count);
}

void progress_display::state::draw_summary(clock::time_point now, bool last) {
    const auto all = sums(last);
    speed.record(now, std::max(all.received, all.sent));
    summary_numbers n;
    n.received = all.received;
    n.receive_total = all.receive_total;
    n.sent = all.sent;
    n.send_total = all.send_total;
    n.transfers = begun;
    n.live = transfers.size();
    n.spent = now - started;
    n.speed = speed.per_second();
    if (!std::exchange(headed, true)) pending += summary_header();
    show(summary_line(n) + "     ");
}

std::string progress_display::state::line_of(
    active& t, clock::time_point now, std::size_t width
) {
    t.speed.record(now, t.moved());
    transfer_numbers n;
    n.name = t.name;
    n.bytes = t.moved() + t.resumed_at;
    n.speed = t.speed.per_second();
    n.tick = tick;
    if (t.total() > 0) {
        const auto total = t.total() + t.resumed_at;
        n.part = static_cast<double>(n.bytes) / static_cast<double>(total);
        if (n.speed > 0) {
            n.seconds_left =
                static_cast<std::int64_t>((total - std::min(total, n.bytes)) / n.speed);
        }
    }
    return transfer_line(n, width);
}

std::string progress_display::state::total_of(
    const xfer::progress& all, clock::time_point now, std::size_t width
) {
    const auto moved = all.received + all.sent;
    speed.record(now, moved);
    const auto count = std::max(expected, begun);
    transfer_numbers n;
    n.name = std::to_string(ended) + " of " + std::to_string(count) + " done";
    if (failed != 0) n.name += ", " + std::to_string(failed) + " failed";
    n.keep_begin = true;
    n.bytes = moved;
    n.speed = speed.per_second();
    n.tick = tick;
    if (all.receive_total > 0) {
        n.part =
            static_cast<double>(all.received) / static_cast<double>(all.receive_total);
        if (n.speed > 0) {
            const auto missing =
                all.receive_total - std::min(all.receive_total, all.received);
            n.seconds_left = static_cast<std::int64_t>(missing / n.speed);
        }
    } else if (count > 0) {
        // Of sizes that are not known, files are counted.
        n.part = static_cast<double>(ended) / static_cast<double>(count);
        const auto missing = likely_total(count) - static_cast<double>(moved);
        if (missing > 0 && n.speed > 0) {
            n.seconds_left =
                static_cast<std::int64_t>(missing / static_cast<double>(n.speed));
        }
    }
    return transfer_line(n, width);
}

void progress_display::state::draw_lines(clock::time_point now, bool last) {
    const auto size = around.measure();
    const auto width = size.columns - 1;
    ++tick;
    std::vector<std::string> lines;
    if (!last) {
        std::erase(slots, std::nullopt);
        const auto room = size.rows > 2 ? size.rows - 2 : 0;
        const bool all = slots.size() <= room;
        const auto shown = all ? slots.size() : room - std::min<std::size_t>(room, 1);
        for (std::size_t i = 0; i < slots.size(); ++i) {
            auto& t = transfers.at(*slots[i]);
            t.slot = i;
            if (i < shown) lines.push_back(line_of(t, now, width));
        }
        if (!all && room > 0) {
            auto more = "... and " + std::to_string(slots.size() - shown) + " more";
            more.resize(std::min(more.size(), width));
            lines.push_back(std::move(more));
        }
    }
    lines.push_back(total_of(sums(last), now, width));
    pending += live.draw(std::move(lines), size);
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
    const std::size_t records = s.kind == look::meter ? 6 : 30;
    const auto [at, added] = s.transfers.insert_or_assign(
        id, active{shown_url(url), {}, resumed_at, hidden, now, {records, now}}
    );
    s.hidden += hidden ? 1 : 0;
    ++s.begun;
    if (s.kind == look::lines) {
        const auto vacant = std::find(s.slots.begin(), s.slots.end(), std::nullopt);
        at->second.slot = static_cast<std::size_t>(vacant - s.slots.begin());
        if (vacant == s.slots.end()) {
            s.slots.push_back(id);
        } else {
            *vacant = id;
        }
    } else if (s.kind == look::meter && !hidden) {
        if (resumed_at > 0) {
            s.pending += "** Resuming transfer from byte position " +
                         std::to_string(resumed_at) + "\n";
        }
        s.pending += meter_header();
        s.draw_meter(at->second, now);
        s.last_draw = now;
    } else if (s.kind == look::bar) {
        s.flying = {};
        s.last_moved = 0;
        s.last_draw = now;
    }
    s.write();
}

void progress_display::update(std::uint64_t id, const xfer::progress& now) {
    const auto at = state_->transfers.find(id);
    if (at != state_->transfers.end()) at->second.now = now;
}

void progress_display::end(std::uint64_t id, bool failed) {
    auto& s = *state_;
    const auto at = s.transfers.find(id);
    if (at == s.transfers.end()) return;
    auto& t = at->second;
    if (!t.hidden && s.kind == look::meter) {
        s.draw_meter(t, s.around.now());
        s.end_line();
    } else if (!t.hidden && s.kind == look::bar) {
        s.draw_bar(t, true);
        s.end_line();
    } else if (s.kind == look::lines) {
        s.slots[t.slot].reset();
    }
    s.write();
    s.hidden -= t.hidden ? 1 : 0;
    ++s.ended;
    s.failed += failed ? 1 : 0;
    // What has ended is as large as it was.
    s.of_ended.received += t.now.received;
    s.of_ended.receive_total += t.now.received;
    s.of_ended.sent += t.now.sent;
    s.of_ended.send_total += t.now.sent;
    s.transfers.erase(at);
}

void progress_display::draw(clock::time_point now) {
    auto& s = *state_;
    if (s.kind == look::none || s.transfers.empty() || s.hidden > 0) return;
    if (s.last_draw && now - *s.last_draw < s.interval) return;
    s.last_draw = now;
    switch (s.kind) {
        case look::meter:
            s.draw_meter(*s.single(), now);
            break;
        case look::bar:
            s.draw_bar(*s.single(), false);
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
    if (s.live.empty()) return;
    s.pending += s.live.clear();
    s.unfinished = false;
    s.last_draw.reset();
    s.last_moved = 0;
    s.write();
}

void progress_display::finish(bool interrupted) {
    auto& s = *state_;
    const bool drawn = s.begun > 0 && s.hidden == 0 && !interrupted;
    if (drawn && s.kind == look::summary) s.draw_summary(s.around.now(), true);
    if (drawn && s.kind == look::lines) s.draw_lines(s.around.now(), true);
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
