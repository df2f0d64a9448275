// The file name that a response suggests, made safe (RFC 6266).
#pragma once

#include <xfer/config.hpp>
#include <xfer/fields.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE {

/// What a Content-Disposition field says.
struct content_disposition {
    std::string type;  ///< in lower case: "attachment", "inline", "form-data"
    /// `filename*` where it is there and in UTF-8 (RFC 8187), else `filename`; as it
    /// was sent: never to be used as a path. See safe_filename().
    std::optional<std::string> filename;
};

/// Reads the field. Nullopt for a value that breaks the syntax of RFC 6266 4.1, or has
/// a parameter twice.
[[nodiscard]] XFER_DECL std::optional<content_disposition> parse_content_disposition(
    std::string_view value
);

/// A name for a file, made from one that somebody else chose: what stands behind the
/// last '/' or '\', without control octets and without what some file system takes for
/// something else (`<>:"|?*`, a leading dot or blank, a trailing dot or blank, the
/// devices' names of Windows); not more than 255 octets, cut between characters of
/// UTF-8. Empty when nothing is left of it: then choose a name of your own.
[[nodiscard]] XFER_DECL std::string safe_filename(std::string_view suggested);

/// The name that a response suggests, made safe: of its Content-Disposition, unless it
/// has two that differ, or else of the URL's path, percent-decoded. Empty if none has.
[[nodiscard]] XFER_DECL std::string suggested_filename(
    fields_view response, std::string_view url_path
);

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/content_disposition.ipp>
#endif
