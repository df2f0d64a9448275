// Command lines for tests: parsed with an environment of their own.
#pragma once

#include "options/parse.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace cli {

using environment = std::map<std::string, std::string>;

/// The arguments, as the shell would give them; nothing of this machine is read.
inline tool::parsed parse(
    const std::vector<std::string>& arguments,
    const environment& variables = {},
    tool::persona who = tool::persona::xfer
) {
    return tool::parse(arguments, who, [&variables](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

/// The same with the arguments in one text, between single blanks.
inline tool::parsed line(
    const std::string& text,
    const environment& variables = {},
    tool::persona who = tool::persona::xfer
) {
    std::vector<std::string> arguments;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        arguments.push_back(word);
    }
    return parse(arguments, variables, who);
}

}  // namespace cli
