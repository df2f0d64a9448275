// Totals as text.
#include "output/statistics.hpp"

#include <array>
#include <cstdio>

namespace tool {

std::string statistics_text(const totals& t, const xfer::stats& of) {
    const double seconds = std::chrono::duration<double>(t.time).count();
    const auto rate = [&](std::uint64_t bytes) {
        return seconds > 0 ? static_cast<double>(bytes) / seconds : 0.0;
    };
    std::array<char, 512> space{};
    std::snprintf(
        space.data(),
        space.size(),
        "transfers    %zu (%zu failed, %u retries) in %.3f s\n"
        "connections  %llu opened, %llu reused\n"
        "received     %llu bytes, %.0f per second\n"
        "sent         %llu bytes, %.0f per second\n",
        t.transfers,
        t.failed,
        t.retries,
        seconds,
        static_cast<unsigned long long>(of.connections_opened),
        static_cast<unsigned long long>(of.connections_reused),
        static_cast<unsigned long long>(of.bytes_received),
        rate(of.bytes_received),
        static_cast<unsigned long long>(of.bytes_sent),
        rate(of.bytes_sent)
    );
    return space.data();
}

}  // namespace tool
