// Which reply belongs to which path of the loopback server.
#pragma once

#include <xfer/testing/script.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::testing::detail {

struct route_entry {
    reply_function make;
    route_options how;
};

/// Exact paths first, then the longest prefix. Changed by the test's thread while the
/// server's looks up.
class route_table {
 public:
    using entry = std::shared_ptr<route_entry>;

    void add(std::string path, reply_function make, route_options how) {
        std::lock_guard lock(mutex_);
        exact_[std::move(path)] = entry_of(std::move(make), how);
    }

    void add_prefix(std::string prefix, reply_function make, route_options how) {
        std::lock_guard lock(mutex_);
        prefixes_[std::move(prefix)] = entry_of(std::move(make), how);
    }

    /// Null if nothing matches.
    [[nodiscard]] entry find(std::string_view path) const {
        std::lock_guard lock(mutex_);
        if (auto found = exact_.find(path); found != exact_.end()) return found->second;
        entry best;
        std::size_t length = 0;
        for (const auto& [prefix, candidate] : prefixes_) {
            if (path.starts_with(prefix) && (!best || prefix.size() > length)) {
                best = candidate;
                length = prefix.size();
            }
        }
        return best;
    }

 private:
    [[nodiscard]] static entry entry_of(reply_function make, route_options how) {
        auto made = std::make_shared<route_entry>();
        made->make = std::move(make);
        made->how = how;
        return made;
    }

    mutable std::mutex mutex_;
    std::map<std::string, entry, std::less<>> exact_;
    std::map<std::string, entry, std::less<>> prefixes_;
};

}  // namespace XFER_NAMESPACE::testing::detail
