// Forms as text, and as parts between boundaries.
#pragma once

#include <xfer/detail/octets.hpp>
#include <xfer/detail/percent.hpp>
#include <xfer/detail/url_octets.hpp>
#include <xfer/form.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <variant>

namespace XFER_NAMESPACE {

XFER_DECL form& form::add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    detail::append_form_encoded(text_, name);
    text_ += '=';
    detail::append_form_encoded(text_, value);
    return *this;
}

XFER_DECL form::operator source() const {
    source s(text_);
    s.content_type("application/x-www-form-urlencoded");
    return s;
}

namespace detail {

XFER_DECL std::string_view guess_content_type(std::string_view filename) noexcept {
    struct row {
        std::string_view extension;
        std::string_view type;
    };
    constexpr row rows[] = {
        {".gif", "image/gif"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".png", "image/png"},
        {".svg", "image/svg+xml"},
        {".webp", "image/webp"},
        {".txt", "text/plain"},
        {".htm", "text/html"},
        {".html", "text/html"},
        {".csv", "text/csv"},
        {".pdf", "application/pdf"},
        {".json", "application/json"},
        {".xml", "application/xml"},
    };
    for (const auto& [extension, type] : rows) {
        if (filename.size() > extension.size() &&
            iequals(filename.substr(filename.size() - extension.size()), extension)) {
            return type;
        }
    }
    return {};
}

/// The media type of a part; empty if none is to be said.
inline std::string_view part_type(
    const part_options& o, std::string_view filename, const source& content
) noexcept {
    if (!o.content_type.empty()) return o.content_type;
    if (!content.content_type().empty()) return content.content_type();
    if (filename.empty()) return {};
    const auto guessed = guess_content_type(filename);
    return guessed.empty() ? "application/octet-stream" : guessed;
}

/// What of the part's fields must not be sent; empty if nothing.
inline std::string wrong_with_part(
    std::string_view name,
    std::string_view filename,
    std::string_view type,
    const fields* more
) {
    const auto has_control = [](std::string_view what, std::string_view text) {
        return "the " + std::string(what) + " of a part, '" + escaped(text) +
               "', contains a control character";
    };
    if (!is_field_value(name)) return has_control("name", name);
    if (!is_field_value(filename)) return has_control("filename", filename);
    if (!is_field_value(type)) return has_control("content type", type);
    if (more == nullptr) return {};
    if (!more->first_error().empty()) return more->first_error();
    for (const auto [field_name, value] : *more) {
        if (!is_token(field_name) || !is_field_value(value)) {
            return "a header of the part '" + escaped(name) + "' is not valid";
        }
    }
    return {};
}

/// The fields of a part and the empty line; all of them were checked.
inline std::string part_head(
    std::string_view name,
    std::string_view filename,
    std::string_view type,
    const fields* more
) {
    const auto is_left_out = [more](std::string_view field_name) {
        return more != nullptr &&
               (more->contains(field_name) || more->is_suppressed(field_name));
    };
    std::string out;
    if (!is_left_out("Content-Disposition")) {
        out += "Content-Disposition: form-data; name=\"";
        append_quoted_name(out, name);
        if (!filename.empty()) {
            out += "\"; filename=\"";
            append_quoted_name(out, filename);
        }
        out += "\"\r\n";
    }
    if (!type.empty() && !is_left_out("Content-Type")) {
        out.append("Content-Type: ").append(type).append("\r\n");
    }
    if (more != nullptr) {
        for (const auto [field_name, value] : *more) {
            out.append(field_name).append(": ").append(value).append("\r\n");
        }
    }
    out += "\r\n";
    return out;
}

/// Of RFC 2046's marks those that may stand in a parameter without quotes.
inline bool is_boundary(std::string_view text) noexcept {
    constexpr std::size_t longest = 70;
    const auto allowed = [](char c) {
        return ascii_alpha(c) || ascii_digit(c) ||
               std::string_view("'+_-.").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= longest &&
           std::all_of(text.begin(), text.end(), allowed);
}

inline bool holds(const source& s, std::string_view text) noexcept {
    if (const auto* own = std::get_if<std::string>(&s.from())) {
        return own->find(text) != std::string::npos;
    }
    if (const auto* several = std::get_if<source::sequence_origin>(&s.from())) {
        return std::any_of(
            several->parts.begin(),
            several->parts.end(),
            [&](const source& part) { return holds(part, text); }
        );
    }
    return false;
}

/// Text and sources one after another, with texts that meet made one.
class joiner {
 public:
    void add_text(std::string_view text) { text_ += text; }
    void add_source(const source& s) {
        if (const auto* own = std::get_if<std::string>(&s.from())) {
            text_ += *own;
        } else if (!s.empty()) {
            flush();
            pieces_.push_back(s);
        }
    }
    [[nodiscard]] source finish() {
        if (pieces_.empty()) return source(std::move(text_));
        flush();
        return join(std::move(pieces_));
    }

 private:
    void flush() {
        if (!text_.empty()) pieces_.emplace_back(std::exchange(text_, {}));
    }
    std::vector<source> pieces_;
    std::string text_;
};

}  // namespace detail

inline void multipart::refuse(error e, std::string message) {
    if (refused_) return;
    refused_ = e;
    why_ = std::move(message);
}

XFER_DECL multipart& multipart::add(
    std::string_view name, std::string_view value, const part_options& o
) {
    add_part(name, source(std::string(value)), o, o.filename);
    return *this;
}

XFER_DECL void multipart::add_path(
    std::string_view name, std::string path, const part_options& o
) {
    std::string last = path.substr(path.rfind('/') + 1);
    const std::string_view filename = o.filename.empty() ? last : o.filename;
    add_part(name, from_file(std::move(path)), o, filename);
}

XFER_DECL void multipart::add_part(
    std::string_view name,
    source content,
    const part_options& o,
    std::string_view filename
) {
    const auto type = detail::part_type(o, filename, content);
    if (auto wrong = detail::wrong_with_part(name, filename, type, o.headers);
        !wrong.empty()) {
        return refuse(error::invalid_header, std::move(wrong));
    }
    part p{detail::part_head(name, filename, type, o.headers), std::move(content)};
    parts_.push_back(std::move(p));
}

XFER_DECL multipart& multipart::boundary(std::string_view text) {
    boundary_ = text;
    if (!detail::is_boundary(text)) {
        refuse(
            error::invalid_option,
            "'" + detail::escaped(text) + "' cannot be a boundary (RFC 2046 5.1.1)"
        );
    }
    return *this;
}

inline bool multipart::holds(std::string_view text) const noexcept {
    return std::any_of(parts_.begin(), parts_.end(), [&](const part& p) {
        return p.head.find(text) != std::string::npos || detail::holds(p.content, text);
    });
}

inline std::error_code multipart::choose_boundary(
    detail::random_source random, std::string& chosen
) const {
    if (!boundary_.empty()) {
        chosen = boundary_;
        return holds(chosen) ? error::invalid_option : std::error_code();
    }
    // A part that holds 128 bits which nobody could know is no chance, so that more
    // than a few of them mean a generator that is broken.
    constexpr int tries = 4;
    for (int i = 0; i < tries; ++i) {
        std::array<unsigned char, 16> bits{};
        if (const auto ec = random(bits)) return ec;
        chosen = "xfer-";
        for (const unsigned octet : bits) {
            chosen += "0123456789abcdef"[octet >> 4U];
            chosen += "0123456789abcdef"[octet & 15U];
        }
        if (!holds(chosen)) return {};
    }
    return error::no_entropy;
}

XFER_DECL source multipart::to_source(detail::random_source random) const {
    if (refused_) return source(source::origin(source::refused_origin{refused_, why_}));
    std::string boundary;
    if (const auto ec = choose_boundary(random, boundary)) {
        const auto* why = ec == error::no_entropy
                              ? "no boundary can be made: no random octets"
                              : "the boundary occurs in a part";
        return source(source::origin(source::refused_origin{ec, why}));
    }
    detail::joiner body;
    for (const auto& p : parts_) {
        body.add_text("--" + boundary + "\r\n" + p.head);
        body.add_source(p.content);
        body.add_text("\r\n");
    }
    body.add_text("--" + boundary + "--\r\n");
    auto whole = body.finish();
    whole.content_type("multipart/form-data; boundary=" + boundary);
    return whole;
}

}  // namespace XFER_NAMESPACE
