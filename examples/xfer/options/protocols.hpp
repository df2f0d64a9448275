// The protocols that this build speaks, and the expressions of --proto.
#pragma once

#include "options/reader.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// In alphabetical order: the schemes of URLs.
[[nodiscard]] std::span<const std::string_view> spoken_protocols() noexcept;
/// Those that a redirect may lead to.
[[nodiscard]] std::span<const std::string_view> redirect_protocols() noexcept;
/// Whether a scheme, in any case of letters, is spoken.
[[nodiscard]] bool is_spoken(std::string_view scheme) noexcept;

/// The scheme of a URL that has none, as curl guesses it from the host's first label,
/// in any case of letters; usually "http".
[[nodiscard]] std::string_view guessed_scheme(std::string_view host);

/// What "=https,-http,+all" and its like leave of `allowed`. Unknown names are warned
/// of.
[[nodiscard]] std::vector<std::string> choose_protocols(
    reader& r, std::string_view expression, std::span<const std::string_view> allowed
);

}  // namespace tool
