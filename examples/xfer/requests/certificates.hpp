// The client's own certificate, in whichever format its files are.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

namespace tool {

/// Has it shown to servers that ask for one. What is no PEM is made PEM, which is what
/// the library reads.
[[nodiscard]] refusal show_certificate(const operation::tls_options& o, xfer::tls& to);

}  // namespace tool
