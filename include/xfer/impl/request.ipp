// What of a request is no template and not short.
#pragma once

#include <xfer/proxy_rules.hpp>
#include <xfer/request.hpp>
#include <xfer/url.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace XFER_NAMESPACE {

XFER_DECL request::extras& request::edit() { return extras_.edit(); }

XFER_DECL request& request::header_for(
    std::string_view origin, std::string_view name, std::string_view value
) {
    parsed_url parsed;
    const bool good = !url::parse(origin, parsed);
    const auto named = good ? parsed.target.origin() : std::string_view();
    auto& all = edit().bound;
    auto found = std::ranges::find(all, named, &extras::bound_fields::origin);
    if (found == all.end()) {
        found = all.insert(all.end(), {std::string(named), {}});
    }
    found->fields.set(name, value);
    return *this;
}

XFER_DECL request& request::proxy(std::string_view text) {
    return proxies(proxy_rules().for_all(text));
}

XFER_DECL request& request::proxies(proxy_rules rules) {
    edit().proxies = std::make_shared<const proxy_rules>(std::move(rules));
    return *this;
}

XFER_DECL request& request::pre_proxy(std::string_view text) {
    auto& e = edit();
    parsed_proxy parsed;
    const auto ec = xfer::proxy::parse(text, parsed);
    e.wrong_proxy = std::move(parsed.why);
    if (!ec && parsed.target.is_http()) {
        e.wrong_proxy = "a proxy before the proxy speaks SOCKS";
    }
    e.before = std::make_shared<const xfer::proxy>(std::move(parsed.target));
    return *this;
}

}  // namespace XFER_NAMESPACE
