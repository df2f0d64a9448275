// A real Apache for tests: started with a configuration of its own in a temporary
// directory, on a free loopback port, ended with the test.
#pragma once

#include "support/nginx.hpp"
#include "support/service.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// Runs Debian's apache2. Its document root holds /empty, /1k, /64k and /16m, whose
/// byte i is nginx::content_at(i), and what the test writes there. "user" with the
/// password "secret" is known: in `users` (for Basic) and, in the realm "apache", in
/// `digests`, both in directory().
class apache {
 public:
    /// `directives` come last in the configuration; @ stands for the directory, with a
    /// slash at its end.
    explicit apache(std::string_view directives = {})
        : service_([this, directives](const std::string& at, std::uint16_t port) {
              return prepare(at, port, directives);
          }) {}

    [[nodiscard]] std::string url(const std::string& path) const {
        return service_.url("http") + path;
    }
    /// With a slash at its end.
    [[nodiscard]] const std::string& directory() const { return directory_; }
    /// Writes a file below the document root. It is said to have changed so long ago:
    /// of what changed within the last second Apache tells a weak ETag only.
    void put(
        const std::string& name,
        std::string_view content,
        std::chrono::seconds age = std::chrono::hours(1)
    ) const {
        const std::filesystem::path path = directory_ + "root/" + name;
        write_file(path, content);
        const auto now = std::filesystem::file_time_type::clock::now();
        std::filesystem::last_write_time(path, now - age);
    }
    /// A line for each request that is over: its status and its first line. That of a
    /// request may come a moment after its response, but before that of the next one of
    /// its connection.
    [[nodiscard]] std::string access_log() const {
        return read_file(directory_ + "access");
    }
    /// What it said, its log of errors included.
    [[nodiscard]] std::string said() const { return service_.said(); }

 private:
    service::plan prepare(
        const std::string& at, std::uint16_t port, std::string_view directives
    ) {
        directory_ = at;
        const std::filesystem::path root = at + "root";
        std::filesystem::create_directories(root);
        std::filesystem::permissions(root, std::filesystem::perms(0777));
        for (const auto& [name, size] :
             {std::pair{"empty", 0},
              {"1k", 1 << 10},
              {"64k", 1 << 16},
              {"16m", 1 << 24}}) {
            std::string text(static_cast<std::size_t>(size), '\0');
            for (std::size_t i = 0; i < text.size(); ++i) {
                text[i] = nginx::content_at(i);
            }
            put(name, text);
        }
        // "secret", as `openssl passwd -apr1` and htdigest hide it.
        write_file(at + "users", "user:$apr1$xfertest$2muFDTBez13Lpbl3iCRhb.\n");
        write_file(at + "digests", "user:apache:7dc705c860e55680c5a2f324a7a2a99c\n");
        return {
            {"/usr/sbin/apache2", "/usr/sbin/httpd"},
            {"-f", at + "conf", "-D", "FOREGROUND"},
            configuration(at, port, directives)};
    }

    static std::string configuration(
        const std::string& at, std::uint16_t port, std::string_view directives
    ) {
        std::string conf =
            "ServerRoot " + at +
            "\nServerName 127.0.0.1\nListen 127.0.0.1:" + std::to_string(port) +
            "\nPidFile " + at + "pid\nDefaultRuntimeDir " + at +
            "\nErrorLog /dev/stderr\nStartServers 1\nKeepAliveTimeout 60\n"
            "MaxKeepAliveRequests 0\nDocumentRoot " +
            at + "root\n";
        // As root it changes to a user of its own; others cannot.
        if (::getuid() == 0) conf += "User www-data\nGroup www-data\n";
        for (const std::string_view module :
             {"mpm_event",
              "authn_core",
              "authn_file",
              "authz_core",
              "authz_user",
              "auth_basic",
              "auth_digest",
              "alias",
              "autoindex",
              "brotli",
              "dav",
              "dav_fs",
              "deflate",
              "dir",
              "filter",
              "include",
              "mime",
              "negotiation",
              "setenvif"}) {
            conf += "LoadModule " + std::string(module) +
                    "_module /usr/lib/apache2/modules/mod_" + std::string(module) +
                    ".so\n";
        }
        conf += "LogFormat \"%>s %r\" short\nCustomLog " + at +
                "access short\n"
                "TypesConfig /dev/null\nAddType text/plain .txt\n"
                "AddType text/html .html .shtml\nDavLockDB " +
                at + "locks\n";
        for (const char c : directives) {
            if (c == '@') {
                conf += at;
            } else {
                conf += c;
            }
        }
        return conf + '\n';
    }

    std::string directory_;
    service service_;
};

}  // namespace support
