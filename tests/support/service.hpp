// A real program that serves at a loopback port, started by a test and ended with it.
#pragma once

#include "support/nginx.hpp"
#include "support/scratch.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

/// Starts a program of Debian's with a configuration of its own on a free port, as
/// whatever user runs the test. The program ends if the thread that made it does.
class service {
 public:
    struct plan {
        /// Where it may be; the first that is there is run.
        std::vector<std::string> programs;
        std::vector<std::string> arguments;
        std::string configuration;  ///< written to the file `conf` of the directory
    };
    /// What to run in this directory, at this port.
    using planner =
        std::function<plan(const std::string& directory, std::uint16_t port)>;

    /// Throws std::runtime_error, with what the program said, if it does not come to
    /// accept connections.
    explicit service(const planner& make_plan);
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    ~service();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// scheme://[user@]127.0.0.1:port
    [[nodiscard]] std::string url(std::string_view scheme, std::string_view user = {})
        const;
    /// What the program wrote.
    [[nodiscard]] std::string said() const { return read_file(directory_ / "log"); }

    /// The first of them that can be run, or "".
    [[nodiscard]] static std::string find(const std::vector<std::string>& programs);

 private:
    void launch(const plan& p);
    [[nodiscard]] bool comes_up();
    void stop();

    scratch directory_;
    std::uint16_t port_ = 0;
    ::pid_t process_ = -1;
};

}  // namespace support

#include "support/service.ipp"
