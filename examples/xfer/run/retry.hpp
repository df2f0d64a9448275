// Whether and when a transfer is tried again: the rules of --retry.
#pragma once

#include "options/config.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

/// What a try came to, as far as it matters here.
struct try_result {
    int code = 0;                  ///< curl's number; 0: it worked
    int status = 0;                ///< of the response; 0: there was none
    bool refused = false;          ///< the connection was (ECONNREFUSED)
    std::string_view retry_after;  ///< the field of that name
};

/// Another try.
struct next_try {
    std::chrono::milliseconds after{0};
    std::string_view problem;  ///< "HTTP error": why
    unsigned left = 0;         ///< how many there may be after this one
};

/// The tries of one transfer.
class retry_plan {
 public:
    explicit retry_plan(const operation& op) : op_(op), left_(op.retry) {}

    /// After a try: how it goes on, none: it does not. `since_start` is the time since
    /// the first try began, `now` the calendar's for a Retry-After that is a date.
    [[nodiscard]] std::optional<next_try> next(
        const try_result& result,
        std::chrono::milliseconds since_start,
        std::chrono::system_clock::time_point now
    );
    /// Set by next() where Retry-After alone kept it from another try.
    [[nodiscard]] bool waits_too_long() const noexcept { return waits_too_long_; }

 private:
    [[nodiscard]] std::string_view problem_of(const try_result& result) const noexcept;

    const operation& op_;
    unsigned left_;
    std::chrono::milliseconds grown_{1000};
    bool waits_too_long_ = false;
};

/// "Problem: HTTP error. Will retry in 2 seconds. 1 retry left."
[[nodiscard]] std::string retry_line(const next_try& next);

/// How long a Retry-After field asks one to wait (RFC 9110 10.2.3): seconds, or a date.
[[nodiscard]] std::optional<std::chrono::seconds> read_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now
);

}  // namespace tool
