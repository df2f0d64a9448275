// The body of a request: what -d, --json, -F, -T and --url-query make.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"
#include "requests/standard_input.hpp"

#include <asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// The pieces of -d and its like as one text: joined by '&', but for those of --json.
[[nodiscard]] refusal data_text(
    const std::vector<data_piece>& pieces, std::string& text
);

/// What --data-urlencode takes, and --url-query: "content", "=content", "name=content",
/// "@file" and "name@file".
[[nodiscard]] refusal urlencode(const std::string& argument, std::string& text);

/// The texts of --url-query as one query; a leading '+' keeps a text as it is.
[[nodiscard]] refusal query_text(
    const std::vector<std::string>& pieces, std::string& query
);

/// A body whose length is not told: it goes out in chunks.
[[nodiscard]] xfer::source without_length(const xfer::source& body);

/// The body of -T: a file from its byte `offset` on, or standard input if there is an
/// `input`.
[[nodiscard]] refusal upload_body(
    const operation& op,
    const std::string& path,
    std::uint64_t offset,
    const std::shared_ptr<standard_input>& input,
    const asio::any_io_executor& loop,
    xfer::source& body
);

/// The whole length of a file to be uploaded; none for standard input.
[[nodiscard]] std::optional<std::uint64_t> upload_size(const std::string& path);

/// Whether -T's argument means standard input.
[[nodiscard]] inline bool is_standard_input(const std::string& path) noexcept {
    return path == "-" || path == ".";
}

}  // namespace tool
