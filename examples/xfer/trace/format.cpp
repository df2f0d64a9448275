// How a trace is written: dumps, and what --trace-config switches on.
#include "trace/format.hpp"

#include "options/letters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace tool {

namespace {

using switches = bool trace_components::*;

struct component {
    std::string_view name;
    switches what;
    bool network;  ///< of the group of that name
};

constexpr std::array components{
    component{"ids", &trace_components::ids, false},
    component{"time", &trace_components::time, false},
    component{"multi", &trace_components::multi, true},
    component{"dns", &trace_components::dns, true},
    component{"tcp", &trace_components::tcp, true},
    component{"ssl", &trace_components::ssl, true},
    component{"read", &trace_components::read, false},
    component{"write", &trace_components::write, false},
};

/// Whether there is anything of that name.
bool apply(std::string_view name, bool on, trace_components& to) {
    bool known = name == "all" || name == "network";
    for (const auto& c : components) {
        const bool meant =
            name == c.name || name == "all" || (name == "network" && c.network);
        if (meant) to.*c.what = on;
        known = known || meant;
    }
    return known;
}

std::string offset_text(std::size_t offset) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%04zx: ", offset);
    return text.data();
}

void append_visible(std::string& out, std::string_view octets) {
    for (const char c : octets) out += c >= ' ' && c <= '~' ? c : '.';
}

}  // namespace

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end == std::string_view::npos ? end : end + 1);
    text.remove_prefix(line.size());
    return line;
}

std::string hexadecimal_dump(std::string_view octets) {
    constexpr std::size_t width = 16;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += width) {
        const auto line = octets.substr(at, width);
        out += offset_text(at);
        for (const char c : line) {
            const auto octet = static_cast<unsigned char>(c);
            out += digits[octet >> 4U];
            out += digits[octet & 15U];
            out += ' ';
        }
        out.append((width - line.size()) * 3, ' ');
        append_visible(out, line);
        out += '\n';
    }
    return out;
}

std::string ascii_dump(std::string_view octets) {
    constexpr std::size_t width = 64;
    std::string out;
    for (std::size_t at = 0; at < octets.size();) {
        const auto line = octets.substr(at, octets.substr(at, width + 1).find("\r\n"));
        const auto shown = line.substr(0, width);
        out += offset_text(at);
        append_visible(out, shown);
        out += '\n';
        at += shown.size();
        if (octets.substr(at).starts_with("\r\n")) at += 2;
    }
    return out;
}

trace_components trace_components_of(
    const command& settings, std::vector<std::string>& unknown
) {
    trace_components all;
    for (const auto& text : settings.trace_config) {
        std::string_view rest = text;
        while (!rest.empty()) {
            const auto end = std::min(rest.find_first_of(", "), rest.size());
            auto name = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const bool off = name.starts_with('-');
            if (off || name.starts_with('+')) name.remove_prefix(1);
            if (!name.empty() && !apply(lower(name), !off, all)) {
                unknown.emplace_back(name);
            }
        }
    }
    all.ids = all.ids || settings.trace_ids;
    all.time = all.time || settings.trace_time;
    return all;
}

std::string time_of_day() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto us =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch())
            .count() %
        1'000'000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 48> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%02d:%02d:%02d.%06d ",
        local.tm_hour,
        local.tm_min,
        local.tm_sec,
        static_cast<int>(us)
    );
    return text.data();
}

}  // namespace tool
