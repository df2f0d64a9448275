// Forms on the wire: what the server gets of them, and when nothing is sent at all.
#include "support/awaiting.hpp"
#include "support/resident_memory.hpp"
#include <xfer/form.hpp>
#include <xfer/multi.hpp>
#include <xfer/testing/server.hpp>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

using namespace xfer;
using namespace std::chrono_literals;
using namespace std::string_literals;
using xfer::test::run;
using xfer::test::run_one;
using xfer::testing::reply;
using xfer::testing::seen_request;
using xfer::testing::server;

namespace {

/// A directory of this test's own, gone with it.
class directory {
 public:
    directory() {
        auto name = (std::filesystem::temp_directory_path() / "xfer-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~directory() { std::filesystem::remove_all(path_); }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;

    [[nodiscard]] std::string file(const std::string& name, std::string_view text) {
        const auto path = (path_ / name).string();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (path_ / name).string();
    }

 private:
    std::filesystem::path path_;
};

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % 251);
    return text;
}

/// Gives `text` in pieces of at most `most` bytes.
struct reader {
    std::string text;
    std::size_t most;
    std::size_t at = 0;
    std::size_t operator()(std::span<char> space) {
        const auto n = std::min({space.size(), most, text.size() - at});
        std::memcpy(space.data(), text.data() + at, n);
        at += n;
        return n;
    }
};

seen_request only_request(const server& s) {
    REQUIRE(s.requests().size() == 1);
    return s.requests().front();
}

/// A part as it stands between boundaries "B".
std::string part(const std::string& head, const std::string& content) {
    return "--B\r\nContent-Disposition: form-data; name=" + head + "\r\n\r\n" +
           content + "\r\n";
}

}  // namespace

TEST_CASE("forms: a form goes out with its type", "[face][forms]") {
    server s;
    s.route("/a", "taken");
    CHECK_FALSE(run_one(post(s.url("/a"), form().add("a", "1").add("b", "2 3"))).ec);
    const auto seen = only_request(s);
    CHECK(seen.body == "a=1&b=2+3");
    CHECK(seen.count("Content-Type") == 1);
    CHECK(seen.field("Content-Type") == "application/x-www-form-urlencoded");
    CHECK(seen.field("Content-Length") == "9");
}

TEST_CASE(
    "forms: a Content-Type of the user's stands, and so does none", "[face][forms]"
) {
    server s;
    s.route("/a", "taken");
    auto r = post(s.url("/a"), form().add("a", "1"));
    r.header("content-type", "text/x");
    CHECK_FALSE(run_one(r).ec);
    r.without_header("Content-Type");
    CHECK_FALSE(run_one(r).ec);
    CHECK(s.requests().at(0).count("Content-Type") == 1);
    CHECK(s.requests().at(0).field("Content-Type") == "text/x");
    CHECK(s.requests().at(1).count("Content-Type") == 0);
    // A body that is no form has no type of its own, but may be given one.
    CHECK_FALSE(run_one(post(s.url("/a"), "text")).ec);
    CHECK(s.requests().at(2).count("Content-Type") == 0);
    CHECK_FALSE(run_one(post(s.url("/a"), source("{}").content_type("a/b"))).ec);
    CHECK(s.requests().at(3).field("Content-Type") == "a/b");
}

TEST_CASE("forms: a multipart body arrives as it was made", "[face][forms]") {
    directory d;
    const auto large = pattern(300'000);
    const auto one = d.file("one.txt", "first file");
    const auto two = d.file("two", large);
    const auto empty = d.file("empty", "");
    server s;
    s.route("/a", "taken");
    multipart m;
    m.boundary("B").add("name", "Joe").add_file("one", one).add_file("two", two);
    m.add("function", from_function(reader{large, 7'000}).length(large.size()));
    m.add("void", from_file(empty)).add("last", "");
    const auto done = run_one(post(s.url("/a"), m));
    CHECK_FALSE(done.ec);
    const auto seen = only_request(s);
    const auto type = "\r\nContent-Type: "s;
    const auto expected =
        part("\"name\"", "Joe") +
        part("\"one\"; filename=\"one.txt\"" + type + "text/plain", "first file") +
        part("\"two\"; filename=\"two\"" + type + "application/octet-stream", large) +
        part("\"function\"", large) + part("\"void\"", "") + part("\"last\"", "") +
        "--B--\r\n";
    CHECK((seen.body == expected));
    CHECK(seen.field("Content-Type") == "multipart/form-data; boundary=B");
    CHECK(seen.field("Content-Length") == std::to_string(expected.size()));
    CHECK(done.response.info().bytes_sent == expected.size());
}

TEST_CASE("forms: a part of unknown length makes the body chunked", "[face][forms]") {
    const auto text = pattern(150'000);
    server s;
    s.route("/a", "taken");
    const bool waits = GENERATE(false, true);
    reader rest{text, 40'000};
    auto give = [&](std::span<char> space) -> asio::awaitable<std::size_t> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_return rest(space);
    };
    multipart m;
    m.boundary("B").add("a", "1");
    m.add("f", waits ? from_awaitable(give) : from_function(reader{text, 7'000}));
    m.add("b", "2");
    CHECK_FALSE(run_one(post(s.url("/a"), m)).ec);
    const auto seen = only_request(s);
    CHECK(
        (seen.body ==
         part("\"a\"", "1") + part("\"f\"", text) + part("\"b\"", "2") + "--B--\r\n")
    );
    CHECK(seen.field("Transfer-Encoding") == "chunked");
    CHECK(seen.count("Content-Length") == 0);
}

TEST_CASE("forms: a request with a form may be sent twice", "[face][forms]") {
    server s;
    s.route("/a", "taken");
    multipart m;
    m.boundary("B").add("f", from_function(reader{"alpha", 3}).length(5));
    const auto r = post(s.url("/a"), m);
    for (int i = 0; i < 2; ++i) CHECK_FALSE(run_one(r).ec);
    CHECK_FALSE(run_one(post(s.url("/a"), m)).ec);
    for (const auto& seen : s.requests()) {
        CHECK(seen.body == part("\"f\"", "alpha") + "--B--\r\n");
    }
    CHECK(s.requests().size() == 3);
}

TEST_CASE("forms: a form may be made inside a co_await expression", "[face][forms]") {
    directory d;
    const auto path = d.file("a file whose path is of some length", "text");
    const std::string value = "a value that is longer than a short string";
    server s;
    s.route("/a", "taken");
    asio::io_context io;
    multi m(io);
    auto send = [&]() -> asio::awaitable<void> {
        co_await m.async_fetch(post(s.url("/a"), form().add("a", value)));
        co_await m.async_fetch(post(
            s.url("/a"), multipart().boundary("B").add("a", value).add_file("b", path)
        ));
        co_await m.async_fetch(post(s.url("/a"), from_sequence(path, from_file(path))));
    };
    xfer::test::run_coroutine(io, send);
    REQUIRE(s.requests().size() == 3);
    CHECK(s.requests()[0].body.starts_with("a=a+value+that"));
    CHECK(s.requests()[1].body.starts_with(part("\"a\"", value)));
    CHECK(s.requests()[2].body == path + "text");
}

TEST_CASE("forms: coroutines of several parts are awaited in turn", "[face][forms]") {
    server s;
    s.route("/a", "taken");
    std::string order;
    const auto giver = [&](char letter) {
        return [&order, letter, left = 3](std::span<char> space
               ) mutable -> asio::awaitable<std::size_t> {
            order += letter;
            if (left-- == 0) co_return 0;
            space[0] = letter;
            co_return 1;
        };
    };
    auto x = giver('x');
    auto y = giver('y');
    multipart m;
    m.boundary("B").add("x", from_awaitable(x).length(3)).add("y", from_awaitable(y));
    CHECK_FALSE(run_one(post(s.url("/a"), m)).ec);
    CHECK(
        only_request(s).body ==
        part("\"x\"", "xxx") + part("\"y\"", "yyy") + "--B--\r\n"
    );
    CHECK(order == "xxxxyyyy");
}

TEST_CASE(
    "forms: a file that is missing is named before any traffic", "[face][forms]"
) {
    directory d;
    const auto there = d.file("there", "text");
    const auto path = d.path("missing");
    server s;
    s.route("/a", "taken");
    const auto done =
        run_one(post(s.url("/a"), multipart().add_file("a", there).add_file("b", path))
        );
    CHECK(done.ec == error::source_failed);
    CHECK(done.failure().cause == std::errc::no_such_file_or_directory);
    CHECK(done.failure().message.find("'" + path + "'") != std::string::npos);
    CHECK(s.counts().accepted == 0);
}

TEST_CASE(
    "E2.1: what must not be sent is refused before any traffic", "[face][forms][E2]"
) {
    directory d;
    const auto there = d.file("there", "text");
    server s;
    s.route("/a", "taken");
    const auto way = GENERATE(0, 1, 2, 3, 4);
    request r(method::post(), s.url("/a"));
    if (way == 0) r.body(multipart().add("a\r\nEvil: 1", "1"));
    if (way == 1) r.body(multipart().add("a", "1", {.filename = "b\nc"}));
    if (way == 2) r.body(multipart().add("a", "1", {.content_type = "b\rc"}));
    if (way == 3) r.body(source("text").content_type("a/b\r\nEvil: 1"));
    if (way == 4) r.body(from_file(there + std::string("\0x", 2)));
    const auto done = run_one(r);
    CHECK(done.ec == (way == 4 ? error::source_failed : error::invalid_header));
    CHECK_FALSE(done.failure().message.empty());
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("forms: a part that gives other than it announced fails", "[face][forms]") {
    server s;
    s.route("/a", "taken");
    const std::size_t announced = GENERATE(4u, 6u);
    multipart m;
    m.add("a", from_function(reader{"alpha", 3}).length(announced));
    // What the one gives too little the other gives too much.
    m.add("b", from_function(reader{"alpha", 3}).length(10 - announced));
    const auto done = run_one(post(s.url("/a"), m));
    CHECK(done.ec == error::source_failed);
    CHECK(s.wait_for_open_at_most(0));
    CHECK(s.requests().empty());
}

TEST_CASE(
    "forms: what is not a regular file is read as one of unknown length",
    "[face][forms]"
) {
    directory d;
    const auto path = d.path("pipe");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    // Open for reading too, so that neither end waits for the other.
    const int writer = ::open(path.c_str(), O_RDWR);
    REQUIRE(::write(writer, "through a pipe", 14) == 14);
    server s;
    s.route("/a", "taken");
    asio::io_context io;
    multi m(io);
    m.add(post(
        s.url("/a"), multipart().boundary("B").add("a", "1").add("p", from_file(path))
    ));
    // Its end comes when nobody has it open for writing any more.
    std::thread closer([&] {
        CHECK(s.wait_for_connections(1));
        ::close(writer);
    });
    CHECK(run(io));
    closer.join();
    const auto done = m.info_read();
    REQUIRE(done);
    CHECK_FALSE(done->ec);
    const auto seen = only_request(s);
    CHECK(
        seen.body == part("\"a\"", "1") + part("\"p\"", "through a pipe") + "--B--\r\n"
    );
    CHECK(seen.field("Transfer-Encoding") == "chunked");
}

TEST_CASE("forms: a large file is sent without being held", "[face][forms]") {
    directory d;
    const auto path = d.file("large", "");
    constexpr std::uint64_t size = 64u << 20;
    std::filesystem::resize_file(path, size);
    testing::server_options little;
    little.body_limit = 1000;
    server s(little);
    s.route("/a", "taken");
    multipart m;
    m.boundary("B").add_file("a", path).add_file("b", path);
    long most = 0;
    const auto before = ::test::kilobytes_in_use();
    auto watch = [&](const progress&) {
        most = std::max(most, ::test::kilobytes_in_use() - before);
    };
    const auto done = run_one(post(s.url("/a"), m).on_progress(watch));
    CHECK_FALSE(done.ec);
    CHECK(only_request(s).body_size > 2 * size);
    CHECK(most < 24 * 1024);
}

TEST_CASE(
    "M24: a multipart body is sent again from its start, files and all",
    "[face][forms][M24]"
) {
    directory d;
    const auto text = pattern(100'000);
    const auto path = d.file("file", text);
    server s;
    s.route("/a", "taken");
    asio::io_context io;
    multi m(io);
    bool rewound = false;
    const bool can_rewind = GENERATE(true, false);
    auto given = std::make_shared<reader>(reader{"function", 3});
    auto give = [given](std::span<char> space) { return (*given)(space); };
    auto function = from_function(give).length(8);
    if (can_rewind) {
        auto again = [&rewound, given] {
            rewound = true;
            given->at = 0;
        };
        function.rewind(again);
    }
    multipart form;
    form.boundary("B").add("a", "1").add("g", function).add_file("f", path);
    REQUIRE_FALSE(run_one(io, m, get(s.url("/a"))).ec);
    // The connection breaks when the next request has come: a PUT may be sent again.
    s.route("/b", testing::in_turn({reply().reset_after(0), reply(200, "taken")}));
    const auto done = run_one(io, m, put(s.url("/b"), form));
    CHECK(rewound == can_rewind);
    if (!can_rewind) {
        CHECK(done.ec);
        return;
    }
    CHECK_FALSE(done.ec);
    REQUIRE(s.requests().size() == 3);
    CHECK((s.requests()[1].body == s.requests()[2].body));
    CHECK(s.requests()[2].body.find(text) != std::string::npos);
    CHECK(s.requests()[2].body.find("function") != std::string::npos);
}
