// Names, heads, bodies, and the end of a destination.
#include "output/outputs.hpp"

#include "output/continuation.hpp"
#include "output/file_marks.hpp"
#include "output/files.hpp"
#include "output/heads.hpp"
#include "run/stop_signals.hpp"
#include "texts/texts.hpp"
#include <xfer/content_disposition.hpp>

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace tool {

namespace {

std::string in_directory(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

}  // namespace

std::string name_of_url(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    url = url.substr(0, url.find_first_of("?#"));
    // From the back: how many of the pieces before are taken away by "..".
    std::size_t gone = 0;
    for (auto slash = url.find_last_of("/\\"); slash != std::string_view::npos;
         slash = url.find_last_of("/\\")) {
        const auto piece = url.substr(slash + 1);
        url = url.substr(0, slash);
        if (piece == "..") {
            ++gone;
        } else if (!piece.empty() && piece != ".") {
            if (gone == 0) {
                return std::string(piece);
            }
            --gone;
        }
    }
    return {};
}

destination::destination(session& s, const job& j)
    : s_(s), job_(j), op_(*j.op), place_(place_of(j)), sum_(j.goal->sha256, j.url) {}

destination::place destination::place_of(const job& j) noexcept {
    using kind = target::output_kind;
    switch (j.goal->output) {
        case kind::standard:
            return place::standard_output;
        case kind::nowhere:
            return place::nowhere;
        case kind::file:
            return j.file == "-" ? place::standard_output : place::file;
        default:
            return place::file;
    }
}

bool destination::is_terminal() const noexcept {
    return place_ == place::standard_output && ::isatty(::fileno(s_.out)) != 0;
}

bool destination::wants_heads() const noexcept {
    return op_.include || op_.head || !op_.dump_header.empty();
}

bool destination::is_librarys() const noexcept {
    return op_.resume && place_ == place::file;
}

bool destination::is_rest() const noexcept { return offset_ != 0 && !job_.upload; }

refusal destination::prepare() {
    if (op_.resume && place_ != place::file) {
        return {exit_codes::bad_use, "--resume needs a file to go on with"};
    }
    if (place_ == place::nowhere) {
        file_ = "/dev/null";
    } else if (place_ == place::standard_output) {
        out_.use(s_.out);
    } else if (auto refused = prepare_file(); refused || skipped_) {
        return refused;
    }
    if (op_.resume_from) {
        offset_ = *op_.resume_from;
    }
    if (sum_.wanted() && is_rest() && (place_ != place::file || op_.include)) {
        return {
            exit_codes::bad_use,
            "--sha256 needs a file that has the body, and no more, to go on with"};
    }
    return open_head_file();
}

/// Its name, its directories, and what is there of it.
refusal destination::prepare_file() {
    auto name = job_.file;
    if (job_.goal->output == target::output_kind::remote_name) {
        name = name_of_url(job_.url);
    }
    if (name.empty() && job_.goal->output == target::output_kind::file) {
        return {exit_codes::write_error, "output glob produces empty string"};
    }
    if (name.empty()) {
        name = std::string(name_of(s_.who)) + "_response";
        s_.at.warn("No remote file name, uses \"" + name + "\"");
    }
    file_ = in_directory(op_.output_dir, name);
    std::error_code ec;
    was_there_ = std::filesystem::exists(std::filesystem::symlink_status(file_, ec));
    if (op_.skip_existing && std::filesystem::exists(file_, ec)) {
        s_.at.note("skips transfer, file " + file_ + " exists locally");
        skipped_ = true;
        return sum_.compare_file(file_);
    }
    if (op_.create_dirs) {
        if (auto refused = make_directories_for(file_)) {
            return refused;
        }
    }
    if (op_.resume_from_file && !job_.upload) {
        const auto size = std::filesystem::file_size(file_, ec);
        offset_ = ec ? 0 : size;
    }
    return {};
}

refusal destination::open_head_file() {
    if (op_.dump_header.empty()) {
        return {};
    }
    if (op_.dump_header == "-" || op_.dump_header == "%") {
        heads_.use(op_.dump_header == "-" ? s_.out : s_.at.stream());
        return {};
    }
    auto path = op_.dump_header;
    if (op_.create_dirs) {
        if (auto refused = make_directories_for(path)) {
            return refused;
        }
    }
    const bool first = s_.begun.emplace(&op_, path).second;
    const auto what = first ? if_there::replace : if_there::append;
    if (const auto ec = heads_.open(path, what)) {
        return {exit_codes::write_error, "Failed to open " + path};
    }
    return {};
}

if_there destination::rule() const noexcept {
    if (op_.resume_from_file || op_.resume_from.value_or(0) != 0) {
        return if_there::append;
    }
    switch (op_.clobber) {
        case clobbering::never:
            return if_there::number;
        case clobbering::always:
            return if_there::replace;
        default:
            return named_by_server_ ? if_there::refuse : if_there::replace;
    }
}

refusal destination::begin() {
    failed_ = {};
    dropped_ = false;
    awaits_name_ = may_be_named();
    held_heads_.clear();
    sum_.begin();
    if (const auto ec = out_.take_back()) {
        return {
            exit_codes::write_error,
            "Failed to truncate file " + file_ + ": " + ec.message()};
    }
    return {};
}

bool destination::fail(int code, std::string message) {
    failed_ = {code, std::move(message)};
    return false;
}

bool destination::open() {
    if (out_.is_open()) {
        return true;
    }
    if (const auto ec = out_.open(file_, rule(), op_.create_file_mode)) {
        if (signal_that_came() == 0) {  // it interrupts the open of a FIFO
            s_.at.warn("Failed to open the file " + file_ + ": " + ec.message());
        }
        return fail(exit_codes::write_error, "Failure writing output to destination");
    }
    if (op_.remove_on_error || sum_.wanted()) {
        out_.note();
    }
    return true;
}

bool destination::put(std::string_view bytes) {
    if (place_ == place::nowhere) {
        return true;
    }
    if (!open()) {
        return false;
    }
    if (out_.write(bytes, op_.no_buffer)) {
        return fail(exit_codes::write_error, "Failure writing output to destination");
    }
    return true;
}

bool destination::head(std::string_view text) {
    if (heads_.is_open() && heads_.write(text, true)) {
        return fail(exit_codes::write_error, "Failed writing header");
    }
    if ((!op_.include && !op_.head) || is_librarys()) {
        return true;
    }
    const bool styled = op_.styled_output && is_terminal();
    const auto shown = styled ? styled_head(text) : std::string(text);
    if (awaits_name_) {
        held_heads_ += shown;
        return true;
    }
    return put(shown);
}

/// From now on the name of the file is known.
bool destination::release_heads() {
    awaits_name_ = false;
    const auto held = std::exchange(held_heads_, {});
    return held.empty() || put(held);
}

bool destination::accept(const xfer::response& r) {
    if (awaits_name_) {
        take_name(r.header("Content-Disposition"));
        if (!release_heads()) {
            return false;
        }
    }
    return !is_rest() || op_.head || accept_rest(r);
}

/// Whether the server may name the file (-J).
bool destination::may_be_named() const noexcept {
    const bool remote = job_.goal->output == target::output_kind::remote_name;
    return op_.remote_header_name && remote && !is_librarys() && !out_.is_open();
}

void destination::take_name(std::string_view content_disposition) {
    const auto disposition = xfer::parse_content_disposition(content_disposition);
    if (!disposition || !disposition->filename) {
        return;
    }
    const auto name = xfer::safe_filename(*disposition->filename);
    if (!name.empty()) {
        file_ = in_directory(op_.output_dir, name);
        named_by_server_ = true;
    }
}

/// Whether the body can be appended to what is there (-C).
bool destination::accept_rest(const xfer::response& r) {
    constexpr int least_bad = 400;
    if (op_.fail && r.status() >= least_bad) {
        drop_body();
        return true;
    }
    switch (continues(
        offset_, r.status(), r.header("Content-Range"), r.header("Content-Length")
    )) {
        case continuation::rest:
            return true;
        case continuation::nothing:
            drop_body();
            return true;
        default:
            return fail(
                exit_codes::no_ranges,
                "HTTP server doesn't seem to support byte ranges. Cannot resume."
            );
    }
}

bool destination::body(std::string_view piece) {
    if (dropped_ || op_.head) {
        return true;
    }
    if (auto refused = sum_.add(piece)) {
        failed_ = std::move(refused);
        return false;
    }
    return suits_terminal(piece) && put(piece);
}

/// The beginning tells, unless it was asked for.
bool destination::suits_terminal(std::string_view piece) {
    constexpr std::size_t beginning = 2000;
    const bool asked_for = job_.goal->output == target::output_kind::file;
    const bool looks = looked_at_ < beginning && !asked_for && is_terminal();
    looked_at_ += piece.size();
    if (looks && piece.find('\0') != std::string_view::npos) {
        s_.at.warn(
            "Binary output can mess up your terminal. Use \"--output -\" to have it "
            "written to the terminal all the same, or \"--output <FILE>\" to save it."
        );
        return fail(exit_codes::write_error, {});  // which has been explained
    }
    return true;
}

/// Whether what the server sent was for the output: not where nothing is new.
bool destination::took_body(const xfer::response& r) const noexcept {
    constexpr int not_modified = 304;
    return !dropped_ && r.status() != not_modified;
}

/// Of the pieces, or of the file where these are not all of it. Without one and the
/// other nothing passes for compared.
refusal destination::compare_sum(const xfer::response& r) {
    if (took_body(r) && !is_rest() && !is_librarys()) {
        return sum_.compare(file_);
    }
    if (place_ == place::file) {
        return sum_.compare_file(file_);
    }
    return sum_.wanted()
               ? refusal{exit_codes::wrong_sum, "Nothing came that has a SHA-256"}
               : refusal();
}

/// What this transfer has made, and nothing that was there before it.
void destination::remove_file() {
    std::error_code ec;
    if (is_librarys()) {
        std::filesystem::remove(file_, ec);
    } else {
        out_.remove();
    }
}

/// Whether the library has made a file for --resume and found nothing to write to it,
/// nor to note about it.
bool destination::made_for_nothing() const {
    std::error_code ec;
    return is_librarys() && !was_there_ &&
           !std::filesystem::exists(file_ + ".resume", ec) &&
           std::filesystem::is_regular_file(file_, ec) &&
           std::filesystem::file_size(file_, ec) == 0;
}

/// Heads that waited for a name; and a body without a byte makes a file as well.
bool destination::write_last(const xfer::response& r, int code) {
    const bool makes_file =
        code == 0 && place_ == place::file && !is_librarys() && took_body(r);
    return release_heads() && (!makes_file || open());
}

refusal destination::finish(const xfer::response& r, int code) {
    refusal wrong;
    if (!write_last(r, code) && code == 0) {
        wrong = failed_;
    }
    const bool has_file = is_librarys() || (place_ == place::file && out_.is_open());
    heads_.close();
    if (out_.close() && code == 0 && !wrong) {
        wrong = {exit_codes::write_error, "Failed writing body"};
    }
    if (code == 0 && !wrong) {
        wrong = compare_sum(r);
    }
    if (code != 0 || wrong) {
        const bool bad = has_file && (code == exit_codes::wrong_sum ||
                                      wrong.code == exit_codes::wrong_sum);
        if (op_.remove_on_error || bad || made_for_nothing()) {
            remove_file();
        } else if (has_file && code != exit_codes::http_status) {
            left_ = left_behind::part;
        }
        return wrong;
    }
    left_ = has_file ? left_behind::whole : left_behind::nothing;
    if (has_file && op_.remote_time) {
        set_time_of_file(file_, r.header("Last-Modified"), s_.at);
    }
    if (has_file && op_.xattr) {
        set_attributes_of_file(file_, r, s_.who, s_.at);
    }
    return {};
}

}  // namespace tool
