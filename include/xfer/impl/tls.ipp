// The setters of xfer::tls: copy on write, so that an unset configuration is free.
#pragma once

#include <xfer/tls.hpp>

#include <utility>

namespace XFER_NAMESPACE {

XFER_DECL bool tls_certificate_files::operator==(const tls_certificate_files&) const =
    default;
XFER_DECL bool tls_certificate_pem::operator==(const tls_certificate_pem&) const =
    default;
XFER_DECL bool tls_settings::operator==(const tls_settings&) const = default;

XFER_DECL const tls_settings& tls::settings() const noexcept {
    static const tls_settings defaults;
    return settings_ ? *settings_ : defaults;
}

XFER_DECL tls_settings& tls::change() {
    auto copy = std::make_shared<tls_settings>(settings());
    settings_ = copy;
    return *copy;
}

XFER_DECL tls& tls::ca_file(std::string path) {
    change().ca_file = std::move(path);
    return *this;
}
XFER_DECL tls& tls::ca_directory(std::string path) {
    change().ca_directory = std::move(path);
    return *this;
}
XFER_DECL tls& tls::ca_pem(std::string text) {
    change().ca_pem = std::move(text);
    return *this;
}
XFER_DECL tls& tls::ca_native(bool on) {
    change().ca_native = on;
    return *this;
}
XFER_DECL tls& tls::partial_chain(bool on) {
    change().partial_chain = on;
    return *this;
}
XFER_DECL tls& tls::crl_file(std::string path) {
    change().crl_file = std::move(path);
    return *this;
}
XFER_DECL tls& tls::crl_pem(std::string text) {
    change().crl_pem = std::move(text);
    return *this;
}
XFER_DECL tls& tls::client_certificate(
    std::string certificate, std::string key, std::string passphrase
) {
    change().client_certificate = tls_certificate_files{
        std::move(certificate), std::move(key), std::move(passphrase)};
    return *this;
}
XFER_DECL tls& tls::client_certificate_pem(
    std::string certificate, std::string key, std::string passphrase
) {
    change().client_certificate = tls_certificate_pem{
        std::move(certificate), std::move(key), std::move(passphrase)};
    return *this;
}
XFER_DECL tls& tls::without_client_certificate() {
    if (settings().client_certificate.index() != 0) {
        change().client_certificate = std::monostate();
    }
    return *this;
}
XFER_DECL tls& tls::min_version(tls_version v) {
    change().min_version = v;
    return *this;
}
XFER_DECL tls& tls::max_version(tls_version v) {
    change().max_version = v;
    return *this;
}
XFER_DECL tls& tls::ciphers(std::string list) {
    change().ciphers = std::move(list);
    return *this;
}
XFER_DECL tls& tls::tls13_ciphers(std::string list) {
    change().tls13_ciphers = std::move(list);
    return *this;
}
XFER_DECL tls& tls::groups(std::string list) {
    change().groups = std::move(list);
    return *this;
}
XFER_DECL tls& tls::signature_algorithms(std::string list) {
    change().signature_algorithms = std::move(list);
    return *this;
}
XFER_DECL tls& tls::pin_public_key(std::string pin) {
    change().pinned_keys.push_back(std::move(pin));
    return *this;
}
XFER_DECL tls& tls::verify_peer(bool on) {
    change().verify_peer = on;
    return *this;
}
XFER_DECL tls& tls::verify_host(bool on) {
    change().verify_host = on;
    return *this;
}
XFER_DECL tls& tls::key_log_file(std::string path) {
    change().key_log_file = std::move(path);
    return *this;
}
XFER_DECL tls& tls::insecure() { return verify_peer(false).verify_host(false); }

}  // namespace XFER_NAMESPACE
