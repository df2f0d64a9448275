// A URL of the command line on its way into a request.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tool {

struct chosen_proxies;

/// A URL as curl takes it, made whole: with a scheme, without user and password, which
/// stand beside it.
struct asked_url {
    std::string text;
    std::string with_user;                ///< the same with user and password
    std::optional<std::string> user;      ///< percent-decoded
    std::optional<std::string> password;  ///< percent-decoded
    /// Through which it, and what it redirects to, is asked for; none: null.
    const chosen_proxies* proxies = nullptr;
};

/// Gives the text a scheme if it has none, and looks whether the library can fetch it
/// and --proto allows it. Errors are curl's 1, 3 and 67.
[[nodiscard]] refusal read_url(const operation& op, std::string text, asked_url& url);

/// A URL for a message, in which nobody is to read a password.
[[nodiscard]] std::string without_login(std::string_view url);

/// What the library says of "the URL", said of what a message has named already.
[[nodiscard]] std::string about_it(std::string_view why);

/// Whether --proto or --proto-redir have a say in redirects.
[[nodiscard]] bool limits_redirects(const operation& op) noexcept;

/// Whether a redirect may lead to this URL: what --proto denies, --proto-redir cannot
/// allow. The error is curl's 1.
[[nodiscard]] refusal check_redirect(const operation& op, std::string_view url);

/// Appends to the query of a URL, in front of a fragment.
void add_query(std::string& url, std::string_view query);

/// The name of a file to be uploaded goes to a URL whose path ends in a slash, unless
/// it has a query.
void add_upload_name(std::string& url, const std::string& file);

}  // namespace tool
