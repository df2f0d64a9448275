// Makes keys and certificates with OpenSSL.
#pragma once

#include <xfer/net/openssl_ptr.hpp>
#include <xfer/testing/certificate.hpp>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace XFER_NAMESPACE::testing {
namespace certificate_detail {

using net::bio_ptr;
using net::general_names_ptr;
using net::key_ptr;
using net::openssl_ptr;
using net::x509_ptr;

inline void check(bool good, const char* what) {
    if (good) return;
    ERR_clear_error();
    throw std::runtime_error(std::string("testing::certificate: ") + what);
}

inline key_ptr make_key(const certificate_spec& spec) {
    EVP_PKEY* key = spec.key == key_kind::rsa    ? EVP_RSA_gen(spec.rsa_bits)
                    : spec.key == key_kind::p384 ? EVP_EC_gen("P-384")
                                                 : EVP_EC_gen("P-256");
    check(key != nullptr, "the key cannot be made");
    return key_ptr(key);
}

inline std::string text_of(BIO* bio) {
    char* data = nullptr;
    long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

inline std::string to_pem(X509* certificate) {
    bio_ptr bio(BIO_new(BIO_s_mem()));
    check(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM");
    return text_of(bio.get());
}

inline std::string to_pem(EVP_PKEY* key, const std::string& passphrase = {}) {
    bio_ptr bio(BIO_new(BIO_s_mem()));
    const auto* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
    int written = bio ? PEM_write_bio_PKCS8PrivateKey(
                            bio.get(),
                            key,
                            cipher,
                            passphrase.data(),
                            static_cast<int>(passphrase.size()),
                            nullptr,
                            nullptr
                        )
                      : 0;
    check(written == 1, "PEM");
    return text_of(bio.get());
}

template <class T, auto Read>
T* from_pem(const std::string& text) {
    bio_ptr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    T* value = bio ? Read(bio.get(), nullptr, nullptr, nullptr) : nullptr;
    check(value != nullptr, "not PEM");
    return value;
}

inline void add_general_name(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    check(name != nullptr && value != nullptr, "subjectAltName");
    GENERAL_NAME_set0_value(name, type, value);
    check(sk_GENERAL_NAME_push(names, name) > 0, "subjectAltName");
}

inline void add_dns_name(GENERAL_NAMES* names, const std::string& text) {
    ASN1_STRING* value = ASN1_IA5STRING_new();
    check(value != nullptr, "subjectAltName");
    ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
    add_general_name(names, GEN_DNS, value);
}

inline void add_names(X509* certificate, const certificate_spec& spec) {
    if (spec.names.empty() && spec.raw_dns_names.empty()) return;
    general_names_ptr names(GENERAL_NAMES_new());
    check(names != nullptr, "subjectAltName");
    for (const auto& text : spec.names) {
        if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str())) {
            add_general_name(names.get(), GEN_IPADD, address);
        } else {
            add_dns_name(names.get(), text);
        }
    }
    for (const auto& text : spec.raw_dns_names) add_dns_name(names.get(), text);
    ERR_clear_error();
    check(
        X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1,
        "subjectAltName"
    );
}

inline void add_extension(
    X509* certificate, X509* issuer, int nid, const std::string& value
) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    openssl_ptr<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())
    );
    check(
        extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension"
    );
}

inline void add_extensions(
    X509* certificate, X509* issuer, const certificate_spec& spec
) {
    add_extension(
        certificate,
        issuer,
        NID_basic_constraints,
        spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE"
    );
    if (spec.ca) {
        add_extension(
            certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign"
        );
    } else if (spec.usage == key_usage::server) {
        add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
    } else if (spec.usage == key_usage::client) {
        add_extension(certificate, issuer, NID_ext_key_usage, "clientAuth");
    }
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    std::string permitted;
    for (const auto& name : spec.permitted_names) {
        permitted += ",permitted;DNS:" + name;
    }
    if (!permitted.empty()) {
        add_extension(
            certificate, issuer, NID_name_constraints, "critical" + permitted
        );
    }
    add_names(certificate, spec);
}

/// A certificate for `key`, signed by `issuer_key`; `issuer` null: by itself.
inline x509_ptr make_certificate(
    const certificate_spec& spec, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key
) {
    x509_ptr certificate(X509_new());
    check(certificate != nullptr, "out of memory");
    X509* x = certificate.get();
    if (issuer == nullptr) issuer = x;
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), (serial >> 1) | 1);
    X509_set_version(x, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x), static_cast<long>(spec.not_before.count()));
    X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(spec.not_after.count()));
    X509_set_pubkey(x, key);
    auto name = reinterpret_cast<const unsigned char*>(spec.common_name.c_str());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(x), "CN", MBSTRING_UTF8, name, -1, -1, 0
    );
    X509_set_issuer_name(x, X509_get_subject_name(issuer));
    add_extensions(x, issuer, spec);
    const EVP_MD* digest = EVP_get_digestbyname(spec.digest.c_str());
    check(digest != nullptr && X509_sign(x, issuer_key, digest) > 0, "signature");
    return certificate;
}

}  // namespace certificate_detail

struct authority::state {
    certificate_detail::key_ptr key;
    certificate_detail::x509_ptr certificate;
    identity pem;

    state(const certificate_spec& spec, const state* issuer)
        : key(certificate_detail::make_key(spec)),
          certificate(certificate_detail::make_certificate(
              spec,
              key.get(),
              issuer ? issuer->certificate.get() : nullptr,
              issuer ? issuer->key.get() : key.get()
          )),
          pem{certificate_detail::to_pem(certificate.get()),
              certificate_detail::to_pem(key.get())} {}
};

namespace certificate_detail {

inline certificate_spec root_spec(const std::string& common_name) {
    certificate_spec spec;
    spec.common_name = common_name;
    spec.ca = true;
    return spec;
}

}  // namespace certificate_detail

XFER_DECL authority::authority(const std::string& common_name)
    : authority(certificate_detail::root_spec(common_name)) {}

XFER_DECL authority::authority(const certificate_spec& spec)
    : state_(std::make_shared<const state>(spec, nullptr)) {}

XFER_DECL authority::authority(std::shared_ptr<const state> made)
    : state_(std::move(made)) {}

XFER_DECL identity authority::issue(std::vector<std::string> names) const {
    certificate_spec spec;
    spec.names = std::move(names);
    return issue(spec);
}

XFER_DECL identity authority::issue(const certificate_spec& spec) const {
    return state(spec, state_.get()).pem;
}

XFER_DECL authority authority::intermediate(const certificate_spec& spec) const {
    return authority(std::make_shared<const state>(spec, state_.get()));
}

XFER_DECL std::string authority::revocation_list(
    const std::vector<std::string>& certificates_pem, std::chrono::seconds lifetime
) const {
    using namespace certificate_detail;
    const net::x509_crl_ptr list(X509_CRL_new());
    check(list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1, "CRL");
    X509_CRL_set_issuer_name(
        list.get(), X509_get_subject_name(state_->certificate.get())
    );
    const openssl_ptr<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
    check(time != nullptr, "out of memory");
    // Begun two hours ago, so that one may have expired since.
    X509_gmtime_adj(time.get(), -7200);
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    for (const auto& pem : certificates_pem) {
        const x509_ptr one(from_pem<X509, PEM_read_bio_X509>(pem));
        X509_REVOKED* entry = X509_REVOKED_new();
        check(entry != nullptr, "out of memory");
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.get()));
        X509_REVOKED_set_revocationDate(entry, time.get());
        check(X509_CRL_add0_revoked(list.get(), entry) == 1, "CRL");
    }
    X509_gmtime_adj(time.get(), static_cast<long>(lifetime.count()));
    X509_CRL_set1_nextUpdate(list.get(), time.get());
    X509_CRL_sort(list.get());
    check(X509_CRL_sign(list.get(), state_->key.get(), EVP_sha256()) > 0, "signature");
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    check(bio && PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1, "PEM");
    return text_of(bio.get());
}

XFER_DECL const std::string& authority::certificate_pem() const noexcept {
    return state_->pem.certificate_pem;
}

XFER_DECL const std::string& authority::key_pem() const noexcept {
    return state_->pem.key_pem;
}

XFER_DECL identity self_signed(const certificate_spec& spec) {
    authority root(spec);
    return {root.certificate_pem(), root.key_pem()};
}

XFER_DECL std::string encrypt_key(
    const std::string& key_pem, const std::string& passphrase
) {
    certificate_detail::key_ptr key(
        certificate_detail::from_pem<EVP_PKEY, PEM_read_bio_PrivateKey>(key_pem)
    );
    return certificate_detail::to_pem(key.get(), passphrase);
}

XFER_DECL std::string public_key_pin(const std::string& certificate_pem) {
    certificate_detail::x509_ptr certificate(
        certificate_detail::from_pem<X509, PEM_read_bio_X509>(certificate_pem)
    );
    unsigned char* der = nullptr;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
    certificate_detail::check(size > 0, "public key");
    std::array<unsigned char, 32> digest{};
    auto length = static_cast<std::size_t>(size);
    EVP_Digest(der, length, digest.data(), nullptr, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    std::array<unsigned char, 45> base64{};
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string("sha256//") + reinterpret_cast<const char*>(base64.data());
}

}  // namespace XFER_NAMESPACE::testing
