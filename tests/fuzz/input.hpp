// What a fuzz target is given, how it is cut into pieces, and how a target objects.
#pragma once

#include <xfer/detail/octets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// A promise of the library was broken: a fault that no sanitizer sees.
struct broken : std::logic_error {
    using std::logic_error::logic_error;
};

/// Throws broken, with what the promise was, unless it holds.
inline void require(bool holds, std::string_view promise) {
    if (!holds) throw broken(std::string(promise));
}

/// Throws broken with both texts unless they are the same.
inline void require_same(
    std::string_view left, std::string_view right, std::string_view promise
) {
    if (left == right) return;
    constexpr std::size_t shown = 2000;
    throw broken(
        std::string(promise) + ":\n" + xfer::detail::escaped(left, shown) + "\n" +
        xfer::detail::escaped(right, shown)
    );
}

/// Octets in a block of memory that ends where they do, so that reading one too many
/// is seen by AddressSanitizer; a std::string has a NUL there.
class octets {
 public:
    octets() = default;
    explicit octets(std::string_view text) : block_(text.begin(), text.end()) {}

    [[nodiscard]] std::string_view view() const noexcept {
        return {block_.data(), block_.size()};
    }
    [[nodiscard]] std::vector<char>& block() noexcept { return block_; }

 private:
    std::vector<char> block_;
};

/// Where the pieces of a text end, in ascending order; the last is the text's end.
using cuts = std::vector<std::size_t>;

/// The first line of what a target is given holds its choices, an octet each, so that
/// seeds can be written by hand; behind it stands what is to be parsed.
class input {
 public:
    explicit input(std::string_view given) : rest_(given) {
        const std::string_view first = take_line();
        choices_ = first;
    }

    /// The next choice, a number below `count`: a digit counts as itself. 0 where the
    /// first line is over.
    [[nodiscard]] std::size_t choose(std::size_t count) noexcept {
        if (choices_.empty()) return 0;
        const auto chosen = static_cast<std::uint8_t>(choices_.front() - '0');
        choices_.remove_prefix(1);
        return chosen % count;
    }
    [[nodiscard]] bool choose() noexcept { return choose(2) == 1; }

    /// The next line of the text, without its LF.
    [[nodiscard]] octets line() { return octets(take_line()); }
    [[nodiscard]] bool has_lines() const noexcept { return !rest_.empty(); }
    /// All of the text that was not taken as lines.
    [[nodiscard]] octets rest() const { return octets(rest_); }

    /// What is left of the choices says how long the pieces of a text are, over and
    /// over: 0 is one octet. Two halves, if nothing is left.
    [[nodiscard]] cuts pieces(std::size_t size) const {
        if (choices_.empty()) return {size / 2, size};
        cuts ends;
        for (std::size_t at = 0, i = 0; at < size; ++i) {
            const char c = choices_[i % choices_.size()];
            at = std::min<std::size_t>(
                size, at + 1 + static_cast<std::uint8_t>(c - '0')
            );
            ends.push_back(at);
        }
        return ends;
    }

 private:
    std::string_view take_line() noexcept {
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return line;
    }

    std::string_view choices_;
    std::string_view rest_;
};

/// A piece for each octet.
[[nodiscard]] inline cuts octet_by_octet(std::size_t size) {
    cuts ends(size);
    for (std::size_t i = 0; i < size; ++i) ends[i] = i + 1;
    return ends;
}

/// Calls f(piece) for each piece, in memory of its own, until it answers false.
template <class F>
void each_piece(std::string_view text, const cuts& ends, F f) {
    std::size_t from = 0;
    for (const std::size_t end : ends) {
        octets piece(text.substr(from, end - from));
        from = end;
        if (!f(piece.view())) return;
    }
}

/// What `read(text, cuts)` makes of the text has to be the same whole, octet by octet,
/// and in the pieces that the input chose. Answers it.
template <class Read>
std::string same_however_cut(const input& in, std::string_view text, Read read) {
    const std::string whole = read(text, cuts{text.size()});
    require_same(
        whole, read(text, octet_by_octet(text.size())), "whole, and octet by octet"
    );
    require_same(whole, read(text, in.pieces(text.size())), "whole, and in pieces");
    return whole;
}

}  // namespace fuzz
