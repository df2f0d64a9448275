// Where a trace goes to, and how its lines look.
#include "trace/writer.hpp"

#include "output/printable.hpp"

#include <array>
#include <utility>

namespace tool {

trace_writer::~trace_writer() {
    if (owned) std::fclose(out);
}

std::string trace_writer::prefix(const xfer::trace_event& e) const {
    std::string line;
    if (show.time) line += time_of_day();
    if (show.ids) {
        // curl counts from 0.
        line += "[" + std::to_string(e.id.serial() - 1) + "-";
        line += e.connection == 0 ? "x" : std::to_string(e.connection - 1);
        line += "] ";
    }
    return line;
}

void trace_writer::info(const xfer::trace_event& e, const std::string& line) {
    text_ += prefix(e) + (form == trace_form::lines ? "* " : "== Info: ") + line + "\n";
    sizes_shown_ = false;
}

void trace_writer::head(
    const xfer::trace_event& e, std::string_view octets, bool sent
) {
    sizes_shown_ = false;
    if (form != trace_form::lines && sent) {
        dump(e, "=> Send header", octets);
        return;
    }
    while (!octets.empty()) {
        const auto line = take_line(octets);
        if (form == trace_form::lines) {
            text_.append(prefix(e)).append(sent ? "> " : "< ").append(line);
            if (!line.ends_with('\n')) text_ += '\n';
        } else {
            dump(e, "<= Recv header", line);
        }
    }
}

void trace_writer::body(
    const xfer::trace_event& e, std::string_view octets, bool sent
) {
    if (octets.empty()) return;
    if (form != trace_form::lines) {
        dump(e, sent ? "=> Send data" : "<= Recv data", octets);
    } else if (!hide_sizes && !std::exchange(sizes_shown_, true)) {
        // The first of a row stands for all of them.
        text_ += prefix(e) + (sent ? "} [" : "{ [") + std::to_string(octets.size()) +
                 " bytes data]\n";
    }
}

void trace_writer::dump(
    const xfer::trace_event& e, const char* title, std::string_view octets
) {
    std::array<char, 64> size{};
    std::snprintf(
        size.data(), size.size(), ", %zu bytes (0x%zx)\n", octets.size(), octets.size()
    );
    text_ += prefix(e) + title + size.data();
    text_ += form == trace_form::ascii ? ascii_dump(octets) : hexadecimal_dump(octets);
}

void trace_writer::write() {
    if (text_.empty()) return;
    if (terminal) {
        if (before_line) before_line();
        // Nothing of a peer's may steer the terminal.
        replace_controls(text_, "\n\r\t");
    }
    std::fwrite(text_.data(), 1, text_.size(), out);
    std::fflush(out);
    text_.clear();
}

}  // namespace tool
