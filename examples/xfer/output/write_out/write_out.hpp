// -w: a text with variables, written after each transfer.
#pragma once

#include "run/outcome.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace tool {

/// What the tool calls itself in what -w writes.
struct write_out_names {
    std::string tool = "xfer";  ///< in front of a message
    std::string curl_version =
        "libxfer/" XFER_VERSION_STRING;  ///< "curl_version" of %{json}
};

/// Writes `format` as curl's -w does: %{variable}, %header{name},
/// %header{name:all:separator} (of the last response), %time{format}, %{json},
/// %{header_json}, %{stdout}, %{stderr}, %output{file}, %output{>>file}, %{onerror},
/// %%, \n, \r, \t. What is unknown is named on `err`. Begins with `out`. `before_text`
/// is called before anything is written, if there is anything.
void write_out(
    std::string_view format,
    const outcome& ended,
    std::FILE* out,
    std::FILE* err,
    const write_out_names& names = {},
    const std::function<void()>& before_text = nullptr
);

}  // namespace tool
