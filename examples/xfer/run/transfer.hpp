// One transfer, from its URL to what became of it.
#pragma once

#include "requests/requests.hpp"
#include "run/outcome.hpp"
#include "run/session.hpp"

#include <asio/awaitable.hpp>

namespace tool {

/// Makes the request, sends the response where it belongs, and tries again as --retry
/// says. Session and maker outlive it.
[[nodiscard]] asio::awaitable<outcome> transfer(
    session& s, const request_maker& maker, job asked
);

}  // namespace tool
