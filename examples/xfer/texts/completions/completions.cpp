// Completions: how arguments are completed, and which script is for which shell.
#include "texts/completions/completions.hpp"

#include "texts/option_list.hpp"
#include "texts/texts.hpp"

#include <algorithm>
#include <array>

namespace tool {

namespace {

struct known_values {
    std::string_view name;
    std::string_view values;
};

constexpr std::string_view schemes = "http https";
constexpr std::string_view scheme_sets = "=http =https =http,https";
constexpr std::string_view proxies =
    "http:// https:// socks4:// socks4a:// socks5:// socks5h://";

/// Options whose argument is one of a few words, or likely to be.
constexpr std::array values_of_options{
    known_values{"cert-type", "PEM DER P12"},
    known_values{"curves", "X25519 P-256 P-384 P-521"},
    known_values{"key-type", "PEM DER"},
    known_values{"preproxy", proxies},
    known_values{"proto", scheme_sets},
    known_values{"proto-default", schemes},
    known_values{"proto-redir", scheme_sets},
    known_values{"proxy", proxies},
    known_values{"proxy-cert-type", "PEM DER P12"},
    known_values{"proxy-key-type", "PEM DER"},
    known_values{"request", "GET HEAD POST PUT PATCH DELETE OPTIONS"},
    known_values{"tls-max", "default 1.2 1.3"},
    known_values{"trace-config", "all ids time"},
};

/// Options with files that their placeholder does not tell of.
constexpr std::array<std::string_view, 9> file_options{
    "cert",
    "key",
    "pinnedpubkey",
    "proxy-cert",
    "proxy-key",
    "proxy-pinnedpubkey",
    "time-cond",
    "unix-socket",
    "upload-file",
};

/// Options whose argument is read from a file behind '@'.
constexpr std::array<std::string_view, 11> at_options{
    "data",
    "data-ascii",
    "data-binary",
    "data-urlencode",
    "header",
    "json",
    "proxy-header",
    "url",
    "url-query",
    "variable",
    "write-out",
};

template <class List>
bool holds(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string help_subjects() {
    std::string all = "all category important";
    for (const auto& c : all_categories()) all.append(1, ' ').append(c.name);
    return all;
}

}  // namespace

completion completion_of(const option& o) {
    if (o.placeholder.empty()) return {};
    if (o.name == "help") return {completion_kind::values, help_subjects()};
    for (const auto& known : values_of_options) {
        if (known.name != o.name) continue;
        return {completion_kind::values, std::string(known.values)};
    }
    if (holds(at_options, o.name)) return {completion_kind::file_after_at, {}};
    if (contains(o.placeholder, "dir")) return {completion_kind::directory, {}};
    if (contains(o.placeholder, "file") || holds(file_options, o.name)) {
        return {completion_kind::file, {}};
    }
    return {completion_kind::text, {}};
}

std::string completion_script(std::string_view shell) {
    if (shell == "bash") return bash_completion();
    if (shell == "fish") return fish_completion();
    if (shell == "zsh") return zsh_completion();
    return {};
}

}  // namespace tool
