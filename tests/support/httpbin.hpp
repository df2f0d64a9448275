// httpbin, an API that answers with what it was sent, run by gunicorn: both Debian's.
#pragma once

#include "support/service.hpp"

#include <cstdint>
#include <string>

namespace support {

/// Started on a free loopback port, ended with the test. Several requests are answered
/// at a time, and connections are kept.
class httpbin {
 public:
    httpbin() : service_(plan) {}

    [[nodiscard]] std::string url(const std::string& path) const {
        return service_.url("http") + path;
    }
    /// "127.0.0.1:port"
    [[nodiscard]] std::string host() const { return service_.url("x").substr(4); }
    /// What it said.
    [[nodiscard]] std::string said() const { return service_.said(); }

 private:
    static service::plan plan(const std::string& directory, std::uint16_t port) {
        return {
            {"/usr/bin/gunicorn"},
            {"--bind=127.0.0.1:" + std::to_string(port),
             "--worker-class=gthread",
             "--threads=8",
             "--keep-alive=60",
             "--worker-tmp-dir=" + directory,
             "--chdir=" + directory,
             "httpbin:app"},
            ""};
    }

    service service_;
};

}  // namespace support
