// What options of logins, cookies and redirects do.
#include "options/apply/apply.hpp"
#include "options/protocols.hpp"

#include <utility>

namespace tool::apply {

option_error anyauth(reader& r, std::string_view /*argument*/, bool /*on*/) {
    return choose_auth(r, xfer::auth::any, true);
}

option_error choose_auth(reader& r, xfer::auth scheme, bool on) {
    const auto bits = static_cast<unsigned>(scheme);
    const auto before = r.done.auth.value_or(0);
    r.done.auth = on ? before | bits : before & ~bits;
    const auto chosen = static_cast<xfer::auth>(*r.done.auth);
    r.now().auth = chosen == xfer::auth::none ? xfer::auth::basic : chosen;
    return {};
}

option_error bearer(reader& r, std::string_view argument, bool /*on*/) {
    return store_text(r.now().bearer, argument);
}

option_error cookie(reader& r, std::string_view argument, bool /*on*/) {
    auto& op = r.now();
    const bool is_text = argument.find('=') != std::string_view::npos;
    (is_text ? op.cookies : op.cookie_files).emplace_back(argument);
    return {};
}

option_error user(reader& r, std::string_view argument, bool /*on*/) {
    r.now().user = argument;
    r.now().user_set = true;
    return {};
}

option_error follow(reader& r, std::string_view /*argument*/, bool on) {
    auto& op = r.now();
    if (op.follow && !r.done.by_status) {
        r.warn("--follow overrides --location");
    }
    op.follow = on;
    r.done.by_status = on;
    return {};
}

option_error location(reader& r, std::string_view /*argument*/, bool on) {
    auto& op = r.now();
    if (op.follow && r.done.by_status) {
        r.warn("--location overrides --follow");
    }
    op.follow = on;
    r.done.by_status = false;
    return {};
}

option_error location_trusted(reader& r, std::string_view argument, bool on) {
    r.now().location_trusted = on;
    return location(r, argument, on);
}

option_error max_redirs(reader& r, std::string_view argument, bool /*on*/) {
    if (argument == "-1") {
        r.now().max_redirs = -1;
        return {};
    }
    std::uint64_t value = 0;
    constexpr auto most = std::uint64_t{std::numeric_limits<long>::max()};
    auto wrong = read_number(argument, most, value);
    if (wrong.code == 0) {
        r.now().max_redirs = static_cast<long>(value);
    } else if (argument.starts_with('-')) {
        return mistakes::not_a_number();
    }
    return wrong;
}

option_error protocols(reader& r, std::string_view argument, bool /*on*/) {
    r.now().protocols_set = true;
    r.now().protocols = choose_protocols(r, argument, spoken_protocols());
    return {};
}

option_error redirect_protocols(reader& r, std::string_view argument, bool /*on*/) {
    r.now().redirect_protocols_set = true;
    r.now().redirect_protocols =
        choose_protocols(r, argument, tool::redirect_protocols());
    return {};
}

option_error default_protocol(reader& r, std::string_view argument, bool /*on*/) {
    auto wrong = store_text(r.now().default_protocol, argument);
    if (wrong.code == 0 && !is_spoken(argument)) {
        std::string message("a specified protocol is unsupported by ");
        message.append(r.who == persona::curl ? "libcurl" : "this build");
        return {exit_codes::unsupported_protocol, std::move(message)};
    }
    return wrong;
}

}  // namespace tool::apply
