// The pictures of a display: which lines, out of which numbers.
#include "progress/state.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tool {

void progress_display::state::write() {
    if (pending.empty()) return;
    std::fwrite(pending.data(), 1, pending.size(), err);
    std::fflush(err);
    pending.clear();
}

std::vector<std::string> progress_display::state::head() const {
    auto text = kind == look::meter     ? meter_header()
                : kind == look::summary ? summary_header()
                                        : std::string_view();
    std::vector<std::string> lines;
    for (auto end = text.find('\n'); end != std::string_view::npos;
         end = text.find('\n')) {
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

void progress_display::state::show(std::string line) {
    unfinished = true;
    drawn = true;
    auto lines = headed ? std::vector<std::string>() : head();
    if (!around.terminal) {
        for (const auto& each : lines) pending += each + "\n";
        headed = true;
        pending += "\r" + line;
        return;
    }
    const auto size = around.measure();
    if (lines.size() + 1 >= size.rows) lines.clear();
    lines.push_back(std::move(line));
    for (auto& each : lines) {
        // The last column stays free: a full line would leave the cursor in limbo.
        each.resize(std::min(each.size(), size.columns - 1));
    }
    pending += live.draw(std::move(lines), size);
}

void progress_display::state::end_line() {
    headed = headed || unfinished;
    if (unfinished && live.empty()) pending += "\n";
    pending += live.keep();
    unfinished = false;
}

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
    if (!receive_known || lost_receive) all.receive_total = 0;
    if (!send_known || lost_send) all.send_total = 0;
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
    show(summary_line(n) + "     ");
}

std::string progress_display::state::line_of(
    active& t, clock::time_point now, std::size_t width
) {
    t.speed.record(now, t.moved());
    transfer_numbers n;
    n.name = t.name;
    n.width = &around.width;
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
        n.part = static_cast<double>(ended - failed) / static_cast<double>(count);
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
    drawn = true;
    pending += live.draw(std::move(lines), size);
}

}  // namespace tool
