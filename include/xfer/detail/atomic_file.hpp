// A small file with secrets in it that is replaced as a whole, or not at all.
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/random.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::detail {

/// How far replace_file() came.
enum class replace_step {
    target,  ///< what is there cannot be replaced: a directory, a device, a bad path
    create,  ///< the temporary file could not be made
    write,   ///< the temporary file could not be written
    rename,  ///< it could not be put in the file's place
    done,
};

struct replace_result {
    replace_step step = replace_step::done;
    std::error_code ec;  ///< the system's, or error::no_entropy; empty when done
};

/// Writes `content` to a temporary file in the same directory, waits until it is on the
/// disk, and renames it to `path`. Whoever opens `path`, at any time and after a crash
/// at any time, finds the old content or the new one, whole. After an error the old
/// file is as it was and the temporary one is gone; a process that is killed may leave
/// it behind (`.xfer-` and 16 hexadecimal digits).
///
/// Only its owner can read the file, and no more than could before: its mode is 0600
/// without what an existing file's mode lacks. A symbolic link stays, and the file that
/// it leads to is replaced. What is no regular file is not replaced: is_a_directory,
/// or invalid_argument. The temporary file's name is random: error::no_entropy, at
/// replace_step::create, where there is none.
[[nodiscard]] XFER_DECL replace_result replace_file(
    const std::string& path,
    std::string_view content,
    random_source random = &random_bytes
);

}  // namespace XFER_NAMESPACE::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/detail/impl/atomic_file.ipp>
#endif
