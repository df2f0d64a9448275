// Command lines: options that cannot be obeyed together.
#include "asked.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cli;

TEST_CASE("parse: what a safe resumption does not go with", "[cli][parse]") {
    struct row {
        std::string options;
        std::string other;
    };
    const auto [options, other] = GENERATE(
        row{"-O -J", "--remote-header-name"},
        row{"-i", "--show-headers"},
        row{"-I", "--head"},
        row{"--no-clobber", "--no-clobber"},
        row{"--remove-on-error", "--remove-on-error"},
        row{"-C -", "--continue-at"},
        row{"-C 5", "--continue-at"},
        row{"-r 5-", "--range"},
        row{"--create-file-mode 600", "--create-file-mode"}
    );
    const auto said =
        "xfer: --resume and " + other + " cannot be combined\n" + try_line;
    check_mistake("--resume " + options + url, 2, said);
    check_mistake(options + " --resume" + url, 2, said);
}

TEST_CASE("parse: what a safe resumption does go with", "[cli][parse]") {
    const auto op = operation_of("--resume --clobber --compressed -D h -o f" + url);
    CHECK(op.resume);
}

TEST_CASE("parse: a head has no body with a sum", "[cli][parse]") {
    check_mistake(
        "--sha256 " + std::string(64, 'a') + " -I" + url,
        2,
        "xfer: --sha256 and --head cannot be combined\n" + try_line
    );
}
