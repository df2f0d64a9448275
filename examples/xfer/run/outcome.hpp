// What is known of a transfer that has ended: for -w, --stats and the exit code.
#pragma once

#include "options/config.hpp"
#include "output/output_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace tool {

/// A transfer that has ended, all of its retries included.
struct outcome {
    const operation* asked = nullptr;  ///< the settings that it ran with
    std::string url;                   ///< that was asked, after globbing
    std::size_t url_number = 0;        ///< %{urlnum}: job::url_number
    std::string file;                  ///< where the body went; empty: standard output
    left_behind left = left_behind::nothing;  ///< of that file
    std::string method;                       ///< of the last request
    xfer::response response;  ///< of the last try; its body is elsewhere
    std::error_code ec;       ///< why it failed
    int exit_code = 0;        ///< curl's number for that; 0: it worked
    std::string message;      ///< one line for people, without "xfer: (6) "
    bool began = false;       ///< there was a request to be sent
    bool broken_off = false;  ///< all was stopped before it had come to its end
    /// From the beginning of the first try; zero: there was none.
    std::chrono::steady_clock::duration time{};
    unsigned retries = 0;        ///< how often it was tried again
    std::uint64_t transfer = 0;  ///< transfer_id::serial of the last try; 0: none
    bool proxy_used = false;     ///< the last try went to a proxy
    /// Until the request was sent, body and all, as timings count; zero: not known.
    xfer::duration post_transfer{};
};

}  // namespace tool
