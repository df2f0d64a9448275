// Times and attributes of files.
#include "output/file_marks.hpp"

#include "texts/texts.hpp"
#include <xfer/proto/date.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace tool {

std::optional<std::chrono::sys_seconds> http_time(std::string_view text) {
    const auto now = std::chrono::system_clock::now();
    return xfer::proto::parse_http_date(
        text, std::chrono::floor<std::chrono::seconds>(now)
    );
}

void set_time_of_file(
    const std::string& path, std::string_view last_modified, const console& at
) {
    const auto time = http_time(last_modified);
    if (!time) {
        return;
    }
    std::array<timespec, 2> both{};
    both[0].tv_sec = time->time_since_epoch().count();
    both[1] = both[0];
    if (::utimensat(AT_FDCWD, path.c_str(), both.data(), 0) != 0) {
        at.warn("Failed to set the time of " + path + ": " + std::strerror(errno));
    }
}

void set_attributes_of_file(
    const std::string& path, const xfer::response& r, persona who, const console& at
) {
    const auto set = [&path](const char* name, std::string_view value) {
        return value.empty() ||
               ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
    };
    if (!set("user.creator", name_of(who)) ||
        !set("user.mime_type", r.header("Content-Type")) ||
        !set("user.xdg.origin.url", r.url())) {
        at.warn("Error setting extended attributes on '" + path + "'");
    }
}

}  // namespace tool
