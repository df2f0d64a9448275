// Bold names.
#include "output/heads.hpp"

#include <algorithm>

namespace tool {

std::string styled_head(std::string_view text) {
    std::string out;
    bool first = true;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end == std::string_view::npos ? end : end + 1);
        text.remove_prefix(line.size());
        const auto colon = line.find(':');
        if (first || colon == std::string_view::npos) {
            out += line;
        } else {
            out.append("\x1b[1m").append(line.substr(0, colon)).append("\x1b[0m");
            out += line.substr(colon);
        }
        first = false;
    }
    return out;
}

}  // namespace tool
