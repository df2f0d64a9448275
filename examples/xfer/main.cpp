// The command-line tool: from argv to an exit code.
#include "options/parse.hpp"
#include "run/run.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int failed_init = 2;
constexpr int out_of_memory = 27;

/// Under the name curl (or curl.something) the tool speaks as curl.
tool::persona persona_of(std::string_view path) {
    const auto name = path.substr(path.find_last_of('/') + 1);
    return name == "curl" || name.starts_with("curl.") ? tool::persona::curl
                                                       : tool::persona::xfer;
}

/// Other users see the arguments of a process: a password is not to stay among them.
void hide(char* text) noexcept {
    for (; *text != '\0'; ++text) {
        *text = ' ';
    }
}

/// Whether the word behind this option is a secret.
bool takes_secret(std::string_view word) noexcept {
    for (const std::string_view option :
         {"--user",
          "--proxy-user",
          "--pass",
          "--proxy-pass",
          "--oauth2-bearer",
          "--cert",
          "--proxy-cert",
          "--tlspassword",
          "--tlsuser"}) {
        if (word == option) {
            return true;
        }
    }
    const bool is_short = word.size() >= 2 && word[0] == '-' && word[1] != '-';
    return is_short && (word.back() == 'u' || word.back() == 'U' || word.back() == 'E');
}

/// The same for one that stands in the same word: -uNAME:PASSWORD, --user=...
char* secret_within(char* word) noexcept {
    if (word[0] == '-' && (word[1] == 'u' || word[1] == 'U' || word[1] == 'E') &&
        word[2] != '\0') {
        return word + 2;
    }
    char* const equals = std::strchr(word, '=');
    const std::string_view whole(word);
    const bool is_long = whole.starts_with("--") && equals != nullptr;
    if (is_long && takes_secret(whole.substr(0, whole.find('=')))) {
        return equals + 1;
    }
    return nullptr;
}

void hide_secrets(int count, char** words) noexcept {
    for (int i = 1; i < count; ++i) {
        if (char* const secret = secret_within(words[i])) {
            hide(secret);
        } else if (takes_secret(words[i]) && i + 1 < count) {
            hide(words[++i]);
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
    const std::vector<std::string> arguments(
        words + (count > 0 ? 1 : 0), words + count
    );
    const auto read = tool::parse(arguments, who, &environment);
    hide_secrets(count, words);
    std::fwrite(read.err.data(), 1, read.err.size(), stderr);
    std::fwrite(read.out.data(), 1, read.out.size(), stdout);
    const int code = read.exit_code
                         ? *read.exit_code
                         : tool::run(read.asked, who, &environment, stdout, stderr);
    constexpr int by_signal = 128;
    if (code > by_signal) {
        end_by(code - by_signal);
    }
    return code;
}

}  // namespace

int main(int count, char** words) {
    if (!occupy_standard_descriptors()) {
        return failed_init;
    }
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    try {
        return run_words(count, words);
    } catch (const std::bad_alloc&) {
        std::fputs("out of memory\n", stderr);
        return out_of_memory;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return failed_init;
    }
}
