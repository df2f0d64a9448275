// Certificates and keys as they come from users: files, directories and PEM text.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/openssl_ptr.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace XFER_NAMESPACE::net {

/// The SHA-256 of a TLS configuration's content.
using tls_fingerprint = std::array<unsigned char, 32>;

/// Hashes fields one after the other, each with its length, so that no two sequences
/// of fields look alike.
class tls_hasher {
 public:
    XFER_DECL tls_hasher();
    XFER_DECL void add(std::string_view field);
    [[nodiscard]] XFER_DECL tls_fingerprint finish();

 private:
    digest_ptr digest_;
};

/// The text of OpenSSL's oldest queued error, as in "bad decrypt"; empties the queue.
[[nodiscard]] XFER_DECL std::string take_openssl_reason();

/// Reads a file of at most 64 MiB. On failure: false, and `why` says which file and
/// what the system said.
[[nodiscard]] XFER_DECL bool read_material(
    const std::string& path, std::string_view what, std::string& text, std::string& why
);

/// All certificates of a PEM text; other PEM blocks are skipped. `what` names the text
/// in `why`. False when there is none, or one is broken.
[[nodiscard]] XFER_DECL bool parse_certificates(
    std::string_view pem,
    const std::string& what,
    std::vector<x509_ptr>& out,
    std::string& why
);

/// The same for revocation lists.
[[nodiscard]] XFER_DECL bool parse_revocation_lists(
    std::string_view pem,
    const std::string& what,
    std::vector<x509_crl_ptr>& out,
    std::string& why
);

/// The first private key of a PEM text. Never prompts for a passphrase.
[[nodiscard]] XFER_DECL key_ptr parse_key(
    std::string_view pem,
    const std::string& passphrase,
    const std::string& what,
    std::string& why
);

/// The certificate files of a directory, in order of their names: *.pem, *.crt, and
/// eight hexadecimal digits with a number, as `openssl rehash` names them.
[[nodiscard]] XFER_DECL bool list_certificates(
    const std::string& directory, std::vector<std::string>& paths, std::string& why
);

/// The digest in a pin "sha256//BASE64"; false when it is not one.
[[nodiscard]] XFER_DECL bool parse_pin(std::string_view pin, tls_fingerprint& out);

}  // namespace XFER_NAMESPACE::net

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/tls_material.ipp>
#endif
