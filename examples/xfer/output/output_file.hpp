// A file that a body is written to.
#pragma once

#include "options/config.hpp"
#include "output/console.hpp"

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tool {

/// What happens if there is a file of that name.
enum class if_there : std::uint8_t {
    replace,  ///< it is truncated
    append,   ///< it is gone on with (-C)
    number,   ///< a name is taken that is free: .1 to .100 (--no-clobber)
    refuse,   ///< nothing is written (-J)
};

/// What a transfer leaves behind under the name of its file.
enum class left_behind : std::uint8_t {
    nothing,  ///< of its own
    part,     ///< it did not come to its end, and what came stays
    whole,
};

/// Opens late, so that a transfer that fails early leaves no file.
class output_file {
 public:
    output_file() = default;
    ~output_file() { close(); }
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;

    /// Writes to a stream that is open already, and is not closed.
    void use(std::FILE* stream) noexcept;
    /// Creates or opens the file; its name may become another (number).
    /// Without a mode it is the umask's affair.
    [[nodiscard]] std::error_code open(
        std::string& path, if_there what, std::optional<unsigned> mode = std::nullopt
    );
    [[nodiscard]] bool is_open() const noexcept { return stream_ != nullptr; }
    /// Where somebody else has to read first, as with a pipe, a signal ends the wait:
    /// EINTR.
    [[nodiscard]] std::error_code write(std::string_view bytes, bool flush);
    /// Takes back what was written since it was opened. What is no regular file, or was
    /// not opened here, keeps it.
    [[nodiscard]] std::error_code take_back();
    /// What was kept back may fail to be written only now.
    std::error_code close();
    /// Remembers which file was opened, for remove().
    void note();
    /// Removes the regular file that was opened and noted, if its name still stands for
    /// it; one that was not opened is nobody's business.
    void remove() const;

 private:
    /// What tells a file from another one of its name.
    struct identity {
        dev_t device;
        ino_t inode;
    };

    std::FILE* stream_ = nullptr;
    std::string path_;               // that was opened
    std::optional<identity> noted_;  // where it is a regular one; closed since, or not
    bool owned_ = false;
    bool waits_ = false;        // it may not take what is written for a long time
    std::uint64_t before_ = 0;  // what was there before
    std::uint64_t written_ = 0;
};

/// Makes the directories that a file is to lie in (--create-dirs).
[[nodiscard]] refusal make_directories_for(const std::string& path);

}  // namespace tool
