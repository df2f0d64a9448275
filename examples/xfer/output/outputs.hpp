// Where a response goes: body, heads, and what is kept about them in files.
#pragma once

#include "output/checksum.hpp"
#include "output/output_file.hpp"
#include "run/session.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tool {

/// The name that -O takes from a URL: what stands behind the last '/' of its path.
[[nodiscard]] std::string name_of_url(std::string_view url);

/// The destination of one transfer, all of its tries included.
///
/// prepare(); then for each try begin(), head() for each head, accept() for the last
/// one, body() for each piece; then finish(). What goes wrong on the way is kept in
/// failed(), and ends the transfer.
class destination {
 public:
    destination(session& s, const job& j);

    /// Finds the names that are known before the response is, and opens the file of -D.
    [[nodiscard]] refusal prepare();
    /// Whether there is nothing to be done (--skip-existing).
    [[nodiscard]] bool skipped() const noexcept { return skipped_; }
    /// How much of the body is there already (-C).
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    /// Whether the body would be seen where the progress is drawn.
    [[nodiscard]] bool is_terminal() const noexcept;
    /// Whether heads are wanted as they come (-i, -I, -D).
    [[nodiscard]] bool wants_heads() const noexcept;
    /// The path of the body; empty: standard output.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

    /// A try begins: what an earlier one has written is taken back where that can be.
    [[nodiscard]] refusal begin();
    /// The head of any response; false ends the transfer.
    bool head(std::string_view text);
    /// The final head: the name of -J; false ends the transfer.
    bool accept(const xfer::response& r);
    /// A piece of the body; false ends the transfer.
    bool body(std::string_view piece);
    /// From now on the body is dropped, and no file made.
    void drop_body() noexcept { dropped_ = true; }

    /// The library writes the file itself (--resume).
    [[nodiscard]] bool is_librarys() const noexcept;

    /// What went wrong here; no refusal: nothing.
    [[nodiscard]] const refusal& failed() const noexcept { return failed_; }

    /// The end: closes, sets times, compares the sum; or removes what is no good.
    /// `code` is curl's number for what became of the transfer.
    [[nodiscard]] refusal finish(const xfer::response& r, int code);
    /// What is in the file system then.
    [[nodiscard]] left_behind left() const noexcept { return left_; }

 private:
    enum class place : std::uint8_t { standard_output, file, nowhere };

    [[nodiscard]] static place place_of(const job& j) noexcept;
    [[nodiscard]] refusal prepare_file();
    [[nodiscard]] bool is_rest() const noexcept;
    [[nodiscard]] if_there rule() const noexcept;
    [[nodiscard]] refusal open_head_file();
    bool open();
    bool release_heads();
    [[nodiscard]] bool may_be_named() const noexcept;
    void take_name(std::string_view content_disposition);
    bool accept_rest(const xfer::response& r);
    bool suits_terminal(std::string_view piece);
    bool put(std::string_view bytes);
    bool fail(int code, std::string message);
    [[nodiscard]] bool took_body(const xfer::response& r) const noexcept;
    bool write_last(const xfer::response& r, int code);
    [[nodiscard]] refusal compare_sum(const xfer::response& r);
    [[nodiscard]] bool made_for_nothing() const;
    void remove_file();

    session& s_;
    const job& job_;
    const operation& op_;
    const place place_;
    std::string file_;
    output_file out_;
    output_file heads_;
    checksum sum_;
    std::uint64_t offset_ = 0;
    left_behind left_ = left_behind::nothing;
    bool was_there_ = false;  // the file, before anything was done
    bool skipped_ = false;
    bool dropped_ = false;
    bool awaits_name_ = false;  // the server may still give one (-J)
    std::string held_heads_;    // until then
    bool named_by_server_ = false;
    std::size_t looked_at_ = 0;  // octets of the body that are for a terminal
    refusal failed_;
};

}  // namespace tool
