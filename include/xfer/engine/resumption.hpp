// Going on with a file that an earlier transfer left unfinished, without ever splicing
// two versions (HAZARDS I6).
#pragma once

#include <xfer/config.hpp>
#include <xfer/detail/file.hpp>
#include <xfer/fields.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::engine {

/// What a response means for a file that may be gone on with.
enum class resume_verdict : std::uint8_t {
    append,    ///< the rest is coming, or a part of it
    begin,     ///< the whole is coming: the file is to be emptied
    complete,  ///< there is no rest
    ask_anew,  ///< it does not fit: ask for the whole, unconditionally
    leave,     ///< nothing of it is for the file
};

/// A file with file_mode::resume, and the small one beside it that says of what it is
/// the beginning. Both may lag behind after a crash: then the file is empty or shorter
/// than it could be, and never of two versions.
class resumption {
 public:
    /// Opens the file, and finds out whether there is something to go on with.
    [[nodiscard]] XFER_DECL detail::file open(
        const std::string& path, std::string_view url, std::error_code& ec
    );
    /// How much is there; 0: the whole is asked for.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    /// Adds Range and If-Range.
    XFER_DECL void add_fields(fields& to) const;
    /// Looks at the head of the answer.
    [[nodiscard]] XFER_DECL resume_verdict judge(int status, fields_view response);
    /// The answer is taken: the file is prepared for its body.
    XFER_DECL void begin(fields_view response, detail::file& file, std::error_code& ec);
    /// So many octets of the body are to be written. False: they are more than the head
    /// said, so that nothing of this answer is to be gone on with.
    [[nodiscard]] XFER_DECL bool take(std::size_t octets);
    /// The body has ended. If the file is complete, the small one goes; else this is
    /// how much is missing, which the next transfer asks for.
    [[nodiscard]] XFER_DECL std::uint64_t finish();

 private:
    [[nodiscard]] std::string note_path() const { return path_ + ".resume"; }
    [[nodiscard]] bool read_note();
    [[nodiscard]] bool by_etag() const noexcept { return validator_.front() == '"'; }
    [[nodiscard]] bool confirms_version(fields_view response) const noexcept;
    [[nodiscard]] bool contradicts_version(fields_view response) const noexcept;
    [[nodiscard]] bool is_the_end(fields_view response) const;
    [[nodiscard]] bool is_the_rest(fields_view response);
    void write_note(fields_view response) const;

    std::string path_;
    std::string url_;
    std::string validator_;
    std::optional<std::uint64_t> length_;  // of that version, where it is known
    std::uint64_t offset_ = 0;
    std::uint64_t missing_ = 0;  // of the whole, where a part is coming
    std::optional<std::uint64_t> part_left_;
    bool begins_ = false;  // the whole is coming
};

}  // namespace XFER_NAMESPACE::engine

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/engine/impl/resumption.ipp>
#endif
