// Percent-encoding for the protocol floor; see detail/percent.hpp, which the face uses
// as well.
#pragma once

#include <xfer/detail/percent.hpp>

namespace XFER_NAMESPACE::proto {

using detail::append_form_encoded;
using detail::append_percent_encoded;
using detail::append_quoted_name;
using detail::form_decode;
using detail::percent_decode;
using detail::percent_encode;

}  // namespace XFER_NAMESPACE::proto
