// Prompts.
#include "requests/passwords.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

namespace tool {

namespace {

/// Keeps a terminal from showing what is typed.
class without_echo {
 public:
    explicit without_echo(int terminal) noexcept : terminal_(terminal) {
        changed_ = ::tcgetattr(terminal, &before_) == 0;
        if (changed_) {
            auto quiet = before_;
            quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(terminal, TCSAFLUSH, &quiet);
        }
    }
    ~without_echo() {
        if (changed_) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
            std::fputs("\n", stderr);
        }
    }
    without_echo(const without_echo&) = delete;
    without_echo& operator=(const without_echo&) = delete;

 private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

struct closer {
    void operator()(std::FILE* f) const noexcept {
        if (f != stdin) {
            std::fclose(f);
        }
    }
};

std::string ask(const std::string& prompt) {
    std::unique_ptr<std::FILE, closer> terminal(std::fopen("/dev/tty", "re"));
    if (!terminal) {
        terminal.reset(stdin);
    }
    std::fputs(prompt.c_str(), stderr);
    std::fflush(stderr);
    const without_echo quiet(::fileno(terminal.get()));
    std::string line;
    for (int c = std::fgetc(terminal.get()); c != EOF && c != '\n';
         c = std::fgetc(terminal.get())) {
        line += static_cast<char>(c);
    }
    return line;
}

void complete(std::string& user, const char* what, std::size_t number, bool several) {
    if (user.empty() || user.find(':') != std::string::npos) {
        return;
    }
    std::string prompt("Enter ");
    prompt.append(what).append(" password for user '").append(user).append("'");
    if (several) {
        prompt.append(" on URL #").append(std::to_string(number));
    }
    const auto password = ask(prompt.append(":"));
    user.append(":").append(password);
}

}  // namespace

void ask_for_passwords(command& asked) {
    const bool several = asked.operations.size() > 1;
    std::size_t number = 0;
    for (auto& op : asked.operations) {
        ++number;
        if (op.user_set && op.bearer.empty()) {
            complete(op.user, "host", number, several);
        }
        complete(op.proxy_user, "proxy", number, several);
    }
}

}  // namespace tool
