// What all transfers of a run share.
#pragma once

#include "options/config.hpp"
#include "options/parse.hpp"
#include "output/console.hpp"
#include "progress/progress.hpp"
#include "requests/standard_input.hpp"
#include <xfer/cookie_jar.hpp>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tool {

/// One transfer to be made: a URL of the command line after globbing.
struct job {
    const operation* op = nullptr;
    const target* goal = nullptr;
    std::string url;
    std::string file;                   ///< of -o, after globbing
    std::optional<std::string> upload;  ///< of -T, after globbing
    std::size_t number = 0;             ///< from 0, over the whole command line
    std::size_t url_number = 0;         ///< likewise, but the same for all of a glob
    std::shared_ptr<standard_input> input = nullptr;  ///< set where -T takes it
};

/// Lives as long as the run; all of it is used on one thread.
struct session {
    const command& asked;
    persona who;
    std::function<const char*(const char*)> environment;
    std::FILE* out;
    console at;
    progress_display& display;
    xfer::multi& multi;
    std::shared_ptr<xfer::cookie_jar> cookies;  ///< null: cookies are not kept
    /// Files of -D that an operation has written to already.
    std::set<std::pair<const operation*, std::string>> begun = {};
    bool stopping = false;  ///< nothing new is started
    /// How far the transfers are, by their numbers, for the display.
    std::map<std::uint64_t, const xfer::progress*> running = {};
    std::set<asio::steady_timer*> naps = {};  ///< to be ended when all is stopped
};

/// Waits, unless all is stopped meanwhile.
[[nodiscard]] asio::awaitable<void> nap(
    session& s, std::chrono::steady_clock::duration time
);

}  // namespace tool
