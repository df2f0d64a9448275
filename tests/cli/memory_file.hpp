// A stream for tests, whose text is looked at after it was written.
#pragma once

#include <cstdio>
#include <string>

namespace test {

/// A file that is gone with it.
class memory_file {
 public:
    memory_file() : file_(std::tmpfile()) {}
    ~memory_file() { std::fclose(file_); }
    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    [[nodiscard]] std::FILE* get() { return file_; }
    /// All that was written.
    [[nodiscard]] std::string text() {
        std::string all;
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            all += static_cast<char>(c);
        }
        return all;
    }

 private:
    std::FILE* file_;
};

}  // namespace test
