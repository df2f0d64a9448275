// Cookies of a run: -b file, -c and -j.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"
#include <xfer/cookie_jar.hpp>

#include <cstdio>
#include <memory>

namespace tool {

/// The jar that all transfers share, filled from the files of -b; null if nobody wants
/// one. A file that is not there is as if it were empty.
[[nodiscard]] std::shared_ptr<xfer::cookie_jar> open_cookies(const command& asked);

/// Writes what -c asks for; "-" is `out`.
void save_cookies(
    const command& asked, const xfer::cookie_jar& jar, std::FILE* out, const console& at
);

}  // namespace tool
