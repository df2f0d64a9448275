// One walk over the tokens, in place.
#pragma once

#include <xfer/proto/netrc.hpp>
#include <xfer/proto/octets.hpp>

#include <algorithm>
#include <utility>

namespace XFER_NAMESPACE::proto {
namespace detail_netrc {

/// A token as it stands in the text, the quotes taken off.
struct token {
    std::string_view raw;
    bool quoted = false;

    [[nodiscard]] bool is(std::string_view keyword) const noexcept {
        return !quoted && iequals(raw, keyword);
    }
    /// The next octet of what it means; `at` moves behind it.
    [[nodiscard]] char next(std::size_t& at) const noexcept {
        const char c = raw[at++];
        if (!quoted || c != '\\' || at == raw.size()) return c;
        switch (raw[at++]) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            default:
                return raw[at - 1];
        }
    }
    [[nodiscard]] std::string text() const {
        std::string out;
        out.reserve(raw.size());  // no copy is left behind
        for (std::size_t at = 0; at < raw.size();) out += next(at);
        return out;
    }
    /// Whether it means that text, which is compared without a copy.
    [[nodiscard]] bool means(std::string_view wanted, bool any_case) const noexcept {
        std::size_t size = 0;
        bool same = true;
        for (std::size_t at = 0; at < raw.size(); ++size) {
            const char c = next(at);
            same =
                same && size < wanted.size() &&
                (any_case ? to_lower(c) == to_lower(wanted[size]) : c == wanted[size]);
        }
        return same && size == wanted.size();
    }
};

struct entry {
    std::optional<token> machine;  // none: `default`
    std::optional<token> login;
    std::optional<token> password;

    [[nodiscard]] bool is_of(std::optional<std::string_view> user) const noexcept {
        return !user || (login && login->means(*user, false));
    }
};

class reader {
 public:
    reader(std::string_view text, const netrc_limits& limits) noexcept
        : rest_(text), limits_(limits) {}

    /// The next entry; none at the end, or when something was refused.
    [[nodiscard]] std::optional<entry> next_entry() noexcept;
    [[nodiscard]] const refusal& failure() const noexcept { return failure_; }

 private:
    /// The next token, none at the end. `keyword`: a comment may stand here.
    [[nodiscard]] std::optional<token> next_token(bool keyword) noexcept;
    [[nodiscard]] std::optional<token> quoted_token() noexcept;
    [[nodiscard]] std::optional<token> value() noexcept;
    void skip_line() noexcept {
        const std::size_t end = rest_.find('\n');
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end);
    }
    void skip_macro() noexcept;
    std::optional<token> refuse(std::string_view why) noexcept {
        if (!failure_) failure_ = {error::invalid_option, why};
        rest_ = {};
        return std::nullopt;
    }

    std::string_view rest_;
    const netrc_limits& limits_;
    refusal failure_;
    bool begun_ = false;            // `machine` or `default` was read already
    std::optional<token> machine_;  // and which one
};

inline std::optional<token> reader::quoted_token() noexcept {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"' && rest_[end] != '\n') {
        const bool escapes =
            rest_[end] == '\\' && end + 1 < rest_.size() && rest_[end + 1] != '\n';
        end += escapes ? 2 : 1;
    }
    if (end >= rest_.size() || rest_[end] != '"') {
        return refuse("netrc: a quoted string does not end in its line");
    }
    const token found{rest_.substr(1, end - 1), true};
    rest_.remove_prefix(end + 1);
    if (!rest_.empty() && !is_blank(rest_[0]) && rest_[0] != '\n' && rest_[0] != '\r') {
        return refuse("netrc: something stands right behind a quoted string");
    }
    return found;
}

inline std::optional<token> reader::next_token(bool keyword) noexcept {
    constexpr std::string_view between = " \t\r\n";
    for (;;) {
        const std::size_t begin = rest_.find_first_not_of(between);
        if (begin == rest_.npos) {
            rest_ = {};
            return std::nullopt;
        }
        rest_.remove_prefix(begin);
        if (!keyword || rest_[0] != '#') break;
        skip_line();
    }
    std::optional<token> found;
    if (rest_[0] == '"') {
        found = quoted_token();
    } else {
        found = token{rest_.substr(0, rest_.find_first_of(between)), false};
        rest_.remove_prefix(found->raw.size());
    }
    if (found && found->raw.size() > limits_.token) {
        return refuse("netrc: a word is too long");
    }
    return found;
}

inline std::optional<token> reader::value() noexcept {
    const auto found = next_token(false);
    if (!found) return refuse("netrc: a keyword has no value");
    return found;
}

/// Up to an empty line, blanks or none. Where the name of the macro stands is no line.
inline void reader::skip_macro() noexcept {
    skip_line();
    while (!rest_.empty()) {
        rest_.remove_prefix(1);  // the line end before this line
        const std::string_view line = rest_.substr(0, rest_.find('\n'));
        rest_.remove_prefix(line.size());
        if (line.find_first_not_of(" \t\r") == line.npos) return;
    }
}

inline std::optional<entry> reader::next_entry() noexcept {
    entry made;
    bool open = std::exchange(begun_, false);
    made.machine = std::exchange(machine_, std::nullopt);
    while (const auto word = next_token(true)) {
        if (word->is("machine") || word->is("default")) {
            const auto machine = word->is("machine") ? value() : std::nullopt;
            if (failure_) return std::nullopt;
            if (open) {
                begun_ = true;
                machine_ = machine;
                return made;
            }
            open = true;
            made.machine = machine;
        } else if (word->is("macdef")) {
            if (value()) skip_macro();
        } else if (word->is("login") || word->is("password") || word->is("account")) {
            const auto found = value();
            // What is said twice counts as it is said first, as with entries.
            if (word->is("login") && !made.login) made.login = found;
            if (word->is("password") && !made.password) made.password = found;
        }
        // Before the first entry a login is nobody's.
        if (!open) made = {};
    }
    if (failure_ || !open) return std::nullopt;
    return made;
}

/// What can be seen without reading tokens.
[[nodiscard]] inline refusal check_outline(
    std::string_view text, const netrc_limits& limits
) noexcept {
    if (text.size() > limits.file) {
        return {error::invalid_option, "netrc: the file is too large"};
    }
    if (text.find('\0') != text.npos) {
        return {error::invalid_option, "netrc: the file has a NUL"};
    }
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line.size() > limits.line) {
            return {error::invalid_option, "netrc: a line is too long"};
        }
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return {};
}

[[nodiscard]] inline std::optional<netrc_login> login_of(const entry& found) {
    netrc_login login;
    if (found.login) login.login = found.login->text();
    if (found.password) login.password = detail::secret::from(found.password->text());
    return login;
}

}  // namespace detail_netrc

XFER_DECL refusal
check_netrc(std::string_view text, const netrc_limits& limits) noexcept {
    if (refusal refused = detail_netrc::check_outline(text, limits)) return refused;
    detail_netrc::reader reader(text, limits);
    while (reader.next_entry()) {
    }
    return reader.failure();
}

XFER_DECL std::optional<netrc_login> netrc_lookup(
    std::string_view text,
    std::string_view host,
    std::optional<std::string_view> user,
    const netrc_limits& limits
) {
    if (detail_netrc::check_outline(text, limits)) return std::nullopt;
    detail_netrc::reader reader(text, limits);
    bool named = false;  // by any entry
    bool has_default = false;
    std::optional<detail_netrc::entry> of_host;
    std::optional<detail_netrc::entry> of_all;
    while (const auto entry = reader.next_entry()) {
        if (!entry->machine) {
            if (!has_default && entry->is_of(user)) of_all = entry;
            has_default = true;
        } else if (entry->machine->means(host, true)) {
            named = true;
            if (!of_host && entry->is_of(user)) of_host = entry;
        }
    }
    const auto& found = named ? of_host : of_all;
    if (reader.failure() || !found) return std::nullopt;
    auto login = detail_netrc::login_of(*found);
    if (login) login->of_default = !named;
    return login;
}

}  // namespace XFER_NAMESPACE::proto
