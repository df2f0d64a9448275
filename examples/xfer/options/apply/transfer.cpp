// What options of transfers, sockets and proxies do.
#include "options/apply/apply.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tool::apply {

namespace {

/// A size, or curl's words for what is wrong with it.
option_error read_size_option(
    reader& r, std::string_view argument, std::string_view what, std::uint64_t& value
) {
    switch (read_size(argument, value)) {
        case size_problem::number:
            r.warn("invalid number specified for " + std::string(what));
            return mistakes::bad_use();
        case size_problem::unit:
            r.warn("unsupported " + std::string(what) + " unit. Use G, M, K or B");
            return mistakes::bad_use();
        case size_problem::too_large:
            return mistakes::too_large();
        case size_problem::none:
            break;
    }
    return {};
}

struct service_type {
    std::string_view name;
    unsigned value;
};

constexpr std::array<service_type, 27> service_types{
    {{"AF11", 0x28}, {"AF12", 0x30},     {"AF13", 0x38},      {"AF21", 0x48},
     {"AF22", 0x50}, {"AF23", 0x58},     {"AF31", 0x68},      {"AF32", 0x70},
     {"AF33", 0x78}, {"AF41", 0x88},     {"AF42", 0x90},      {"AF43", 0x98},
     {"CE", 0x03},   {"CS0", 0x00},      {"CS1", 0x20},       {"CS2", 0x40},
     {"CS3", 0x60},  {"CS4", 0x80},      {"CS5", 0xa0},       {"CS6", 0xc0},
     {"CS7", 0xe0},  {"ECT0", 0x02},     {"ECT1", 0x01},      {"EF", 0xb8},
     {"LE", 0x04},   {"LOWDELAY", 0x10}, {"THROUGHPUT", 0x08}}};
constexpr std::array<service_type, 4> more_service_types{
    {{"LOWCOST", 0x02},
     {"MINCOST", 0x02},
     {"RELIABILITY", 0x04},
     {"VOICE-ADMIT", 0xb0}}};

template <class Table>
std::optional<unsigned> value_of(const Table& table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &service_type::name);
    return found == table.end() ? std::nullopt : std::optional(found->value);
}

template <class Value>
option_error read_up_to(
    std::string_view argument, std::uint64_t max, std::optional<Value>& to
) {
    std::uint64_t value = 0;
    auto wrong = read_number(argument, max, value);
    if (wrong.code == 0) {
        to = static_cast<Value>(value);
    }
    return wrong;
}

constexpr std::uint64_t any_unsigned = std::numeric_limits<unsigned>::max();
constexpr std::uint64_t any_second = 1'000'000'000;
constexpr std::uint64_t largest_port = 65535;

}  // namespace

option_error abstract_unix_socket(reader& r, std::string_view argument, bool /*on*/) {
    r.now().unix_socket.clear();
    return store_text(r.now().abstract_unix_socket, argument);
}

option_error unix_socket(reader& r, std::string_view argument, bool /*on*/) {
    r.now().abstract_unix_socket.clear();
    return store_text(r.now().unix_socket, argument);
}

option_error ip_tos(reader& r, std::string_view argument, bool /*on*/) {
    auto named = value_of(service_types, argument);
    if (!named) {
        named = value_of(more_service_types, argument);
    }
    if (named) {
        r.now().ip_tos = named;
        return {};
    }
    constexpr std::uint64_t octet = 255;
    return read_up_to(argument, octet, r.now().ip_tos);
}

option_error vlan_priority(reader& r, std::string_view argument, bool /*on*/) {
    constexpr std::uint64_t highest = 7;
    return read_up_to(argument, highest, r.now().vlan_priority);
}

option_error keepalive_count(reader& r, std::string_view argument, bool /*on*/) {
    return read_up_to(argument, any_unsigned, r.now().keepalive_count);
}

option_error keepalive_time(reader& r, std::string_view argument, bool /*on*/) {
    std::uint64_t value = 0;
    auto wrong = read_number(argument, any_second, value);
    if (wrong.code == 0) {
        r.now().keepalive_time = std::chrono::seconds(value);
    }
    return wrong;
}

option_error max_filesize(reader& r, std::string_view argument, bool /*on*/) {
    std::uint64_t value = 0;
    auto wrong = read_size_option(r, argument, "max-filesize", value);
    if (wrong.code == 0) {
        r.now().max_filesize = value;
    }
    return wrong;
}

option_error limit_rate(reader& r, std::string_view argument, bool /*on*/) {
    return read_size_option(r, argument, "rate", r.now().limit_rate);
}

option_error rate(reader& r, std::string_view argument, bool /*on*/) {
    switch (read_rate(argument, r.asked.rate_interval)) {
        case rate_problem::number:
            return mistakes::not_a_number();
        case rate_problem::use:
            return mistakes::bad_use();
        case rate_problem::unit:
            r.complain("unsupported --rate unit");
            return mistakes::bad_use();
        case rate_problem::too_large:
            return mistakes::too_large();
        case rate_problem::none:
            break;
    }
    return {};
}

option_error local_port(reader& r, std::string_view argument, bool /*on*/) {
    const auto digits = argument.find_first_not_of("0123456789");
    std::uint64_t first = 0;
    if (read_number(argument.substr(0, digits), largest_port, first).code != 0) {
        return mistakes::bad_use();
    }
    std::uint64_t last = first;
    if (digits != std::string_view::npos) {
        auto rest = argument.substr(digits);
        const auto skip_blank = [&rest] {
            if (rest.starts_with(' ') || rest.starts_with('\t')) {
                rest.remove_prefix(1);
            }
        };
        skip_blank();
        if (!rest.starts_with('-')) {
            return mistakes::bad_use();
        }
        rest.remove_prefix(1);
        skip_blank();
        if (read_number(rest, largest_port, last).code != 0 || last < first) {
            return mistakes::bad_use();
        }
    }
    r.now().local_port = static_cast<std::uint16_t>(first);
    r.now().local_port_count = static_cast<std::uint16_t>(last - first + 1);
    return {};
}

option_error parallel_max(reader& r, std::string_view argument, bool /*on*/) {
    constexpr std::uint64_t most = 65535;
    constexpr unsigned usual = 50;
    std::uint64_t value = 0;
    auto wrong = read_number(argument, any_unsigned, value);
    if (wrong.code == 0) {
        r.asked.parallel_max =
            value == 0 ? usual : static_cast<unsigned>(std::min(value, most));
    }
    return wrong;
}

option_error parallel_max_host(reader& r, std::string_view argument, bool /*on*/) {
    constexpr std::uint64_t most = 65535;
    std::uint64_t value = 0;
    auto wrong = read_number(argument, any_unsigned, value);
    if (wrong.code == 0) {
        r.asked.parallel_max_host = static_cast<unsigned>(std::min(value, most));
    }
    return wrong;
}

option_error speed_limit(reader& r, std::string_view argument, bool /*on*/) {
    constexpr auto usual = std::chrono::seconds(30);
    auto& op = r.now();
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    auto wrong = read_number(argument, most, op.speed_limit);
    if (wrong.code == 0 && op.speed_time == std::chrono::seconds(0)) {
        op.speed_time = usual;
    }
    return wrong;
}

option_error speed_time(reader& r, std::string_view argument, bool /*on*/) {
    auto& op = r.now();
    std::uint64_t value = 0;
    auto wrong = read_number(argument, any_second, value);
    if (wrong.code == 0) {
        op.speed_time = std::chrono::seconds(value);
        op.speed_limit = std::max<std::uint64_t>(op.speed_limit, 1);
    }
    return wrong;
}

option_error haproxy_clientip(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(r.now().haproxy_clientip, argument);
}

option_error set_proxy(reader& r, std::string_view where, std::string_view scheme) {
    auto& op = r.now();
    op.proxy.emplace(where);
    op.default_proxy_scheme = scheme;
    return {};
}

option_error proxy(reader& r, std::string_view argument, bool /*on*/) {
    return set_proxy(r, argument, "");
}

}  // namespace tool::apply
