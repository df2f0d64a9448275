// The hashes of Digest authentication, by OpenSSL.
#pragma once

#include <xfer/detail/secret.hpp>
#include <xfer/proto/digest.hpp>
#include <xfer/proto/octets.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>

namespace XFER_NAMESPACE::proto {
namespace detail_digest {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

[[nodiscard]] inline const EVP_MD* implementation(digest_hash hash) noexcept {
    switch (hash) {
        case digest_hash::md5:
            return EVP_md5();
        case digest_hash::sha_256:
            return EVP_sha256();
        case digest_hash::sha_512_256:
            return EVP_sha512_256();
    }
    return nullptr;
}

[[nodiscard]] inline std::string_view name_of(const digest_challenge& challenge
) noexcept {
    switch (challenge.hash) {
        case digest_hash::md5:
            return challenge.session ? "MD5-sess" : "MD5";
        case digest_hash::sha_256:
            return challenge.session ? "SHA-256-sess" : "SHA-256";
        case digest_hash::sha_512_256:
            return challenge.session ? "SHA-512-256-sess" : "SHA-512-256";
    }
    return {};
}

/// A hash in hexadecimal, in memory that is overwritten: that of the password is as
/// good as the password.
class hex_hash {
 public:
    hex_hash() = default;
    hex_hash(const hex_hash&) = delete;
    hex_hash& operator=(const hex_hash&) = delete;
    ~hex_hash() { detail::wipe(text_); }

    /// Of the parts, with a colon between each two. False if OpenSSL cannot do it.
    [[nodiscard]] bool make(
        digest_hash hash, std::initializer_list<std::string_view> parts
    ) {
        struct free {
            void operator()(EVP_MD_CTX* context) const noexcept {
                EVP_MD_CTX_free(context);
            }
        };
        const std::unique_ptr<EVP_MD_CTX, free> context(EVP_MD_CTX_new());
        bool good =
            context != nullptr &&
            EVP_DigestInit_ex(context.get(), implementation(hash), nullptr) == 1;
        bool first = true;
        for (const std::string_view part : parts) {
            good = good && (first || EVP_DigestUpdate(context.get(), ":", 1) == 1) &&
                   EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
            first = false;
        }
        std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
        unsigned size = 0;
        good = good && EVP_DigestFinal_ex(context.get(), octets.data(), &size) == 1 &&
               std::size_t{size} * 2 <= text_.size();
        size_ = 0;
        for (unsigned i = 0; good && i < size; ++i) {
            text_[size_++] = hex_digits[octets[i] >> 4U];
            text_[size_++] = hex_digits[octets[i] & 15U];
        }
        OPENSSL_cleanse(octets.data(), octets.size());
        return good;
    }

    [[nodiscard]] std::string_view view() const noexcept {
        return {text_.data(), size_};
    }

 private:
    std::array<char, 64> text_{};
    std::size_t size_ = 0;
};

/// Eight hexadecimal digits (RFC 7616 3.4: nc-value).
[[nodiscard]] inline std::array<char, 8> count_text(std::uint32_t count) noexcept {
    std::array<char, 8> text{};
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, count >>= 4U) {
        *digit = hex_digits[count & 15U];
    }
    return text;
}

inline void append_quoted(
    std::string& out, std::string_view name, std::string_view value
) {
    out.append(name).append("=\"");
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
}

/// The size of the UTF-8 sequence (RFC 3629 4) that the text begins with, or 0.
[[nodiscard]] inline std::size_t utf8_size(std::string_view text) noexcept {
    const auto octet = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned lead = octet(0);
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    // The second octet rules out what is too long, surrogates, and past U+10FFFF.
    const unsigned low = lead == 0xe0 ? 0xa0U : lead == 0xf0 ? 0x90U : 0x80U;
    const unsigned high = lead == 0xed ? 0x9fU : lead == 0xf4 ? 0x8fU : 0xbfU;
    if (octet(1) < low || octet(1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if (octet(i) < 0x80 || octet(i) > 0xbf) return 0;
    }
    return size;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

/// username*, an ext-value (RFC 8187 3.2.1).
inline void append_extended_user(std::string& out, std::string_view user) {
    constexpr std::string_view marks = "!#$&+-.^_`|~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += "username*=UTF-8''";
    for (const char c : user) {
        const auto octet = static_cast<unsigned char>(c);
        const char lower = to_lower(c);
        if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
            marks.find(c) != marks.npos) {
            out += c;
        } else {
            out += '%';
            out += digits[octet >> 4U];
            out += digits[octet & 15U];
        }
    }
}

/// The parts of an answer that are hashed.
struct answer {
    hex_hash user;  // if it is to be hashed
    hex_hash response;
    std::array<char, 8> count{};

    [[nodiscard]] std::string_view count_view() const noexcept {
        return {count.data(), count.size()};
    }
};

/// RFC 7616 3.4.1 to 3.4.4. False if OpenSSL cannot do it.
[[nodiscard]] inline bool compute(
    answer& out,
    const digest_challenge& challenge,
    const digest_facts& facts,
    digest_qop qop
) {
    const digest_hash hash = challenge.hash;
    hex_hash a1;
    hex_hash session_a1;
    hex_hash a2;
    hex_hash body;
    bool good = a1.make(hash, {facts.user, challenge.realm, facts.password});
    const hex_hash* key = &a1;
    if (challenge.session) {
        const std::string_view nonce = facts.session_nonce.empty()
                                           ? std::string_view(challenge.nonce)
                                           : facts.session_nonce;
        good = good && session_a1.make(hash, {a1.view(), nonce, facts.cnonce});
        key = &session_a1;
    }
    out.count = count_text(facts.count);
    if (qop == digest_qop::auth_int) {
        good = good && body.make(hash, {*facts.body}) &&
               a2.make(hash, {facts.method, facts.target, body.view()});
    } else {
        good = good && a2.make(hash, {facts.method, facts.target});
    }
    if (qop == digest_qop::legacy) {
        good =
            good && out.response.make(hash, {key->view(), challenge.nonce, a2.view()});
    } else {
        good = good && out.response.make(
                           hash,
                           {key->view(),
                            challenge.nonce,
                            out.count_view(),
                            facts.cnonce,
                            qop == digest_qop::auth_int ? "auth-int" : "auth",
                            a2.view()}
                       );
    }
    if (challenge.userhash) {
        good = good && out.user.make(hash, {facts.user, challenge.realm});
    }
    return good;
}

/// In the order of the RFC's examples.
inline void append(
    std::string& out,
    const answer& made,
    const digest_challenge& challenge,
    const digest_facts& facts,
    digest_qop qop
) {
    out += "Digest ";
    if (challenge.userhash) {
        append_quoted(out, "username", made.user.view());
    } else if (challenge.utf8 && !is_ascii(facts.user) && is_utf8(facts.user)) {
        append_extended_user(out, facts.user);
    } else {
        append_quoted(out, "username", facts.user);
    }
    append_quoted(out, ", realm", challenge.realm);
    append_quoted(out, ", uri", facts.target);
    if (challenge.names_algorithm)
        out.append(", algorithm=").append(name_of(challenge));
    append_quoted(out, ", nonce", challenge.nonce);
    if (qop != digest_qop::legacy) {
        out.append(", nc=").append(made.count_view());
        append_quoted(out, ", cnonce", facts.cnonce);
        out.append(qop == digest_qop::auth_int ? ", qop=auth-int" : ", qop=auth");
    }
    append_quoted(out, ", response", made.response.view());
    if (challenge.opaque) append_quoted(out, ", opaque", *challenge.opaque);
    if (challenge.userhash) out += ", userhash=true";
}

/// False if the name is not known.
[[nodiscard]] inline bool read_algorithm(digest_challenge& out, std::string_view name) {
    constexpr std::string_view suffix = "-sess";
    if (name.size() > suffix.size() &&
        iequals(name.substr(name.size() - suffix.size()), suffix)) {
        out.session = true;
        name.remove_suffix(suffix.size());
    }
    out.names_algorithm = true;
    if (iequals(name, "MD5")) {
        out.hash = digest_hash::md5;
    } else if (iequals(name, "SHA-256")) {
        out.hash = digest_hash::sha_256;
    } else if (iequals(name, "SHA-512-256")) {
        out.hash = digest_hash::sha_512_256;
    } else {
        return false;
    }
    return true;
}

}  // namespace detail_digest

XFER_DECL std::optional<digest_challenge> read_digest_challenge(
    const auth_challenge& challenge
) {
    const auto realm = challenge.find("realm");
    const auto nonce = challenge.find("nonce");
    if (!iequals(challenge.scheme, "Digest") || !realm || !nonce || nonce->empty()) {
        return std::nullopt;
    }
    digest_challenge out;
    out.realm = *realm;
    out.nonce = *nonce;
    if (const auto opaque = challenge.find("opaque")) out.opaque = std::string(*opaque);
    if (const auto name = challenge.find("algorithm")) {
        if (!detail_digest::read_algorithm(out, *name)) return std::nullopt;
    }
    if (const auto qop = challenge.find("qop")) {
        for (const auto member : fields_view::members(*qop)) {
            out.auth = out.auth || iequals(member, "auth");
            out.auth_int = out.auth_int || iequals(member, "auth-int");
        }
        if (out.legacy()) return std::nullopt;
    } else if (out.session) {
        return std::nullopt;
    }
    const auto is = [&](std::string_view name, std::string_view value) {
        const auto found = challenge.find(name);
        return found && iequals(*found, value);
    };
    out.stale = is("stale", "true");
    out.userhash = is("userhash", "true");
    out.utf8 = is("charset", "UTF-8");
    return out;
}

XFER_DECL std::optional<digest_qop> choose_qop(
    const digest_challenge& challenge, bool body_known
) noexcept {
    if (challenge.legacy()) return digest_qop::legacy;
    if (challenge.auth_int && body_known) return digest_qop::auth_int;
    if (challenge.auth) return digest_qop::auth;
    return std::nullopt;
}

XFER_DECL refusal append_digest(
    std::string& out, const digest_challenge& challenge, const digest_facts& facts
) {
    const auto qop = choose_qop(challenge, facts.body.has_value());
    if (!qop) {
        return {
            error::invalid_option, "the server wants a body that is known as a whole"};
    }
    if (!is_field_value(facts.user) || !is_field_value(facts.password)) {
        return {error::invalid_option, "user or password have a control character"};
    }
    detail_digest::answer made;
    if (!detail_digest::compute(made, challenge, facts, *qop)) {
        return {error::invalid_option, "OpenSSL does not provide the hash"};
    }
    detail_digest::append(out, made, challenge, facts, *qop);
    return {};
}

}  // namespace XFER_NAMESPACE::proto
