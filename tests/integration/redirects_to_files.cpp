// HAZARDS E3.1: a redirect to a file is refused, and the file is not even opened.
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

using support::scratch;
using support::transfer_one;
using xfer::error;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

/// Notices whatever is done to the files of a directory, by whomever.
class watcher {
 public:
    explicit watcher(const std::string& directory)
        : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        REQUIRE(descriptor_ >= 0);
        REQUIRE(
            ::inotify_add_watch(descriptor_, directory.c_str(), IN_ALL_EVENTS) >= 0
        );
    }
    watcher(const watcher&) = delete;
    watcher& operator=(const watcher&) = delete;
    ~watcher() { ::close(descriptor_); }

    /// Whether anything was done since the last call.
    bool noticed() {
        std::array<char, 4096> events;
        bool any = false;
        while (::read(descriptor_, events.data(), events.size()) > 0) any = true;
        return any;
    }

 private:
    int descriptor_;
};

}  // namespace

TEST_CASE(
    "E3.1: a redirect to a file opens nothing, whatever is sent",
    "[integration][redirect][E3.1]"
) {
    const scratch directory;
    const auto path = directory / "secret";
    support::write_file(path, "secret");
    watcher watch(directory / "");
    CHECK(support::read_file(path) == "secret");
    CHECK(watch.noticed());

    const std::string there = GENERATE("secret", "not-there");
    const std::string scheme = GENERATE("file://", "FILE://", "file:");
    server s;
    s.route(
        "/",
        reply(GENERATE(302, 303, 307), "moved")
            .with_field("Location", scheme + (directory / there))
    );
    xfer::options o;
    o.max_redirects = 30;
    o.resend_body_elsewhere = true;
    o.redirect_to_http = true;
    o.secrets_everywhere = true;
    auto r = xfer::get(s.url("/"), o);
    const std::string method = GENERATE("GET", "PUT", "POST");
    if (method != "GET") r.method(method).body("an upload");
    xfer::multi m;
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == error::redirect_refused);
    CHECK(done.failure().message.find(directory / there) != std::string::npos);
    CHECK(done.response.body().empty());
    CHECK(done.response.info().redirects.empty());
    CHECK(s.counts().requests == 1);
    CHECK_FALSE(watch.noticed());
    CHECK(directory.names() == std::vector<std::string>{"secret"});
}

TEST_CASE("E3.1: a message names the file that it was", "[integration][redirect]") {
    server s;
    s.route("/", reply(302).with_field("Location", "file:///etc/passwd"));
    xfer::options o;
    o.max_redirects = 30;
    xfer::multi m;
    const auto done = transfer_one(m, xfer::get(s.url("/"), o));
    CHECK(done.ec == error::redirect_refused);
    CHECK(done.failure().message.find("file:///etc/passwd") != std::string::npos);
}
