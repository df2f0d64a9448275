// TLS out of options.
#include "requests/certificates.hpp"
#include "requests/connections.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace tool {

namespace {

using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

key_pointer read_public_key(const std::string& path) {
    key_pointer key(nullptr, &EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(
        BIO_new_file(path.c_str(), "rb"), &BIO_free
    );
    if (file) {
        key.reset(PEM_read_bio_PUBKEY(file.get(), nullptr, nullptr, nullptr));
        if (!key && BIO_reset(file.get()) == 0) {
            key.reset(d2i_PUBKEY_bio(file.get(), nullptr));
        }
    }
    return key;
}

/// The pin of the public key in a PEM or DER file; empty if there is none.
std::string pin_of_file(const std::string& path) {
    const auto key = read_public_key(path);
    unsigned char* der = nullptr;
    const int size = key ? i2d_PUBKEY(key.get(), &der) : 0;
    if (size <= 0) {
        return {};
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(
        der,
        static_cast<std::size_t>(size),
        digest.data(),
        &length,
        EVP_sha256(),
        nullptr
    );
    OPENSSL_free(der);
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
    const int n = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
    return "sha256//" + std::string(text.data(), text.data() + n);
}

/// "sha256//...;sha256//...", or the path of a public key.
refusal pin(const std::string& pinned, xfer::tls& to) {
    constexpr std::string_view mark = "sha256//";
    if (!pinned.starts_with(mark)) {
        auto of_file = pin_of_file(pinned);
        if (of_file.empty()) {
            return {
                exit_codes::not_the_pinned_key,
                "SSL: public key does not match pinned public key: none is in " +
                    pinned};
        }
        to.pin_public_key(std::move(of_file));
        return {};
    }
    std::string_view rest(pinned);
    while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        to.pin_public_key(std::string(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

void trust(const operation::tls_options& o, const session& s, xfer::tls& to) {
    if (!o.ca_file.empty()) {
        to.ca_file(o.ca_file);
    } else if (const char* bundle = s.environment("CURL_CA_BUNDLE");
               bundle != nullptr && *bundle != '\0' && o.ca_path.empty()) {
        to.ca_file(bundle);
    }
    if (!o.ca_path.empty()) {
        to.ca_directory(o.ca_path);
    }
    if (o.ca_native) {
        to.ca_native();
    }
    if (!o.crl_file.empty() && !o.insecure) {
        to.crl_file(o.crl_file);
    }
    if (o.insecure) {
        to.insecure();
    }
}

}  // namespace

refusal tls_of(const operation::tls_options& o, const session& s, xfer::tls& made) {
    trust(o, s, made);
    if (auto refused = show_certificate(o, made)) {
        return refused;
    }
    if (!o.pinned.empty()) {
        if (auto refused = pin(o.pinned, made)) {
            return refused;
        }
    }
    if (o.min_version) {
        made.min_version(*o.min_version);
    }
    if (o.max_version) {
        made.max_version(*o.max_version);
    }
    if (!o.ciphers.empty()) {
        made.ciphers(o.ciphers);
    }
    if (!o.tls13_ciphers.empty()) {
        made.tls13_ciphers(o.tls13_ciphers);
    }
    if (!o.curves.empty()) {
        made.groups(o.curves);
    }
    if (!o.signature_algorithms.empty()) {
        made.signature_algorithms(o.signature_algorithms);
    }
    return {};
}

}  // namespace tool
