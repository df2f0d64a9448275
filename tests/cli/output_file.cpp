// Files that bodies are written to: opened late, and by rules.
#include "output/output_file.hpp"

#include "support/scratch.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

TEST_CASE(
    "output file: --no-clobber gives up after a hundred names", "[cli][outputs]"
) {
    const support::scratch place;
    for (int i = 1; i <= 100; ++i) {
        support::write_file(place / ("f." + std::to_string(i)), "");
    }
    support::write_file(place / "f", "");
    tool::output_file file;
    auto path = place / "f";
    CHECK(file.open(path, tool::if_there::number) == std::errc::file_exists);
    CHECK(path == place / "f");
}

TEST_CASE("output file: the umask decides where no mode is said", "[cli][outputs]") {
    const support::scratch place;
    const auto mode_of = [&](std::optional<unsigned> mode) {
        auto path = place / "f";
        std::filesystem::remove(path);
        const auto before = ::umask(0);
        tool::output_file file;
        const auto ec = file.open(path, tool::if_there::replace, mode);
        ::umask(before);
        struct stat now {};
        REQUIRE_FALSE(ec);
        REQUIRE(::stat(path.c_str(), &now) == 0);
        return now.st_mode & 0777U;
    };
    CHECK(mode_of(std::nullopt) == 0666);
    CHECK(mode_of(0644) == 0644);
    CHECK(mode_of(0600) == 0600);
}

TEST_CASE("output file: what was not opened is not removed", "[cli][outputs]") {
    const support::scratch place;
    auto path = place / "f";
    support::write_file(path, "old");
    tool::output_file file;
    SECTION("by who did not try") { file.remove(); }
    SECTION("by who was refused") {
        CHECK(file.open(path, tool::if_there::refuse));
        file.remove();
    }
    SECTION("by who opened another file of that name") {
        CHECK_FALSE(file.open(path, tool::if_there::append));
        file.note();
        support::write_file(place / "g", "old");
        std::filesystem::rename(place / "g", path);
        CHECK_FALSE(file.close());
        file.remove();
    }
    CHECK(support::read_file(path) == "old");
}

TEST_CASE("output file: what was opened is removed, if asked", "[cli][outputs]") {
    const support::scratch place;
    auto path = place / "f";
    support::write_file(path, "old");
    tool::output_file file;
    CHECK_FALSE(file.open(path, tool::if_there::append));
    file.note();
    CHECK_FALSE(file.close());
    file.remove();
    CHECK_FALSE(std::filesystem::exists(path));
}
