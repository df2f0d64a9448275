// The note beside an unfinished file, and what it is compared with.
#pragma once

#include <xfer/detail/atomic_file.hpp>
#include <xfer/detail/only_value.hpp>
#include <xfer/engine/resumption.hpp>
#include <xfer/proto/checked.hpp>
#include <xfer/proto/date.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/range.hpp>

#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>

namespace XFER_NAMESPACE::engine {

inline constexpr std::string_view note_start = "xfer resume 1\n";

/// What the version of a response can be recognised by later: its ETag if that is a
/// strong one, else Last-Modified if the response is so much younger that nothing can
/// have changed within the same second (RFC 9110 8.8.2.2); empty if by neither.
inline std::string strong_validator(fields_view response) {
    for (const auto* name : {"ETag", "Last-Modified", "Date"}) {
        if (!detail::only_value(response, name)) {
            return {};
        }
    }
    if (const auto etag = response.find("ETag")) {
        return etag->size() >= 2 && etag->front() == '"' && etag->back() == '"'
                   ? std::string(*etag)
                   : std::string();
    }
    const auto modified = response.find("Last-Modified");
    const auto date = response.find("Date");
    if (!modified || !date) {
        return {};
    }
    const auto now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto changed = proto::parse_http_date(*modified, now);
    const auto sent = proto::parse_http_date(*date, now);
    return changed && sent && *sent - *changed >= std::chrono::seconds(60)
               ? std::string(*modified)
               : std::string();
}

/// Takes a line that begins so off the text; nullopt if there is none.
inline std::optional<std::string> take_line(
    std::string_view& text, std::string_view beginning
) {
    const auto end = text.find('\n');
    if (end == text.npos || !text.starts_with(beginning)) {
        return std::nullopt;
    }
    auto line = std::string(text.substr(beginning.size(), end - beginning.size()));
    text.remove_prefix(end + 1);
    return line;
}

/// What is in a note; empty if there is none, or more than a note can be.
inline std::string text_of_note(const std::string& path) {
    constexpr std::size_t most = std::size_t{80} * 1024;  // a URL and an ETag
    std::error_code ec;
    auto file = detail::file::open_to_read(path, ec);
    std::string text(most, '\0');
    std::size_t size = 0;
    while (!ec && size < most) {
        const auto n = file.read(std::span(text).subspan(size), ec);
        if (n == 0) {
            break;
        }
        size += n;
    }
    text.resize(ec || size == most ? 0 : size);
    return text;
}

/// Whether there is a note of this URL, and of no less than there is of the file. Those
/// of earlier versions of xfer have no length.
inline bool resumption::read_note() {
    const auto text = text_of_note(note_path());
    std::string_view rest = text;
    if (!rest.starts_with(note_start)) {
        return false;
    }
    rest.remove_prefix(note_start.size());
    const auto of = take_line(rest, "url: ");
    auto validator = take_line(rest, "if-range: ");
    if (!of || *of != url_ || !validator || validator->empty()) {
        return false;
    }
    if (!rest.empty()) {
        const auto length = take_line(rest, "length: ");
        length_ = length ? proto::parse_decimal(*length) : std::nullopt;
        if (!length_ || *length_ < offset_) {
            return false;
        }
    }
    validator_ = std::move(*validator);
    return true;
}

XFER_DECL detail::file resumption::open(
    const std::string& path, std::string_view url, std::error_code& ec
) {
    path_ = path;
    url_ = std::string(url);
    auto file = detail::file::open_to_append(path, ec);
    if (!ec) {
        offset_ = file.size().value_or(0);
        if (offset_ > 0 && !read_note()) {
            offset_ = 0;
        }
    }
    return file;
}

XFER_DECL void resumption::add_fields(fields& to) const {
    if (offset_ > 0) {
        to.add("Range", "bytes=" + std::to_string(offset_) + "-");
        to.add("If-Range", validator_);
    }
}

/// Where a part is, as the head says; nullopt where it says that of none, or of two.
inline std::optional<proto::content_range> place_of(fields_view response) {
    const auto field = response.find("Content-Range");
    return field && response.count("Content-Range") == 1
               ? proto::parse_content_range(*field)
               : std::nullopt;
}

/// The length of the body, where the head says it.
inline std::optional<std::uint64_t> length_of(fields_view response) {
    const auto field = response.find("Content-Length");
    return field && !response.contains("Transfer-Encoding")
               ? proto::parse_content_length(*field)
               : std::nullopt;
}

/// Whether the head has the validator that the version was noted by, of any value.
inline bool resumption::confirms_version(fields_view response) const noexcept {
    return response.contains(by_etag() ? "ETag" : "Last-Modified");
}

/// A server that ignores If-Range betrays itself by its own validators. An ETag where
/// there was none is another version's too.
inline bool resumption::contradicts_version(fields_view response) const noexcept {
    const auto etag = response.find("ETag");
    const auto modified = response.find("Last-Modified");
    const bool differs = by_etag() ? etag && *etag != validator_
                                   : etag || (modified && *modified != validator_);
    return differs || !detail::only_value(response, "ETag") ||
           !detail::only_value(response, "Last-Modified");
}

/// Whether a 416 says that there is nothing behind what is there. It need not say of
/// which version: then the length that was noted has to be the file's.
inline bool resumption::is_the_end(fields_view response) const {
    const auto place = place_of(response);
    const bool sure = length_ ? length_ == offset_ : confirms_version(response);
    return sure && place && !place->first && place->complete == offset_ &&
           !contradicts_version(response);
}

/// Whether a 206 is the rest or the beginning of it (RFC 9110 15.3.7 allows a server to
/// send less than it was asked for). If nobody knows where the whole ends, it may be
/// anything; if it ends elsewhere than before, it is another.
inline bool resumption::is_the_rest(fields_view response) {
    const auto place = place_of(response);
    // An ETag has to be in a 206 if it was in the 200 (15.3.7); a date has not.
    const bool same =
        !contradicts_version(response) && (!by_etag() || confirms_version(response));
    if (!place || place->first != offset_ || !same) {
        return false;
    }
    const auto size = *place->last - *place->first + 1;
    const auto whole = place->complete ? place->complete : length_;
    const bool same_length = !length_ || whole == length_;
    const bool as_long_as_it_says = length_of(response).value_or(size) == size;
    if (!whole || *place->last >= *whole || !same_length || !as_long_as_it_says) {
        return false;
    }
    part_left_ = size;
    missing_ = *whole - offset_;
    return true;
}

XFER_DECL resume_verdict resumption::judge(int status, fields_view response) {
    if (offset_ > 0 && (status == 206 || status == 416)) {
        const bool fits = status == 206 ? is_the_rest(response) : is_the_end(response);
        if (!fits) {
            offset_ = 0;
            return resume_verdict::ask_anew;
        }
        return status == 206 ? resume_verdict::append : resume_verdict::complete;
    }
    // Any other success is something else than what is at the URL.
    const bool is_the_whole = status == 200 || status == 203;
    begins_ = is_the_whole;
    return is_the_whole ? resume_verdict::begin : resume_verdict::leave;
}

XFER_DECL void resumption::begin(
    fields_view response, detail::file& file, std::error_code& ec
) {
    if (!begins_) {
        return;
    }
    // The note goes first: an empty file without one is nothing to go on with.
    ::unlink(note_path().c_str());
    file.truncate(ec);
    offset_ = 0;
    if (!ec) {
        write_note(response);
    }
}

/// Where there can be no note, the next transfer begins anew: no reason to fail.
inline void resumption::write_note(fields_view response) const {
    const auto validator = strong_validator(response);
    if (validator.empty() || response.list_contains("Accept-Ranges", "none")) {
        return;  // there is nothing that a later request could ask for
    }
    auto note = std::string(note_start);
    note.append("url: ").append(url_).append("\nif-range: ").append(validator);
    if (const auto length = length_of(response)) {
        note.append("\nlength: ").append(std::to_string(*length));
    }
    note += '\n';
    static_cast<void>(detail::replace_file(note_path(), note));
}

XFER_DECL bool resumption::take(std::size_t octets) {
    if (!part_left_) {
        return true;  // the whole is coming
    }
    if (octets > *part_left_) {
        ::unlink(note_path().c_str());
        return false;
    }
    *part_left_ -= octets;
    missing_ -= octets;
    return true;
}

XFER_DECL std::uint64_t resumption::finish() {
    if (missing_ == 0) {
        ::unlink(note_path().c_str());
    }
    return missing_;
}

}  // namespace XFER_NAMESPACE::engine
