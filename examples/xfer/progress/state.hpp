// What a display knows, and how it draws it.
#pragma once

#include "progress/progress.hpp"
#include "progress/progress_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// Which display a run has.
enum class look : std::uint8_t {
    none,
    meter,    ///< curl's, of one transfer at a time
    bar,      ///< curl's -#, likewise
    summary,  ///< curl's meter of -Z
    lines,    ///< -Z --progress-bar on a terminal
};

struct progress_display::state {
    /// A transfer in progress.
    struct active {
        std::string name;
        xfer::progress now{};
        std::uint64_t resumed_at = 0;
        bool hidden = false;
        clock::time_point begun;  ///< its present try
        speed_window speed;
        std::size_t slot = 0;        ///< its line among those of look::lines
        bool between_tries = false;  ///< the last one has been drawn to its end

        [[nodiscard]] std::uint64_t moved() const { return now.received + now.sent; }
        [[nodiscard]] std::uint64_t total() const {
            return now.receive_total + now.send_total;
        }
    };

    state(const command& settings, std::FILE* to, surroundings with);

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
    std::size_t hidden = 0;     ///< of those in progress
    bool had_hidden = false;    ///< there was one
    xfer::progress of_ended;    ///< sums
    bool lost_receive = false;  ///< one has failed before its size was known
    bool lost_send = false;     ///< likewise
    speed_window speed;         ///< of all

    live_lines live;
    std::string pending;                         ///< goes out with the next write
    bool headed = false;                         ///< the head stands above for good
    bool drawn = false;                          ///< something was
    bool unfinished = false;                     ///< a line of ours has no end yet
    std::optional<clock::time_point> last_draw;  ///< none: draw at once
    std::uint64_t last_moved = 0;                ///< as the bar showed it
    flying_bar flying;
    std::size_t tick = 0;

    /// One write for all that has come together.
    void write();
    /// Redraws the line that a meter or a bar consists of, with its head.
    void show(std::string line);
    /// Leaves what is drawn where it is.
    void end_line();
    /// Where a meter or a bar of a try begins, and where it ends.
    void begin_try(active& t);
    void end_try(active& t);
    void count_ended(const active& t, bool has_failed);

    void draw_meter(active& t, clock::time_point now);
    void draw_bar(active& t, bool last);
    void draw_summary(clock::time_point now, bool last);
    void draw_lines(clock::time_point now, bool last);
    [[nodiscard]] speed_window new_speed(clock::time_point now) const;
    [[nodiscard]] std::vector<std::string> head() const;
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

}  // namespace tool
