// Reading and writing cookie files.
#include "run/cookies.hpp"

#include <algorithm>
#include <string>

namespace tool {

namespace {

bool wants_cookies(const operation& op) {
    return !op.cookie_files.empty() || !op.cookie_jar.empty();
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
            const auto saved = jar.save(op.cookie_jar);
            if (!saved.ok()) {
                at.warn("failed to save cookies: " + saved.message);
            }
        }
    }
}

}  // namespace tool
