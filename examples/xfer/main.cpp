// The command-line tool: from argv to an exit code.
#include "options/exit_codes.hpp"
#include "options/parse.hpp"
#include "run/run.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Under the name curl (or curl.something) the tool speaks as curl.
tool::persona persona_of(std::string_view path) {
    const auto name = path.substr(path.find_last_of('/') + 1);
    return name == "curl" || name.starts_with("curl.") ? tool::persona::curl
                                                       : tool::persona::xfer;
}

/// Other users see the arguments of a process: a password is not to stay among them.
void hide_secrets(const tool::parsed& read, char** arguments) noexcept {
    for (const auto& each : read.secrets) {
        for (char* c = arguments[each.argument] + each.from; *c != '\0'; ++c) {
            *c = ' ';
        }
    }
}

/// Ends as one who was killed by that signal, so that a shell sees what has happened.
void end_by(int signal) {
    std::fflush(nullptr);
    static_cast<void>(std::signal(signal, SIG_DFL));
    static_cast<void>(std::raise(signal));
}

/// A file that is opened takes the lowest number that is free. Where standard input,
/// output or error is closed, it would be taken for one of these: something that can
/// neither be read nor written as they are goes there first. False: it cannot.
bool occupy_standard_descriptors() {
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const int wrong_way = each == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::fcntl(each, F_GETFD) == -1 && ::open("/dev/null", wrong_way) != each) {
            return false;
        }
    }
    return true;
}

const char* environment(const char* name) { return std::getenv(name); }

int run_words(int count, char** words) {
    const auto who = persona_of(count > 0 ? words[0] : "");
    char** const first = words + (count > 0 ? 1 : 0);
    const std::vector<std::string> arguments(first, words + count);
    const auto read = tool::parse(arguments, who, &environment);
    hide_secrets(read, first);
    std::fwrite(read.err.data(), 1, read.err.size(), stderr);
    std::fwrite(read.out.data(), 1, read.out.size(), stdout);
    const int code = read.exit_code
                         ? *read.exit_code
                         : tool::run(read.asked, who, &environment, stdout, stderr);
    if (code > tool::exit_codes::by_signal) {
        end_by(code - tool::exit_codes::by_signal);
    }
    return code;
}

}  // namespace

int main(int count, char** words) {
    if (!occupy_standard_descriptors()) {
        return tool::exit_codes::bad_use;
    }
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    try {
        return run_words(count, words);
    } catch (const std::bad_alloc&) {
        std::fputs("out of memory\n", stderr);
        return tool::exit_codes::out_of_memory;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return tool::exit_codes::bad_use;
    }
}
