// Runs that are stopped: by a signal, or by a transfer that fails.
#include "run_rig.hpp"

#include <catch2/catch.hpp>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using cli::rig;
using xfer::testing::reply;

/// A stream that calls a function with each text that is written to it: so a test acts
/// at the moment at which something is said.
class heard_stream {
 public:
    explicit heard_stream(std::function<void(std::string_view)> hear)
        : hear_(std::move(hear)) {
        cookie_io_functions_t functions{};
        functions.write = [](void* self, const char* text, std::size_t size) {
            static_cast<heard_stream*>(self)->hear_({text, size});
            return static_cast<ssize_t>(size);
        };
        file_ = ::fopencookie(this, "w", functions);
        std::setvbuf(file_, nullptr, _IONBF, 0);
    }
    ~heard_stream() { std::fclose(file_); }
    heard_stream(const heard_stream&) = delete;
    heard_stream& operator=(const heard_stream&) = delete;

    [[nodiscard]] std::FILE* file() const noexcept { return file_; }

 private:
    std::function<void(std::string_view)> hear_;
    std::FILE* file_ = nullptr;
};

/// Runs it, and calls `hear` with what is said.
int go(rig& r, std::function<void(std::string_view)> hear) {
    const auto environment = [](const char*) -> const char* { return nullptr; };
    const heard_stream err(std::move(hear));
    r.asked.silent = false;
    r.asked.progress_meter = false;
    return tool::run(r.asked, r.who, environment, r.out.file(), err.file());
}

bool says_retry(std::string_view text) {
    return text.find("Will retry") != std::string_view::npos;
}

}  // namespace

TEST_CASE("stopping: a signal between two tries is the end", "[cli][run]") {
    rig r;
    r.server.route("/a", reply(503, "busy"));
    r.op().retry = 5;
    r.op().retry_delay = 1h;
    r.op().data = {{tool::data_piece::kind::text, "pay=1"}};
    r.op().write_out = "%{http_code}";
    r.add("/a", "f");
    std::string said;
    const int code = go(r, [&said](std::string_view text) {
        said += text;
        if (says_retry(text)) {
            std::raise(SIGINT);
        }
    });
    CHECK(code == 128 + SIGINT);
    CHECK(r.server.counts().requests == 1);
    CHECK(r.file("f") == "busy");
    CHECK(r.out.text().empty());
    CHECK_THAT(said, !Contains("xfer: ("));
}

TEST_CASE("stopping: the second signal is not held back", "[cli][run]") {
    rig r;
    r.server.route("/a", reply(503, "busy"));
    r.op().retry = 5;
    r.op().retry_delay = 1h;
    r.asked.stats = true;
    r.add("/a", "f");
    bool is_default = false;
    const int code = go(r, [&is_default](std::string_view text) {
        if (says_retry(text)) {
            std::raise(SIGTERM);
        } else if (text.find("connections") != std::string_view::npos) {
            // Still within the run.
            struct sigaction now {};
            is_default =
                ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
        }
    });
    CHECK(code == 128 + SIGTERM);
    CHECK(is_default);
}

TEST_CASE("stopping: --fail-early ends what is to be tried again", "[cli][run]") {
    rig r;
    r.server.route("/busy", reply(503, "busy"));
    auto late = reply(200);
    r.server.route("/late", late.hold().close_after(0));
    r.asked.parallel = true;
    r.asked.fail_early = true;
    r.op().retry = 5;
    r.op().retry_delay = 1h;
    r.op().write_out = "%{http_code} ";
    r.add("/busy", "f");
    r.add("/late", "g");
    std::string said;
    std::thread other;
    const int code = go(r, [&](std::string_view text) {
        said += text;
        if (says_retry(text)) {
            other = std::thread([&r] {
                CHECK(r.server.wait_for_requests(2));
                r.server.release();
            });
        }
    });
    REQUIRE(other.joinable());
    other.join();
    constexpr int nothing_came = 52;
    CHECK(code == nothing_came);
    CHECK(r.server.counts().requests == 2);
    CHECK(r.out.text() == "000 ");
    CHECK_THAT(said, Contains("xfer: (52) "));
}
