// The bodies of xfer/testing/detail/files.hpp.
#pragma once

#include <xfer/testing/detail/files.hpp>
#include <xfer/testing/detail/request_reader.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

namespace XFER_NAMESPACE::testing::detail {

/// Percent-decodes; nothing if the encoding is broken or hides a NUL.
[[nodiscard]] inline std::optional<std::string> decoded_path(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        std::uint64_t byte = 0;
        if (i + 2 >= text.size() || !parse_number(text.substr(i + 1, 2), 16, byte)) {
            return {};
        }
        if (byte == 0) return {};
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

/// The regular file that the path names inside of the directory, links resolved.
[[nodiscard]] inline std::optional<std::filesystem::path> find_file(
    const std::filesystem::path& directory, std::string_view path
) {
    auto decoded = decoded_path(path);
    if (!decoded) return {};
    decoded->erase(0, std::min(decoded->size(), decoded->find_first_not_of('/')));
    std::error_code ec;
    auto root = std::filesystem::canonical(directory, ec);
    if (ec) return {};
    auto file = std::filesystem::canonical(root / *decoded, ec);
    if (ec || !std::filesystem::is_regular_file(file, ec)) return {};
    auto [parted, unused] =
        std::mismatch(root.begin(), root.end(), file.begin(), file.end());
    if (parted != root.end()) return {};
    return file;
}

/// An IMF-fixdate (RFC 9110 5.6.7); strftime would follow the locale.
[[nodiscard]] inline std::string http_date(std::time_t when) {
    static constexpr std::string_view days = "SunMonTueWedThuFriSat";
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::tm t{};
    ::gmtime_r(&when, &t);
    std::array<char, 64> rest{};
    std::snprintf(
        rest.data(),
        rest.size(),
        " %04d %02d:%02d:%02d GMT",
        t.tm_year + 1900,
        t.tm_hour,
        t.tm_min,
        t.tm_sec
    );
    std::string day = std::to_string(t.tm_mday);
    std::string date(days.substr(static_cast<std::size_t>(t.tm_wday) * 3, 3));
    date.append(", ").append(day.size() < 2 ? "0" : "").append(day).append(" ");
    date.append(months.substr(static_cast<std::size_t>(t.tm_mon) * 3, 3));
    return date + rest.data();
}

/// "bytes=a-b", "bytes=a-" or "bytes=-n" of a file of this size.
struct byte_range {
    bool valid = false;  ///< otherwise the whole file is sent
    std::uint64_t first = 0;
    std::uint64_t size = 0;  ///< 0: not satisfiable
};

[[nodiscard]] inline byte_range parse_range(
    std::string_view text, std::uint64_t total
) {
    byte_range r;
    if (!text.starts_with("bytes=")) return r;
    text.remove_prefix(6);
    auto dash = text.find('-');
    if (dash == text.npos) return r;
    std::string_view from_text = text.substr(0, dash);
    std::string_view to_text = text.substr(dash + 1);
    std::uint64_t to = total == 0 ? 0 : total - 1;
    if (from_text.empty()) {
        std::uint64_t last = 0;
        if (!parse_number(to_text, 10, last)) return r;
        r.valid = true;
        r.size = std::min(last, total);
        r.first = total - r.size;
        return r;
    }
    if (!parse_number(from_text, 10, r.first)) return r;
    if (!to_text.empty()) {
        std::uint64_t wanted = 0;
        if (!parse_number(to_text, 10, wanted) || wanted < r.first) return r;
        to = std::min(to, wanted);
    }
    r.valid = true;
    r.size = r.first < total ? to - r.first + 1 : 0;
    return r;
}

XFER_DECL reply file_reply(
    const std::filesystem::path& directory, std::string_view path, const seen_request& r
) {
    if (r.method != "GET" && r.method != "HEAD") {
        return reply(405).with_field("Allow", "GET, HEAD");
    }
    auto file = find_file(directory, path);
    struct ::stat info {};
    if (!file || ::stat(file->c_str(), &info) != 0) return reply(404, "no such file\n");
    auto total = static_cast<std::uint64_t>(info.st_size);
    std::array<char, 64> tag{};
    std::snprintf(
        tag.data(),
        tag.size(),
        "\"%llx-%llx%09lx\"",
        static_cast<unsigned long long>(total),
        static_cast<unsigned long long>(info.st_mtim.tv_sec),
        static_cast<unsigned long>(info.st_mtim.tv_nsec)
    );
    std::string etag = tag.data();
    std::string modified = http_date(info.st_mtim.tv_sec);

    reply answer;
    answer.file = *file;
    answer.file_size = total;
    answer.with_field("ETag", etag).with_field("Last-Modified", modified);
    answer.with_field("Accept-Ranges", "bytes");
    if (r.field("If-None-Match") == etag) {
        answer.status = 304;
        return answer;
    }
    std::string_view condition = r.field("If-Range");
    bool same = condition.empty() || condition == etag || condition == modified;
    byte_range range = parse_range(r.field("Range"), total);
    if (!range.valid || !same) return answer;
    std::string of_total = "/" + std::to_string(total);
    if (range.size == 0) {
        return reply(416).with_field("Content-Range", "bytes *" + of_total);
    }
    answer.status = 206;
    answer.file_offset = range.first;
    answer.file_size = range.size;
    std::string span = std::to_string(range.first) + "-" +
                       std::to_string(range.first + range.size - 1);
    answer.with_field("Content-Range", "bytes " + span + of_total);
    return answer;
}

}  // namespace XFER_NAMESPACE::testing::detail
