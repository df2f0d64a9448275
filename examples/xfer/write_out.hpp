// -w: a text with variables, written after each transfer.
#pragma once

#include "outcome.hpp"

#include <cstdio>
#include <string_view>

namespace tool {

/// Writes `format` as curl's -w does: %{variable}, %header{name}, %{json},
/// %{header_json}, %{stdout}, %{stderr}, %output{file}, %{onerror}, %%, \n, \r, \t.
/// What is unknown is named on `err`. Begins with `out`.
void write_out(
    std::string_view format, const outcome& ended, std::FILE* out, std::FILE* err
);

}  // namespace tool
