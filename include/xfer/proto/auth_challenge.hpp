// Parser of WWW-Authenticate and Proxy-Authenticate, and of what Authentication-Info
// holds (RFC 9110 11.3 to 11.6).
#pragma once

#include <xfer/fields.hpp>
#include <xfer/proto/refusal.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::proto {

/// One parameter, its quoted string undone.
struct auth_param {
    std::string name;  ///< as it was sent; compare without regard to case
    std::string value;
};

/// One challenge; of which scheme, is for the reader to find out.
struct auth_challenge {
    std::string scheme;   ///< as it was sent; compare without regard to case
    std::string token68;  ///< what stands in place of parameters, or empty
    std::vector<auth_param> params;

    /// The parameter of that name, whatever its case; nullopt without one.
    [[nodiscard]] XFER_DECL std::optional<std::string_view> find(std::string_view name
    ) const noexcept;
};

/// The bounds of one response's challenges. Going past one is error::header_too_large,
/// and then there are no challenges at all.
struct auth_limits {
    std::size_t bytes = std::size_t{32} * 1024;  ///< of all the lines
    std::size_t challenges = 32;
    std::size_t params = 32;  ///< of one challenge
};

struct auth_challenges {
    std::vector<auth_challenge> found;
    /// What was wrong with the first line that breaks the grammar, has a parameter
    /// twice in one challenge (error::weird_reply), or goes past a limit. Nothing of
    /// such a line is taken, as nobody can say where its challenges end; other lines
    /// are.
    refusal failure;
};

/// The challenges of all lines of that name, in order. Total: every text has an answer.
[[nodiscard]] XFER_DECL auth_challenges parse_challenges(
    fields_view fields, std::string_view name, const auth_limits& limits = {}
);

/// The parameters of Authentication-Info or Proxy-Authentication-Info (RFC 9110 11.6.3)
/// as a challenge without a scheme, of all lines together. nullopt when there is none,
/// or they break the grammar or the limits, or have a parameter twice.
[[nodiscard]] XFER_DECL std::optional<auth_challenge> parse_authentication_info(
    fields_view fields, std::string_view name, const auth_limits& limits = {}
);

}  // namespace XFER_NAMESPACE::proto

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/proto/impl/auth_challenge.ipp>
#endif
