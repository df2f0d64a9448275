// Link fields: what else belongs to a response, such as its next page (RFC 8288).
#pragma once

#include <xfer/config.hpp>
#include <xfer/fields.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace XFER_NAMESPACE {

/// One link of a response.
struct link {
    std::string target;  ///< a reference as it was sent: see url::resolve()
    /// Names in lower case, values without their quotes; `rel` is among them.
    std::vector<std::pair<std::string, std::string>> parameters;

    /// The parameter's value; nullopt if the link has none of that name.
    [[nodiscard]] XFER_DECL std::optional<std::string_view> parameter(
        std::string_view name
    ) const noexcept;
    /// Whether `relation` is among the relations of `rel`, without regard to case.
    [[nodiscard]] XFER_DECL bool has_relation(std::string_view relation) const noexcept;
};

/// The links of all Link fields, in their order, at most 1000. What breaks the syntax
/// ends its field line: the links before it stand.
[[nodiscard]] XFER_DECL std::vector<link> parse_links(fields_view response);

/// The target of the first link with that relation, such as "next".
[[nodiscard]] XFER_DECL std::optional<std::string> find_link(
    fields_view response, std::string_view relation
);

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/link.ipp>
#endif
