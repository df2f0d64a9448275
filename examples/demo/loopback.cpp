// The servers of the demo: files made up in a temporary directory, served by http and
// by https on this machine.
#include "loopback.hpp"

#include "output/sha256.hpp"
#include "output/statistics.hpp"
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/server.hpp>

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace demo {

namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

/// How many files there are of which size, at most: few large ones, many small ones.
struct tier {
    std::uint64_t size;
    int count;
};
constexpr tier tiers[] = {
    {64 * mib, 3},
    {32 * mib, 4},
    {16 * mib, 6},
    {8 * mib, 8},
    {4 * mib, 11},
    {2 * mib, 16},
    {mib, 20},
    {512 * kib, 20},
    {256 * kib, 20},
    {128 * kib, 20},
    {64 * kib, 20},
    {32 * kib, 20},
    {16 * kib, 20},
    {8 * kib, 20},
    {4 * kib, 20},
    {2 * kib, 10},
    {kib, 10},
};

/// splitmix64: fast, and the same everywhere.
class octets {
 public:
    explicit octets(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

 private:
    std::uint64_t state_;
};

/// Writes a file and returns its SHA-256; nothing if interrupted.
std::string make_file(
    const std::filesystem::path& path,
    std::uint64_t size,
    std::uint64_t seed,
    const std::function<bool()>& interrupted
) {
    octets random(seed);
    tool::sha256 digest;
    std::vector<std::uint64_t> block(mib / sizeof(std::uint64_t));
    std::ofstream file(path, std::ios::binary);
    for (std::uint64_t done = 0; done < size;) {
        if (interrupted()) return {};
        for (auto& word : block) word = random.next();
        const auto n = static_cast<std::size_t>(std::min(size - done, mib));
        const auto* bytes = reinterpret_cast<const char*>(block.data());
        file.write(bytes, static_cast<std::streamsize>(n));
        digest.add({bytes, n});
        done += n;
    }
    file.close();
    if (!file) {
        throw std::runtime_error(
            path.string() +
            " cannot be written; is the disk full? Set TMPDIR to a "
            "directory with more room."
        );
    }
    auto text = digest.text();
    if (!text) {
        throw std::runtime_error("OpenSSL cannot compute a SHA-256 as it is set up here"
        );
    }
    return *text;
}

std::uint64_t total_size() {
    std::uint64_t sum = 0;
    for (const auto& t : tiers) sum += t.size * static_cast<std::uint64_t>(t.count);
    return sum;
}

}  // namespace

temporary_directory::temporary_directory() {
    std::error_code ec;
    const auto parent = std::filesystem::temp_directory_path(ec);
    if (ec) {
        throw std::system_error(ec, "TMPDIR does not name a directory");
    }
    auto name = (parent / "xfer-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(
            errno, std::generic_category(), "cannot make the directory " + name
        );
    }
    path_ = name;
}

temporary_directory::~temporary_directory() {
    if (!kept_) {
        std::error_code ec;
        std::filesystem::remove_all(path_, ec);
    }
}

struct loopback::servers {
    xfer::testing::authority ca{"xfer demo"};
    xfer::testing::server http{xfer::testing::server_options{}};
    xfer::testing::server https;

    servers() : https(secure_options(ca.issue({"localhost", "127.0.0.1"}))) {}

    static xfer::testing::server_options secure_options(xfer::testing::identity leaf) {
        xfer::testing::server_options o;
        o.certificate_pem = std::move(leaf.certificate_pem);
        o.key_pem = std::move(leaf.key_pem);
        return o;
    }
};

loopback::loopback(
    const std::filesystem::path& directory, const std::function<bool()>& interrupted
) {
    // All files, their downloads, and something to spare.
    const auto needed = 2 * total_size() + 64 * mib;
    if (const auto room = std::filesystem::space(directory).available; room < needed) {
        throw std::runtime_error(
            directory.string() + " has room for " + tool::bytes_text(double(room)) +
            ", but the demo needs " + tool::bytes_text(double(needed)) +
            "; set TMPDIR to a directory with more."
        );
    }
    servers_ = std::make_unique<servers>();
    octets random(2026);
    std::vector<served_file> files;
    for (const auto& t : tiers) {
        for (int i = 0; i < t.count; ++i) {
            // Sizes are odd ones, but for the first of the largest and the last.
            auto size = t.size;
            if (i > 0 && t.size > kib) size -= random.next() % (t.size / 2);
            char name[64];
            const auto number = files.size() + 1;
            std::snprintf(name, sizeof name, "file-%03zu.bin", number);
            served_file f;
            // By turns, so that each server has half of the files of each size.
            f.url = number % 2 != 0 ? servers_->http.url() : servers_->https.url();
            f.url += name;
            f.name = name;
            f.size = size;
            f.sha256 = make_file(directory / name, size, number, interrupted);
            if (interrupted()) return;
            files.push_back(std::move(f));
        }
    }
    // Large and small ones mixed, in the same order every time.
    for (std::size_t i = files.size(); i > 1; --i) {
        std::swap(files[i - 1], files[random.next() % i]);
    }
    servers_->http.files("/", directory);
    servers_->https.files("/", directory);
    files_ = std::move(files);
}

loopback::~loopback() = default;

const std::string& loopback::ca_pem() const noexcept {
    return servers_->ca.certificate_pem();
}
std::string loopback::http_url() const { return servers_->http.url(); }
std::string loopback::https_url() const { return servers_->https.url(); }

}  // namespace demo
