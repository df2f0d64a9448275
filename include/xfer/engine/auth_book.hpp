// What is remembered of those who asked who the user is.
#pragma once

#include <xfer/config.hpp>
#include <xfer/proto/auth_context.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace XFER_NAMESPACE::engine {

/// An auth_context for each role and peer, made when it is first asked for.
class auth_book {
 public:
    /// Valid until the next call.
    [[nodiscard]] proto::auth_context& of(
        proto::auth_role role, std::string_view peer
    ) {
        std::string key(role == proto::auth_role::proxy ? "proxy " : "origin ");
        key += peer;
        if (const auto found = known_.find(key); found != known_.end()) {
            return found->second;
        }
        if (known_.size() >= most) {
            // Whoever is forgotten asks once more.
            known_.erase(known_.begin());
        }
        return known_
            .emplace(std::move(key), proto::auth_context(role, std::string(peer)))
            .first->second;
    }

 private:
    static constexpr std::size_t most = 1000;
    std::unordered_map<std::string, proto::auth_context> known_;
};

}  // namespace XFER_NAMESPACE::engine
