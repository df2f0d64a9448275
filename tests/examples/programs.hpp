// Runs the example programs, as a user would.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// A new directory, removed at the end.
class directory {
 public:
    directory();
    ~directory();
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// The content of a file in it; "" if there is none.
    [[nodiscard]] std::string content(const std::string& name) const;
    void write(const std::string& name, const std::string& content) const;
    /// Names of what is in it, sorted.
    [[nodiscard]] std::vector<std::string> names() const;

 private:
    std::filesystem::path path_;
};

struct ended {
    int status = -1;     ///< exit status; 128 and the signal, if one ended it
    std::string output;  ///< standard output and error, as they came
};

/// A program that runs, with its output in a pipe; killed in the destructor.
class program {
 public:
    /// `name`: of an example. Runs it in that directory, with that file of it as
    /// standard input.
    program(
        const std::string& name,
        const std::vector<std::string>& arguments,
        const std::filesystem::path& where = ".",
        const std::string& input = "/dev/null"
    );
    ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// Reads until the output holds this text, or has ended; returns all of it so far.
    const std::string& read_until(const std::string& text);
    /// As a terminal does: to the program and all that it has started.
    void signal(int number) const;
    /// To the program only.
    void signal_alone(int number) const;
    /// Waits for the end.
    ended wait();

 private:
    int pid_ = -1;
    int pipe_ = -1;
    std::string output_;
};

inline ended run(
    const std::string& name,
    const std::vector<std::string>& arguments,
    const std::filesystem::path& where = ".",
    const std::string& input = "/dev/null"
) {
    return program(name, arguments, where, input).wait();
}

}  // namespace support
