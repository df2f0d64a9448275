// What of a request is no template and not short.
#pragma once

#include <xfer/request.hpp>
#include <xfer/url.hpp>

#include <algorithm>

namespace XFER_NAMESPACE {

XFER_DECL request::extras& request::edit() {
    // Copies of a request share their extras until one of them is changed.
    if (!extras_) {
        extras_ = std::make_shared<extras>();
    } else if (extras_.use_count() > 1) {
        extras_ = std::make_shared<extras>(*extras_);
    }
    return *extras_;
}

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

}  // namespace XFER_NAMESPACE
