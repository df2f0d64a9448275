// The variables of -w: a name, and what it stands for.
#pragma once

#include "run/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tool {

/// A status of three digits: as text it has leading zeros.
struct status_value {
    int status = 0;
};
/// What a variable stands for; the first: nothing, which is null in JSON.
using variable_value = std::variant<
    std::monostate,
    std::string,
    std::int64_t,
    status_value,
    std::chrono::microseconds>;

/// A variable of -w.
struct variable {
    std::string_view name;
    variable_value (*of)(const outcome& ended);
};

/// All of them, in alphabetical order, but those that say what to do.
[[nodiscard]] std::span<const variable> all_variables() noexcept;
/// By name; null: none.
[[nodiscard]] const variable* find_variable(std::string_view name) noexcept;
/// As %{name} shows it.
[[nodiscard]] std::string plain_text(const variable_value& value);

/// What stands behind "url." and "urle.".
enum class url_part {
    fragment,
    host,
    options,
    password,
    path,
    port,
    query,
    scheme,
    user,
    zoneid,
};
/// One component of a URL; a scheme that is missing is guessed as curl does.
[[nodiscard]] variable_value url_component(std::string_view text, url_part part);
/// The URL that was fetched, with the user and password that the asked one has, where
/// both are of one origin.
[[nodiscard]] std::string effective_url(const outcome& ended);
/// Where the response would have sent the transfer to; empty: nowhere.
[[nodiscard]] std::string redirect_url(const outcome& ended);

/// A text in quotation marks.
[[nodiscard]] std::string json_text(std::string_view text);
/// All variables as one line; `curl_version` is the value of that name.
[[nodiscard]] std::string json_of(const outcome& ended, std::string_view curl_version);
/// The fields of the last response, each with all of its values.
[[nodiscard]] std::string header_json_of(const outcome& ended);

}  // namespace tool
