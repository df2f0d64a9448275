// Where responses go: files and their names, heads, resumption, hashes.
#include "output/outputs.hpp"

#include "output/sha256.hpp"
#include "run_rig.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using cli::rig;
using kind = tool::target::output_kind;
using xfer::testing::reply;
using xfer::testing::reply_function;

const std::string hello_hash =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// While it exists, OpenSSL gives only what a provider has that is not there.
struct without_digests {
    without_digests() { EVP_set_default_properties(nullptr, "provider=nobody"); }
    ~without_digests() { EVP_set_default_properties(nullptr, ""); }
    without_digests(const without_digests&) = delete;
    without_digests& operator=(const without_digests&) = delete;
};

}  // namespace

TEST_CASE(
    "outputs: the name of a URL is the last piece of its path", "[cli][outputs]"
) {
    CHECK(tool::name_of_url("http://a.test/b/c.txt?d#e") == "c.txt");
    CHECK(tool::name_of_url("http://a.test/b/c%20d") == "c%20d");
    CHECK(tool::name_of_url("a.test/b") == "b");
    CHECK(tool::name_of_url("http://a.test/b/") == "b");
    CHECK(tool::name_of_url("http://a.test/").empty());
    CHECK(tool::name_of_url("http://a.test/b/..").empty());
    CHECK(tool::name_of_url("http://a.test/b/c/..") == "b");
    CHECK(tool::name_of_url("http://a.test/b/c/../d/./.././e/../.") == "b");
    CHECK(tool::name_of_url("http://a.test/../..").empty());
    CHECK(tool::name_of_url("http://a.test?x=/y").empty());
}

TEST_CASE("outputs: no name of a URL leads out of the directory", "[cli][outputs]") {
    CHECK(tool::name_of_url("http://a.test/..%2f..%2Fetc") == "..%2f..%2Fetc");
    CHECK(tool::name_of_url("http://a.test/b\\..\\c") == "c");
    CHECK(tool::name_of_url("http://a.test/b%00c%0a%1b") == "b%00c%0a%1b");
    rig r;
    r.server.route("/", "body");
    std::filesystem::create_directory(r.place / "d");
    r.op().output_dir = r.place / "d";
    // The path's normal form is /, which has no name.
    r.add("/..").output = kind::remote_name;
    CHECK(r.go() == 0);
    CHECK(r.file("d/xfer_response") == "body");
    CHECK(r.place.names() == std::vector<std::string>{"d"});
}

TEST_CASE("outputs: standard output unless a file is named", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "body of a");
    r.add("/a");
    r.add("/a", "file");
    auto& dash = r.add("/a");
    dash.output = kind::file;
    dash.file = "-";
    CHECK(r.go() == 0);
    CHECK(r.out.text() == "body of abody of a");
    CHECK(r.file("file") == "body of a");
}

TEST_CASE("outputs: what is thrown away is read all the same", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "body");
    r.add("/a").output = kind::nowhere;
    CHECK(r.go() == 0);
    CHECK(r.out.text().empty());
}

TEST_CASE("outputs: #1 in a name is what the glob has there", "[cli][outputs]") {
    rig r;
    r.server.route("/a1", "1");
    r.server.route("/a2", "2");
    r.add("/a[1-2]", "x#1");
    CHECK(r.go() == 0);
    CHECK(r.file("x1") == "1");
    CHECK(r.file("x2") == "2");
}

TEST_CASE("outputs: --output-dir, which --create-dirs makes", "[cli][outputs]") {
    rig r;
    r.server.route("/name", "body");
    r.add("/name").output = kind::remote_name;
    r.op().output_dir = r.place / "b/c";
    SECTION("not without being asked") {
        CHECK(r.go() == 23);
        CHECK_FALSE(r.has_file("b"));
    }
    SECTION("if asked") {
        r.op().create_dirs = true;
        CHECK(r.go() == 0);
        CHECK(r.file("b/c/name") == "body");
    }
}

TEST_CASE("outputs: a response without a body makes an empty file", "[cli][outputs]") {
    rig r;
    r.server.route("/a", reply(204));
    r.add("/a", "file");
    CHECK(r.go() == 0);
    CHECK(r.has_file("file"));
}

TEST_CASE("outputs: 304 makes no file and leaves one as it is", "[cli][outputs]") {
    rig r;
    r.server.route("/a", reply(304));
    support::write_file(r.place / "old", "old");
    r.add("/a", "none");
    r.add("/a", "old");
    CHECK(r.go() == 0);
    CHECK_FALSE(r.has_file("none"));
    CHECK(r.file("old") == "old");
}

TEST_CASE("outputs: --no-clobber takes a name that is free", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "new");
    support::write_file(r.place / "f", "old");
    r.op().clobber = tool::clobbering::never;
    r.add("/a", "f");
    r.add("/a", "f");
    CHECK(r.go() == 0);
    CHECK(r.file("f") == "old");
    CHECK(r.file("f.1") == "new");
    CHECK(r.file("f.2") == "new");
}

TEST_CASE("outputs: --skip-existing asks for nothing", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "new");
    support::write_file(r.place / "f", "old");
    r.op().skip_existing = true;
    r.add("/a", "f");
    CHECK(r.go() == 0);
    CHECK(r.file("f") == "old");
    CHECK(r.server.counts().requests == 0);
}

TEST_CASE("outputs: -J takes the server's name, made safe", "[cli][outputs]") {
    rig r;
    auto answer = reply(200, "body");
    answer.with_field("Content-Disposition", "attachment; filename=\"../../x.txt\"");
    r.server.route("/a", answer);
    r.add("/a").output = kind::remote_name;
    r.op().remote_header_name = true;
    r.op().output_dir = r.place / ".";
    CHECK(r.go() == 0);
    CHECK(r.file("x.txt") == "body");

    SECTION("and overwrites nothing") {
        support::write_file(r.place / "x.txt", "mine");
        CHECK(r.go() == 23);
        CHECK(r.file("x.txt") == "mine");
    }
}

TEST_CASE("outputs: -J without a name of the server's is -O", "[cli][outputs]") {
    rig r;
    r.server.route("/b.txt", "body");
    r.add("/b.txt").output = kind::remote_name;
    r.op().remote_header_name = true;
    r.op().output_dir = r.place / ".";
    CHECK(r.go() == 0);
    CHECK(r.file("b.txt") == "body");
}

TEST_CASE("outputs: -i puts each head in front, redirects too", "[cli][outputs]") {
    rig r;
    auto away = reply(302, "unseen");
    r.server.route("/a", away.with_field("Location", "/b"));
    r.server.route("/b", "seen");
    r.op().include = true;
    r.op().follow = true;
    r.add("/a");
    CHECK(r.go() == 0);
    CHECK(
        r.out.text() ==
        "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 6\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseen"
    );
}

TEST_CASE("outputs: -D of several URLs is one file", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "a");
    support::write_file(r.place / "heads", "of yesterday");
    r.op().dump_header = r.place / "heads";
    r.add("/a", "x");
    r.add("/a", "y");
    CHECK(r.go() == 0);
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    CHECK(r.file("heads") == head + head);
    CHECK(r.file("x") == "a");
}

TEST_CASE("outputs: -I prints heads and nothing else", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "body");
    r.op().head = true;
    r.add("/a");
    CHECK(r.go() == 0);
    CHECK(r.out.text() == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    CHECK(r.server.requests().at(0).method == "HEAD");
}

TEST_CASE("outputs: --remove-on-error leaves nothing of a failure", "[cli][outputs]") {
    rig r;
    auto cut = reply(200, std::string(1000, 'x'));
    r.server.route("/a", cut.close_after(100, xfer::testing::from::body));
    r.add("/a", "f");
    SECTION("what came stays otherwise") {
        CHECK(r.go() == 18);
        CHECK(r.file("f").size() == 100);
    }
    SECTION("if asked it goes") {
        r.op().remove_on_error = true;
        CHECK(r.go() == 18);
        CHECK_FALSE(r.has_file("f"));
    }
}

TEST_CASE("outputs: nothing is appended to what stays of a try", "[cli][outputs]") {
    rig r;
    r.server.route(
        "/a",
        reply_function(xfer::testing::in_turn({reply(503, "old"), reply(200, "new")}))
    );
    r.op().retry = 1;
    r.op().retry_delay = std::chrono::milliseconds(1);
    const int sealed = ::memfd_create("sealed", MFD_ALLOW_SEALING);
    REQUIRE(sealed >= 0);
    REQUIRE(::fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    auto& t = r.add("/a");
    t.output = tool::target::output_kind::file;
    t.file = "/proc/self/fd/" + std::to_string(sealed);
    CHECK(r.go() == 23);
    CHECK(support::read_file(t.file) == "old");
    CHECK(r.server.counts().requests == 1);
    ::close(sealed);
}

TEST_CASE("outputs: -D begins its file anew behind --next", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "x");
    r.op().dump_header = r.place / "h";
    r.add("/a");
    r.add("/a");
    const auto statuses = [&r] {
        const auto text = r.file("h");
        std::size_t n = 0;
        for (auto at = text.find("HTTP/"); at != std::string::npos;
             at = text.find("HTTP/", at + 1)) {
            ++n;
        }
        return n;
    };
    CHECK(r.go() == 0);
    CHECK(statuses() == 2);
    r.asked.operations.push_back(r.op());
    r.asked.operations.back().targets.pop_back();
    CHECK(r.go() == 0);
    CHECK(statuses() == 1);
}

TEST_CASE("outputs: -R gives a file the time of its origin", "[cli][outputs]") {
    rig r;
    auto dated = reply(200, "x");
    dated.with_field("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    r.server.route("/a", dated);
    r.op().remote_time = true;
    r.add("/a", "f");
    CHECK(r.go() == 0);
    struct stat now {};
    REQUIRE(::stat((r.place / "f").c_str(), &now) == 0);
    CHECK(now.st_mtime == 784111777);
}

TEST_CASE("outputs: -C goes on behind what is there", "[cli][outputs]") {
    rig r;
    support::write_file(r.place / "whole", "0123456789");
    r.server.files("/files", r.place / ".");
    support::write_file(r.place / "f", "0123");
    r.op().resume_from_file = true;
    r.add("/files/whole", "f");
    CHECK(r.go() == 0);
    CHECK(r.file("f") == "0123456789");
    CHECK(r.server.requests().at(0).field("Range") == "bytes=4-");

    SECTION("a file that is whole stays as it is") {
        CHECK(r.go() == 0);
        CHECK(r.file("f") == "0123456789");
    }
}

TEST_CASE("outputs: -C of a server without ranges is error 33", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "0123456789");
    support::write_file(r.place / "f", "0123");
    r.op().resume_from_file = true;
    r.add("/a", "f");
    CHECK(r.go() == 33);
    CHECK(r.file("f") == "0123");
}

TEST_CASE("outputs: --resume cannot splice two versions", "[cli][outputs]") {
    rig r;
    support::write_file(r.place / "whole", "0123456789");
    r.server.files("/files", r.place / ".");
    support::write_file(r.place / "f", "of another");
    r.op().resume = true;
    r.add("/files/whole", "f");
    CHECK(r.go() == 0);
    CHECK(r.file("f") == "0123456789");
}

TEST_CASE("outputs: --sha256 compares what was downloaded", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "hello");
    auto& goal = r.add("/a", "f");
    SECTION("the same") {
        goal.sha256 = hello_hash;
        CHECK(r.go() == 0);
    }
    SECTION("another") {
        goal.sha256 = std::string(64, '0');
        CHECK(r.go() == 120);
        CHECK(r.err.text().find(hello_hash) != std::string::npos);
        CHECK_FALSE(r.has_file("f"));
    }
    SECTION("each with its own, if it has one") {
        goal.sha256 = hello_hash;
        r.add("/a", "unchecked");
        r.add("/a", "wrong").sha256 = std::string(64, '0');
        CHECK(r.go() == 120);
        CHECK(r.file("f") == "hello");
        CHECK(r.file("unchecked") == "hello");
        CHECK_FALSE(r.has_file("wrong"));
    }
}

TEST_CASE("outputs: without a SHA-256 nothing passes for checked", "[cli][outputs]") {
    rig r;
    r.server.route("/a", "hello");
    auto& goal = r.add("/a", "f");
    goal.sha256 = hello_hash;
    SECTION("OpenSSL has none") {
        const without_digests none;
        tool::sha256 hash;
        CHECK_FALSE(hash.add("hello"));
        CHECK_FALSE(hash.text());
        CHECK(r.go() == 120);
        CHECK(
            r.err.text() ==
            "xfer: (120) OpenSSL cannot compute a SHA-256 as it is set up here\n"
        );
    }
    SECTION("nor does anybody need one who has not asked for it") {
        const without_digests none;
        goal.sha256.clear();
        CHECK(r.go() == 0);
        CHECK(r.file("f") == "hello");
    }
    SECTION("a file that cannot be read has none") {
        CHECK_FALSE(tool::sha256::of_file(r.place / "none"));
        CHECK_FALSE(tool::sha256::of_file(r.place / "."));
        support::write_file(r.place / "hello", "hello");
        CHECK(tool::sha256::of_file(r.place / "hello") == hello_hash);
    }
}

TEST_CASE("outputs: entity tags are saved and compared", "[cli][outputs]") {
    rig r;
    auto tagged = reply(200, "x");
    r.server.route("/a", tagged.with_field("ETag", "\"v1\""));
    r.op().etag_save = r.place / "tag";
    r.op().etag_compare = r.place / "tag";
    r.add("/a", "f");
    CHECK(r.go() == 0);
    CHECK(r.server.requests().at(0).field("If-None-Match") == "\"\"");
    CHECK(r.file("tag") == "\"v1\"\n");
    CHECK(r.go() == 0);
    CHECK(r.server.requests().at(1).field("If-None-Match") == "\"v1\"");
}

TEST_CASE(
    "outputs: a document that is too old for -z is not written", "[cli][outputs]"
) {
    rig r;
    auto dated = reply(200, "x");
    dated.with_field("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    r.server.route("/a", dated);
    r.op().condition = tool::time_condition::if_modified_since;
    r.op().condition_time = std::chrono::sys_seconds(std::chrono::seconds(784111778));
    r.add("/a", "f");
    CHECK(r.go() == 0);
    CHECK_FALSE(r.has_file("f"));
}
