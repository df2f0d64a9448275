// xfer/testing/server.hpp: a directory of files, with ranges and validators.
#include "support/blocking_client.hpp"
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using support::blocking_client;
using support::body_of;
using support::last_get;
using xfer::testing::server;

namespace {

/// A directory with a file of 600,000 bytes, removed at the end.
struct served_directory {
    std::filesystem::path root = [] {
        std::string name =
            (std::filesystem::temp_directory_path() / "xfer-files-XXXXXX").string();
        return std::filesystem::path(::mkdtemp(name.data()));
    }();
    std::string content;
    server s;

    served_directory() {
        for (int i = 0; i < 600000; ++i) content += static_cast<char>('a' + i % 23);
        std::filesystem::create_directories(root / "files");
        std::ofstream(root / "files/data") << content;
        std::ofstream(root / "files/empty") << "";
        std::ofstream(root / "files/a b") << "blank";
        std::ofstream(root / "secret") << "secret";
        std::filesystem::create_symlink("../secret", root / "files/link");
        s.files("/f/", root / "files");
    }
    ~served_directory() { std::filesystem::remove_all(root); }

    std::string ask(const std::string& target, const std::string& fields = "") {
        blocking_client c(s.port());
        c.send(
            "GET " + target + " HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n"
        );
        return c.receive_all();
    }
};

std::string value_of(const std::string& response, const std::string& name) {
    auto at = response.find("\r\n" + name + ": ");
    if (at == response.npos) return "";
    at += name.size() + 4;
    return response.substr(at, response.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("testing server: files are served whole", "[testing]") {
    served_directory d;
    auto answer = d.ask("/f/data?x=y");
    CHECK(body_of(answer) == d.content);
    CHECK(value_of(answer, "Content-Length") == "600000");
    CHECK(value_of(answer, "Last-Modified").ends_with(" GMT"));
    CHECK(body_of(d.ask("/f/empty")).empty());
    CHECK(body_of(d.ask("/f/a%20b")) == "blank");
    auto same = d.ask("/f/data", "If-None-Match: " + value_of(answer, "ETag") + "\r\n");
    CHECK(same.starts_with("HTTP/1.1 304 "));
    CHECK(body_of(same).empty());
}

TEST_CASE("testing server: nothing outside of the directory is served", "[testing]") {
    served_directory d;
    auto path = GENERATE(
        as<std::string>{},
        "/f/../secret",
        "/f/%2e%2e/secret",
        "/f/..%2fsecret",
        "/f//../../secret",
        "/f/link",
        "/f/",
        "/f",
        "/f/nothing",
        "/f/%00",
        "/f/%zz",
        "/f/data/"
    );
    CHECK(d.ask(path).starts_with("HTTP/1.1 404 "));
}

TEST_CASE("testing server: one byte range is served", "[testing]") {
    served_directory d;
    auto part = [&](const std::string& range, const std::string& more = "") {
        return d.ask("/f/data", "Range: " + range + "\r\n" + more);
    };
    auto answer = part("bytes=5-9");
    CHECK(answer.starts_with("HTTP/1.1 206 "));
    CHECK(value_of(answer, "Content-Range") == "bytes 5-9/600000");
    CHECK(body_of(answer) == d.content.substr(5, 5));
    CHECK(body_of(part("bytes=-7")) == d.content.substr(600000 - 7));
    CHECK(body_of(part("bytes=300000-")) == d.content.substr(300000));
    CHECK(body_of(part("bytes=599999-700000")) == d.content.substr(599999));
    auto beyond = part("bytes=600000-");
    CHECK(beyond.starts_with("HTTP/1.1 416 "));
    CHECK(value_of(beyond, "Content-Range") == "bytes */600000");
    CHECK(part("bytes=9-5").starts_with("HTTP/1.1 200 "));
    CHECK(part("bytes=1-2,4-5").starts_with("HTTP/1.1 200 "));
    auto tag = value_of(answer, "ETag");
    CHECK(part("bytes=5-9", "If-Range: " + tag + "\r\n").starts_with("HTTP/1.1 206 "));
    CHECK(part("bytes=5-9", "If-Range: \"x\"\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("testing server: files answer HEAD and refuse POST", "[testing]") {
    served_directory d;
    blocking_client c(d.s.port());
    c.send("HEAD /f/data HTTP/1.1\r\n\r\n");
    auto head = c.receive_until("\r\n\r\n");
    CHECK(value_of(head, "Content-Length") == "600000");
    c.send("POST /f/data HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(c.receive_all().starts_with("HTTP/1.1 405 "));
}
