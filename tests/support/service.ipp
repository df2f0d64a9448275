// The bodies of tests/support/service.hpp.
#pragma once

#include "support/blocking_client.hpp"
#include "support/service.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace support {

inline std::string service::find(const std::vector<std::string>& programs) {
    for (const auto& p : programs) {
        if (::access(p.c_str(), X_OK) == 0) return p;
    }
    return {};
}

inline service::service(const planner& make_plan) {
    // What runs as root changes to a user of its own, who reads and writes here too.
    ::chmod((directory_ / "").c_str(), 0777);
    std::string said_last;
    // Another process may have taken a port between our look and the program's bind.
    for (int attempt = 0; attempt < 5; ++attempt) {
        port_ = nginx_detail::free_port();
        const auto p = make_plan(directory_ / "", port_);
        write_file(directory_ / "conf", p.configuration);
        launch(p);
        if (comes_up()) return;
        said_last = said();
        stop();
    }
    throw std::runtime_error("a service did not start:\n" + said_last);
}

inline service::~service() { stop(); }

inline std::string service::url(std::string_view scheme, std::string_view user) const {
    std::string text(scheme);
    text += "://";
    if (!user.empty()) text.append(user).append("@");
    return text + "127.0.0.1:" + std::to_string(port_);
}

inline void service::launch(const plan& p) {
    // After fork() the child may only make system calls.
    const auto program = find(p.programs);
    if (program.empty())
        throw std::runtime_error("not installed: " + p.programs.front());
    std::vector<const char*> arguments{program.c_str()};
    for (const auto& a : p.arguments) arguments.push_back(a.c_str());
    arguments.push_back(nullptr);
    const auto log_path = directory_ / "log";
    const auto parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw std::system_error(errno, std::system_category(), "fork");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    // A group of its own, so that its children go with it.
    ::setpgid(0, 0);
    const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execv(program.c_str(), const_cast<char* const*>(arguments.data()));
    ::_exit(127);
}

/// Whether it accepts connections. False: it has ended.
inline bool service::comes_up() {
    bool up = false;
    nginx_detail::eventually(
        [&] {
            if (::waitpid(process_, nullptr, WNOHANG) == process_) {
                process_ = -1;
                return true;
            }
            try {
                const blocking_client knock(port_);
                up = true;
            } catch (const std::system_error&) {
                // Not yet.
            }
            return up;
        },
        std::chrono::seconds(15)
    );
    return up;
}

inline void service::stop() {
    if (process_ <= 0) return;
    ::kill(-process_, SIGTERM);
    const bool gone = nginx_detail::eventually(
        [&] { return ::waitpid(process_, nullptr, WNOHANG) == process_; },
        std::chrono::seconds(5)
    );
    ::kill(-process_, SIGKILL);
    if (!gone) ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

}  // namespace support
