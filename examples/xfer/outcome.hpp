// What is known of a transfer that has ended: for -w, --stats and the exit code.
#pragma once

#include "config.hpp"

#include <cstddef>
#include <string>
#include <system_error>

namespace tool {

/// A transfer that has ended, all of its retries included.
struct outcome {
    const operation* asked = nullptr;  ///< the settings that it ran with
    std::string url;                   ///< that was asked, after globbing
    std::size_t url_number = 0;  ///< %{urlnum}: from 0, over the whole command line
    std::string file;            ///< where the body went; empty: standard output
    std::string method;          ///< of the last request
    xfer::response response;     ///< of the last try; its body is elsewhere
    std::error_code ec;          ///< why it failed
    int exit_code = 0;           ///< curl's number for that; 0: it worked
    std::string message;         ///< one line for people, without "xfer: (6) "
    unsigned retries = 0;        ///< how often it was tried again
};

}  // namespace tool
