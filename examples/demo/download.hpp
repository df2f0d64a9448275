// The demo's main job: downloads many URLs at once, on the thread that calls.
#pragma once

#include "screen.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace demo {

/// One file to download, and what came of it.
struct job {
    std::string url;
    std::filesystem::path file;       ///< where it goes; exists already, or may be made
    std::uint64_t expected_size = 0;  ///< 0: not known before the server tells
    std::string expected_sha256;      ///< empty: not to be checked

    enum class outcome { waiting, arrived, failed, interrupted };
    outcome result = outcome::waiting;
    std::string trouble;      ///< one sentence, unless it arrived
    std::uint64_t bytes = 0;  ///< that arrived, or so far
    std::chrono::duration<double> time{};
};

/// The numbers of a whole download.
struct totals {
    std::uint64_t bytes = 0;
    std::chrono::duration<double> time{};
    std::uint64_t connections = 0;
    std::uint64_t reused = 0;  ///< requests that needed no new connection
    int signal = 0;            ///< what ended it early; 0: nothing did
};

/// Notices SIGINT, SIGTERM and SIGHUP while it exists. A second signal has its usual
/// effect.
class signal_watch {
 public:
    signal_watch();
    ~signal_watch();
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;
    /// The signal that came, or 0.
    [[nodiscard]] static int received() noexcept;
};

/// Downloads all jobs that wait for it, at most 64 at a time, and notes in each what
/// came of it. Stops early, leaving partial files, on a signal or when nobody reads the
/// output any more. `ca_pem`: whom to trust for https instead of the system's
/// certificates, if not empty.
totals download(std::vector<job>& jobs, const std::string& ca_pem, screen& out);

}  // namespace demo
