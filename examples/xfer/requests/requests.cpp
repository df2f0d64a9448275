// Requests with curl's habits: its fields, and its limits where the library has others.
#include "requests/requests.hpp"

#include "options/input.hpp"
#include "options/letters.hpp"
#include "output/files.hpp"
#include "requests/body.hpp"
#include "requests/connections.hpp"
#include "requests/form/body.hpp"
#include "requests/header_lines.hpp"
#include "texts/texts.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <limits>
#include <utility>

namespace tool {

namespace {

/// A body that is larger is announced with Expect: 100-continue.
constexpr std::uint64_t expect_above = std::uint64_t{1024} * 1024;

/// What no line of -H may smuggle in; a line of a file ends in some of these.
bool has_control(std::string_view line) {
    constexpr std::string_view ends = "\r\n";
    const auto end = line.find_last_not_of(ends);
    using namespace std::string_view_literals;
    return end != std::string_view::npos &&
           line.substr(0, end + 1).find_first_of("\r\n\0"sv) != std::string_view::npos;
}

std::string name_of(const header_line& line) {
    return std::string(read_header_line(line.text).name);
}

std::string http_date(std::chrono::sys_seconds time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> space{};
    const auto n =
        std::strftime(space.data(), space.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {space.data(), n};
}

/// The first line of a file that --etag-save has written; an empty pair of quotes
/// without one, or without the file.
refusal read_etag(const operation& op, const console& at, std::string& etag) {
    etag = "\"\"";
    std::error_code ec;
    if (!std::filesystem::exists(op.etag_compare, ec)) {
        at.warn("Failed to open " + op.etag_compare);
        return {};
    }
    std::string content;
    auto refused = read_file(op.etag_compare, content);
    join_lines(content);
    if (!content.empty()) {
        etag = std::move(content);
    }
    return refused;
}

}  // namespace

request_maker::request_maker(session& s, const operation& op) : s_(s), op_(op) {
    failed_ = prepare();
}

refusal request_maker::prepare() {
    for (const auto& line : op_.headers) {
        if (has_control(line.text)) {
            return {
                exit_codes::bad_use, "a field has a CR, LF or NUL: " + name_of(line)};
        }
    }
    note_method();
    if (auto refused = data_text(op_.data, data_)) {
        return refused;
    }
    if (auto refused = query_text(op_.url_query, query_)) {
        return refused;
    }
    if (op_.get && !data_.empty()) {
        query_.append(query_.empty() ? "" : "&").append(data_);
    }
    if (!op_.form.empty()) {
        if (auto refused = form_body(op_, s_.at, form_)) {
            return refused;
        }
    }
    if (auto refused = tls_of(op_.tls, s_, tls_)) {
        return refused;
    }
    if (auto refused = tls_of(op_.proxy_tls, s_, proxy_tls_)) {
        return refused;
    }
    if (auto refused = network_of(op_, network_)) {
        return refused;
    }
    return proxies_of(op_, s_, proxies_);
}

bool request_maker::has_field(std::string_view name) const {
    return std::ranges::any_of(op_.headers, [name](const header_line& line) {
        return same_letters(read_header_line(line.text).name, name);
    });
}

refusal request_maker::address(const job& j, asked_url& url) const {
    auto text = j.url;
    if (j.upload && !is_standard_input(*j.upload)) {
        add_upload_name(text, *j.upload);
    }
    add_query(text, query_);
    if (auto refused = read_url(op_, std::move(text), url)) {
        return refused;
    }
    url.proxies = &proxies_;
    xfer::parsed_url parsed;
    const bool failed = static_cast<bool>(xfer::url::parse(url.text, parsed));
    return failed ? refusal() : proxies_.check(parsed.target);
}

xfer::method request_maker::method_of(const job& j) const {
    return op_.method.empty() ? usual_method(j.upload.has_value()) : op_.method;
}

/// Says that -X changes nothing, to who wants to know (-v).
void request_maker::note_method() const {
    const bool uploads = std::ranges::any_of(op_.targets, [](const target& each) {
        return each.upload.has_value();
    });
    const std::string usual(usual_method(uploads).name());
    if (same_letters(op_.method, usual)) {
        s_.at.note(
            "Unnecessary use of -X or --request, " + usual + " is already inferred."
        );
    }
}

/// Without -X.
xfer::method request_maker::usual_method(bool uploads) const {
    if (uploads) {
        return xfer::method::put();
    }
    if (op_.head) {
        return xfer::method::head();
    }
    const bool posts = !op_.form.empty() || (!op_.data.empty() && !op_.get);
    return posts ? xfer::method::post() : xfer::method::get();
}

xfer::options request_maker::options_of(const job& j, std::uint64_t offset) const {
    using std::chrono::minutes;
    xfer::options o;
    o.setup_timeout = minutes(5);
    if (op_.connect_timeout.count() > 0) {
        o.setup_timeout = op_.connect_timeout;
    }
    o.resolve_timeout = {};
    o.connect_timeout = {};
    o.proxy_timeout = {};
    o.tls_timeout = {};
    o.first_byte_timeout = {};
    o.idle_timeout = {};
    o.total_timeout = op_.max_time;
    o.low_speed_limit = op_.speed_limit;
    if (op_.speed_time.count() > 0) {
        o.low_speed_time = op_.speed_time;
        o.low_speed_limit = std::max<std::uint64_t>(op_.speed_limit, 1);
    }
    o.max_receive_rate = op_.limit_rate;
    o.max_send_rate = op_.limit_rate;
    o.max_body_size = op_.max_filesize.value_or(0);
    if (op_.follow) {
        constexpr long usual = 50;
        constexpr long most = std::numeric_limits<std::uint16_t>::max();
        const long asked = op_.max_redirs.value_or(usual);
        o.max_redirects =
            static_cast<std::uint16_t>(asked < 0 ? most : std::min(asked, most));
    }
    o.redirect_to_http = true;
    o.resend_body_elsewhere = true;
    o.keep_post_301 = op_.post301;
    o.keep_post_302 = op_.post302;
    o.keep_post_303 = op_.post303;
    o.auto_referer = op_.auto_referer;
    o.secrets_everywhere = op_.location_trusted;
    // Half of an encoded body cannot be gone on with.
    o.decode = op_.compressed && !op_.resume;
    o.transfer_codings = op_.tr_encoding;
    o.raw_transfer = op_.raw;
    o.http = op_.http;
    o.allow_http_0_9 = op_.http_0_9;
    // A file that is complete already is told of by a status of 416.
    o.fail_on_error = op_.fail && (offset == 0 || j.upload);
    if (op_.expect100_timeout) {
        o.expect_continue_timeout = *op_.expect100_timeout;
    }
    o.ip = op_.ip;
    o.proxy_tunnel = op_.proxy_tunnel;
    o.haproxy_protocol = op_.haproxy_protocol || !op_.haproxy_clientip.empty();
    o.path_as_is = op_.path_as_is;
    return o;
}

refusal request_maker::add_body(const job& j, std::uint64_t offset, xfer::request& r)
    const {
    std::optional<std::uint64_t> size;
    if (j.upload) {
        xfer::source body;
        const auto loop = s_.multi.get_executor();
        if (auto refused = upload_body(op_, *j.upload, offset, j.input, loop, body)) {
            return refused;
        }
        size = is_standard_input(*j.upload) ? std::nullopt : upload_size(*j.upload);
        r.body(body);
    } else if (!op_.form.empty()) {
        size = form_size(form_);
        r.body(asks_for_chunks(op_.headers) ? without_length(form_) : form_);
    } else if (!op_.data.empty() && !op_.get) {
        size = data_.size();
        auto body =
            asks_for_chunks(op_.headers) ? without_length(data_) : xfer::source(data_);
        if (!has_field("Content-Type")) {
            body.content_type("application/x-www-form-urlencoded");
        }
        r.body(body);
    } else {
        return {};
    }
    auto o = r.options();
    const bool large = !size || *size > expect_above;
    o.expect_continue = has_field("Expect") ? asks_for_continue(op_.headers) : large;
    r.options(o);
    return {};
}

/// Those that the library does not make by itself, unless -H has them.
void request_maker::add_made_fields(const asked_url& url, xfer::request& r) const {
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty() && !has_field(name)) {
            r.add_header(name, value);
        }
    };
    const auto agent = op_.user_agent.value_or(user_agent(s_.who));
    if (agent.empty()) {
        r.without_header("User-Agent");
    }
    add("User-Agent", agent);
    add("Referer", op_.referer);
    // The library sends it to proxies alone.
    add("Proxy-Connection", "Keep-Alive");
    if (op_.cookies.empty()) {
        return;
    }
    std::string cookies;
    xfer::parsed_url parsed;
    if (s_.cookies && !xfer::url::parse(url.text, parsed)) {
        cookies = s_.cookies->header(parsed.target);
    }
    for (const auto& text : op_.cookies) {
        const bool first = &text == &op_.cookies.front();
        const auto* const between = first ? "; " : ";";
        cookies.append(cookies.empty() ? "" : between).append(text);
    }
    add("Cookie", cookies);
}

void request_maker::add_users_fields(xfer::request& r) const {
    for (const auto& line : op_.headers) {
        add_header_line(line.text, r);
    }
    for (const auto& line : op_.proxy_headers) {
        add_proxy_header_line(line.text, s_.at, r);
    }
    if (op_.json) {
        for (const auto name : {"Content-Type", "Accept"}) {
            if (!has_field(name)) {
                r.add_header(name, "application/json");
            }
        }
    }
}

refusal request_maker::add_conditions(
    const job& j, std::uint64_t offset, xfer::request& r
) const {
    switch (op_.condition) {
        case time_condition::if_modified_since:
            r.if_modified_since(op_.condition_time);
            break;
        case time_condition::if_unmodified_since:
            r.if_unmodified_since(op_.condition_time);
            break;
        case time_condition::last_modified:
            r.add_header("Last-Modified", http_date(op_.condition_time));
            break;
        default:
            break;
    }
    if (!op_.etag_compare.empty()) {
        std::string etag;
        if (auto refused = read_etag(op_, s_.at, etag)) {
            return refused;
        }
        r.add_header("If-None-Match", etag);
    }
    if (has_field("Range") || has_field("Content-Range")) {
        return {};
    }
    if (j.upload && offset > 0) {
        const auto size = upload_size(*j.upload).value_or(0);
        const auto text = std::to_string(offset) + "-" +
                          std::to_string(size == 0 ? 0 : size - 1) + "/" +
                          std::to_string(size);
        r.add_header("Content-Range", "bytes " + text);
    } else if (offset > 0) {
        r.range(std::to_string(offset) + "-");
    } else if (!op_.range.empty()) {
        r.range(op_.range);
    }
    return {};
}

void request_maker::add_network(xfer::request& r) const {
    r.tls(tls_);
    r.proxy_tls(proxy_tls_);
    r.network(network_);
    r.proxies(proxies_.rules);
    if (!op_.preproxy.empty()) {
        r.pre_proxy(op_.preproxy);
    }
    switch (op_.proxy_auth) {
        case proxy_login::digest:
            r.proxy_auth(xfer::auth::digest);
            break;
        case proxy_login::any:
            r.proxy_auth(xfer::auth::any);
            break;
        default:
            break;
    }
    if (!op_.unix_socket.empty()) {
        r.unix_socket(op_.unix_socket);
    } else if (!op_.abstract_unix_socket.empty()) {
        r.abstract_unix_socket(op_.abstract_unix_socket);
    }
}

refusal request_maker::make(
    const job& j,
    const asked_url& url,
    std::uint64_t offset,
    std::optional<xfer::request>& made
) const {
    if (misses_netrc()) {
        return {exit_codes::read_error, ".netrc error: no such file: " + netrc_path()};
    }
    const bool looked_up = url.user && !url.password && is_for_netrc(url);
    const auto& text = looked_up ? url.with_user : url.text;
    auto& r = made.emplace(method_of(j), text, options_of(j, offset));
    add_made_fields(url, r);
    add_users_fields(r);
    add_login(url, r);
    add_network(r);
    if (!op_.request_target.empty()) {
        r.target(op_.request_target);
    }
    if (s_.cookies) {
        r.cookies(s_.cookies);
    }
    if (auto refused = add_conditions(j, offset, r)) {
        return refused;
    }
    return add_body(j, offset, r);
}

}  // namespace tool
