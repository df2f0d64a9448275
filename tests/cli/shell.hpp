// Commands of the system that tests of the tool's texts ask for their opinion.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace support {

struct said {
    int status = -1;     ///< exit status; -1 if a signal ended it
    std::string output;  ///< standard output and error
};

/// Runs a command line by sh.
inline said shell(const std::string& command) {
    std::FILE* const pipe = ::popen(("exec 2>&1; " + command).c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    said what;
    std::array<char, 4096> piece{};
    while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe)) {
        what.output.append(piece.data(), n);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) what.status = WEXITSTATUS(status);
    return what;
}

/// Whether there is such a program here.
inline bool installed(const std::string& program) {
    return shell("command -v " + program).status == 0;
}

}  // namespace support
