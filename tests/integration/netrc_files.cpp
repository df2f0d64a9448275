// Netrc files are read on another thread, however long that takes.
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>
#include <utility>

using support::drive_until;
using support::scratch;
using xfer::error;
using xfer::testing::server;

namespace {

/// A file that is read to its end only when somebody has written it.
class slow_file {
 public:
    explicit slow_file(const std::string& path) {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        REQUIRE(descriptor_ >= 0);
    }
    slow_file(const slow_file&) = delete;
    slow_file& operator=(const slow_file&) = delete;
    ~slow_file() { end(); }

    void write(std::string_view text) const {
        REQUIRE(::write(descriptor_, text.data(), text.size()) == ssize_t(text.size()));
    }
    /// Whoever opens it later finds nothing of what was written.
    void wait_until_read() const {
        int left = 1;
        while (::ioctl(descriptor_, FIONREAD, &left) == 0 && left > 0) {
            std::this_thread::yield();
        }
    }
    void end() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }

 private:
    int descriptor_ = -1;
};

xfer::request with_netrc(const std::string& url, const std::string& path) {
    auto r = xfer::get(url);
    r.netrc(path);
    return r;
}

}  // namespace

TEST_CASE("netrc: one that is slow to read holds up its own transfer only", "[netrc]") {
    server s;
    s.route("/", "in");
    s.route("/other", "other");
    const scratch d;
    slow_file file(d / "netrc");
    xfer::multi m;
    const auto id = m.add(with_netrc(s.url("/"), d / "netrc"));
    const auto other = m.add(s.url("/other"));
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    REQUIRE(drive_until(m, [&] { return m.stats().running == 1; }));
    CHECK(m.info_read()->id == other);
    CHECK(m.stage_of(id) == xfer::stage::queued);
    file.write("machine 127.0.0.1 login ");
    file.write("u password p\n");
    file.wait_until_read();
    file.end();
    const auto done = support::run(m);
    REQUIRE(done.size() == 1);
    CHECK_FALSE(done[0].ec);
    CHECK(s.requests().at(1).field("Authorization") == "Basic dTpw");
}

TEST_CASE("netrc: waiting for it can be cancelled", "[netrc]") {
    server s;
    s.route("/", "in");
    const scratch d;
    slow_file file(d / "netrc");
    xfer::multi m;
    const auto id = m.add(with_netrc(s.url("/"), d / "netrc"));
    m.perform();
    const bool removes = GENERATE(false, true);
    CHECK((removes ? m.remove(id) : m.cancel(id)));
    m.perform();
    CHECK(m.stats().running == 0);
    if (!removes) CHECK(m.info_read()->ec == asio::error::operation_aborted);
    // Its end comes when nobody waits for it.
    file.write("machine 127.0.0.1 login u\n");
    file.end();
    CHECK_FALSE(support::transfer_one(m, s.url("/")).ec);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("netrc: a multi does not wait for it", "[netrc]") {
    const scratch d;
    slow_file file(d / "netrc");
    {
        xfer::multi m;
        m.add(with_netrc("http://127.0.0.1:1/", d / "netrc"));
        m.perform();
    }
    file.end();
}

TEST_CASE("netrc: what is wrong with it is told before any traffic", "[netrc]") {
    server s;
    s.route("/", "in");
    const scratch d;
    support::write_file(d / "broken", "machine 127.0.0.1 login\n");
    xfer::multi m;
    for (const auto* name : {"none", "broken", ""}) {
        const auto done = support::transfer_one(m, with_netrc(s.url("/"), d / name));
        INFO(name << ": " << done.failure().message);
        CHECK(done.ec == error::invalid_option);
        CHECK(done.failure().message.find("netrc") != std::string::npos);
    }
    CHECK(s.counts().accepted == 0);
}
