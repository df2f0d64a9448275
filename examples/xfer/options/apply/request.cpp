// What options of requests and their bodies do.
#include "options/apply/apply.hpp"
#include "options/dates.hpp"
#include "options/input.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tool::apply {

namespace {

option_error cannot_open(reader& r, std::string_view file) {
    std::string line("Failed to open ");
    line.append(file);
    r.complain(line);
    return mistakes::unreadable();
}

option_error add_url(reader& r, std::string_view text, bool of_file) {
    if (text.empty()) {
        return mistakes::blank();
    }
    auto& place = r.next_target(&reader::progress::filled::url);
    place.url = text;
    if (of_file) {
        place.output = target::output_kind::remote_name;
        place.globbing = false;
    }
    const auto& op = r.now();
    const bool etags = !op.etag_save.empty() || !op.etag_compare.empty();
    if (++r.done.urls > 1 && etags) {
        r.complain("The etag options only work on a single URL");
        return mistakes::bad_use();
    }
    return {};
}

}  // namespace

option_error head(reader& r, std::string_view /*argument*/, bool on) {
    r.now().head = on;
    r.now().include = on;
    const bool chosen = choose_request(r, on ? request_kind::head : request_kind::get);
    return chosen ? option_error() : mistakes::bad_use();
}

option_error request_method(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(r.now().method, argument);
}

option_error post(reader& r, data_piece::kind what, std::string_view argument) {
    data_piece piece{what, std::string(argument)};
    if (what == data_piece::kind::urlencode) {
        const auto equals = argument.find('=');
        const auto at = argument.find('@');
        if (equals == std::string_view::npos && at != std::string_view::npos &&
            !is_readable(piece.value.substr(at + 1))) {
            return cannot_open(r, argument.substr(at + 1));
        }
    } else if (argument.starts_with('@')) {
        piece.value.erase(0, 1);
        if (!is_readable(piece.value)) {
            return cannot_open(r, piece.value);
        }
        if (what == data_piece::kind::text) {
            piece.what = data_piece::kind::file_text;
        }
    } else if (what == data_piece::kind::file_binary) {
        piece.what = data_piece::kind::text;
    }
    r.now().data.push_back(std::move(piece));
    return {};
}

option_error post_data_raw(reader& r, std::string_view argument, bool /*on*/) {
    r.now().data.push_back({data_piece::kind::text, std::string(argument)});
    return {};
}

option_error json_data(reader& r, std::string_view argument, bool /*on*/) {
    data_piece piece{data_piece::kind::json, std::string(argument)};
    if (argument.starts_with('@')) {
        const std::string file(argument.substr(1));
        if (!read_input(file, piece.value)) {
            return cannot_open(r, file);
        }
    }
    r.now().json = true;
    r.now().data.push_back(std::move(piece));
    return {};
}

namespace {

option_error add_form_piece(reader& r, std::string_view argument, bool literal) {
    if (argument.find('=') == std::string_view::npos) {
        r.warn("Illegally formatted input field");
        return mistakes::bad_use();
    }
    auto& op = r.now();
    op.form.push_back({std::string(argument), literal, op.form_escape});
    return choose_request(r, request_kind::form) ? option_error() : mistakes::bad_use();
}

}  // namespace

option_error form_field(reader& r, std::string_view argument, bool /*on*/) {
    return add_form_piece(r, argument, false);
}

option_error form_text(reader& r, std::string_view argument, bool /*on*/) {
    return add_form_piece(r, argument, true);
}

option_error referer(reader& r, std::string_view argument, bool /*on*/) {
    constexpr std::string_view automatic = ";auto";
    auto& op = r.now();
    op.auto_referer = argument.ends_with(automatic);
    if (op.auto_referer) {
        argument.remove_suffix(automatic.size());
    }
    op.referer = argument;
    return {};
}

option_error user_agent(reader& r, std::string_view argument, bool /*on*/) {
    r.now().user_agent.emplace(argument);
    return {};
}

option_error range(reader& r, std::string_view argument, bool /*on*/) {
    if (r.done.resume) {
        r.complain("--continue-at is mutually exclusive with --range");
        return mistakes::bad_use();
    }
    const auto digits = argument.find_first_not_of("0123456789");
    const auto number = argument.substr(0, digits);
    if (!number.empty() && !argument.substr(number.size()).starts_with('-')) {
        r.warn(
            "A specified range MUST include at least one dash (-). Appending one for "
            "you"
        );
        r.now().range = std::string(number) + "-";
        return {};
    }
    if (argument.find_first_not_of("0123456789-,") != std::string_view::npos) {
        r.warn(
            "Invalid character is found in given range. A specified range MUST have "
            "only digits in 'start'-'stop'. The server's response to this request is "
            "uncertain."
        );
    }
    return store_text(r.now().range, argument);
}

option_error time_condition(reader& r, std::string_view argument, bool /*on*/) {
    using condition = tool::time_condition;
    auto& op = r.now();
    op.condition = condition::if_modified_since;
    if (argument.starts_with('-')) {
        op.condition = condition::if_unmodified_since;
    } else if (argument.starts_with('=')) {
        op.condition = condition::last_modified;
    }
    const bool marked = argument.find_first_of("+-=") == 0;
    const auto text = argument.substr(marked ? 1 : 0);
    if (const auto time = parse_date(text)) {
        op.condition_time = *time;
        return {};
    }
    if (const auto time = time_of_file(std::string(text))) {
        op.condition_time = *time;
        return {};
    }
    op.condition = condition::none;
    r.warn(
        "Illegal date format for -z, --time-cond (and not a file name). Disabling time "
        "condition. See curl_getdate(3) for valid date syntax."
    );
    return {};
}

option_error url(reader& r, std::string_view argument, bool /*on*/) {
    if (!argument.starts_with('@')) {
        return add_url(r, argument, false);
    }
    const std::string file(argument.substr(1));
    std::string content;
    if (!read_input(file, content)) {
        return cannot_open(r, file);
    }
    for (const auto& line : lines_of(content)) {
        if (auto wrong = add_url(r, line, true); wrong.code != 0) {
            return wrong;
        }
    }
    return {};
}

option_error url_query(reader& r, std::string_view argument, bool /*on*/) {
    r.now().url_query.emplace_back(argument);
    return {};
}

option_error upload_file(reader& r, std::string_view argument, bool /*on*/) {
    auto& place = r.next_target(&reader::progress::filled::upload);
    if (!argument.empty()) {
        place.upload.emplace(argument);
    }
    return {};
}

option_error add_header(
    reader& r, std::vector<header_line>& to, std::string_view argument
) {
    if (!argument.starts_with('@')) {
        if (argument.find_first_of(":;") == std::string_view::npos) {
            const bool for_proxy = &to == &r.now().proxy_headers;
            std::string line("The provided ");
            line.append(for_proxy ? "proxy" : "HTTP").append(" header '");
            line.append(argument).append("' does not look like a header?");
            r.warn(std::move(line));
        }
        to.push_back({std::string(argument)});
        return {};
    }
    const std::string file(argument.substr(1));
    std::string content;
    if (!read_input(file, content)) {
        return cannot_open(r, file);
    }
    for (auto& line : lines_of(content)) {
        to.push_back({std::move(line)});
    }
    return {};
}

option_error set_etag_file(reader& r, std::string& file, std::string_view argument) {
    if (r.done.urls > 1) {
        r.complain("The etag options only work on a single URL");
        return mistakes::bad_use();
    }
    return store_text(file, argument);
}

option_error set_http_version(reader& r, xfer::http_version version) {
    auto& op = r.now();
    if (op.http != xfer::http_version::any && op.http != version) {
        r.warn("Overrides previous HTTP version option");
    }
    op.http = version;
    return {};
}

}  // namespace tool::apply
