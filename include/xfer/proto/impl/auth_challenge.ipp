// The grammar of challenges, which takes a look ahead: a token may be a parameter's
// name, a scheme, or a token68, and what follows it tells.
#pragma once

#include <xfer/proto/auth_challenge.hpp>
#include <xfer/proto/octets.hpp>

#include <utility>

namespace XFER_NAMESPACE::proto {
namespace detail_challenge {

[[nodiscard]] inline refusal broken(std::string_view why) noexcept {
    return {error::weird_reply, why};
}

[[nodiscard]] inline bool is_token68_octet(char c) noexcept {
    const char lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
}

/// Reads one value of the field from front to back.
class line_reader {
 public:
    line_reader(std::string_view line, const auth_limits& limits) noexcept
        : rest_(line), limits_(limits) {}

    [[nodiscard]] refusal read_challenges(std::vector<auth_challenge>& out);
    /// The list of parameters alone.
    [[nodiscard]] refusal read_info(auth_challenge& out);

 private:
    [[nodiscard]] bool at_end_of_member() const noexcept {
        return rest_.empty() || rest_.front() == ',';
    }
    void skip_blanks() noexcept {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }
    /// Empty members of a list are none (RFC 9110 5.6.1.2).
    void skip_separators() noexcept {
        while (!rest_.empty() && (rest_.front() == ',' || is_blank(rest_.front()))) {
            rest_.remove_prefix(1);
        }
    }
    /// Empty if no token stands here.
    [[nodiscard]] std::string_view take_token() noexcept {
        const char* const begin = rest_.data();
        const char* const end = begin + rest_.size();
        const auto size = static_cast<std::size_t>(skip_token(begin, end) - begin);
        const std::string_view token = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return token;
    }
    /// BWS "=" BWS; nothing is taken if that is not what stands here.
    [[nodiscard]] bool take_equals() noexcept {
        const std::string_view before = rest_;
        skip_blanks();
        if (rest_.empty() || rest_.front() != '=') {
            rest_ = before;
            return false;
        }
        rest_.remove_prefix(1);
        skip_blanks();
        return true;
    }
    [[nodiscard]] std::string_view take_token68() noexcept;
    [[nodiscard]] bool take_value(std::string& out);
    [[nodiscard]] refusal take_param(std::string_view name, auth_challenge& out);
    [[nodiscard]] refusal take_after_scheme(auth_challenge& out);

    std::string_view rest_;
    const auth_limits& limits_;
};

/// Up to the end of the member, or nothing: `a=` alone is one, `a=b` a parameter.
inline std::string_view line_reader::take_token68() noexcept {
    std::size_t size = 0;
    while (size < rest_.size() && is_token68_octet(rest_[size])) ++size;
    if (size == 0) return {};
    while (size < rest_.size() && rest_[size] == '=') ++size;
    const std::string_view before = rest_;
    rest_.remove_prefix(size);
    skip_blanks();
    if (at_end_of_member()) return before.substr(0, size);
    rest_ = before;
    return {};
}

inline bool line_reader::take_value(std::string& out) {
    if (rest_.empty() || rest_.front() != '"') {
        out = take_token();
        return !out.empty();
    }
    for (std::size_t i = 1; i < rest_.size(); ++i) {
        char c = rest_[i];
        if (c == '"') {
            rest_.remove_prefix(i + 1);
            return true;
        }
        if (c == '\\') {
            if (++i == rest_.size()) return false;
            c = rest_[i];
        }
        if (!detail::is(detail::value_octet, c)) return false;
        out += c;
    }
    return false;
}

inline refusal line_reader::take_param(std::string_view name, auth_challenge& out) {
    if (out.find(name)) return broken("a challenge has a parameter twice");
    if (out.params.size() >= limits_.params) {
        return {error::header_too_large, "a challenge has too many parameters"};
    }
    auth_param param{std::string(name), {}};
    if (!take_value(param.value)) {
        return broken("a parameter of a challenge has no valid value");
    }
    out.params.push_back(std::move(param));
    return {};
}

/// A token68, the first parameter, or nothing.
inline refusal line_reader::take_after_scheme(auth_challenge& out) {
    const bool apart = !rest_.empty() && is_blank(rest_.front());
    skip_blanks();
    if (at_end_of_member()) return {};
    if (!apart) return broken("a challenge's scheme is no token");
    out.token68 = take_token68();
    if (!out.token68.empty()) return {};
    const std::string_view name = take_token();
    if (name.empty() || !take_equals()) {
        return broken("a challenge has neither parameters nor a token");
    }
    return take_param(name, out);
}

inline refusal line_reader::read_challenges(std::vector<auth_challenge>& out) {
    bool open = false;  // the last challenge may have further parameters
    for (skip_separators(); !rest_.empty(); skip_separators()) {
        const std::string_view token = take_token();
        if (token.empty()) return broken("a challenge begins with no token");
        refusal refused;
        if (take_equals()) {
            if (!open) return broken("a parameter that belongs to no challenge");
            refused = take_param(token, out.back());
        } else {
            if (out.size() >= limits_.challenges) {
                return {error::header_too_large, "too many challenges"};
            }
            out.push_back({std::string(token), {}, {}});
            refused = take_after_scheme(out.back());
            open = out.back().token68.empty();
        }
        if (refused) return refused;
        skip_blanks();
        if (!at_end_of_member()) return broken("no comma between parts of a challenge");
    }
    return {};
}

inline refusal line_reader::read_info(auth_challenge& out) {
    for (skip_separators(); !rest_.empty(); skip_separators()) {
        const std::string_view name = take_token();
        if (name.empty() || !take_equals()) return broken("no parameter");
        if (refusal refused = take_param(name, out)) return refused;
        skip_blanks();
        if (!at_end_of_member()) return broken("no comma between parameters");
    }
    return {};
}

}  // namespace detail_challenge

XFER_DECL std::optional<std::string_view> auth_challenge::find(std::string_view name
) const noexcept {
    for (const auth_param& param : params) {
        if (iequals(param.name, name)) return std::string_view(param.value);
    }
    return std::nullopt;
}

XFER_DECL auth_challenges
parse_challenges(fields_view fields, std::string_view name, const auth_limits& limits) {
    auth_challenges result;
    std::size_t bytes = 0;
    for (const field line : fields.all(name)) {
        refusal refused;
        const std::size_t before = result.found.size();
        if (line.value.size() > limits.bytes - bytes) {
            refused = {error::header_too_large, "the challenges are too large"};
        } else {
            bytes += line.value.size();
            detail_challenge::line_reader reader(line.value, limits);
            refused = reader.read_challenges(result.found);
        }
        if (!refused) continue;
        result.found.resize(before);
        if (!result.failure) result.failure = refused;
        if (refused.ec == error::header_too_large) {
            result.found.clear();
            result.failure = refused;
            break;
        }
    }
    return result;
}

XFER_DECL std::optional<auth_challenge> parse_authentication_info(
    fields_view fields, std::string_view name, const auth_limits& limits
) {
    std::optional<auth_challenge> info;
    std::size_t bytes = 0;
    for (const field line : fields.all(name)) {
        if (line.value.size() > limits.bytes - bytes) return std::nullopt;
        bytes += line.value.size();
        if (!info) info.emplace();
        detail_challenge::line_reader reader(line.value, limits);
        if (reader.read_info(*info)) return std::nullopt;
    }
    return info;
}

}  // namespace XFER_NAMESPACE::proto
