// Who the user is: options, the URL, or .netrc.
#include "requests/requests.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace tool {

void request_maker::add_login(const asked_url& url, xfer::request& r) const {
    if (!op_.bearer.empty()) {
        r.credentials(xfer::credentials::bearer(op_.bearer));
    } else if (op_.user_set) {
        const auto colon = std::min(op_.user.find(':'), op_.user.size());
        const auto who = std::string_view(op_.user);
        const auto password = colon < who.size() ? who.substr(colon + 1) : "";
        xfer::credentials c(who.substr(0, colon), password, op_.auth);
        r.credentials(c.allow_cleartext_password());
    } else if (url.user && !is_for_netrc(url)) {
        xfer::credentials c(*url.user, url.password.value_or(""), op_.auth);
        r.credentials(c.allow_cleartext_password());
    }
    if (asks_netrc()) {
        r.netrc(netrc_path());
    }
}

/// Empty: there can be none.
std::string request_maker::netrc_path() const {
    if (!op_.netrc_file.empty()) {
        return op_.netrc_file;
    }
    if (const char* const named = s_.environment("NETRC")) {
        return named;
    }
    const char* const home = s_.environment("HOME");
    return home == nullptr ? std::string() : std::string(home) + "/.netrc";
}

bool request_maker::asks_netrc() const {
    std::error_code ec;
    const bool wanted = op_.netrc || op_.netrc_optional || !op_.netrc_file.empty();
    return wanted && std::filesystem::exists(netrc_path(), ec);
}

/// Whether a login was to be found in a file that is not there.
bool request_maker::misses_netrc() const {
    const bool required = (op_.netrc || !op_.netrc_file.empty()) && !op_.netrc_optional;
    return required && !op_.user_set && !asks_netrc();
}

/// A user without a password is looked up in the file; with -n the file goes before
/// the URL in any case.
bool request_maker::is_for_netrc(const asked_url& url) const {
    const bool goes_before = op_.netrc && !op_.netrc_optional;
    return asks_netrc() && (goes_before || !url.password);
}

}  // namespace tool
