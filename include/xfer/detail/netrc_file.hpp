// Reading the file ~/.netrc.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/secret.hpp>

#include <cstddef>
#include <string>
#include <system_error>

namespace XFER_NAMESPACE::detail {

/// .netrc in the directory that the environment calls HOME; empty without HOME.
[[nodiscard]] XFER_DECL std::string usual_netrc();

/// Reads the whole file into `out`; an empty path means usual_netrc(). The content is
/// not looked at: see proto/netrc.hpp. Waits for the disk, so not for the thread of a
/// loop. Errors, with `out` left empty: errc::no_such_file_or_directory, also without
/// HOME; errc::file_too_large above `max_size` octets, such as netrc_limits::file;
/// whatever opening or reading says.
[[nodiscard]] XFER_DECL std::error_code read_netrc(
    const std::string& path, std::size_t max_size, secret& out
);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/netrc_file.ipp>
#endif
