// The servers of the demo: files made up in a temporary directory, served by http and
// by https on this machine.
#pragma once

#include "download.hpp"

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

/// Two servers, each with a thread of its own, and the jobs to download all they have.
class loopback {
 public:
    /// Makes 248 files below `directory`, always with the same content, and starts the
    /// servers. `interrupted` is asked now and then whether to give up; jobs() is empty
    /// then. Throws std::runtime_error if there is no room.
    loopback(
        const std::filesystem::path& directory,
        const std::filesystem::path& downloads,
        const std::function<bool()>& interrupted
    );
    ~loopback();
    loopback(const loopback&) = delete;
    loopback& operator=(const loopback&) = delete;

    [[nodiscard]] std::vector<job>& jobs() noexcept { return jobs_; }
    /// Whom to trust for https: an authority that was made just now.
    [[nodiscard]] const std::string& ca_pem() const noexcept;
    [[nodiscard]] std::string http_url() const;
    [[nodiscard]] std::string https_url() const;

 private:
    struct servers;
    std::unique_ptr<servers> servers_;
    std::vector<job> jobs_;
};

}  // namespace demo
