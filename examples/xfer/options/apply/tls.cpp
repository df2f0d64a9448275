// What options of TLS do.
#include "options/apply/apply.hpp"
#include "options/letters.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tool::apply {

namespace {

/// "file:password", where "\:" is a colon of the file's name and "\\" a backslash.
void store_certificate(operation::tls_options& to, std::string_view argument) {
    constexpr std::string_view token_scheme = "pkcs11:";
    if (same_letters(argument.substr(0, token_scheme.size()), token_scheme)) {
        to.cert = argument;
        return;
    }
    std::string file;
    std::size_t at = 0;
    for (; at < argument.size() && argument[at] != ':'; ++at) {
        const bool escapes = argument[at] == '\\' && at + 1 < argument.size() &&
                             (argument[at + 1] == ':' || argument[at + 1] == '\\');
        at += escapes ? 1 : 0;
        file += argument[at];
    }
    to.cert = std::move(file);
    if (at + 1 < argument.size()) {
        to.pass = argument.substr(at + 1);
    }
}

}  // namespace

option_error cert(reader& r, std::string_view argument, bool /*on*/) {
    store_certificate(r.now().tls, argument);
    return {};
}

option_error proxy_cert(reader& r, std::string_view argument, bool /*on*/) {
    store_certificate(r.now().proxy_tls, argument);
    return {};
}

option_error store_file_type(std::string& to, std::string_view argument) {
    if (argument.empty()) {
        return mistakes::blank();
    }
    to = std::string(argument);
    return {};
}

option_error encrypted_hello(reader& /*r*/, std::string_view argument, bool /*on*/) {
    if (argument.empty()) {
        return mistakes::blank();
    }
    if (argument == "false") {
        return {};
    }
    return {exit_codes::not_built_in, "Encrypted Client Hello is not supported yet"};
}

option_error proxy_tls_1_0(reader& r, std::string_view /*argument*/, bool /*on*/) {
    r.now().proxy_tls.min_version = xfer::tls_version::v1_2;
    return {};
}

option_error set_min_version(reader& r, int version) {
    constexpr int newest = 13;
    auto& tls = r.now().tls;
    const auto wanted =
        version == newest ? xfer::tls_version::v1_3 : xfer::tls_version::v1_2;
    if (tls.max_version && *tls.max_version < wanted) {
        r.complain("Minimum TLS version set higher than max");
        return mistakes::bad_use();
    }
    tls.min_version = wanted;
    return {};
}

option_error tls_max(reader& r, std::string_view argument, bool /*on*/) {
    auto& tls = r.now().tls;
    if (argument == "1.0" || argument == "1.1") {
        return {
            exit_codes::not_built_in,
            "TLS " + std::string(argument) + " is broken and not supported"};
    }
    if (argument == "default") {
        tls.max_version.reset();
        return {};
    }
    if (argument != "1.2" && argument != "1.3") {
        return mistakes::bad_use();
    }
    const auto wanted =
        argument == "1.3" ? xfer::tls_version::v1_3 : xfer::tls_version::v1_2;
    if (tls.min_version && wanted < *tls.min_version) {
        r.complain("--tls-max set lower than minimum accepted version");
        return mistakes::bad_use();
    }
    tls.max_version = wanted;
    return {};
}

}  // namespace tool::apply
