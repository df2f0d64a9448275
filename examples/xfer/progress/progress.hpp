// What a person sees while transfers run: curl's meter, its bar, or the lines of -Z.
#pragma once

#include "options/config.hpp"
#include "progress/live_lines.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace tool {

/// The display of a run. It draws on `err` only if there is something to show: not with
/// -s or --no-progress-meter, and not while the body itself goes to the same terminal.
/// Whoever writes other text to a terminal calls clear() before it.
class progress_display {
 public:
    using clock = std::chrono::steady_clock;

    /// What is around a display; tests have one of their own.
    struct surroundings {
        bool terminal = false;                   ///< lines can be redrawn
        std::function<terminal_size()> measure;  ///< asked at each drawing
        std::function<clock::time_point()> now;  ///< of begin() and end()
        /// How many columns a character beyond ASCII takes; none: all are replaced.
        std::function<int(char32_t)> width = nullptr;
    };
    /// Of a stream, and of this process.
    [[nodiscard]] static surroundings of(std::FILE* err);

    progress_display(const command& settings, std::FILE* err);
    progress_display(const command& settings, std::FILE* err, surroundings around);
    ~progress_display();
    progress_display(const progress_display&) = delete;
    progress_display& operator=(const progress_display&) = delete;

    /// How many transfers are known to come, where all of them are (the total of -Z).
    void expect(std::size_t transfers);
    /// A transfer starts; `id` is its own. With `hidden` its body goes to the terminal
    /// that would be drawn on, so that a meter of its own would be in the way. So many
    /// bytes are there already that are not asked for (-C).
    void begin(
        std::uint64_t id,
        const std::string& url,
        bool hidden,
        std::uint64_t resumed_at = 0
    );
    /// How far it is.
    void update(std::uint64_t id, const xfer::progress& now);
    /// A try has ended: its meter stays, and what is said about it comes below.
    void end_try(std::uint64_t id);
    /// Another one starts, with a meter of its own.
    void begin_try(std::uint64_t id);
    /// All have ended.
    void end(std::uint64_t id, bool failed);
    /// Draws what has changed, at most every 100 ms or, the meter, every second as
    /// curl.
    void draw(clock::time_point now);
    /// Takes the display from the screen, so that a line can be written. What is no
    /// terminal keeps it, and the line begins below.
    void clear();
    /// The run is interrupted: clears, and draws nothing more.
    void give_up();
    /// The last drawing, complete.
    void finish();
    /// When draw() has something to do next; clock::duration::max(): not by time.
    [[nodiscard]] clock::duration next_draw() const;

 private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tool
