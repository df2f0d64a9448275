// SHA-256 by OpenSSL's EVP.
#include "output/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <utility>

namespace tool {

namespace {

EVP_MD_CTX* as_context(void* p) noexcept { return static_cast<EVP_MD_CTX*>(p); }

}  // namespace

void sha256::closer::operator()(void* context) const noexcept {
    EVP_MD_CTX_free(as_context(context));
}

sha256::sha256() : context_(EVP_MD_CTX_new()) {
    if (context_ &&
        EVP_DigestInit_ex(as_context(context_.get()), EVP_sha256(), nullptr) != 1) {
        context_.reset();
    }
}

sha256::~sha256() = default;

bool sha256::add(std::string_view bytes) {
    if (context_ &&
        EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size()) != 1) {
        context_.reset();
    }
    return context_ != nullptr;
}

std::optional<std::string> sha256::text() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const auto context = std::move(context_);
    if (!context ||
        EVP_DigestFinal_ex(as_context(context.get()), digest.data(), &size) != 1) {
        return std::nullopt;
    }
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4U];
        out += "0123456789abcdef"[digest[i] & 15U];
    }
    return out;
}

std::optional<std::string> sha256::of_file(const std::string& path) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(path.c_str(), "rbe"), &std::fclose
    );
    if (!file) {
        return std::nullopt;
    }
    sha256 hash;
    std::array<char, 65536> space;
    std::size_t n = 0;
    while ((n = std::fread(space.data(), 1, space.size(), file.get())) > 0) {
        hash.add({space.data(), n});
    }
    return std::ferror(file.get()) == 0 ? hash.text() : std::nullopt;
}

}  // namespace tool
