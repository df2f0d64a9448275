// Runs the example programs, as a user would.
#include "programs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace support {

directory::directory() {
    auto name =
        (std::filesystem::temp_directory_path() / "xfer-example-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), name);
    }
    path_ = name;
}

directory::~directory() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
}

std::string directory::content(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void directory::write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
}

std::vector<std::string> directory::names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
        found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

program::program(
    const std::string& name,
    const std::vector<std::string>& arguments,
    const std::filesystem::path& where,
    const std::string& input
) {
    const auto path = std::string(EXAMPLES_DIRECTORY) + "/" + name;
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setpgid(0, 0);
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        if (::chdir(where.c_str()) != 0) ::_exit(127);
        const int in = ::open(input.c_str(), O_RDONLY);
        if (in >= 0 && ::dup2(in, STDIN_FILENO) >= 0)
            ::execv(path.c_str(), argv.data());
        ::_exit(127);
    }
    // Whichever of the two is first.
    if (pid_ > 0) ::setpgid(pid_, pid_);
    ::close(ends[1]);
    pipe_ = ends[0];
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
}

program::~program() {
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(pipe_);
}

const std::string& program::read_until(const std::string& text) {
    char block[4096];
    while (output_.find(text) == output_.npos) {
        const auto n = ::read(pipe_, block, sizeof block);
        if (n <= 0) break;
        output_.append(block, static_cast<std::size_t>(n));
    }
    return output_;
}

void program::signal(int number) const { ::kill(-pid_, number); }

void program::signal_alone(int number) const { ::kill(pid_, number); }

ended program::wait() {
    char block[4096];
    for (;;) {
        const auto n = ::read(pipe_, block, sizeof block);
        if (n <= 0) break;
        output_.append(block, static_cast<std::size_t>(n));
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output_};
}

}  // namespace support
