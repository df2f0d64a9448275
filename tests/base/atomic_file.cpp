// xfer/detail/atomic_file.hpp: a file is replaced as a whole or stays as it was.
#include "support/scratch.hpp"
#include <xfer/detail/atomic_file.hpp>
#include <xfer/error.hpp>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using support::read_file;
using support::scratch;
using support::write_file;
using xfer::detail::replace_file;
using xfer::detail::replace_step;
using strings = std::vector<std::string>;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("atomic_file: a new file has the content and mode 0600", "[base][file]") {
    const scratch directory;
    const std::string path = directory / "new";
    const std::string content(100'000, 'x');
    const auto result = replace_file(path, content);
    CHECK_FALSE(result.ec);
    CHECK(result.step == replace_step::done);
    CHECK(read_file(path) == content);
    CHECK(mode_of(path) == 0600);
    CHECK_FALSE(replace_file(path, "").ec);
    CHECK(read_file(path).empty());
    CHECK(directory.names() == strings{"new"});
}

TEST_CASE("G2.2: replacing a file lets nobody read more than before", "[base][file]") {
    const scratch directory;
    const std::string path = directory / "file";
    struct row {
        mode_t before;
        unsigned after;
    };
    const auto r = GENERATE(
        row{0600, 0600},
        row{0644, 0600},
        row{0666, 0600},
        row{0400, 0400},
        row{0200, 0200},
        row{04755, 0600}
    );
    write_file(path, "old");
    REQUIRE(::chmod(path.c_str(), r.before) == 0);
    CHECK_FALSE(replace_file(path, "new").ec);
    CHECK(mode_of(path) == r.after);
}

TEST_CASE("G2.2: the umask takes its part of a new file's mode", "[base][file]") {
    const scratch directory;
    const mode_t before = ::umask(0377);
    const auto result = replace_file(directory / "file", "new");
    ::umask(before);
    CHECK_FALSE(result.ec);
    CHECK(mode_of(directory / "file") == 0400);
}

TEST_CASE("atomic_file: a symbolic link stays and leads to the new", "[base][file]") {
    const scratch directory;
    std::filesystem::create_directory(directory / "there");
    write_file(directory / "there/file", "old");
    std::filesystem::create_symlink("there/file", directory / "link");
    CHECK_FALSE(replace_file(directory / "link", "new").ec);
    CHECK(std::filesystem::is_symlink(directory / "link"));
    CHECK(read_file(directory / "there/file") == "new");
}

TEST_CASE("atomic_file: who has the old file open keeps reading it", "[base][file]") {
    const scratch directory;
    write_file(directory / "file", "old");
    std::ifstream reader(directory / "file");
    CHECK_FALSE(replace_file(directory / "file", "new").ec);
    CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "old");
}

TEST_CASE("atomic_file: what is no regular file is not replaced", "[base][file]") {
    const scratch directory;
    std::filesystem::create_directory(directory / "directory");
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    const auto step_and_code = [&](const std::string& path, std::errc expected) {
        const auto result = replace_file(path, "new");
        CHECK(result.step == replace_step::target);
        CHECK(result.ec == expected);
    };
    step_and_code(directory / "directory", std::errc::is_a_directory);
    step_and_code(directory / "fifo", std::errc::invalid_argument);
    step_and_code("/dev/null", std::errc::invalid_argument);
    step_and_code(directory / std::string("a\0b", 3), std::errc::invalid_argument);
    step_and_code(directory / std::string(4096, 'x'), std::errc::filename_too_long);
    step_and_code(directory / "fifo/x", std::errc::not_a_directory);
    CHECK(replace_file(directory / "no/x", "new").step == replace_step::create);
    CHECK(replace_file("", "new").ec == std::errc::no_such_file_or_directory);
    CHECK(directory.names().size() == 2);
}

TEST_CASE("D2.3: a name of 255 octets is no name too long", "[base][file]") {
    const scratch directory;
    const std::string path = directory / std::string(255, 'x');
    CHECK_FALSE(replace_file(path, "1").ec);
    CHECK_FALSE(replace_file(path, "2").ec);
    CHECK(read_file(path) == "2");
}

TEST_CASE("G2.2: where there is no room the old file stays", "[base][file]") {
    const scratch directory;
    const std::string path = directory / "file";
    write_file(path, "old");
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit small = before;
    small.rlim_cur = 1000;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto result = replace_file(path, std::string(5000, 'x'));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, handler);
    CHECK(result.step == replace_step::write);
    CHECK(result.ec == std::errc::file_too_large);
    CHECK(read_file(path) == "old");
    CHECK(directory.names() == strings{"file"});
}

TEST_CASE("H1.1: without random octets no file is made", "[base][file][H1]") {
    const auto none = [](std::span<unsigned char>) noexcept {
        return make_error_code(xfer::error::no_entropy);
    };
    const scratch directory;
    const std::string path = directory / "file";
    CHECK(replace_file(path, "new", none).ec == xfer::error::no_entropy);
    CHECK(directory.names().empty());
    write_file(path, "old");
    const auto result = replace_file(path, "new", none);
    CHECK(result.ec == xfer::error::no_entropy);
    CHECK(result.step == replace_step::create);
    CHECK(read_file(path) == "old");
    CHECK(directory.names() == strings{"file"});
}
