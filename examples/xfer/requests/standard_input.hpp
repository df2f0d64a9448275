// Standard input as the body of an upload.
#pragma once

#include "output/console.hpp"

#include <asio/any_io_executor.hpp>
#include <sys/types.h>

#include <memory>
#include <optional>

namespace tool {

/// Standard input as one transfer uses it, in all of its tries.
struct standard_input {
    std::optional<off_t> start;  ///< of a file: where it stood before the first try
    bool was_read = false;       ///< something of it was

    /// Whether another try would lack what an earlier one has read.
    [[nodiscard]] bool is_used_up() const noexcept { return was_read && !start; }
};

/// The body of a try. A file is sent from where it stood at first, and can be sent
/// again; a pipe or a terminal is read as it comes, while the loop goes on. No flags of
/// the descriptor change: a terminal's are the shell's as well.
[[nodiscard]] refusal standard_input_body(
    const std::shared_ptr<standard_input>& input,
    const asio::any_io_executor& loop,
    xfer::source& body
);

}  // namespace tool
