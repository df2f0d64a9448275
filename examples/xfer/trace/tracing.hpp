// -v, --trace and --trace-ascii: what goes over the wire, as curl shows it.
#pragma once

#include "options/config.hpp"
#include <xfer/trace.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tool {

/// Writes the steps of all transfers to the file that the command line names: for -v
/// lines with "* ", "> ", "< " to standard error, for --trace a hexadecimal dump.
class tracer {
 public:
    /// `error` says why the file could not be opened, and is empty otherwise.
    /// `before_line` is called before anything is written to a terminal. `out` is what
    /// --trace - means.
    tracer(
        const command& settings,
        std::FILE* out,
        std::FILE* err,
        std::function<void()> before_line,
        std::string& error
    );
    ~tracer();
    tracer(const tracer&) = delete;
    tracer& operator=(const tracer&) = delete;

    /// Whether anything is to be traced: else no callback is needed.
    [[nodiscard]] bool wanted() const noexcept;
    /// What settings.trace_detail has to be.
    [[nodiscard]] xfer::trace_detail detail() const noexcept;
    /// While bodies go to the terminal that the trace is on, -v has no lines that say
    /// how large they are.
    void bodies_on_terminal(bool on) noexcept;
    /// settings.trace, by reference.
    void operator()(const xfer::trace_event& e);

 private:
    struct state;
    std::unique_ptr<state> state_;
};

/// What --trace-config names and there is none of: sentences for people.
[[nodiscard]] std::vector<std::string> trace_config_warnings(const command& settings);

}  // namespace tool
