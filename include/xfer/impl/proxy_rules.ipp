// The choice of a proxy, and what the environment says about it.
#pragma once

#include <xfer/proxy_rules.hpp>

#include <cstdlib>
#include <utility>

namespace XFER_NAMESPACE {

XFER_DECL proxy_rules::slot proxy_rules::read(std::string_view text) {
    slot made;
    if (text.empty()) return made;
    parsed_proxy out;
    made.ec = proxy::parse(text, out);
    made.target = std::move(out.target);
    made.why = std::move(out.why);
    return made;
}

XFER_DECL proxy_rules& proxy_rules::for_http(std::string_view text) {
    http_ = read(text);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::for_https(std::string_view text) {
    https_ = read(text);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::for_all(std::string_view text) {
    all_ = read(text);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::for_http(proxy p) {
    http_.emplace().target = std::move(p);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::for_https(proxy p) {
    https_.emplace().target = std::move(p);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::for_all(proxy p) {
    all_.emplace().target = std::move(p);
    return *this;
}

XFER_DECL proxy_rules& proxy_rules::except(std::string_view list) {
    except_ = detail::no_proxy(list);
    return *this;
}

XFER_DECL proxy_rules proxy_rules::from_environment() {
    return from_environment([](std::string_view name) -> std::optional<std::string> {
        const char* const value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return value;
    });
}

XFER_DECL proxy_rules proxy_rules::from_environment(const environment& of) {
    const auto first_set = [&of](std::string_view lower, std::string_view upper) {
        std::optional<std::string> value = of(lower);
        if ((!value || value->empty()) && !upper.empty()) value = of(upper);
        return value.value_or(std::string());
    };
    proxy_rules made;
    const std::string http = first_set("http_proxy", {});
    const std::string https = first_set("https_proxy", "HTTPS_PROXY");
    const std::string all = first_set("all_proxy", "ALL_PROXY");
    if (!http.empty()) made.for_http(http);
    if (!https.empty()) made.for_https(https);
    if (!all.empty()) made.for_all(all);
    made.except(first_set("no_proxy", "NO_PROXY"));
    return made;
}

XFER_DECL const std::optional<proxy_rules::slot>& proxy_rules::slot_for(
    std::string_view scheme
) const noexcept {
    if (http_ && (scheme == "http" || scheme == "ws")) return http_;
    if (https_ && (scheme == "https" || scheme == "wss")) return https_;
    return all_;
}

XFER_DECL proxy_choice proxy_rules::choose(const url& target) const {
    proxy_choice choice;
    choice.excepted = except_.matches(target);
    const std::optional<slot>& chosen = slot_for(target.scheme());
    if (!chosen || choice.excepted) return choice;
    if (chosen->ec) {
        choice.ec = chosen->ec;
        choice.why = chosen->why;
    } else if (!chosen->target.empty()) {
        choice.via = chosen->target;
    }
    return choice;
}

XFER_DECL bool proxy_rules::slot::operator==(const slot&) const = default;
XFER_DECL bool proxy_rules::operator==(const proxy_rules&) const = default;

}  // namespace XFER_NAMESPACE
