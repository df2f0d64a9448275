// The transfers of a command line, one after another.
#pragma once

#include "requests/globbing.hpp"
#include "run/session.hpp"

#include <cstdint>
#include <optional>

namespace tool {

/// Makes each job when it is asked for: a thousand URLs take no more room than one.
class job_list {
 public:
    explicit job_list(const command& asked) : asked_(asked) {}

    /// The next one; false after the last, or when a glob is wrong.
    [[nodiscard]] bool next(job& j);
    /// What is wrong with the glob that next() has stopped at (curl's error 3).
    [[nodiscard]] const refusal& failed() const noexcept { return failed_; }

    /// How many jobs there are in all, as far as globs are right.
    [[nodiscard]] static std::uint64_t count(const command& asked);

 private:
    [[nodiscard]] bool begin_target();
    [[nodiscard]] bool begin_urls();
    [[nodiscard]] bool next_upload();
    void go_on();

    const command& asked_;
    std::size_t operation_ = 0;
    std::size_t target_ = 0;
    std::size_t number_ = 0;
    std::size_t url_number_ = 0;
    std::optional<glob> uploads_;
    std::optional<glob> urls_;
    std::optional<std::string> upload_;
    refusal failed_;
};

}  // namespace tool
