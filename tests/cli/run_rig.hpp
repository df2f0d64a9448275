// run() against a loopback server, with streams that are kept.
#pragma once

#include "run/run.hpp"
#include "support/scratch.hpp"
#include <xfer/testing/server.hpp>

#include <cstdio>
#include <string>
#include <utility>

namespace cli {

/// A stream in a file of no name.
class kept_stream {
 public:
    kept_stream() = default;
    ~kept_stream() { std::fclose(file_); }
    kept_stream(const kept_stream&) = delete;
    kept_stream& operator=(const kept_stream&) = delete;

    [[nodiscard]] std::FILE* file() const noexcept { return file_; }
    [[nodiscard]] std::string text() const {
        std::fflush(file_);
        std::rewind(file_);
        std::string all;
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            all += static_cast<char>(c);
        }
        return all;
    }

 private:
    std::FILE* file_ = std::tmpfile();
};

/// One run: fill `asked`, go(), look at what came of it.
struct rig {
    xfer::testing::server server;
    support::scratch place;
    tool::command asked;
    tool::persona who = tool::persona::xfer;
    kept_stream out;
    kept_stream err;

    rig() {
        asked.silent = true;
        asked.show_error = true;
        asked.operations.emplace_back();
    }

    /// The settings of the first operation.
    [[nodiscard]] tool::operation& op() { return asked.operations.front(); }
    /// One more URL, to standard output.
    tool::target& add(const std::string& path) {
        auto& t = op().targets.emplace_back();
        t.url = server.url(path);
        return t;
    }
    /// One more URL, to a file of the rig's directory.
    tool::target& add(const std::string& path, const std::string& file) {
        auto& t = add(path);
        t.output = tool::target::output_kind::file;
        t.file = place / file;
        return t;
    }
    /// Runs it; the exit code.
    int go() {
        const auto environment = [](const char*) -> const char* { return nullptr; };
        return tool::run(asked, who, environment, out.file(), err.file());
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return support::read_file(place / name);
    }
    [[nodiscard]] bool has_file(const std::string& name) const {
        return std::filesystem::exists(place / name);
    }
};

}  // namespace cli
