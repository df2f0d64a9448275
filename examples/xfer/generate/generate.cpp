// Writes what the tool is installed with: its manual page and its completions.
#include "texts/texts.hpp"

#include <cstdio>
#include <string>
#include <string_view>

int main(int argc, char** argv) {
    const std::string_view what = argc == 2 ? argv[1] : "";
    const std::string text =
        what == "man" ? tool::manual_page() : tool::completion_script(what);
    if (text.empty()) {
        std::fputs("usage: generate man|bash|zsh|fish\n", stderr);
        return 2;
    }
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    return written && std::fflush(stdout) == 0 ? 0 : 1;
}
