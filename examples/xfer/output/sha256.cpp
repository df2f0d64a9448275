// SHA-256 by OpenSSL's EVP.
#include "output/sha256.hpp"

#include "output/files.hpp"

#include <openssl/evp.h>

#include <array>

namespace tool {

struct sha256::state {
    struct deleter {
        void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
    };
    std::unique_ptr<EVP_MD_CTX, deleter> context{EVP_MD_CTX_new()};
};

sha256::sha256() : state_(std::make_unique<state>()) { reset(); }

sha256::~sha256() = default;

void sha256::reset() {
    EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}

void sha256::add(std::string_view bytes) {
    EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string sha256::text() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4U];
        out += "0123456789abcdef"[digest[i] & 15U];
    }
    return out;
}

std::string sha256::of_file(const std::string& path) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(path.c_str(), "rbe"), &std::fclose
    );
    if (!file) {
        return {};
    }
    sha256 hash;
    std::array<char, 65536> space;
    std::size_t n = 0;
    while ((n = std::fread(space.data(), 1, space.size(), file.get())) > 0) {
        hash.add({space.data(), n});
    }
    return hash.text();
}

}  // namespace tool
