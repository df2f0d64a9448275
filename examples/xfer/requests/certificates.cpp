// From DER and PKCS #12 to PEM.
#include "requests/certificates.hpp"

#include "options/letters.hpp"
#include "output/files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace tool {

namespace {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using bio = std::unique_ptr<BIO, freed_by<&BIO_free_all>>;
using certificate = std::unique_ptr<X509, freed_by<&X509_free>>;
using key = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using archive = std::unique_ptr<PKCS12, freed_by<&PKCS12_free>>;

void free_all(STACK_OF(X509) * several) noexcept {
    sk_X509_pop_free(several, &X509_free);
}
using chain = std::unique_ptr<STACK_OF(X509), freed_by<&free_all>>;

bool is_pem(std::string_view type) { return type.empty() || same_letters(type, "PEM"); }

/// A certificate with its key, as text.
struct pem_texts {
    std::string certificate;
    std::string key;
};

refusal useless(const std::string& what, const std::string& path) {
    ERR_clear_error();
    return {
        exit_codes::certificate_problem, "could not load " + what + " from " + path};
}

refusal unknown_type(const std::string& type, const std::string& what) {
    return {
        exit_codes::certificate_problem,
        "not supported file type '" + type + "' for " + what};
}

std::string text_of(BIO* from) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(from, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

void append(const X509* one, std::string& to) {
    const bio out(BIO_new(BIO_s_mem()));
    if (out && PEM_write_bio_X509(out.get(), const_cast<X509*>(one)) == 1) {
        to += text_of(out.get());
    }
}

void append(const EVP_PKEY* one, std::string& to) {
    const bio out(BIO_new(BIO_s_secmem()));
    if (out &&
        PEM_write_bio_PKCS8PrivateKey(
            out.get(), const_cast<EVP_PKEY*>(one), nullptr, nullptr, 0, nullptr, nullptr
        ) == 1) {
        to += text_of(out.get());
    }
}

const char* const binary = "rb";

refusal read_archive(
    const std::string& path, const std::string& pass, pem_texts& made
) {
    const bio file(BIO_new_file(path.c_str(), binary));
    const archive all(file ? d2i_PKCS12_bio(file.get(), nullptr) : nullptr);
    EVP_PKEY* own_key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (!all || PKCS12_parse(all.get(), pass.c_str(), &own_key, &own, &others) != 1) {
        return useless("PKCS12 client certificate", path);
    }
    const key k(own_key);
    const certificate c(own);
    const chain more(others);
    if (!k || !c) {
        return useless("PKCS12 client certificate", path);
    }
    append(c.get(), made.certificate);
    for (int i = 0; i < sk_X509_num(more.get()); ++i) {
        append(sk_X509_value(more.get(), i), made.certificate);
    }
    append(k.get(), made.key);
    return {};
}

refusal read_certificate(const std::string& path, bool pem, pem_texts& made) {
    if (pem) {
        return read_file(path, made.certificate)
                   ? useless("PEM client certificate", path)
                   : refusal();
    }
    const bio file(BIO_new_file(path.c_str(), binary));
    const certificate c(file ? d2i_X509_bio(file.get(), nullptr) : nullptr);
    if (!c) {
        return useless("DER client certificate", path);
    }
    append(c.get(), made.certificate);
    return {};
}

refusal read_key(const std::string& path, bool pem, pem_texts& made) {
    if (pem) {
        return read_file(path, made.key) ? useless("PEM private key", path) : refusal();
    }
    const bio file(BIO_new_file(path.c_str(), binary));
    const key k(file ? d2i_PrivateKey_bio(file.get(), nullptr) : nullptr);
    if (!k) {
        return useless("DER private key", path);
    }
    append(k.get(), made.key);
    return {};
}

}  // namespace

refusal show_certificate(const operation::tls_options& o, xfer::tls& to) {
    const auto is_known = [](std::string_view type) {
        return is_pem(type) || same_letters(type, "DER");
    };
    if (!is_known(o.cert_type) && !same_letters(o.cert_type, "P12")) {
        return unknown_type(o.cert_type, "certificate");
    }
    if (!is_known(o.key_type)) {
        return unknown_type(o.key_type, "private key");
    }
    if (o.cert.empty()) {
        return {};
    }
    if (is_pem(o.cert_type) && is_pem(o.key_type)) {
        to.client_certificate(o.cert, o.key, o.pass);
        return {};
    }
    pem_texts texts;
    if (same_letters(o.cert_type, "P12")) {
        auto refused = read_archive(o.cert, o.pass, texts);
        to.client_certificate_pem(texts.certificate, texts.key);
        return refused;
    }
    if (auto refused = read_certificate(o.cert, is_pem(o.cert_type), texts)) {
        return refused;
    }
    const auto& path = o.key.empty() ? o.cert : o.key;
    if (auto refused = read_key(path, is_pem(o.key_type), texts)) {
        return refused;
    }
    const std::string none;
    to.client_certificate_pem(
        texts.certificate, texts.key, is_pem(o.key_type) ? o.pass : none
    );
    return {};
}

}  // namespace tool
