// A real nginx for tests: started with a configuration of its own in a temporary
// directory, on free loopback ports, ended with the test.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>

namespace support {

struct nginx_options {
    std::string certificate_pem;  ///< empty: no https
    std::string key_pem;
    std::string server_directives;  ///< added to each server block
    std::string main_directives;    ///< added before the events block
    std::string listen_options;     ///< added to the listen directives
    int workers = 1;
};

/// Runs Debian's nginx as whatever user runs the test. Its document root holds
/// /empty, /1k, /64k and /16m; byte i of each is content_at(i). /status answers 204.
/// Keep-alive is practically unlimited, compression off. The constructor throws
/// std::runtime_error, with nginx's error log, if nginx cannot be started. nginx is
/// told to end if the thread that made the fixture does.
class nginx {
 public:
    explicit nginx(nginx_options options = {});
    nginx(const nginx&) = delete;
    nginx& operator=(const nginx&) = delete;
    /// Ends it at once and removes the directory; prints the error log if a failed
    /// REQUIRE, or another exception, is the reason.
    ~nginx();

    /// Whether nginx is installed.
    [[nodiscard]] static bool installed();

    [[nodiscard]] std::uint16_t http_port() const { return http_port_; }
    [[nodiscard]] std::uint16_t https_port() const { return https_port_; }
    [[nodiscard]] std::string http_url(const std::string& path) const;
    [[nodiscard]] std::string https_url(const std::string& path) const;
    [[nodiscard]] std::filesystem::path document_root() const;

    [[nodiscard]] static char content_at(std::uint64_t i) {
        return static_cast<char>('a' + i % 23);
    }

    struct traffic {
        std::size_t requests = 0;
        std::size_t connections = 0;   ///< that had a request
        std::uint64_t body_bytes = 0;  ///< of responses, given to the kernel
    };
    /// What the access log says. nginx writes a line when a request is over, which may
    /// be a moment after the client has read its end: wait_for_requests.
    [[nodiscard]] traffic served() const;
    /// Waits until n requests are logged; false after ten seconds.
    [[nodiscard]] bool wait_for_requests(std::size_t n) const;
    [[nodiscard]] std::string error_log() const;

    /// Has nginx read its configuration again: old workers finish their requests and
    /// close their idle connections.
    void reload();
    /// Ends it at once: all connections are closed. Idempotent.
    void stop();

 private:
    void prepare(const nginx_options& options);
    void write_configuration(const nginx_options& options) const;
    void launch();
    [[nodiscard]] bool comes_up();

    std::filesystem::path directory_;
    std::uint16_t http_port_ = 0;
    std::uint16_t https_port_ = 0;
    ::pid_t process_ = -1;
    int exceptions_before_ = std::uncaught_exceptions();
};

}  // namespace support

#include "support/nginx.ipp"
