// Where a trace goes to, and how its lines look.
#pragma once

#include "trace/format.hpp"
#include <xfer/trace.hpp>

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace tool {

/// Which of the three traces it is.
enum class trace_form {
    lines,        ///< -v
    hexadecimal,  ///< --trace
    ascii,        ///< --trace-ascii
};

/// Gathers what there is to say of one event, and writes it at once.
struct trace_writer {
    std::FILE* out = nullptr;
    bool owned = false;       ///< it is closed in the end
    bool terminal = false;    ///< somebody reads it there
    bool hide_sizes = false;  ///< of bodies, in -v
    trace_form form = trace_form::lines;
    trace_components show;
    std::function<void()> before_line;

    trace_writer() = default;
    ~trace_writer();
    trace_writer(const trace_writer&) = delete;
    trace_writer& operator=(const trace_writer&) = delete;

    /// A line for people.
    void info(const xfer::trace_event& e, const std::string& line);
    /// A head, as it is sent or received.
    void head(const xfer::trace_event& e, std::string_view octets, bool sent);
    /// A piece of a body, likewise.
    void body(const xfer::trace_event& e, std::string_view octets, bool sent);
    /// Writes what has come together.
    void write();

 private:
    [[nodiscard]] std::string prefix(const xfer::trace_event& e) const;
    void dump(const xfer::trace_event& e, const char* title, std::string_view octets);

    bool sizes_shown_ = false;  ///< the last line was of a body
    std::string text_;
};

}  // namespace tool
