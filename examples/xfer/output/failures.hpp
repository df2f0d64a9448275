// What became of a transfer, in curl's numbers and in the words that scripts look for.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"
#include "requests/urls.hpp"
#include "run/session.hpp"

#include <system_error>

namespace tool {

/// The exit code and the line for a transfer that ended with that error; none for a
/// status of 400 or above unless -f or --fail-with-body ask for it.
[[nodiscard]] refusal judge(
    const operation& op,
    const asked_url& url,
    const std::error_code& ec,
    const xfer::response& r
);

}  // namespace tool
