// net/tls_key_log.hpp: secrets are written down where it was asked for, for one's own
// eyes, and nowhere else.
#include "support/environment.hpp"
#include "support/scratch.hpp"
#include "support/tls_peer.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>

using namespace tls_support;
using support::read_file;
using support::scratch;
using support::variable;
using support::write_file;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 07777;
}

/// The random of the connection's ClientHello, by which a log names its secrets.
std::string random_of(const tls_server& server) {
    std::array<unsigned char, 32> bytes{};
    SSL_get_client_random(server.native(), bytes.data(), bytes.size());
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (auto b : bytes) {
        text += digits[b >> 4];
        text += digits[b & 15];
    }
    return text;
}

/// Every write to a file fails with EFBIG. Nothing may be reported meanwhile.
class no_room_in_files {
 public:
    no_room_in_files() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    no_room_in_files(const no_room_in_files&) = delete;
    ~no_room_in_files() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

 private:
    rlimit before_{};
    void (*handler_)(int);
};

void refused(const std::string& path, const std::string& word) {
    std::error_code ec;
    std::string why;
    CHECK(net::tls_context::make(trusting().key_log_file(path), ec, why) == nullptr);
    INFO(why);
    CHECK(ec == error::tls_config_invalid);
    CHECK(why.find(path) != std::string::npos);
    CHECK(why.find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("tls_key_log: the secrets of each connection are appended", "[net][tls]") {
    scratch d;
    auto path = d / "keys";
    auto version = GENERATE(tls_version::v1_2, tls_version::v1_3);
    auto context = context_of(trusting().max_version(version).key_log_file(path));
    CHECK(mode_of(path) == 0600);
    CHECK(read_file(path).empty());
    server_context served({});
    std::string so_far;
    for (int i = 0; i < 2; ++i) {
        tls_pair pair;
        REQUIRE(pair.connect(served, context));
        auto text = read_file(path);
        CHECK(text.starts_with(so_far));
        CHECK(text.ends_with("\n"));
        auto added = text.substr(so_far.size());
        auto label = version == tls_version::v1_2
                         ? std::string("CLIENT_RANDOM ")
                         : std::string("CLIENT_TRAFFIC_SECRET_0 ");
        CHECK(added.find(label + random_of(*pair.server) + " ") != std::string::npos);
        so_far = text;
    }
    // Another configuration goes on in the same file.
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(trusting().key_log_file(path))));
    CHECK(read_file(path).starts_with(so_far));
    CHECK(read_file(path).size() > so_far.size());
    CHECK(mode_of(path) == 0600);
}

TEST_CASE("tls_key_log: without being asked nothing is written down", "[net][tls]") {
    scratch d;
    const variable unread("SSLKEYLOGFILE", d / "keys");
    server_context served({});
    tls_pair pair;
    REQUIRE(pair.connect(served, context_of(trusting())));
    CHECK(d.names().empty());
    CHECK(SSL_CTX_get_keylog_callback(context_of(trusting())->native()) == nullptr);
    // Nor by a configuration that is refused.
    std::error_code ec;
    std::string why;
    auto bad = trusting().key_log_file(d / "keys").pin_public_key("none");
    CHECK(net::tls_context::make(bad, ec, why) == nullptr);
    CHECK(d.names().empty());
}

TEST_CASE("tls_key_log: a file that is not one's own alone is refused", "[net][tls]") {
    scratch d;
    auto path = d / "keys";
    SECTION("a directory that is not there") { refused(d / "none/keys", "No such"); }
    SECTION("a directory") {
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
        refused(path, "directory");
    }
    SECTION("a symbolic link, dangling or not") {
        REQUIRE(::symlink((d / "target").c_str(), path.c_str()) == 0);
        refused(path, "symbolic link");
        CHECK(d.names().size() == 1);
        write_file(d / "target", "");
        REQUIRE(::chmod((d / "target").c_str(), 0600) == 0);
        refused(path, "symbolic link");
    }
    SECTION("a FIFO") {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        refused(path, "cannot be used");
    }
    SECTION("a file that others may read or write") {
        write_file(path, "kept\n");
        auto mode = GENERATE(0640, 0604, 0620, 0602);
        REQUIRE(::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0);
        refused(path, "chmod");
        CHECK(read_file(path) == "kept\n");
    }
}

TEST_CASE("tls_key_log: a line that cannot be written ends nothing", "[net][tls]") {
    scratch d;
    auto context = context_of(trusting().key_log_file(d / "keys"));
    server_context served({});
    tls_pair pair;
    bool connected = false;
    {
        const no_room_in_files limit;
        connected = pair.connect(served, context);
    }
    INFO(pair.why);
    CHECK(connected);
    CHECK(read_file(d / "keys").empty());
}
