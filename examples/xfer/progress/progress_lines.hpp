// Lines of the progress displays, made from numbers: no terminal, no clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tool {

using progress_time = std::chrono::steady_clock::time_point;

/// A number of bytes in five columns: "99999", " 976k", "97.6M".
[[nodiscard]] std::string amount_text(std::uint64_t bytes);
/// A time in eight columns: " 0:01:07", "--:--:--" where there is none, "  7d 03h".
[[nodiscard]] std::string clock_text(std::int64_t seconds);
/// How many columns a terminal shows a character beyond ASCII in; 0 and less: none.
/// Without such a function all of these are replaced.
using column_width = std::function<int(char32_t)>;
/// Visible characters only, so that nothing of a URL can steer a terminal.
[[nodiscard]] std::string visible_text(
    std::string_view text, const column_width& width = nullptr
);
/// A URL without user and password, as visible text.
[[nodiscard]] std::string shown_url(
    std::string_view url, const column_width& width = nullptr
);
/// A visible text in so many columns: filled with blanks, or without its beginning, as
/// the end of a URL tells files apart; with keep_begin without its end.
[[nodiscard]] std::string fitted_text(
    std::string_view text,
    std::size_t columns,
    bool keep_begin,
    const column_width& width = nullptr
);

/// How fast an amount has grown lately.
class speed_window {
 public:
    /// Looks back over so many records.
    speed_window(std::size_t records, progress_time start)
        : records_(records), start_(start) {}
    /// The amount at a moment; moments do not go back.
    void record(progress_time now, std::uint64_t amount);
    /// Bytes per second, from the oldest record to the newest; with only one, from the
    /// start.
    [[nodiscard]] std::uint64_t per_second() const;

 private:
    std::size_t records_;
    progress_time start_;
    std::deque<std::pair<progress_time, std::uint64_t>> past_;
};

/// curl's meter of one transfer; a total of 0 is not known.
struct meter_numbers {
    std::uint64_t received = 0;
    std::uint64_t receive_total = 0;
    std::uint64_t sent = 0;
    std::uint64_t send_total = 0;
    std::chrono::nanoseconds spent{};
    std::uint64_t speed = 0;  ///< of late, both ways together
};
/// The two lines above it.
[[nodiscard]] std::string_view meter_header() noexcept;
/// 79 columns.
[[nodiscard]] std::string meter_line(const meter_numbers& n);

/// curl's meter of -Z; a total of 0 is not known.
struct summary_numbers {
    std::uint64_t received = 0;
    std::uint64_t receive_total = 0;
    std::uint64_t sent = 0;
    std::uint64_t send_total = 0;
    std::size_t transfers = 0;  ///< that have begun
    std::size_t live = 0;       ///< of those, in progress
    std::chrono::nanoseconds spent{};
    std::uint64_t speed = 0;  ///< of late, in the faster direction
};
/// The line above it.
[[nodiscard]] std::string_view summary_header() noexcept;
/// Without the end of the line.
[[nodiscard]] std::string summary_line(const summary_numbers& n);

/// The bar of -#: '#' and a percentage, over all columns. `total` is not 0.
[[nodiscard]] std::string bar_line(
    std::uint64_t done, std::uint64_t total, std::size_t columns
);
/// What -# shows of a transfer whose size is not known: a mark that goes to and fro
/// while bytes arrive, and waves that show that the tool is alive.
class flying_bar {
 public:
    /// The next picture.
    [[nodiscard]] std::string line(std::size_t columns, bool moved);

 private:
    std::size_t tick_ = 0;
    std::size_t place_ = 0;
    bool backwards_ = false;
};

/// A line of -Z --progress-bar.
struct transfer_numbers {
    std::string name;            ///< visible
    std::optional<double> part;  ///< that is done, 0 to 1; none: not known
    std::uint64_t bytes = 0;
    std::uint64_t speed = 0;
    std::optional<std::int64_t> seconds_left;
    std::size_t tick = 0;                 ///< moves the mark of an unknown size
    bool keep_begin = false;              ///< a name that is too long loses its end
    const column_width* width = nullptr;  ///< of the name's characters; null: ASCII
};
/// At most so wide; what there is no room for is left out.
[[nodiscard]] std::string transfer_line(const transfer_numbers& n, std::size_t columns);

}  // namespace tool
