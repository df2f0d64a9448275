// Owners of OpenSSL's objects.
#pragma once

#include <xfer/config.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace XFER_NAMESPACE::net {

/// Calls the function that OpenSSL names for the end of an object.
template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};

template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

using bio_ptr = openssl_ptr<BIO, BIO_free>;
using bio_method_ptr = openssl_ptr<BIO_METHOD, BIO_meth_free>;
using digest_ptr = openssl_ptr<EVP_MD_CTX, EVP_MD_CTX_free>;
using key_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using ssl_ptr = openssl_ptr<SSL, SSL_free>;
using ssl_ctx_ptr = openssl_ptr<SSL_CTX, SSL_CTX_free>;
using ssl_session_ptr = openssl_ptr<SSL_SESSION, SSL_SESSION_free>;
using x509_crl_ptr = openssl_ptr<X509_CRL, X509_CRL_free>;
using x509_ptr = openssl_ptr<X509, X509_free>;
using general_names_ptr = openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free>;

}  // namespace XFER_NAMESPACE::net
