// How the demo writes numbers, and how it names files.
#include "text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

namespace demo {

namespace {

template <class... Args>
std::string formatted(const char* format, Args... args) {
    char text[64];
    std::snprintf(text, sizeof text, format, args...);
    return text;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

std::string bytes_text(double bytes) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    // What would be shown as 1024 of a unit is 1 of the next.
    while (bytes >= 1023.5 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    const int digits = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
    return formatted("%.*f %s", digits, bytes, units[unit]);
}

std::string time_text(std::chrono::duration<double> t) {
    const double seconds = t.count();
    if (seconds < 9.9995) return formatted("%.3f s", seconds);
    if (seconds < 59.95) return formatted("%.1f s", seconds);
    if (seconds >= 100 * 3600.0) return "> 99 h";
    const auto whole = std::lround(seconds);
    if (whole < 3600) return formatted("%ld:%02ld", whole / 60, whole % 60);
    return formatted("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string plain_ascii(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?'
    );
    return out;
}

std::string fitted(std::string_view text, std::size_t columns) {
    std::string out(text.substr(0, columns));
    if (text.size() > columns && columns > 3) {
        out.replace(columns - 3, 3, "...");
    }
    out.resize(columns, ' ');
    return out;
}

std::string safe_file_name(std::string_view url_path) {
    const auto segment = url_path.substr(url_path.rfind('/') + 1);
    std::string name;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        char c = segment[i];
        if (c == '%' && i + 2 < segment.size()) {
            const int high = hex_value(segment[i + 1]);
            const int low = hex_value(segment[i + 2]);
            if (high >= 0 && low >= 0) {
                c = static_cast<char>(high * 16 + low);
                i += 2;
            }
        }
        const auto octet = static_cast<unsigned char>(c);
        const bool bad = octet < 0x20 || octet == 0x7f || c == '/' || c == '\\';
        name += bad ? '_' : c;
    }
    if (name.empty()) return "index.html";
    // No hidden file, no "..", nothing that a command takes for an option.
    if (name.front() == '.' || name.front() == '-') name.front() = '_';
    // File systems allow 255 octets; some are left for a number.
    constexpr std::size_t longest = 240;
    if (name.size() > longest) name.resize(longest);
    return name;
}

std::string reserve_file(const std::string& name) {
    for (int number = 0; number < 100'000; ++number) {
        auto candidate = number == 0 ? name : name + "." + std::to_string(number);
        const int fd =
            ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            ::close(fd);
            return candidate;
        }
        if (errno != EEXIST) {
            throw std::system_error(errno, std::generic_category(), candidate);
        }
    }
    throw std::system_error(EEXIST, std::generic_category(), name);
}

}  // namespace demo
