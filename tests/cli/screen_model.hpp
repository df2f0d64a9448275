// A terminal for tests: what a screen shows after octets were written to it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// Knows characters, CR, LF (as a terminal that adds CR), and of ECMA-48 the moves up
/// and down and the two ways to erase that the tool uses. Anything else throws.
class screen_model {
 public:
    screen_model(std::size_t columns, std::size_t rows)
        : columns_(columns), rows_(rows) {
        lines_.resize(rows);
    }

    void write(std::string_view octets) {
        for (std::size_t i = 0; i < octets.size(); ++i) {
            const char c = octets[i];
            if (c == '\r') {
                column_ = 0;
            } else if (c == '\n') {
                column_ = 0;
                line_feed();
            } else if (c == '\033') {
                i = control(octets, i + 1);
            } else if (c >= ' ' && c <= '~') {
                put(c);
            } else {
                throw std::runtime_error("an octet that the model does not know");
            }
        }
    }

    /// What terminals do that cut long lines: lines and cursor stay.
    void resize_by_cutting(std::size_t columns, std::size_t rows) {
        for (auto& l : lines_) {
            l.text.resize(std::min(l.text.size(), columns));
        }
        columns_ = columns;
        column_ = std::min(column_, columns - 1);
        set_rows(rows);
    }

    /// What terminals do that wrap long lines anew: the cursor stays with its
    /// character.
    void resize_by_wrapping(std::size_t columns, std::size_t rows) {
        std::vector<line> wrapped;
        std::size_t row = 0;
        std::size_t column = 0;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            std::string text = lines_[i].text;
            if (i == row_) {
                text.resize(std::max(text.size(), column_), ' ');
                row = wrapped.size() + column_ / columns;
                column = column_ % columns;
            }
            do {
                const auto part = text.substr(0, columns);
                text.erase(0, part.size());
                wrapped.push_back({part});
            } while (!text.empty());
        }
        lines_ = std::move(wrapped);
        row_ = row;
        column_ = column;
        columns_ = columns;
        while (lines_.size() > row_ + 1 && lines_.back().text.empty()) {
            lines_.pop_back();
        }
        set_rows(rows);
    }

    /// All lines from the first that was ever written, without blanks behind them.
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (const auto& l : lines_) {
            all.push_back(l.text.substr(0, l.text.find_last_not_of(' ') + 1));
        }
        while (!all.empty() && all.back().empty()) all.pop_back();
        return all;
    }
    [[nodiscard]] std::size_t row() const { return row_; }
    [[nodiscard]] std::size_t column() const { return column_; }
    /// How often a line was longer than the screen is wide.
    [[nodiscard]] std::size_t wrapped() const { return wrapped_; }

 private:
    struct line {
        std::string text;
    };

    /// The first row of the screen; what is above has been scrolled away.
    [[nodiscard]] std::size_t top() const { return lines_.size() - rows_; }

    void set_rows(std::size_t rows) {
        rows_ = rows;
        if (lines_.size() < rows) lines_.resize(rows);
        // A cursor above the screen's top pulls what is below out of it.
        if (row_ < top()) lines_.resize(row_ + rows_);
    }

    void put(char c) {
        if (column_ == columns_) {
            ++wrapped_;
            column_ = 0;
            line_feed();
        }
        auto& text = lines_[row_].text;
        if (text.size() <= column_) text.resize(column_ + 1, ' ');
        text[column_++] = c;
    }

    void line_feed() {
        if (++row_ == lines_.size()) lines_.emplace_back();
    }

    std::size_t control(std::string_view octets, std::size_t at) {
        if (at >= octets.size() || octets[at] != '[') throw std::runtime_error("CSI");
        std::size_t n = 0;
        bool given = false;
        while (++at < octets.size() && octets[at] >= '0' && octets[at] <= '9') {
            n = n * 10 + static_cast<std::size_t>(octets[at] - '0');
            given = true;
        }
        const auto count = given ? std::max<std::size_t>(n, 1) : 1;
        switch (at < octets.size() ? octets[at] : '\0') {
            case 'A':
                row_ = std::max(row_, top() + count) - count;
                break;
            case 'B':
                row_ = std::min(row_ + count, lines_.size() - 1);
                break;
            case 'K':
                erase_line_end();
                break;
            case 'J':
                erase_line_end();
                for (auto i = row_ + 1; i < lines_.size(); ++i) lines_[i].text.clear();
                break;
            default:
                throw std::runtime_error("a sequence that the model does not know");
        }
        return at;
    }

    void erase_line_end() {
        auto& text = lines_[row_].text;
        text.resize(std::min(text.size(), column_));
    }

    std::size_t columns_;
    std::size_t rows_;
    std::vector<line> lines_;
    std::size_t row_ = 0;
    std::size_t column_ = 0;
    std::size_t wrapped_ = 0;
};

}  // namespace test
