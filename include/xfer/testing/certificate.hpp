// Certificates made in memory, for tests: an authority, and what it issues.
#pragma once

#include <xfer/config.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace XFER_NAMESPACE::testing {

/// The kind of a key. EC keys take microseconds to make, RSA keys a tenth of a second.
enum class key_kind {
    p256,  ///< ECDSA, P-256
    p384,  ///< ECDSA, P-384
    rsa,   ///< of certificate_spec::rsa_bits
};

/// What a certificate's extendedKeyUsage allows.
enum class key_usage {
    server,  ///< serverAuth
    client,  ///< clientAuth
    any,     ///< the extension is left out
};

/// What is to be certified. The defaults make a good server's certificate, once it has
/// names.
struct certificate_spec {
    /// subjectAltName: address literals become iPAddress, all else dNSName.
    std::vector<std::string> names;
    /// dNSNames as they stand, NUL bytes and address literals included.
    std::vector<std::string> raw_dns_names;
    /// The CN of the subject; names for hosts belong to `names`.
    std::string common_name = "xfer test";
    /// Begin of validity, from now.
    std::chrono::seconds not_before = std::chrono::hours(-1);
    /// End of validity, from now; before now: an expired one.
    std::chrono::seconds not_after = std::chrono::hours(24);
    /// What it may be used for.
    key_usage usage = key_usage::server;
    bool ca = false;  ///< basicConstraints CA:TRUE
    /// For an authority: the only DNS names that may stand below it.
    std::vector<std::string> permitted_names;
    /// Its key.
    key_kind key = key_kind::p256;
    /// Of an RSA key; below 2048 it is weak for OpenSSL's security level 2.
    unsigned rsa_bits = 2048;
    /// The digest the issuer signs with: "SHA256", "SHA1".
    std::string digest = "SHA256";
};

/// A certificate and its key.
struct identity {
    std::string certificate_pem;  ///< append what stands between it and the root
    std::string key_pem;          ///< its private key, unencrypted
};

/// A certificate authority of its own: nothing trusts it that is not told to.
///
///     testing::authority ca;
///     auto leaf = ca.issue({"localhost", "127.0.0.1"});
///     // client: tls().ca_pem(ca.certificate_pem())
///     // server: leaf.certificate_pem, leaf.key_pem
///
/// Throws std::runtime_error where OpenSSL refuses. A value that is cheap to copy.
class authority {
 public:
    /// A self-signed root.
    XFER_DECL explicit authority(const std::string& common_name = "xfer test root");
    /// A self-signed root as specified; `ca` says whether it may issue.
    XFER_DECL explicit authority(const certificate_spec& spec);

    /// A server's certificate for these names and addresses.
    [[nodiscard]] XFER_DECL identity issue(std::vector<std::string> names) const;
    /// A certificate as specified.
    [[nodiscard]] XFER_DECL identity issue(const certificate_spec& spec) const;
    /// An authority below this one. Set spec.ca, or make one that may not issue.
    [[nodiscard]] XFER_DECL authority intermediate(const certificate_spec& spec) const;

    /// A revocation list (CRL) in PEM that takes these certificates of its own back, in
    /// force for `lifetime` from now; a negative one: it has expired.
    [[nodiscard]] XFER_DECL std::string revocation_list(
        const std::vector<std::string>& certificates_pem = {},
        std::chrono::seconds lifetime = std::chrono::hours(24)
    ) const;

    /// Its own certificate: what a client trusts. Lives as long as the authority.
    [[nodiscard]] XFER_DECL const std::string& certificate_pem() const noexcept;
    /// Its private key, unencrypted. Lives as long as the authority.
    [[nodiscard]] XFER_DECL const std::string& key_pem() const noexcept;

 private:
    struct state;
    XFER_DECL explicit authority(std::shared_ptr<const state> made);
    std::shared_ptr<const state> state_;
};

/// A certificate that its own key signed.
[[nodiscard]] XFER_DECL identity self_signed(const certificate_spec& spec);

/// The same key as PEM, encrypted with a passphrase (AES-256).
[[nodiscard]] XFER_DECL std::string encrypt_key(
    const std::string& key_pem, const std::string& passphrase
);

/// The pin of a certificate's public key, as xfer::tls::pin_public_key takes it.
[[nodiscard]] XFER_DECL std::string public_key_pin(const std::string& certificate_pem);

}  // namespace XFER_NAMESPACE::testing

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/testing/impl/certificate.ipp>
#endif
