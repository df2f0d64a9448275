// HAZARDS F3.3: no descriptor is closed twice. Where one is closed, a canary moves in
// at once, in any thread; who closes that number again kills it, and is counted.
// Not under ThreadSanitizer, which has a close() of its own to put in this place.
#ifndef __SANITIZE_THREAD__
#include "support/names.hpp"
#include "support/test_proxy.hpp"
#include "support/through_proxy.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

/// One flag for each descriptor: whether a canary sits there. Plain atomics, since
/// close() may be called by anything at any time.
std::array<std::atomic<bool>, 4096> canary_at;
std::atomic<bool> releasing = false;
std::atomic<int> killed = 0;
std::atomic<int> released = 0;

using close_function = int (*)(int);

int really_close(int descriptor) {
    // The sanitizers', or the C library's.
    static const auto next =
        reinterpret_cast<close_function>(::dlsym(RTLD_NEXT, "close"));
    return next(descriptor);
}

bool is_ours(int descriptor) {
    return descriptor >= 0 && descriptor < static_cast<int>(canary_at.size());
}

void release_canary(int closed) {
    const int canary = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (canary < 0) return;
    // Another thread may have taken the place: that is as well watched by its owner.
    if (!is_ours(canary) || canary > closed) {
        really_close(canary);
        return;
    }
    canary_at[static_cast<std::size_t>(canary)] = true;
    ++released;
}

/// Canaries move in as long as this lives; then all of them are let go.
class aviary {
 public:
    aviary() {
        killed = 0;
        released = 0;
        releasing = true;
    }
    aviary(const aviary&) = delete;
    aviary& operator=(const aviary&) = delete;
    ~aviary() {
        releasing = false;
        struct stat null {};
        ::stat("/dev/null", &null);
        for (std::size_t i = 0; i < canary_at.size(); ++i) {
            if (!canary_at[i].exchange(false)) continue;
            struct stat here {};
            const int descriptor = static_cast<int>(i);
            const bool alive =
                ::fstat(descriptor, &here) == 0 && here.st_rdev == null.st_rdev;
            if (!alive) ++killed;
            really_close(descriptor);
        }
    }
};

}  // namespace

/// In place of the C library's, for everything that is linked into this program.
extern "C" int close(int descriptor) {
    if (is_ours(descriptor) &&
        canary_at[static_cast<std::size_t>(descriptor)].exchange(false)) {
        ++killed;
    }
    const int result = really_close(descriptor);
    if (result == 0 && releasing) release_canary(descriptor);
    return result;
}

namespace {

using namespace std::chrono_literals;
using support::test_proxy;
using support::transfer_one;
using xfer::testing::fault;
using xfer::testing::reply;
using xfer::testing::server;

/// Connections that end in all ways, on one multi.
void live_through_everything() {
    server plain;
    plain.route("/", "x");
    plain.route(
        "/cut", reply(200, "0123456789").close_after(3, xfer::testing::from::body)
    );
    plain.route("/reset", reply(200).reset_after(0));
    plain.route("/never", reply(200, "x").hold());
    plain.route("/away", reply(302).with_field("Location", plain.url("/")));
    server secure(support::https_options());
    secure.route("/", "x");
    const server stranger(support::https_options(
        xfer::testing::self_signed(tls_support::spec_for("b.test"))
    ));
    test_proxy proxy;
    auto refusing = support::answering(
        support::proxy_reply(403), support::proxy_answer::then::close
    );
    test_proxy refuser(refusing);
    test_proxy garbler(support::answering("garbage", support::proxy_answer::then::reset)
    );
    test_proxy socks(support::socks_options());
    const auto table = support::make_names({{"dual.test", {"::1", "127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto dual = "http://dual.test:" + std::to_string(plain.port()) + "/";
    auto trusting = xfer::get(secure.url());
    trusting.tls(support::trusting_tls());
    auto untrusting = xfer::get(stranger.url());
    untrusting.tls(support::trusting_tls());
    const std::vector<xfer::request> all{
        xfer::get(plain.url()),
        xfer::get(plain.url(), {.forbid_reuse = true}),
        xfer::get(plain.url("/cut")),
        xfer::get(plain.url("/reset")),
        xfer::get(plain.url("/never"), {.first_byte_timeout = 5ms}),
        xfer::get(plain.url("/away"), {.max_redirects = 1, .fresh_connection = true}),
        xfer::get(dual),
        xfer::get("http://127.0.0.1:1/"),
        xfer::get("http://nowhere.test/"),
        xfer::get(plain.url()).to_file("/dev/full"),
        trusting,
        untrusting,
        xfer::get("https://" + plain.host_port() + "/", {.tls_timeout = 20ms}),
        xfer::get("http://" + secure.host_port() + "/"),
        support::get_through(proxy.url("http"), plain.url()),
        support::get_through(proxy.url("http"), secure.url()),
        support::get_through(socks.url("socks5h"), secure.url()),
        support::get_through(refuser.url("http"), secure.url()),
        support::get_through(refuser.url("http"), plain.url(), support::tunnelled),
        support::get_through(garbler.url("http"), secure.url()),
        support::get_through(
            garbler.url("socks5"), secure.url(), {.proxy_timeout = 20ms}
        ),
    };
    for (const auto& each : all) m.add(each);
    support::run(m);
    for (const auto& each : all) {
        // Cancelled early and late, and removed.
        const auto id = m.add(each);
        m.perform();
        m.wait(1ms);
        m.perform();
        m.cancel(id);
        support::run(m);
    }
    plain.close_idle(fault::reset);
    secure.close_idle(fault::close);
    m.network_changed();
    m.add(plain.url("/never"));
    support::drive_for(m, 5ms);
    // The multi goes with a transfer in it.
}

}  // namespace

TEST_CASE("F3.3: the canary of a descriptor that is closed twice dies", "[F3][F3.3]") {
    // What the next test would see.
    int seen = 0;
    {
        const aviary birds;
        const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        REQUIRE(descriptor >= 0);
        REQUIRE(::close(descriptor) == 0);
        static_cast<void>(::close(descriptor));
        seen = killed;
    }
    CHECK(seen == 1);
    CHECK(killed == 1);
}

TEST_CASE("F3.3: each descriptor is closed once and no other's", "[F3][F3.3]") {
    live_through_everything();  // opens what stays open
    const auto before = support::open_descriptors();
    {
        const aviary birds;
        live_through_everything();
    }
    INFO(released << " canaries");
    CHECK(killed == 0);
    CHECK(released > 20);
    CHECK(support::open_descriptors() <= before);
}

#endif
