// Retrying.
#include "run/retry.hpp"

#include "options/exit_codes.hpp"
#include "output/file_marks.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tool {

namespace {

constexpr std::chrono::milliseconds longest_wait{600'000};

bool is_transient(int status) noexcept {
    constexpr std::array<int, 8> known{408, 429, 500, 502, 503, 504, 522, 524};
    return std::ranges::find(known, status) != known.end();
}

}  // namespace

std::optional<std::chrono::seconds> read_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now
) {
    using std::chrono::seconds;
    // A server that says more than six hours is not waited for any longer than that.
    constexpr seconds most = std::chrono::hours(6);
    std::uint32_t number = 0;
    const auto end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, number);
    if (!value.empty() && read.ec == std::errc() && read.ptr == end) {
        return std::min(seconds(number), most);
    }
    if (const auto date = http_time(value)) {
        const auto wait = *date - std::chrono::floor<seconds>(now);
        return std::clamp(seconds(wait), seconds(0), most);
    }
    return std::nullopt;
}

std::string_view retry_plan::problem_of(const try_result& result) const noexcept {
    switch (result.code) {
        case exit_codes::too_late:
        case exit_codes::no_host:
        case exit_codes::no_proxy:
            return "timeout";
        case exit_codes::no_connection:
            if (op_.retry_connrefused && result.refused) {
                return "connection refused";
            }
            break;
        case 0:
        case exit_codes::http_status:
            if (is_transient(result.status)) {
                return "HTTP error";
            }
            break;
        default:
            break;
    }
    return result.code != 0 && op_.retry_all_errors ? "(retrying all errors)" : "";
}

std::optional<next_try> retry_plan::next(
    const try_result& result,
    std::chrono::milliseconds since_start,
    std::chrono::system_clock::time_point now
) {
    const auto most = op_.retry_max_time;
    waits_too_long_ = false;
    if (left_ == 0 || (most.count() > 0 && since_start >= most)) {
        return std::nullopt;
    }
    next_try again;
    again.problem = problem_of(result);
    if (again.problem.empty()) {
        return std::nullopt;
    }
    const bool grows = op_.retry_delay.count() == 0;
    again.after = grows ? grown_ : op_.retry_delay;
    const auto asked = read_retry_after(result.retry_after, now);
    if (is_transient(result.status) && asked && asked->count() > 0) {
        again.after = *asked;
        if (most.count() > 0 && since_start + again.after > most) {
            waits_too_long_ = true;
            return std::nullopt;
        }
    }
    if (grows) {
        grown_ = std::min(2 * grown_, longest_wait);
    }
    again.left = --left_;
    return again;
}

std::string retry_line(const next_try& next) {
    using std::chrono::duration_cast;
    const auto seconds = duration_cast<std::chrono::seconds>(next.after).count();
    std::string line("Problem: ");
    line.append(next.problem).append(". Will retry in ");
    line.append(std::to_string(seconds))
        .append(seconds == 1 ? " second. " : " seconds. ");
    // What is said is how many there are with the one that is coming.
    const unsigned left = next.left + 1;
    line.append(std::to_string(left))
        .append(left == 1 ? " retry left." : " retries left.");
    return line;
}

}  // namespace tool
