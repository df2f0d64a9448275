// Whether a TLS server is who the URL says: chain, host name and pinned keys.
#pragma once

#include <xfer/config.hpp>
#include <xfer/error.hpp>
#include <xfer/net/openssl_ptr.hpp>
#include <xfer/net/tls_material.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE::net {

/// A host as certificates and SNI know it: a DNS name without trailing dot, or an
/// address literal without brackets and zone.
class tls_peer_name {
 public:
    /// Empty for a host that no certificate can name: an empty label (so a leading
    /// dot, or two trailing ones), a NUL, or more than 255 bytes.
    [[nodiscard]] XFER_DECL static std::optional<tls_peer_name> parse(
        std::string_view host
    );

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Whether it is an address: matched against iPAddress only, and never sent as SNI
    /// (RFC 6066 3).
    [[nodiscard]] bool is_address() const noexcept { return !address_.empty(); }
    /// The address, 4 or 16 bytes in network order; empty for a name.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
    tls_peer_name() = default;
    std::string text_;
    std::string address_;
};

/// What is to be verified. Each is checked whatever the others are.
struct tls_policy {
    bool verify_peer = true;                   ///< the chain
    bool verify_host = true;                   ///< the name
    std::vector<tls_fingerprint> pinned_keys;  ///< SHA-256 of the public key; any one
};

/// The proof that a server passed its policy. Only tls_verifier::accept makes it, and
/// a tls_transport cannot be had without it.
class verified_peer {
 public:
    /// Whether the chain was verified; false when the policy did not ask for it.
    [[nodiscard]] bool chain() const noexcept { return chain_; }
    /// Whether the host was verified; false when the policy did not ask for it.
    [[nodiscard]] bool host() const noexcept { return host_; }

 private:
    friend class tls_verifier;
    verified_peer(bool chain, bool host) noexcept : chain_(chain), host_(host) {}
    bool chain_;
    bool host_;
};

/// Verifies one server, for one handshake. `policy` must outlive it.
class tls_verifier {
 public:
    tls_verifier(tls_peer_name name, const tls_policy& policy)
        : name_(std::move(name)), policy_(&policy) {}

    /// Gives the name and its flags to a connection before its handshake, and the name
    /// to SNI. False: out of memory.
    [[nodiscard]] XFER_DECL bool prepare(SSL* ssl) const;

    /// In the handshake, when the server's certificates came: nothing has been sent to
    /// the server that it could use if this says no. Not called when a session is
    /// resumed.
    [[nodiscard]] XFER_DECL bool check_chain(X509_STORE_CTX* chain);

    /// After the handshake: the one place where the token is made. A resumed session
    /// (which the context kept only because its chain was verified) has its name, its
    /// pins and its dates checked again.
    [[nodiscard]] XFER_DECL std::optional<verified_peer> accept(SSL* ssl);

    /// Why it said no: error::certificate_*, error::pin_mismatch. Empty: it did not.
    [[nodiscard]] const std::error_code& failed() const noexcept { return failed_; }
    /// The same as a sentence: the host, the certificate, what to do.
    [[nodiscard]] const std::string& why() const noexcept { return why_; }
    [[nodiscard]] const tls_peer_name& name() const noexcept { return name_; }

 private:
    XFER_DECL bool refuse(error e, std::string why);
    XFER_DECL bool check_host(X509* certificate);
    XFER_DECL bool check_pins(X509* certificate);
    XFER_DECL bool check_dates(X509* certificate);

    tls_peer_name name_;
    const tls_policy* policy_;
    bool chain_passed_ = false;
    std::error_code failed_;
    std::string why_;
};

/// The error for a result of chain verification (X509_V_ERR_*).
[[nodiscard]] XFER_DECL error certificate_error(int verify_error) noexcept;

/// Whether the certificate is for this name: by subjectAltName only, with wildcards
/// only as a whole left-most label above at least two more.
[[nodiscard]] XFER_DECL bool certificate_names(X509* certificate, const tls_peer_name&);

/// The names and addresses that a certificate is for, at most `most` of them.
[[nodiscard]] XFER_DECL std::string names_of(X509* certificate, std::size_t most = 5);

/// "CN=a.test, O=Example": RFC 2253's text, escaped, in reading order.
[[nodiscard]] XFER_DECL std::string name_text(const X509_NAME* name);

/// "Nov 22 20:12:43 2026 GMT".
[[nodiscard]] XFER_DECL std::string time_text(const ASN1_TIME* time);

/// Bytes of a peer in quotes that do no harm in a terminal or a log.
[[nodiscard]] XFER_DECL std::string printable(std::string_view bytes, std::size_t most);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_verify.ipp>
#endif
