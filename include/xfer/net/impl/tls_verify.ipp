// Verification of a TLS server, and the sentences for its failures.
#pragma once

#include <xfer/net/tls_verify.hpp>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

constexpr unsigned tls_name_flags =
    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

inline std::string parse_address(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    auto chars = reinterpret_cast<const char*>(bytes.data());
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {chars, 4};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {chars, 16};
    return {};
}

inline void free_openssl_bytes(unsigned char* bytes) noexcept { OPENSSL_free(bytes); }

inline std::string_view advice(error e, int verify_error = X509_V_OK) noexcept {
    switch (verify_error) {
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return "give a revocation list that is in force for each issuer of the "
                   "chain, the root included";
        default:
            break;
    }
    switch (e) {
        case error::certificate_expired:
            return "its operator must renew it (or this machine's clock is wrong)";
        case error::certificate_not_yet_valid:
            return "check this machine's clock";
        case error::certificate_unknown_ca:
            return "give the issuer's certificate as CA file, or have the server send "
                   "its intermediate certificates";
        case error::certificate_self_signed:
            return "give this certificate as CA file if it is the right one";
        case error::certificate_weak:
            return "the server needs a key of 2048 bits (RSA) or 224 bits (EC) or "
                   "more, and signatures with SHA-2";
        case error::certificate_revoked:
            return "its issuer has taken it back: do not talk to this server";
        default:
            return "the server's certificates must be replaced";
    }
}

}  // namespace tls_detail

XFER_DECL std::optional<tls_peer_name> tls_peer_name::parse(std::string_view host) {
    tls_peer_name name;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    // The zone of a link-local address is of this machine, not of the certificate.
    if (host.find(':') != host.npos) host = host.substr(0, host.find('%'));
    if (host.find('\0') != host.npos) return std::nullopt;
    name.text_ = host;
    name.address_ = tls_detail::parse_address(name.text_);
    if (name.is_address()) return name;
    if (host.ends_with('.')) name.text_.pop_back();
    const auto& text = name.text_;
    bool empty_label = text.empty() || text.front() == '.' || text.back() == '.' ||
                       text.find("..") != text.npos;
    if (empty_label || text.size() > 255) return std::nullopt;
    name.address_ = tls_detail::parse_address(text);
    return name;
}

XFER_DECL error certificate_error(int verify_error) noexcept {
    switch (verify_error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return error::certificate_expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return error::certificate_not_yet_valid;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return error::certificate_host_mismatch;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return error::certificate_unknown_ca;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return error::certificate_self_signed;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
        case X509_V_ERR_CA_MD_TOO_WEAK:
            return error::certificate_weak;
        case X509_V_ERR_CERT_REVOKED:
            return error::certificate_revoked;
        default:
            return error::certificate_invalid;
    }
}

XFER_DECL std::string printable(std::string_view bytes, std::size_t most) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char c : bytes.substr(0, most)) {
        auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '\\') {
            text += c;
        } else {
            text += "\\x";
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
    }
    if (bytes.size() > most) text += "...";
    return text;
}

XFER_DECL std::string name_text(const X509_NAME* name) {
    bio_ptr bio(BIO_new(BIO_s_mem()));
    if (!bio || name == nullptr) return {};
    constexpr unsigned long style =
        XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB;
    X509_NAME_print_ex(bio.get(), name, 0, style | ASN1_STRFLGS_ESC_CTRL);
    char* data = nullptr;
    long size = BIO_get_mem_data(bio.get(), &data);
    std::string text(data, static_cast<std::size_t>(std::max(size, 0L)));
    return text.size() > 512 ? text.substr(0, 512) + "..." : text;
}

XFER_DECL std::string time_text(const ASN1_TIME* time) {
    bio_ptr bio(BIO_new(BIO_s_mem()));
    if (!bio || time == nullptr || ASN1_TIME_print(bio.get(), time) != 1) return {};
    char* data = nullptr;
    long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

XFER_DECL std::string names_of(X509* certificate, std::size_t most) {
    general_names_ptr names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    std::size_t found = 0;
    std::string text;
    for (int i = 0; i < count; ++i) {
        int type = 0;
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        void* value = GENERAL_NAME_get0_value(name, &type);
        if (type != GEN_DNS && type != GEN_IPADD) continue;
        if (++found > most) continue;
        auto string = static_cast<const ASN1_STRING*>(value);
        std::string_view bytes(
            reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))
        );
        if (!text.empty()) text += ", ";
        if (type == GEN_DNS) {
            text += printable(bytes, 255);
        } else if (bytes.size() == 4 || bytes.size() == 16) {
            std::array<char, INET6_ADDRSTRLEN> address{};
            int family = bytes.size() == 4 ? AF_INET : AF_INET6;
            ::inet_ntop(family, bytes.data(), address.data(), address.size());
            text += address.data();
        }
    }
    if (found == 0) return "no host at all (it has no subjectAltName)";
    if (found > most) text += " and " + std::to_string(found - most) + " more";
    return text;
}

XFER_DECL bool certificate_names(X509* certificate, const tls_peer_name& name) {
    int result = 0;
    if (name.is_address()) {
        auto bytes = reinterpret_cast<const unsigned char*>(name.address().data());
        result = X509_check_ip(certificate, bytes, name.address().size(), 0);
    } else {
        const auto& text = name.text();
        result = X509_check_host(
            certificate, text.data(), text.size(), tls_detail::tls_name_flags, nullptr
        );
    }
    ERR_clear_error();
    return result == 1;
}

XFER_DECL bool tls_verifier::refuse(error e, std::string why) {
    failed_ = e;
    why_ = std::move(why);
    return false;
}

XFER_DECL bool tls_verifier::prepare(SSL* ssl) const {
    X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(param, tls_detail::tls_name_flags);
    const auto& text = name_.text();
    if (name_.is_address()) {
        auto bytes = reinterpret_cast<const unsigned char*>(name_.address().data());
        return !policy_->verify_host ||
               X509_VERIFY_PARAM_set1_ip(param, bytes, name_.address().size()) == 1;
    }
    bool named = !policy_->verify_host || SSL_set1_host(ssl, text.c_str()) == 1;
    return named && SSL_set_tlsext_host_name(ssl, text.c_str()) == 1;
}

XFER_DECL bool tls_verifier::check_chain(X509_STORE_CTX* chain) {
    bool good = true;
    X509* leaf = X509_STORE_CTX_get0_cert(chain);
    if (policy_->verify_peer && X509_verify_cert(chain) != 1) {
        int code = X509_STORE_CTX_get_error(chain);
        error e = certificate_error(code);
        if (e == error::certificate_host_mismatch) {
            good = check_host(leaf);
        } else {
            X509* broken = X509_STORE_CTX_get_current_cert(chain);
            if (broken == nullptr) broken = leaf;
            std::string why =
                "the certificate that " + name_.text() +
                " shows is refused: " + X509_verify_cert_error_string(code);
            why += " (subject " + name_text(X509_get_subject_name(broken));
            why += ", issuer " + name_text(X509_get_issuer_name(broken));
            why += ", valid from " + time_text(X509_get0_notBefore(broken));
            why += " to " + time_text(X509_get0_notAfter(broken)) + "): ";
            good = refuse(e, why + std::string(tls_detail::advice(e, code)));
        }
        // A chain that was refused stays refused, whatever the explanation found.
        if (good) good = refuse(e, X509_verify_cert_error_string(code));
    }
    good = good && check_host(leaf) && check_pins(leaf);
    if (!good && X509_STORE_CTX_get_error(chain) == X509_V_OK) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    chain_passed_ = good;
    return good;
}

XFER_DECL bool tls_verifier::check_host(X509* certificate) {
    if (!policy_->verify_host || certificate_names(certificate, name_)) return true;
    return refuse(
        error::certificate_host_mismatch,
        "the certificate that " + name_.text() + " shows is for " +
            names_of(certificate) + ", not for " + name_.text() +
            ": check the host in the URL; if it is right, the server needs a "
            "certificate that names it"
    );
}

XFER_DECL bool tls_verifier::check_pins(X509* certificate) {
    const auto& pins = policy_->pinned_keys;
    if (pins.empty()) return true;
    unsigned char* der = nullptr;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    openssl_ptr<unsigned char, tls_detail::free_openssl_bytes> owner(der);
    tls_fingerprint seen{};
    bool hashed = size > 0 && EVP_Digest(
                                  der,
                                  static_cast<std::size_t>(size),
                                  seen.data(),
                                  nullptr,
                                  EVP_sha256(),
                                  nullptr
                              ) == 1;
    if (hashed && std::find(pins.begin(), pins.end(), seen) != pins.end()) return true;
    std::array<unsigned char, 45> base64{};
    EVP_EncodeBlock(base64.data(), seen.data(), static_cast<int>(seen.size()));
    return refuse(
        error::pin_mismatch,
        "the public key of " + name_.text() + " is none of the pinned ones; it is " +
            "sha256//" + reinterpret_cast<const char*>(base64.data())
    );
}

XFER_DECL bool tls_verifier::check_dates(X509* certificate) {
    if (!policy_->verify_peer) return true;
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0) return true;
    return refuse(
        error::certificate_expired,
        "the certificate of " + name_.text() + " has expired since the session that " +
            "was resumed began: " +
            std::string(tls_detail::advice(error::certificate_expired))
    );
}

XFER_DECL std::optional<verified_peer> tls_verifier::accept(SSL* ssl) {
    bool resumed = SSL_session_reused(ssl) == 1;
    X509* certificate = SSL_get0_peer_certificate(ssl);
    bool good = false;
    if (certificate == nullptr) {
        refuse(error::certificate_invalid, name_.text() + " shows no certificate");
    } else if (resumed) {
        good = check_dates(certificate) && check_host(certificate) &&
               check_pins(certificate);
    } else if (chain_passed_) {
        good = true;
    } else if (!failed_) {
        refuse(
            error::certificate_invalid,
            "the certificate of " + name_.text() + " was never verified"
        );
    }
    if (!good) return std::nullopt;
    return verified_peer(policy_->verify_peer, policy_->verify_host);
}

}  // namespace XFER_NAMESPACE::net
