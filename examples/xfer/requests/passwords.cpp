// Prompts.
#include "requests/passwords.hpp"

#include "requests/hidden_line.hpp"

#include <string>

namespace tool {

namespace {

/// What follows a ';' are options, as curl has them; these alone have no password.
void complete(std::string& user, const char* what, std::size_t number, bool several) {
    if (user.find(':') != std::string::npos || user.starts_with(';')) {
        return;
    }
    const auto name = user.substr(0, user.find(';'));
    std::string prompt("Enter ");
    prompt.append(what).append(" password for user '").append(name).append("'");
    if (several) {
        prompt.append(" on URL #").append(std::to_string(number));
    }
    const auto password = read_hidden_line(prompt.append(":"));
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
        if (!op.proxy_user.empty()) {
            complete(op.proxy_user, "proxy", number, several);
        }
    }
}

}  // namespace tool
