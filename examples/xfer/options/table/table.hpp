// The groups of the option table: one file each, sorted together by options.cpp.
#pragma once

#include "options/options.hpp"

#include <span>

namespace tool {

/// An option whose argument is hidden from other users.
[[nodiscard]] constexpr option secret(option o) {
    o.secret = true;
    return o;
}

[[nodiscard]] std::span<const option> body_options() noexcept;
[[nodiscard]] std::span<const option> ftp_options() noexcept;
[[nodiscard]] std::span<const option> identity_options() noexcept;
[[nodiscard]] std::span<const option> network_options() noexcept;
[[nodiscard]] std::span<const option> other_options() noexcept;
[[nodiscard]] std::span<const option> output_options() noexcept;
[[nodiscard]] std::span<const option> proxy_options() noexcept;
[[nodiscard]] std::span<const option> proxy_tls_options() noexcept;
[[nodiscard]] std::span<const option> redirects_options() noexcept;
[[nodiscard]] std::span<const option> request_options() noexcept;
[[nodiscard]] std::span<const option> tls_options() noexcept;
[[nodiscard]] std::span<const option> tls_versions_options() noexcept;
[[nodiscard]] std::span<const option> tool_options() noexcept;
[[nodiscard]] std::span<const option> transfer_options() noexcept;
[[nodiscard]] std::span<const option> verbose_options() noexcept;

}  // namespace tool
