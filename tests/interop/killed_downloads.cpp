// Downloads from a real nginx by a process that is killed at random points, and run
// again: the file is right in the end, and little is fetched twice.
//
// XFER_TEST_DOWNLOAD_SIZE: mebibytes to download instead of 64. XFER_TEST_SEED: which
// random points.
#include "support/nginx.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

using support::nginx;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// SHA-256 of what it is given.
class sha256 {
 public:
    sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void add(const std::string& text) {
        EVP_DigestUpdate(context_.get(), text.data(), text.size());
    }
    std::string finish() {
        std::string digest(32, '\0');
        EVP_DigestFinal_ex(
            context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr
        );
        return digest;
    }

 private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{
        EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

/// Writes a file of random bytes, none of which stands where another could as well, and
/// answers its SHA-256.
std::string make_file(const std::string& path, std::uint64_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::ofstream file(path, std::ios::binary);
    sha256 hash;
    std::string block(mebibyte, '\0');
    for (std::uint64_t at = 0; at < size; at += block.size()) {
        for (std::size_t i = 0; i < block.size(); i += 8) {
            const auto word = random();
            std::memcpy(block.data() + i, &word, sizeof word);
        }
        hash.add(block);
        file << block;
    }
    REQUIRE(file.flush());
    return hash.finish();
}

std::string hash_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    sha256 hash;
    std::string block(mebibyte, '\0');
    while (file.read(block.data(), static_cast<std::streamsize>(block.size())) ||
           file.gcount() > 0) {
        block.resize(static_cast<std::size_t>(file.gcount()));
        hash.add(block);
    }
    return hash.finish();
}

std::uint64_t size_of(const std::string& path) {
    struct ::stat s {};
    return ::stat(path.c_str(), &s) == 0 ? static_cast<std::uint64_t>(s.st_size) : 0;
}

/// A run of resuming_download; killed in the destructor.
class download {
 public:
    download(const std::string& url, const std::string& file, std::uint64_t rate) {
        const auto limit = std::to_string(rate);
        const char* arguments[] = {
            RESUMING_DOWNLOAD, url.c_str(), file.c_str(), limit.c_str(), nullptr};
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) {
            const int nothing = ::open("/dev/null", O_WRONLY);
            ::dup2(nothing, STDOUT_FILENO);
            ::execv(RESUMING_DOWNLOAD, const_cast<char* const*>(arguments));
            ::_exit(127);
        }
    }
    download(const download&) = delete;
    download& operator=(const download&) = delete;
    ~download() {
        if (process_ > 0) kill();
    }

    /// Whether it has ended by itself.
    bool has_ended() {
        if (process_ > 0 && ::waitpid(process_, &status_, WNOHANG) == process_) {
            process_ = -1;
        }
        return process_ < 0;
    }
    void kill() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, &status_, 0);
        process_ = -1;
    }
    /// Its exit status; 128 and the signal's number if one ended it.
    int wait() {
        if (process_ > 0) ::waitpid(process_, &status_, 0);
        process_ = -1;
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
    }

 private:
    ::pid_t process_ = -1;
    int status_ = 0;
};

/// One file on nginx, and one where it is downloaded to.
struct trial {
    trial() {
        std::cout << "XFER_TEST_SEED=" << seed
                  << " XFER_TEST_DOWNLOAD_SIZE=" << size / mebibyte << '\n';
        put(1);
    }

    /// Puts a version on the server. nginx tells versions apart by time and size.
    void put(unsigned version) {
        const auto path = server.document_root() / "big";
        hash = make_file(path, size, seed + version);
        const auto then = std::filesystem::file_time_type::clock::now() -
                          std::chrono::hours(10 - version);
        std::filesystem::last_write_time(path, then);
    }

    /// Runs the download and kills it: once the file has so many bytes, or after that
    /// time.
    void run_and_kill(std::uint64_t at, std::chrono::microseconds most) {
        download run(url, file, rate);
        const auto until = std::chrono::steady_clock::now() + most;
        while (size_of(file) < at && std::chrono::steady_clock::now() < until) {
            if (run.has_ended()) return;  // too early: not counted as killed
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        run.kill();
        ++kills;
    }

    /// Kills it so many times, at points below `end`; and every fourth time within a
    /// moment in which it may not have connected yet, or be about to write its note.
    void kill_often(unsigned times, std::uint64_t end) {
        std::vector<std::uint64_t> points(times);
        for (auto& p : points) p = 1 + random() % end;
        std::sort(points.begin(), points.end());
        for (const auto p : points) {
            const bool soon = random() % 4 == 0;
            run_and_kill(
                p, std::chrono::microseconds(soon ? random() % 30'000 : limit)
            );
        }
    }

    /// Runs it to its end; what nginx has sent in all, in units of the size.
    double finish() {
        CHECK(download(url, file, rate).wait() == 0);
        CHECK(size_of(file) == size);
        CHECK(hash_of(file) == hash);
        CHECK_FALSE(std::filesystem::exists(file + ".resume"));
        server.stop();
        const auto sent = static_cast<double>(server.served().body_bytes);
        const auto share = sent / static_cast<double>(size);
        std::cout << kills << " kills, sent in all: " << share << " of the size\n";
        return share;
    }

    const std::uint64_t seed =
        number_from_environment("XFER_TEST_SEED", std::random_device()());
    const std::uint64_t size =
        number_from_environment("XFER_TEST_DOWNLOAD_SIZE", 64) * mebibyte;
    std::mt19937_64 random{seed};
    nginx server{[] {
        support::nginx_options o;
        o.listen_options = "sndbuf=16k";
        return o;
    }()};
    support::scratch directory;
    const std::string url = server.http_url("/big");
    const std::string file = directory / "big";
    std::string hash;
    unsigned kills = 0;
    /// Bytes per second: slow enough that no run is over before it is to be killed.
    const std::uint64_t rate = size / 3;
    static constexpr unsigned limit = 60'000'000;  // microseconds
};

}  // namespace

TEST_CASE("I6 (nginx): killed twenty times, a download is right", "[interop][I6]") {
    trial t;
    t.kill_often(20, t.size * 9 / 10);
    CHECK(t.kills == 20);
    const auto sent = t.finish();
    CHECK(sent >= 1);
    CHECK(sent < 1.05);
}

TEST_CASE(
    "I6 (nginx): changed between kills, a download starts over", "[interop][I6]"
) {
    trial t;
    t.kill_often(5, t.size / 2);
    const auto before = size_of(t.file);
    t.put(2);
    t.kill_often(5, t.size * 9 / 10);
    CHECK(t.kills == 10);
    const auto wasted = static_cast<double>(before) / static_cast<double>(t.size);
    CHECK(t.finish() < 1.05 + wasted);
}
