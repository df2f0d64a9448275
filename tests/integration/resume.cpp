// Ranges, conditions, and files that are gone on with: never two versions in one.
#include "support/scratch.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

using support::transfer_one;
using xfer::error;
using xfer::file_mode;
using xfer::testing::from;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

/// A directory with the file, and its note.
struct directory : support::scratch {
    [[nodiscard]] std::string file() const { return *this / "file"; }
    [[nodiscard]] bool has_note() const {
        return std::filesystem::exists(file() + ".resume");
    }
};

/// A server of one text, which answers ranges unless it is told not to, and breaks off
/// after so many bytes of a body.
struct versioned {
    std::string text = "0123456789abcdefghij";
    std::string etag = "\"one\"";
    std::size_t breaks_after = 1000;
    bool ranges = true;

    reply operator()(const seen_request& r) const {
        std::size_t first = 0;
        const auto range = std::string(r.field("Range"));
        const bool same = r.field("If-Range") == etag;
        reply answer(200, text);
        if (ranges && range.starts_with("bytes=") && same) {
            first = std::stoul(range.substr(6));
            if (first >= text.size()) {
                answer = reply(416);
                answer.with_field(
                    "Content-Range", "bytes */" + std::to_string(text.size())
                );
                return answer;
            }
            answer = reply(206, text.substr(first));
            answer.with_field(
                "Content-Range",
                "bytes " + std::to_string(first) + "-" +
                    std::to_string(text.size() - 1) + "/" + std::to_string(text.size())
            );
        }
        if (!etag.empty()) answer.with_field("ETag", etag);
        if (breaks_after < text.size() - first) {
            answer.close_after(breaks_after, from::body);
        }
        return answer;
    }
};

/// One text at "/", and a transfer of it into one file.
struct rig {
    versioned now;
    directory d;
    server s;
    xfer::multi m;

    xfer::message go() {
        s.route("/", now);
        auto r = xfer::get(s.url("/"));
        r.to_file(d.file(), file_mode::resume);
        return transfer_one(m, std::move(r));
    }
    std::string last_range() { return std::string(s.requests().back().field("Range")); }
    /// Leaves the first so many bytes.
    void break_off(std::size_t after) {
        now.breaks_after = after;
        REQUIRE(go().ec == error::partial_body);
        REQUIRE(support::read_file(d.file()) == now.text.substr(0, after));
        now.breaks_after = 1000;
    }
};

}  // namespace

TEST_CASE(
    "resume: the rest of the same version is asked for", "[integration][resume]"
) {
    rig t;
    t.break_off(7);
    CHECK(t.d.has_note());
    const auto done = t.go();
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 206);
    CHECK(t.last_range() == "bytes=7-");
    CHECK(t.s.requests().back().field("If-Range") == "\"one\"");
    CHECK(support::read_file(t.d.file()) == t.now.text);
    CHECK_FALSE(t.d.has_note());
}

TEST_CASE("I6: another version starts over", "[integration][resume]") {
    rig t;
    t.break_off(7);
    t.now.text = "another text, as long as that";
    t.now.etag = "\"two\"";
    const auto done = t.go();
    REQUIRE_FALSE(done.ec);
    CHECK(t.last_range() == "bytes=7-");
    CHECK(done.response.status() == 200);
    CHECK(support::read_file(t.d.file()) == t.now.text);
}

TEST_CASE("I6: a part that does not fit is asked for anew", "[integration][resume]") {
    rig t;
    t.break_off(7);
    SECTION("another ETag") {
        t.s.route("/", [t = t.now](const seen_request& r) {
            if (r.count("Range") == 0) return t(r);
            reply wrong(206, t.text.substr(7));
            wrong.with_field("Content-Range", "bytes 7-19/20");
            wrong.with_field("ETag", "\"two\"");
            return wrong;
        });
    }
    SECTION("another place") {
        t.s.route("/", [t = t.now](const seen_request& r) {
            if (r.count("Range") == 0) return t(r);
            reply wrong(206, t.text.substr(3));
            wrong.with_field("Content-Range", "bytes 3-19/20");
            return wrong;
        });
    }
    SECTION("no place at all") {
        t.s.route("/", [t = t.now](const seen_request& r) {
            return r.count("Range") == 0 ? t(r) : reply(206, t.text.substr(7));
        });
    }
    auto r = xfer::get(t.s.url("/"));
    r.to_file(t.d.file(), file_mode::resume);
    const auto done = transfer_one(t.m, std::move(r));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.info().redirects.empty());
    CHECK(t.s.counts().requests == 3);
    CHECK(t.last_range().empty());
    CHECK(support::read_file(t.d.file()) == t.now.text);
}

TEST_CASE("resume: a file that is complete stays", "[integration][resume]") {
    rig t;
    t.break_off(7);
    // The last bytes came, and nobody lived to note it.
    std::ofstream(t.d.file(), std::ios::app) << t.now.text.substr(7);
    const auto done = t.go();
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.status() == 416);
    CHECK(support::read_file(t.d.file()) == t.now.text);
    CHECK_FALSE(t.d.has_note());
}

TEST_CASE("resume: a file that is too long is begun anew", "[integration][resume]") {
    rig t;
    t.break_off(7);
    std::ofstream(t.d.file(), std::ios::app) << std::string(100, 'x');
    REQUIRE_FALSE(t.go().ec);
    CHECK(support::read_file(t.d.file()) == t.now.text);
}

TEST_CASE("resume: without a strong validator it starts over", "[integration]") {
    rig t;
    t.now.etag = GENERATE(as<std::string>(), "", "W/\"weak\"", "unquoted");
    t.break_off(7);
    CHECK_FALSE(t.d.has_note());
    REQUIRE_FALSE(t.go().ec);
    CHECK(t.last_range().empty());
    CHECK(support::read_file(t.d.file()) == t.now.text);
}

TEST_CASE("resume: Last-Modified will do when it is old enough", "[integration]") {
    directory d;
    server s;
    const bool old = GENERATE(true, false);
    s.route("/", [old](const seen_request& r) {
        reply whole(200, "0123456789");
        whole.with_field("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        whole.with_field(
            "Last-Modified",
            old ? "Sun, 06 Nov 1994 08:48:37 GMT" : "Sun, 06 Nov 1994 08:48:38 GMT"
        );
        if (r.count("Range") == 0) whole.close_after(4, from::body);
        return whole;
    });
    xfer::multi m;
    for (int i = 0; i < 2; ++i) {
        auto r = xfer::get(s.url("/"));
        r.to_file(d.file(), file_mode::resume);
        transfer_one(m, std::move(r));
    }
    CHECK((s.requests().back().field("Range") == "bytes=4-") == old);
    if (old) {
        CHECK(s.requests().back().field("If-Range") == "Sun, 06 Nov 1994 08:48:37 GMT");
    }
}

TEST_CASE("resume: the note is for one URL", "[integration][resume]") {
    rig t;
    t.break_off(7);
    t.s.route("/other", "other");
    auto r = xfer::get(t.s.url("/other"));
    r.to_file(t.d.file(), file_mode::resume);
    REQUIRE_FALSE(transfer_one(t.m, std::move(r)).ec);
    CHECK(t.last_range().empty());
    CHECK(support::read_file(t.d.file()) == "other");
}

TEST_CASE("resume: a refusal leaves the file as it is", "[integration][resume]") {
    rig t;
    t.break_off(7);
    t.s.route("/", reply(GENERATE(404, 500, 301), "an error page"));
    auto r = xfer::get(t.s.url("/"));
    r.to_file(t.d.file(), file_mode::resume);
    CHECK(transfer_one(t.m, std::move(r)).ec == error::http_status);
    CHECK(support::read_file(t.d.file()) == t.now.text.substr(0, 7));
    CHECK(t.d.has_note());
    REQUIRE_FALSE(t.go().ec);
    CHECK(t.last_range() == "bytes=7-");
}

TEST_CASE("resume: a broken note is no note", "[integration][resume]") {
    rig t;
    t.break_off(7);
    std::ofstream(t.d.file() + ".resume") << GENERATE(
        as<std::string>(),
        "",
        "xfer resume 2\n",
        "xfer resume 1\nurl: http://a.test/\nif-range: \"one\"\n",
        "xfer resume 1\nif-range: \"one\"\n",
        std::string(200 * 1024, 'x')
    );
    REQUIRE_FALSE(t.go().ec);
    CHECK(t.last_range().empty());
    CHECK(support::read_file(t.d.file()) == t.now.text);
}

TEST_CASE("file_mode::keep: what is there is not overwritten", "[integration]") {
    directory d;
    server s;
    s.route("/", "new");
    xfer::multi m;
    const auto go = [&] {
        auto r = xfer::get(s.url("/"));
        r.to_file(d.file(), file_mode::keep);
        return transfer_one(m, std::move(r));
    };
    CHECK_FALSE(go().ec);
    CHECK(support::read_file(d.file()) == "new");
    s.route("/", "newer");
    CHECK(go().ec == error::sink_failed);
    CHECK(support::read_file(d.file()) == "new");
    CHECK(s.counts().requests == 1);
}

TEST_CASE("G2.1: file_mode::keep follows no symbolic link", "[integration][G2.1]") {
    directory d;
    const auto target = d.file() + "-elsewhere";
    const bool dangling = GENERATE(false, true);
    if (!dangling) support::write_file(target, "another's");
    std::filesystem::create_symlink(target, d.file());
    server s;
    s.route("/", "new");
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.to_file(d.file(), file_mode::keep);
    const auto done = transfer_one(m, std::move(r));
    CHECK(done.ec == error::sink_failed);
    CHECK(done.failure().cause == std::errc::file_exists);
    CHECK(s.counts().accepted == 0);
    CHECK(std::filesystem::is_symlink(d.file()));
    CHECK(std::filesystem::exists(target) != dangling);
    if (!dangling) CHECK(support::read_file(target) == "another's");
}

TEST_CASE("range: asked for, and refused where it is none", "[integration]") {
    server s;
    s.route("/", "0123456789");
    xfer::multi m;
    auto r = xfer::get(s.url("/"));
    r.range("2-4,-1");
    CHECK_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(s.requests().at(0).field("Range") == "bytes=2-4,-1");
    auto bad = xfer::get(s.url("/"));
    bad.range(GENERATE("", "4-2", "bytes=1-2", "1-2\r\nX: y")).range("x");
    CHECK(transfer_one(m, std::move(bad)).ec == error::invalid_option);
}

TEST_CASE("conditions: their fields", "[integration]") {
    server s;
    s.route("/", "x");
    xfer::multi m;
    const auto time = std::chrono::sys_seconds(std::chrono::seconds(784'111'777));
    auto r = xfer::get(s.url("/"));
    r.if_modified_since(time).if_none_match("\"a\"");
    CHECK_FALSE(transfer_one(m, std::move(r)).ec);
    CHECK(
        s.requests().at(0).field("If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT"
    );
    CHECK(s.requests().at(0).field("If-None-Match") == "\"a\"");
    auto other = xfer::get(s.url("/"));
    other.if_unmodified_since(time).if_match("\"b\"");
    CHECK_FALSE(transfer_one(m, std::move(other)).ec);
    CHECK(
        s.requests().at(1).field("If-Unmodified-Since") ==
        "Sun, 06 Nov 1994 08:49:37 GMT"
    );
    CHECK(s.requests().at(1).field("If-Match") == "\"b\"");
}
