// What options of the output do, and of what is shown meanwhile.
#include "options/apply/apply.hpp"
#include "options/input.hpp"

#include <algorithm>
#include <utility>

namespace tool::apply {

namespace {

bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

option_error output(reader& r, std::string_view argument, bool /*on*/) {
    auto& place = r.next_target(&reader::progress::filled::output);
    place.output = target::output_kind::file;
    return store_text(place.file, argument);
}

option_error out_null(reader& r, std::string_view /*argument*/, bool /*on*/) {
    r.next_target(&reader::progress::filled::output).output =
        target::output_kind::nowhere;
    return {};
}

option_error remote_name(reader& r, std::string_view /*argument*/, bool on) {
    if (!on && !r.now().remote_name_all) {
        return {};
    }
    r.next_target(&reader::progress::filled::output).output =
        on ? target::output_kind::remote_name : target::output_kind::standard;
    return {};
}

option_error clobber(reader& r, std::string_view /*argument*/, bool on) {
    if (r.done.resume && !on) {
        r.complain("--continue-at is mutually exclusive with --no-clobber");
        return mistakes::bad_use();
    }
    r.now().clobber = on ? clobbering::always : clobbering::never;
    return {};
}

option_error continue_at(reader& r, std::string_view argument, bool /*on*/) {
    auto& op = r.now();
    std::string_view other;
    if (!op.range.empty()) {
        other = "--range";
    } else if (op.remove_on_error) {
        other = "--remove-on-error";
    } else if (op.clobber == clobbering::never) {
        other = "--no-clobber";
    }
    if (!other.empty()) {
        std::string line("--continue-at is mutually exclusive with ");
        r.complain(line.append(other));
        return mistakes::bad_use();
    }
    op.resume_from.reset();
    op.resume_from_file = argument == "-";
    r.done.resume = true;
    if (op.resume_from_file) {
        return {};
    }
    std::uint64_t offset = 0;
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    auto wrong = read_number(argument, most, offset);
    if (wrong.code == 0) {
        op.resume_from = offset;
    }
    return wrong;
}

option_error create_file_mode(reader& r, std::string_view argument, bool /*on*/) {
    std::uint64_t mode = 0;
    auto wrong = read_octal(argument, 0777, mode);
    if (wrong.code == 0) {
        r.now().create_file_mode = static_cast<unsigned>(mode);
    }
    return wrong;
}

option_error fail(reader& r, std::string_view /*argument*/, bool on) {
    auto& op = r.now();
    if (on && op.fail_with_body) {
        r.warn("--fail deselects --fail-with-body here");
    }
    op.fail = on;
    op.fail_with_body = false;
    return {};
}

option_error fail_with_body(reader& r, std::string_view /*argument*/, bool on) {
    auto& op = r.now();
    if (on && op.fail) {
        r.warn("--fail-with-body deselects --fail here");
    }
    op.fail_with_body = on;
    op.fail = false;
    return {};
}

option_error remove_on_error(reader& r, std::string_view /*argument*/, bool on) {
    if (r.done.resume && on) {
        r.complain("--continue-at is mutually exclusive with --remove-on-error");
        return mistakes::bad_use();
    }
    r.now().remove_on_error = on;
    return {};
}

option_error sha256(reader& r, std::string_view argument, bool /*on*/) {
    constexpr std::size_t digits = 64;
    if (argument.size() != digits || !std::ranges::all_of(argument, is_hexadecimal)) {
        return {exit_codes::bad_use, "expected 64 hexadecimal digits"};
    }
    r.next_target(&reader::progress::filled::sha256).sha256 = argument;
    return {};
}

option_error write_out(reader& r, std::string_view argument, bool /*on*/) {
    auto& format = r.now().write_out;
    if (!argument.starts_with('@')) {
        format = argument;
        return {};
    }
    const std::string file(argument.substr(1));
    if (!read_input(file, format)) {
        r.complain("Failed to open " + file);
        return mistakes::unreadable();
    }
    join_lines(format);
    if (format.empty()) {
        r.warn("Failed to read " + (file == "-" ? "<stdin>" : file));
    }
    return {};
}

option_error write_unbuffered(reader& r, std::string_view /*argument*/, bool on) {
    r.now().no_buffer = !on;
    return {};
}

option_error stderr_file(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(r.asked.error_file, argument);
}

namespace {

option_error trace_to(reader& r, std::string_view file, bool ascii) {
    auto& all = r.asked;
    const bool traced = !all.trace_file.empty();
    if (all.verbose || (traced && all.trace_ascii != ascii)) {
        r.warn(
            std::string(ascii ? "--trace-ascii" : "--trace") +
            " overrides an earlier trace/verbose option"
        );
    }
    all.verbose = false;
    all.trace_ascii = ascii;
    return store_text(all.trace_file, file);
}

/// One name of --trace-config; with `on` false it is taken out again.
void trace_component(reader& r, std::string_view name, bool on) {
    auto& all = r.asked;
    if (name == "ids" || name == "all") {
        all.trace_ids = on;
    }
    if (name == "time" || name == "all") {
        all.trace_time = on;
    }
    if (name == "ids" || name == "time") {
        return;
    }
    std::erase(all.trace_config, name);
    if (on) {
        all.trace_config.emplace_back(name);
    } else if (name == "all") {
        all.trace_config.clear();
    }
}

}  // namespace

option_error trace(reader& r, std::string_view argument, bool /*on*/) {
    return trace_to(r, argument, false);
}

option_error trace_ascii(reader& r, std::string_view argument, bool /*on*/) {
    return trace_to(r, argument, true);
}

option_error trace_config(reader& r, std::string_view argument, bool /*on*/) {
    r.trace_chosen = true;
    while (!argument.empty()) {
        const auto comma = argument.find(',');
        auto name = argument.substr(0, comma);
        argument.remove_prefix(
            comma == std::string_view::npos ? argument.size() : comma + 1
        );
        while (name.starts_with(' ')) {
            name.remove_prefix(1);
        }
        const bool on = !name.starts_with('-');
        if (name.starts_with('-') || name.starts_with('+')) {
            name.remove_prefix(1);
        }
        if (!name.empty()) {
            trace_component(r, name, on);
        }
    }
    return {};
}

option_error verbose(reader& r, std::string_view /*argument*/, bool on) {
    auto& all = r.asked;
    if (!on || !r.verbose_in_word) {
        r.verbosity = 0;
        if (!on || !r.trace_chosen) {
            trace_component(r, "all", false);
        }
    }
    r.verbose_in_word = on;
    if (!on) {
        all.verbose = false;
        all.trace_file.clear();
        return {};
    }
    switch (++r.verbosity) {
        case 1:
            if (!all.trace_file.empty()) {
                r.warn("-v, --verbose overrides an earlier trace option");
            }
            all.verbose = true;
            all.trace_file.clear();
            all.trace_ascii = false;
            break;
        case 2:
            trace_component(r, "ids", true);
            trace_component(r, "time", true);
            trace_component(r, "protocol", true);
            break;
        case 3:
            all.verbose = false;
            all.trace_file = "%";
            all.trace_ascii = true;
            for (const std::string_view more : {"ssl", "read", "write"}) {
                trace_component(r, more, true);
            }
            break;
        default:
            trace_component(r, "network", true);
            break;
    }
    return {};
}

}  // namespace tool::apply
