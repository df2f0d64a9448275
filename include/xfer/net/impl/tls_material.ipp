// Reading of certificates and keys, with sentences for everything that can be wrong.
#pragma once

#include <xfer/net/tls_material.hpp>
#include <xfer/proto/base64.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <system_error>

namespace XFER_NAMESPACE::net {

XFER_DECL tls_hasher::tls_hasher() : digest_(EVP_MD_CTX_new()) {
    if (!digest_ || EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr) != 1) {
        throw std::bad_alloc();
    }
}

XFER_DECL void tls_hasher::add(std::string_view field) {
    std::uint64_t size = field.size();
    EVP_DigestUpdate(digest_.get(), &size, sizeof size);
    EVP_DigestUpdate(digest_.get(), field.data(), field.size());
}

XFER_DECL tls_fingerprint tls_hasher::finish() {
    tls_fingerprint result{};
    EVP_DigestFinal_ex(digest_.get(), result.data(), nullptr);
    return result;
}

XFER_DECL std::string take_openssl_reason() {
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    if (const char* reason = ERR_reason_error_string(code)) return reason;
    std::array<char, 128> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

XFER_DECL bool read_material(
    const std::string& path, std::string_view what, std::string& text, std::string& why
) {
    constexpr std::size_t limit = 64u << 20;
    auto fail = [&](const std::string& reason) {
        why = std::string(what) + " '" + path + "' cannot be read: " + reason;
        return false;
    };
    if (path.find('\0') != path.npos) return fail("its path contains a NUL");
    std::unique_ptr<std::FILE, openssl_free<std::fclose>> file(
        std::fopen(path.c_str(), "rbe")
    );
    if (!file) return fail(std::generic_category().message(errno));
    text.clear();
    std::array<char, 16384> block;
    while (std::size_t n = std::fread(block.data(), 1, block.size(), file.get())) {
        text.append(block.data(), n);
        if (text.size() > limit) return fail("it is larger than 64 MiB");
    }
    if (std::ferror(file.get())) return fail(std::generic_category().message(errno));
    if (text.empty()) return fail("it is empty");
    return true;
}

namespace tls_detail {

inline bio_ptr memory_bio(std::string_view text) {
    bio_ptr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) throw std::bad_alloc();
    return bio;
}

/// Answers OpenSSL's question for a passphrase from memory, and notes that it asked.
struct passphrase_source {
    const std::string& passphrase;
    bool asked = false;

    static int answer(char* buffer, int size, int, void* self) {
        auto& source = *static_cast<passphrase_source*>(self);
        source.asked = true;
        auto length = source.passphrase.size();
        if (length == 0 || length > static_cast<std::size_t>(size)) return -1;
        source.passphrase.copy(buffer, length);
        return static_cast<int>(length);
    }
};

inline bool only_end_of_pem() {
    unsigned long last = ERR_peek_last_error();
    return ERR_GET_LIB(last) == ERR_LIB_PEM &&
           ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

/// What a kind of PEM block is called, in sentences and in its first line.
struct pem_kind {
    std::string_view word;
    std::string_view label;
};

/// All blocks of one kind; others are skipped. See parse_certificates().
template <auto Read, class Pointer>
bool parse_all(
    std::string_view pem,
    const std::string& what,
    pem_kind kind,
    std::vector<Pointer>& out,
    std::string& why
) {
    ERR_clear_error();
    auto before = out.size();
    auto bio = memory_bio(pem);
    // An empty passphrase: an encrypted block must not make OpenSSL prompt.
    const std::string none;
    passphrase_source source{none};
    while (auto* one = Read(bio.get(), nullptr, passphrase_source::answer, &source)) {
        out.emplace_back(one);
    }
    auto read = out.size() - before;
    const std::string word(kind.word);
    if (!only_end_of_pem()) {
        why = what + ": " + word + " number " + std::to_string(read + 1) +
              " is broken: " + take_openssl_reason();
        return false;
    }
    ERR_clear_error();
    if (read == 0) {
        why = what + " holds no " + word +
              ": it must have PEM blocks that start with -----BEGIN " +
              std::string(kind.label) + "-----";
        return false;
    }
    return true;
}

inline bool is_certificate_file(const std::filesystem::path& path) {
    auto extension = path.extension().string();
    if (extension == ".pem" || extension == ".crt") return true;
    auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
    auto hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
    auto stem = path.stem().string();
    return stem.size() == 8 && std::all_of(stem.begin(), stem.end(), hex) &&
           extension.size() > 1 &&
           std::all_of(extension.begin() + 1, extension.end(), digit);
}

}  // namespace tls_detail

XFER_DECL bool parse_certificates(
    std::string_view pem,
    const std::string& what,
    std::vector<x509_ptr>& out,
    std::string& why
) {
    constexpr tls_detail::pem_kind kind{"certificate", "CERTIFICATE"};
    return tls_detail::parse_all<PEM_read_bio_X509_AUX>(pem, what, kind, out, why);
}

XFER_DECL bool parse_revocation_lists(
    std::string_view pem,
    const std::string& what,
    std::vector<x509_crl_ptr>& out,
    std::string& why
) {
    constexpr tls_detail::pem_kind kind{"revocation list", "X509 CRL"};
    return tls_detail::parse_all<PEM_read_bio_X509_CRL>(pem, what, kind, out, why);
}

XFER_DECL key_ptr parse_key(
    std::string_view pem,
    const std::string& passphrase,
    const std::string& what,
    std::string& why
) {
    ERR_clear_error();
    auto bio = tls_detail::memory_bio(pem);
    tls_detail::passphrase_source source{passphrase};
    key_ptr key(PEM_read_bio_PrivateKey(
        bio.get(), nullptr, tls_detail::passphrase_source::answer, &source
    ));
    if (key) {
        ERR_clear_error();
        return key;
    }
    if (source.asked && passphrase.empty()) {
        why = what + " is encrypted: give its passphrase";
    } else if (source.asked) {
        why = what + " cannot be decrypted: the passphrase is wrong";
    } else {
        why = what + " holds no private key in PEM form: " + take_openssl_reason();
    }
    ERR_clear_error();
    return nullptr;
}

XFER_DECL bool list_certificates(
    const std::string& directory, std::vector<std::string>& paths, std::string& why
) {
    std::error_code ec;
    if (directory.find('\0') != directory.npos) {
        why = "the path of the CA directory contains a NUL";
        return false;
    }
    std::filesystem::directory_iterator entries(directory, ec);
    while (!ec && entries != std::filesystem::directory_iterator()) {
        if (tls_detail::is_certificate_file(entries->path())) {
            paths.push_back(entries->path().string());
        }
        entries.increment(ec);
    }
    if (ec) {
        why = "CA directory '" + directory + "' cannot be read: " + ec.message();
        return false;
    }
    if (paths.empty()) {
        why = "CA directory '" + directory +
              "' holds no certificate file (*.pem, *.crt "
              "or a name made by `openssl rehash`)";
        return false;
    }
    std::sort(paths.begin(), paths.end());
    return true;
}

XFER_DECL bool parse_pin(std::string_view pin, tls_fingerprint& out) {
    constexpr std::string_view prefix = "sha256//";
    if (!pin.starts_with(prefix)) return false;
    auto digest = proto::base64_decode(pin.substr(prefix.size()));
    if (!digest || digest->size() != out.size()) return false;
    std::copy(digest->begin(), digest->end(), out.begin());
    return true;
}

}  // namespace XFER_NAMESPACE::net
