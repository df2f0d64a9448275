// The servers of the demo: files made up in a temporary directory, served by http and
// by https on this machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace demo {

/// A new directory, removed with everything in it unless keep() was called.
class temporary_directory {
 public:
    /// Throws std::system_error if it cannot be made below TMPDIR, or /tmp.
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    void keep() noexcept { kept_ = true; }

 private:
    std::filesystem::path path_;
    bool kept_ = false;
};

/// A file that there is to download.
struct served_file {
    std::string url;
    std::string name;
    std::uint64_t size = 0;
    std::string sha256;
};

/// Two servers, each with a thread of its own.
class loopback {
 public:
    /// Makes 248 files below `directory`, always with the same content, and starts the
    /// servers. `interrupted` is asked now and then whether to give up; files() is
    /// empty then. Throws std::runtime_error if there is no room.
    loopback(
        const std::filesystem::path& directory, const std::function<bool()>& interrupted
    );
    ~loopback();
    loopback(const loopback&) = delete;
    loopback& operator=(const loopback&) = delete;

    /// All there is, large and small ones mixed.
    [[nodiscard]] const std::vector<served_file>& files() const noexcept {
        return files_;
    }
    /// Whom to trust for https: an authority that was made just now.
    [[nodiscard]] const std::string& ca_pem() const noexcept;
    [[nodiscard]] std::string http_url() const;
    [[nodiscard]] std::string https_url() const;

 private:
    struct servers;
    std::unique_ptr<servers> servers_;
    std::vector<served_file> files_;
};

}  // namespace demo
