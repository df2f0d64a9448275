// Names of codings, and lists of them.
#pragma once

#include <xfer/proto/content_coding.hpp>
#include <xfer/proto/octets.hpp>

#include <optional>

namespace XFER_NAMESPACE::proto {
namespace detail_coding {

inline bool is_identity(std::string_view name) noexcept {
    return iequals(name, "identity") || iequals(name, "none");
}

inline std::optional<content_coding> find(std::string_view name) noexcept {
    if (iequals(name, "gzip") || iequals(name, "x-gzip")) return content_coding::gzip;
    if (iequals(name, "deflate")) return content_coding::deflate;
    if (iequals(name, "br")) return content_coding::br;
    if (iequals(name, "zstd")) return content_coding::zstd;
    return std::nullopt;
}

/// The list without anything but why it is refused.
inline coding_list refused(std::string_view why) noexcept {
    coding_list list;
    list.failure = {error::bad_encoding, why};
    return list;
}

/// Takes one member; false if the list is refused.
inline bool take(coding_list& list, std::size_t& members, std::string_view name) {
    if (++members > max_codings) {
        list = refused("the body has too many codings");
        return false;
    }
    if (is_identity(name)) return true;
    const auto coding = find(name);
    if (!coding) {
        list = refused("the body has a coding that is not known");
        return false;
    }
    if (!is_built_in(*coding)) {
        list = refused("the body has a coding that was not built in");
        return false;
    }
    list.codings[list.count++] = *coding;
    return true;
}

}  // namespace detail_coding

XFER_DECL void coding_list::append(const coding_list& later) noexcept {
    if (failure || later.failure) {
        *this = detail_coding::refused(failure ? failure.why : later.failure.why);
        return;
    }
    for (const auto coding : later.view()) {
        if (count == max_codings) {
            *this = detail_coding::refused("the body has too many codings");
            return;
        }
        codings[count++] = coding;
    }
}

XFER_DECL coding_list parse_content_codings(fields_view fields) noexcept {
    coding_list list;
    std::size_t members = 0;
    for (const auto name : fields.list("Content-Encoding")) {
        if (!detail_coding::take(list, members, name)) break;
    }
    return list;
}

XFER_DECL coding_list parse_transfer_codings(fields_view fields) noexcept {
    coding_list list;
    if (!fields.contains("Transfer-Encoding")) return list;
    std::size_t members = 0;
    bool chunked = false;
    for (const auto name : fields.list("Transfer-Encoding")) {
        if (chunked) return detail_coding::refused("chunked is not the last coding");
        if (iequals(name, "chunked")) {
            chunked = true;
            continue;
        }
        if (detail_coding::find(name) != content_coding::gzip) {
            return detail_coding::refused("a transfer coding was not asked for");
        }
        if (!detail_coding::take(list, members, name)) return list;
    }
    if (!chunked) return detail_coding::refused("chunked is not the last coding");
    return list;
}

}  // namespace XFER_NAMESPACE::proto
