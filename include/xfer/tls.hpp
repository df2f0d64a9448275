// How a transfer speaks TLS: the configuration a user sets, and what was negotiated.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace XFER_NAMESPACE {

/// A version of TLS. Older ones are broken (RFC 8996) and cannot be named.
enum class tls_version : std::uint8_t {
    v1_2,  ///< RFC 5246
    v1_3,  ///< RFC 8446
};

/// A client certificate in PEM files: the certificate first, then its chain.
struct tls_certificate_files {
    std::string certificate;  ///< path
    std::string key;          ///< path; empty: the key is in the certificate's file
    std::string passphrase;   ///< of an encrypted key; nobody is ever prompted for it
    /// Whether paths and passphrase are the same as text.
    [[nodiscard]] XFER_DECL bool operator==(const tls_certificate_files& other) const;
};

/// A client certificate as PEM text: the certificate first, then its chain.
struct tls_certificate_pem {
    std::string certificate;  ///< text
    std::string key;          ///< text; empty: the key is in the certificate's text
    std::string passphrase;   ///< of an encrypted key; nobody is ever prompted for it
    /// Whether the texts are the same.
    [[nodiscard]] XFER_DECL bool operator==(const tls_certificate_pem& other) const;
};

/// All that can be set, as plain data. Absent means OpenSSL's default.
struct tls_settings {
    std::optional<std::string> ca_file;       ///< see tls::ca_file()
    std::optional<std::string> ca_directory;  ///< see tls::ca_directory()
    std::optional<std::string> ca_pem;        ///< see tls::ca_pem()
    bool ca_native = false;                   ///< see tls::ca_native()
    std::optional<bool> partial_chain;        ///< see tls::partial_chain()
    std::optional<std::string> crl_file;      ///< see tls::crl_file()
    std::optional<std::string> crl_pem;       ///< see tls::crl_pem()
    /// What is shown to a server that asks for it; the first: nothing.
    std::variant<std::monostate, tls_certificate_files, tls_certificate_pem>
        client_certificate;
    tls_version min_version = tls_version::v1_2;  ///< the oldest to accept
    tls_version max_version = tls_version::v1_3;  ///< the newest to offer
    std::optional<std::string> ciphers;           ///< of TLS 1.2, see tls::ciphers()
    std::optional<std::string> tls13_ciphers;     ///< see tls::tls13_ciphers()
    std::optional<std::string> groups;            ///< see tls::groups()
    std::optional<std::string>
        signature_algorithms;  ///< see tls::signature_algorithms()
    std::vector<std::string>
        pinned_keys;          ///< see tls::pin_public_key(); empty: any key
    bool verify_peer = true;  ///< the chain must end at a trusted certificate
    bool verify_host = true;  ///< the certificate must be for the host
    std::optional<std::string> key_log_file;  ///< see tls::key_log_file()
    /// Whether both say the same; paths are compared as text.
    [[nodiscard]] XFER_DECL bool operator==(const tls_settings& other) const;
};

/// The TLS configuration of a request: which certificates are trusted, which one is
/// shown, which versions and ciphers are allowed. The default is what a browser does:
/// the system's certificates, TLS 1.2 or newer, chain and host name verified.
///
/// A value: copies are independent and cost a reference count, a default one nothing.
/// Nothing is read or checked here; that happens once per configuration before the
/// first connection, and whatever cannot be enforced fails the transfer then
/// (error::ca_unusable, error::crl_unusable, error::client_certificate_unusable,
/// error::tls_config_invalid). Of the environment only SSL_CERT_FILE and SSL_CERT_DIR
/// are looked at, and those only for the system's certificates.
class tls {
 public:
    /// Trusts the certificates of this PEM file instead of the system's
    /// (CURLOPT_CAINFO). ca_file, ca_directory and ca_pem add up. Each certificate is
    /// an anchor, whether or not it is a root.
    XFER_DECL tls& ca_file(std::string path);
    /// Trusts the certificates of this directory instead of the system's
    /// (CURLOPT_CAPATH): files named *.pem, *.crt, or by hash as `openssl rehash`
    /// does. All are read when the configuration is first used.
    XFER_DECL tls& ca_directory(std::string path);
    /// Trusts the certificates of this PEM text instead of the system's
    /// (CURLOPT_CAINFO_BLOB).
    XFER_DECL tls& ca_pem(std::string text);
    /// Trusts the system's certificates in addition to those of ca_file, ca_directory
    /// and ca_pem (CURLSSLOPT_NATIVE_CA). Without any of these they are trusted anyway.
    /// Default: false.
    XFER_DECL tls& ca_native(bool on = true);
    /// Whether a chain may end at a trusted certificate that is no root (curl's
    /// default; false is CURLSSLOPT_NO_PARTIALCHAIN). If not called: certificates of
    /// ca_* are anchors, be they roots or not, unless there are revocation lists. True
    /// together with revocation lists is error::tls_config_invalid: the anchor's own
    /// revocation could not be looked up.
    XFER_DECL tls& partial_chain(bool on);

    /// Refuses a chain in which a certificate is revoked by a list of this PEM file
    /// (CURLOPT_CRLFILE): error::certificate_revoked. As in curl, every issuer of the
    /// chain, the root included, must have a list that is in force: without one, or
    /// with one past its nextUpdate, the chain is refused too
    /// (error::certificate_invalid). crl_file and crl_pem add up. No session is
    /// resumed, so that every connection asks the lists. They are read once, with all
    /// else: give a newer list as crl_pem, which makes another configuration.
    ///
    /// A file without a list, or one that cannot be read: error::crl_unusable, before
    /// any traffic. Without verify_peer nothing could be revoked:
    /// error::tls_config_invalid.
    XFER_DECL tls& crl_file(std::string path);
    /// The same from PEM text.
    XFER_DECL tls& crl_pem(std::string text);

    /// Shows a certificate to a server that asks for one (CURLOPT_SSLCERT, _SSLKEY,
    /// _KEYPASSWD). `key` empty: it is in the certificate's file.
    XFER_DECL tls& client_certificate(
        std::string certificate, std::string key = {}, std::string passphrase = {}
    );
    /// The same from PEM text (CURLOPT_SSLCERT_BLOB, _SSLKEY_BLOB). The last call of
    /// the two wins.
    XFER_DECL tls& client_certificate_pem(
        std::string certificate, std::string key = {}, std::string passphrase = {}
    );

    /// Shows none.
    XFER_DECL tls& without_client_certificate();

    /// The oldest version to accept. Default: 1.2.
    XFER_DECL tls& min_version(tls_version v);
    /// The newest version to offer. Default: 1.3. Below min_version:
    /// error::tls_config_invalid.
    XFER_DECL tls& max_version(tls_version v);

    /// Ciphers of TLS 1.2 in OpenSSL's syntax (CURLOPT_SSL_CIPHER_LIST). An unknown
    /// name, a security level below 2, or a list that leaves none:
    /// error::tls_config_invalid.
    XFER_DECL tls& ciphers(std::string list);
    /// Ciphers of TLS 1.3, separated by colons (CURLOPT_TLS13_CIPHERS).
    XFER_DECL tls& tls13_ciphers(std::string list);
    /// Key exchange groups, best first, separated by colons (CURLOPT_SSL_EC_CURVES), as
    /// in "X25519:P-256". One that OpenSSL does not know, or that the security level or
    /// the versions rule out: error::tls_config_invalid.
    XFER_DECL tls& groups(std::string list);
    /// Signature algorithms that the server may prove itself with, best first,
    /// separated by colons (CURLOPT_SSL_SIGNATURE_ALGORITHMS), as in
    /// "ecdsa_secp256r1_sha256:RSA-PSS+SHA256". Refused like groups.
    XFER_DECL tls& signature_algorithms(std::string list);

    /// Accepts only a server whose public key has this SHA-256: "sha256//" and the
    /// base64 of the digest of its SubjectPublicKeyInfo (CURLOPT_PINNEDPUBLICKEY).
    /// Call again for more: one of them must match. Checked in addition to all else,
    /// with verification off and on resumed sessions too. Failure: error::pin_mismatch.
    /// What is no such pin: error::tls_config_invalid.
    XFER_DECL tls& pin_public_key(std::string pin);

    /// Whether the certificate's chain must end at a trusted one (CURLOPT_
    /// SSL_VERIFYPEER). Default: true. Independent of verify_host.
    XFER_DECL tls& verify_peer(bool on);
    /// Whether the certificate must be for the URL's host (CURLOPT_SSL_VERIFYHOST).
    /// Default: true. Independent of verify_peer.
    XFER_DECL tls& verify_host(bool on);
    /// Turns both verifications off: anyone on the way can read and change everything.
    XFER_DECL tls& insecure();

    /// DANGEROUS. Appends the secrets of every connection to this file, in the format
    /// of SSLKEYLOGFILE that Wireshark reads: whoever has the file can decrypt what was
    /// recorded of these connections, passwords and cookies included. For debugging
    /// only, and never on by itself: the variable SSLKEYLOGFILE is not read (an OpenSSL
    /// that was built to heed it does so on its own).
    ///
    /// The file is made with mode 0600. One that is there must be a regular file (no
    /// symbolic link) of this user's that nobody else may read or write; it is opened
    /// when the configuration is first used, and what fails then is
    /// error::tls_config_invalid, before any traffic. A line that cannot be written
    /// later on is lost, and the transfer goes on. POSIX only.
    XFER_DECL tls& key_log_file(std::string path);

    /// What was set. Valid until the next setter, or the end of this value.
    [[nodiscard]] XFER_DECL const tls_settings& settings() const noexcept;

    /// Whether both say the same; paths are compared as text, not by content.
    [[nodiscard]] friend bool operator==(const tls& a, const tls& b) {
        return a.settings_ == b.settings_ || a.settings() == b.settings();
    }

 private:
    XFER_DECL tls_settings& change();

    std::shared_ptr<const tls_settings> settings_;  // null: nothing was set
};

/// What a TLS connection negotiated.
struct tls_info {
    std::string version;         ///< "TLSv1.2" or "TLSv1.3"
    std::string cipher;          ///< OpenSSL's name, as in "TLS_AES_256_GCM_SHA384"
    std::string group;           ///< key exchange, as in "x25519"; empty when unknown
    std::string alpn;            ///< the protocol the server chose; empty when none
    std::string subject;         ///< of the server's certificate, as in "CN=a.test"
    std::string issuer;          ///< of the server's certificate
    std::string expires;         ///< its notAfter, as in "Nov 22 20:12:43 2026 GMT"
    bool resumed = false;        ///< an earlier session was taken up again
    bool peer_verified = false;  ///< the chain ended at a trusted certificate
    bool host_verified = false;  ///< the certificate was for the host
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/tls.ipp>
#endif
