// Reading and writing cookie files.
#include "run/cookies.hpp"

#include "output/files.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace tool {

namespace {

bool wants_cookies(const operation& op) {
    return !op.cookie_files.empty() || !op.cookie_jar.empty();
}

/// By way of a file, which is what the library writes.
void print_cookies(const xfer::cookie_jar& jar, std::FILE* out, const console& at) {
    std::error_code ec;
    auto name = (std::filesystem::temp_directory_path(ec) / "cookies-XXXXXX").string();
    const int descriptor = ec ? -1 : ::mkstemp(name.data());
    if (descriptor < 0) {
        at.warn("failed to print cookies: there is no directory for a file");
        return;
    }
    ::close(descriptor);
    const auto saved = jar.save(name);
    std::string text;
    if (!saved.ok() || read_file(name, text)) {
        at.warn("failed to print cookies: " + saved.message);
    }
    std::fwrite(text.data(), 1, text.size(), out);
    std::filesystem::remove(name, ec);
}

}  // namespace

std::shared_ptr<xfer::cookie_jar> open_cookies(const command& asked) {
    if (std::ranges::none_of(asked.operations, wants_cookies)) {
        return nullptr;
    }
    auto jar = std::make_shared<xfer::cookie_jar>();
    for (const auto& op : asked.operations) {
        for (const auto& file : op.cookie_files) {
            if (!file.empty()) {
                static_cast<void>(jar->load(file == "-" ? "/dev/stdin" : file));
            }
        }
        if (op.junk_session_cookies) {
            jar->clear_session();
        }
    }
    return jar;
}

void save_cookies(
    const command& asked, const xfer::cookie_jar& jar, std::FILE* out, const console& at
) {
    for (const auto& op : asked.operations) {
        if (op.cookie_jar == "-") {
            print_cookies(jar, out, at);
        } else if (!op.cookie_jar.empty()) {
            const auto saved = jar.save(op.cookie_jar);
            if (!saved.ok()) {
                at.warn("failed to save cookies: " + saved.message);
            }
        }
    }
}

}  // namespace tool
