// The bodies of tests/support/nginx.hpp.
#pragma once

#include "support/blocking_client.hpp"
#include "support/nginx.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace support {

namespace nginx_detail {

inline std::string program() {
    for (const char* path :
         {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"}) {
        if (::access(path, X_OK) == 0) return path;
    }
    return {};
}

/// A port that was free a moment ago.
inline std::uint16_t free_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    const bool bound = ::bind(fd, address, size) == 0;
    ::getsockname(fd, address, &size);
    ::close(fd);
    if (!bound) throw std::runtime_error("no port is free");
    return ntohs(at.sin_port);
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Asks until the condition holds; false if the time is over first.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit) {
    auto until = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace nginx_detail

inline bool nginx::installed() { return !nginx_detail::program().empty(); }

inline nginx::nginx(nginx_options options) {
    std::string name =
        (std::filesystem::temp_directory_path() / "xfer-nginx-XXXXXX").string();
    if (!::mkdtemp(name.data())) {
        throw std::system_error(errno, std::system_category(), name);
    }
    directory_ = name;
    try {
        prepare(options);
        // Another process may have taken a port between our look and nginx's bind.
        for (int attempt = 0; attempt < 10; ++attempt) {
            write_configuration(options);
            launch();
            if (comes_up()) return;
            stop();
            bool taken =
                error_log().find("Address already in use") != std::string::npos;
            if (!taken) break;
            std::filesystem::resize_file(directory_ / "error.log", 0);
        }
        throw std::runtime_error("nginx did not start:\n" + error_log());
    } catch (...) {
        stop();
        std::filesystem::remove_all(directory_);
        throw;
    }
}

inline nginx::~nginx() {
    stop();
    if (std::uncaught_exceptions() > exceptions_before_) {
        std::fprintf(stderr, "nginx's error log:\n%s", error_log().c_str());
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

/// Everything but the configuration, which depends on the ports.
inline void nginx::prepare(const nginx_options& options) {
    std::filesystem::create_directories(document_root());
    std::filesystem::create_directories(directory_ / "tmp");
    // Its workers give up root's rights if the test has them.
    std::filesystem::permissions(directory_, std::filesystem::perms(0755));
    auto make = [this](const char* name, std::size_t size) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i) text[i] = content_at(i);
        std::ofstream(document_root() / name) << text;
    };
    make("empty", 0);
    make("1k", 1024);
    make("64k", 65536);
    make("16m", std::size_t(16) << 20);
    std::ofstream(directory_ / "certificate.pem") << options.certificate_pem;
    std::ofstream(directory_ / "key.pem") << options.key_pem;
}

inline void nginx::write_configuration(const nginx_options& options) const {
    auto& self = const_cast<nginx&>(*this);
    self.http_port_ = nginx_detail::free_port();
    self.https_port_ =
        options.certificate_pem.empty() ? std::uint16_t(0) : nginx_detail::free_port();
    std::string dir = directory_.string();
    std::ostringstream out;
    if (::getuid() == 0) out << "user root;\n";
    out << "daemon off;\nworker_processes " << options.workers << ";\n"
        << "pid " << dir << "/pid;\nerror_log " << dir << "/error.log notice;\n"
        << options.main_directives << "\nevents { worker_connections 16384; }\n"
        << "http {\n  log_format short '$connection $body_bytes_sent';\n"
        << "  access_log " << dir << "/access.log short;\n"
        << "  gzip off;\n  sendfile on;\n  tcp_nodelay on;\n"
        << "  keepalive_requests 1000000000;\n  keepalive_timeout 3600s;\n"
        << "  default_type application/octet-stream;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        out << "  " << kind << "_temp_path " << dir << "/tmp/" << kind << ";\n";
    }
    auto server = [&](const std::string& listen) {
        out << "  server {\n    listen 127.0.0.1:" << listen << ' '
            << options.listen_options << ";\n"
            << "    root " << dir << "/root;\n    location = /status { return 204; }\n"
            << options.server_directives << "\n  }\n";
    };
    server(std::to_string(http_port_) + " backlog=4096");
    if (https_port_ != 0) {
        out << "  ssl_certificate " << dir << "/certificate.pem;\n"
            << "  ssl_certificate_key " << dir << "/key.pem;\n"
            << "  ssl_session_cache shared:tests:1m;\n";
        server(std::to_string(https_port_) + " ssl http2 backlog=4096");
    }
    out << "}\n";
    std::ofstream(directory_ / "nginx.conf") << out.str();
}

inline void nginx::launch() {
    // What the child needs is made ready here: after fork() it may only make system
    // calls.
    std::string program = nginx_detail::program();
    if (program.empty()) throw std::runtime_error("nginx is not installed");
    std::string prefix = directory_.string();
    std::string configuration = (directory_ / "nginx.conf").string();
    std::string errors = (directory_ / "error.log").string();
    const char* arguments[] = {
        "nginx",
        "-p",
        prefix.c_str(),
        "-c",
        configuration.c_str(),
        "-e",
        errors.c_str(),
        nullptr};
    ::pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw std::system_error(errno, std::system_category(), "fork");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    // A group of its own, so that the workers go with their master.
    ::setpgid(0, 0);
    int log = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execv(program.c_str(), const_cast<char* const*>(arguments));
    ::_exit(127);
}

/// Whether nginx accepts connections. False: it has ended.
inline bool nginx::comes_up() {
    bool up = false;
    bool settled = nginx_detail::eventually(
        [&] {
            if (::waitpid(process_, nullptr, WNOHANG) == process_) {
                process_ = -1;
                return true;
            }
            try {
                blocking_client c(http_port_);
                c.send("GET /status HTTP/1.0\r\nUser-Agent: fixture\r\n\r\n");
                // Another program on our port would answer otherwise.
                up = c.receive_all().find(" 204 ") != std::string::npos;
            } catch (const std::system_error&) {
                up = false;
            }
            return up;
        },
        std::chrono::seconds(10)
    );
    if (settled && up) {
        // Its line in the log is not the test's; the log is opened for appending.
        up = wait_for_requests(1);
        std::filesystem::resize_file(directory_ / "access.log", 0);
    }
    return up;
}

inline std::string nginx::http_url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(http_port_) + path;
}

inline std::string nginx::https_url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(https_port_) + path;
}

inline std::filesystem::path nginx::document_root() const {
    return directory_ / "root";
}

inline nginx::traffic nginx::served() const {
    std::ifstream log(directory_ / "access.log");
    traffic t;
    std::set<std::string> connections;
    std::string connection;
    std::uint64_t bytes = 0;
    while (log >> connection >> bytes) {
        ++t.requests;
        t.body_bytes += bytes;
        connections.insert(connection);
    }
    t.connections = connections.size();
    return t;
}

inline bool nginx::wait_for_requests(std::size_t n) const {
    auto enough = [&] { return served().requests >= n; };
    return nginx_detail::eventually(enough, std::chrono::seconds(10));
}

inline std::string nginx::error_log() const {
    return nginx_detail::read_file(directory_ / "error.log");
}

inline void nginx::reload() {
    if (process_ > 0) ::kill(process_, SIGHUP);
}

inline void nginx::stop() {
    if (process_ <= 0) return;
    // SIGTERM is nginx's fast shutdown; what has not gone after that is killed, workers
    // included.
    ::kill(process_, SIGTERM);
    bool gone = nginx_detail::eventually(
        [&] { return ::waitpid(process_, nullptr, WNOHANG) == process_; },
        std::chrono::seconds(5)
    );
    if (!gone) {
        ::kill(-process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    process_ = -1;
}

}  // namespace support
