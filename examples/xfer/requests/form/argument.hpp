// What one -F says: a part of a form, read from its text.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tool {

/// A file or a text of a part, and what was said about it behind ';'.
struct form_content {
    std::string text;                     ///< a path, or the content itself
    std::optional<std::string> type;      ///< ;type=
    std::optional<std::string> filename;  ///< ;filename=
    std::string encoder;                  ///< ;encoder=; empty: none
    std::vector<std::string> headers;     ///< ;headers=, those of files read
};

/// One part as its -F describes it.
struct form_argument {
    enum class kind {
        text,          ///< name=content
        file_content,  ///< name=<file: sent as if it had been typed
        files,         ///< name=@file,file: sent as files, with their names
        begin,         ///< name=(: a multipart of its own, until
        end,           ///< =)
    };
    kind what = kind::text;
    std::string name;
    std::vector<form_content> contents;  ///< one, but for several files; none for end
};

/// Reads it. What makes no sense is curl's error 2, a file of headers that cannot be
/// read 26. Words behind ';' that are not known are told to `at`, and skipped.
[[nodiscard]] refusal read_form_argument(
    const form_piece& piece, const console& at, form_argument& part
);

}  // namespace tool
