// URLs with {lists} and [ranges].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// All URLs that a text with curl's globs stands for, one after another.
class glob {
 public:
    /// `error` says what is wrong and where (curl's exit code 3), and is empty
    /// otherwise.
    glob(std::string_view text, std::string& error);
    /// A text that stands for itself (-g).
    static glob literal(std::string text);

    /// How many there are.
    [[nodiscard]] std::uint64_t size() const noexcept;
    /// The next URL; false after the last.
    bool next(std::string& url);
    /// An output name with #1, #2 ... replaced by what the current URL has there.
    [[nodiscard]] std::string substitute(std::string_view name) const;

 private:
    friend class glob_reader;
    glob() = default;
    struct part {
        std::string literal;               ///< what stands before it
        std::vector<std::string> choices;  ///< of {a,b}
        char kind = 0;                     ///< 0: only literal; 'l', 'c', 'n'
        std::uint64_t first = 0, last = 0, step = 1;
        int width = 0;  ///< of numbers with leading zeros
        std::uint64_t at = 0;

        [[nodiscard]] std::uint64_t size() const noexcept;
        [[nodiscard]] std::string now() const;
        /// To the next value; false: it was the last one, and begins again.
        bool advance() noexcept;
    };
    /// The `number`th list or range, from 1; null: there are fewer.
    [[nodiscard]] const part* numbered(std::size_t number) const noexcept;

    std::vector<part> parts_;
    bool started_ = false;
    bool ended_ = false;
};

}  // namespace tool
