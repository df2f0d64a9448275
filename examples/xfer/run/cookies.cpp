// Reading and writing cookie files.
#include "run/cookies.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

namespace tool {

namespace {

bool wants_cookies(const operation& op) {
    return !op.cookie_files.empty() || !op.cookie_jar.empty();
}

/// Writes a jar. A file that was there keeps its mode, which somebody has chosen; a new
/// one is for its owner alone, as the library has it.
xfer::cookie_file_result write_jar(
    const xfer::cookie_jar& jar, const std::string& path
) {
    namespace fs = std::filesystem;
    constexpr auto least = fs::perms::owner_read | fs::perms::owner_write;
    std::error_code ec;
    const auto before = fs::status(path, ec);
    auto saved = jar.save(path);
    if (saved.ok() && fs::is_regular_file(before)) {
        fs::permissions(path, (before.permissions() & fs::perms::all) | least, ec);
    }
    return saved;
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
            const auto text = jar.text();
            std::fwrite(text.data(), 1, text.size(), out);
        } else if (!op.cookie_jar.empty()) {
            const auto saved = write_jar(jar, op.cookie_jar);
            if (!saved.ok()) {
                at.warn("failed to save cookies: " + saved.message);
            }
        }
    }
}

}  // namespace tool
