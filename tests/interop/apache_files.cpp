// Files of a real Apache: ranges, conditions, codings, languages, chunks.
#include "support/apache.hpp"
#include "support/awaiting.hpp"
#include "support/transfers.hpp"

#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using support::apache;
using support::nginx;
using support::transfer_one;
using xfer::error;
using xfer::ranges_kind;

namespace {

bool is_content(std::string_view body, std::uint64_t first = 0) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != nginx::content_at(first + i)) return false;
    }
    return true;
}

/// The ranges of a file, read in memory: "kind first-last/whole ...".
std::string ranges_of(xfer::multi& m, const std::string& url, const std::string& set) {
    auto r = xfer::get(url);
    r.range(set);
    const auto done = transfer_one(m, std::move(r));
    REQUIRE_FALSE(done.ec);
    std::error_code ec;
    const auto parts = xfer::read_ranges(done.response, ec);
    auto out = std::to_string(done.response.status());
    for (const auto& p : parts) {
        CHECK(p.part.size == p.data.size());
        CHECK(is_content(p.data, p.part.offset));
        out += " " + std::to_string(p.part.offset) + "+" +
               std::to_string(p.data.size()) + "/" +
               std::to_string(p.part.complete_size.value_or(0));
    }
    return ec ? out + ": " + ec.message() : out;
}

}  // namespace

TEST_CASE(
    "apache: files of all sizes arrive unharmed, on one connection", "[interop]"
) {
    apache server;
    xfer::multi m;
    for (const auto& [path, size] :
         {std::pair{"/empty", 0},
          {"/1k", 1 << 10},
          {"/64k", 1 << 16},
          {"/16m", 1 << 24}}) {
        INFO(path);
        const auto done = transfer_one(m, server.url(path));
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.status() == 200);
        CHECK(done.response.body().size() == static_cast<std::size_t>(size));
        CHECK(is_content(done.response.body()));
        const auto head = transfer_one(m, xfer::head(server.url(path)));
        // Of nothing Apache tells no length to HEAD.
        const auto length = size == 0 ? std::string() : std::to_string(size);
        CHECK(head.response.header("Content-Length") == length);
        CHECK(head.response.body().empty());
    }
    CHECK(transfer_one(m, server.url("/missing")).response.status() == 404);
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("apache: one range, several, and none that is there", "[interop][ranges]") {
    apache server;
    xfer::multi m;
    const auto url = server.url("/64k");
    CHECK(ranges_of(m, url, "0-9") == "206 0+10/65536");
    CHECK(ranges_of(m, url, "-1") == "206 65535+1/65536");
    CHECK(ranges_of(m, url, "65000-") == "206 65000+536/65536");
    CHECK(ranges_of(m, url, "0-9,100-109") == "206 0+10/65536 100+10/65536");
    CHECK(
        ranges_of(m, url, "65530-,5-5,-10") ==
        "206 65530+6/65536 5+1/65536 65526+10/65536"
    );
    // Of two ranges only one is there.
    CHECK(ranges_of(m, url, "0-9,70000-") == "206 0+10/65536");
    CHECK_THAT(ranges_of(m, url, "70000-"), Catch::StartsWith("416: "));
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("apache: the most ranges that may be asked for", "[interop][ranges]") {
    apache server;
    xfer::multi m;
    std::string set;
    std::string expected = "206";
    for (unsigned i = 0; i < 64; ++i) {
        const auto first = std::to_string(i * 250'000);
        const auto last = std::to_string(i * 250'000 + 99'999);
        set += (i == 0 ? "" : ",") + first + "-" + last;
        expected += " " + first + "+100000/16777216";
    }
    CHECK(ranges_of(m, server.url("/16m"), set) == expected);
}

TEST_CASE("apache: ranges are ignored where it is told so", "[interop][ranges]") {
    apache server("MaxRanges 2\n<Location /1k>\nMaxRanges none\n</Location>\n");
    xfer::multi m;
    CHECK(ranges_of(m, server.url("/64k"), "0-0,2-2") == "206 0+1/65536 2+1/65536");
    CHECK(ranges_of(m, server.url("/64k"), "0-0,2-2,4-4") == "200 0+65536/65536");
    CHECK(ranges_of(m, server.url("/1k"), "0-9") == "200 0+1024/1024");
}

TEST_CASE("apache: the parts of a response as a stream", "[interop][ranges]") {
    apache server;
    asio::io_context io;
    xfer::multi m(io);
    auto f = [&]() -> asio::awaitable<void> {
        auto r = xfer::get(server.url("/16m"));
        r.range("1000000-1999999,5-5,-3000000");
        auto opened = co_await m.async_open(r);
        xfer::range_stream parts(std::move(opened));
        CHECK(parts.kind() == ranges_kind::several);
        std::vector<std::uint64_t> seen;
        while (co_await parts.async_next(asio::use_awaitable)) {
            const auto& part = parts.part();
            CHECK(part.complete_size == 1 << 24);
            seen.push_back(part.offset);
            std::string data(part.size.value(), '\0');
            const auto space = asio::buffer(data);
            co_await asio::async_read(parts, space, asio::use_awaitable);
            CHECK(is_content(data, part.offset));
        }
        CHECK(seen == std::vector<std::uint64_t>{1'000'000, 5, (1 << 24) - 3'000'000});
    };
    xfer::test::run_coroutine(io, f);
}

TEST_CASE("nginx: one range, several, and the whole", "[interop][ranges]") {
    nginx server([] {
        support::nginx_options o;
        o.server_directives = "location = /1k { max_ranges 0; }";
        return o;
    }());
    xfer::multi m;
    const auto url = server.http_url("/64k");
    CHECK(ranges_of(m, url, "0-9") == "206 0+10/65536");
    CHECK(ranges_of(m, url, "0-9,100-109") == "206 0+10/65536 100+10/65536");
    CHECK(ranges_of(m, url, "0-9,70000-") == "206 0+10/65536");
    CHECK_THAT(ranges_of(m, url, "70000-"), Catch::StartsWith("416: "));
    CHECK(ranges_of(m, server.http_url("/1k"), "0-9") == "200 0+1024/1024");
}

TEST_CASE("apache: conditions of time and of version", "[interop]") {
    apache server;
    xfer::multi m;
    const auto url = server.url("/64k");
    const auto whole = transfer_one(m, url);
    const auto etag = std::string(whole.response.header("ETag"));
    REQUIRE_FALSE(etag.empty());
    const auto status = [&](auto condition) {
        auto r = xfer::get(url);
        condition(r);
        const auto done = transfer_one(m, std::move(r));
        CHECK_FALSE(done.ec);
        if (done.response.status() == 304) CHECK(done.response.body().empty());
        return done.response.status();
    };
    const auto now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto old = now - std::chrono::hours(24);
    CHECK(status([&](auto& r) { r.if_none_match(etag); }) == 304);
    CHECK(status([&](auto& r) { r.if_none_match("\"other\", " + etag); }) == 304);
    CHECK(status([&](auto& r) { r.if_none_match("*"); }) == 304);
    CHECK(status([&](auto& r) { r.if_none_match("\"other\""); }) == 200);
    CHECK(status([&](auto& r) { r.if_match(etag); }) == 200);
    CHECK(status([&](auto& r) { r.if_match("\"other\""); }) == 412);
    CHECK(status([&](auto& r) { r.if_modified_since(now); }) == 304);
    CHECK(status([&](auto& r) { r.if_modified_since(old); }) == 200);
    CHECK(status([&](auto& r) { r.if_unmodified_since(now); }) == 200);
    CHECK(status([&](auto& r) { r.if_unmodified_since(old); }) == 412);
    CHECK(status([&](auto& r) { r.range("0-9").header("If-Range", etag); }) == 206);
    CHECK(status([&](auto& r) { r.range("0-9").header("If-Range", "\"o\""); }) == 200);
    CHECK(m.stats().connections_opened == 1);
}

TEST_CASE("apache: bodies that it compresses", "[interop][codings]") {
    apache server(
        "AddOutputFilter DEFLATE .txt\nAddOutputFilter BROTLI_COMPRESS .html\n"
    );
    std::string text;
    while (text.size() < 300'000) text += std::to_string(text.size()) + " bytes\n";
    server.put("text.txt", text);
    server.put("text.html", text);
    xfer::multi m;
    std::vector<std::pair<std::string, std::string>> files;
#ifdef XFER_HAS_ZLIB
    files.emplace_back("/text.txt", "gzip");
#endif
#ifdef XFER_HAS_BROTLI
    files.emplace_back("/text.html", "br");
#endif
    for (const auto& [path, coding] : files) {
        INFO(path);
        const auto plain = transfer_one(m, server.url(path));
        CHECK(plain.response.header("Content-Encoding").empty());
        CHECK(plain.response.body() == text);
        auto done = transfer_one(m, xfer::get(server.url(path), {.decode = true}));
        REQUIRE_FALSE(done.ec);
        CHECK(done.response.header("Content-Encoding") == coding);
        CHECK(done.response.header("Vary") == "Accept-Encoding");
        CHECK(done.response.body() == text);
        CHECK(done.response.info().bytes_received < text.size() / 2);
        // Ranges of what is compressed as it is sent do not exist.
        auto r = xfer::get(server.url(path), {.decode = true});
        done = transfer_one(m, std::move(r.range("0-9")));
        REQUIRE_FALSE(done.ec);
        CHECK(xfer::range_reader(done.response).kind() != ranges_kind::none);
        if (done.response.status() == 200) CHECK(done.response.body() == text);
    }
}

TEST_CASE("apache: the language that is asked for", "[interop]") {
    apache server(
        "<Directory @root>\nOptions +MultiViews\n</Directory>\n"
        "AddLanguage en .en\nAddLanguage de .de\nForceLanguagePriority Prefer\n"
    );
    server.put("hello.txt.en", "hello");
    server.put("hello.txt.de", "hallo");
    xfer::multi m;
    const auto ask = [&](const char* language, const char* type = "*/*") {
        auto r = xfer::get(server.url("/hello"));
        r.header("Accept-Language", language).header("Accept", type);
        return transfer_one(m, std::move(r)).response;
    };
    const auto german = ask("de, en;q=0.5");
    CHECK(german.body() == "hallo");
    CHECK(german.header("Content-Language") == "de");
    CHECK(german.header("Content-Location") == "hello.txt.de");
    CHECK(german.fields().list_contains("Vary", "accept-language"));
    CHECK(ask("de;q=0.5, en").body() == "hello");
    CHECK(ask("fr").status() == 406);
    CHECK(ask("en", "image/png").status() == 406);
}

TEST_CASE("apache: chunked, and until the end of the connection", "[interop]") {
    apache server(
        "<Directory @root>\nOptions +Includes +Indexes\nAllowOverride None\n"
        "</Directory>\nAddOutputFilter INCLUDES .shtml\n"
        "SetEnvIf Request_URI \"/old\" nokeepalive downgrade-1.0 force-response-1.0\n"
    );
    std::string text(200'000, 'x');
    server.put("page.shtml", "<!--#echo var=\"DOCUMENT_NAME\" -->" + text);
    server.put("old.shtml", "<!--#echo var=\"DOCUMENT_NAME\" -->" + text);
    xfer::multi m;
    auto done = transfer_one(m, server.url("/page.shtml"));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.header("Transfer-Encoding") == "chunked");
    CHECK(done.response.body() == "page.shtml" + text);
    CHECK(m.stats().idle_connections == 1);
    done = transfer_one(m, server.url("/old.shtml"));
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.version() == 10);
    CHECK(done.response.header("Transfer-Encoding").empty());
    CHECK(done.response.header("Content-Length").empty());
    CHECK(done.response.body() == "old.shtml" + text);
    CHECK(m.stats().idle_connections == 0);
}

TEST_CASE("apache: a file is gone on with, or begun anew", "[interop][resume]") {
    apache server;
    support::scratch directory;
    const auto file = directory / "file";
    xfer::multi m;
    const auto break_off = [&](std::size_t after) {
        auto r = xfer::get(server.url("/16m"));
        r.to_file(file, xfer::file_mode::resume);
        r.on_progress([after](const xfer::progress& p) { return p.received < after; });
        CHECK(transfer_one(m, std::move(r)).ec == error::aborted_by_callback);
    };
    const auto finish = [&] {
        auto r = xfer::get(server.url("/16m"));
        r.to_file(file, xfer::file_mode::resume);
        const auto done = transfer_one(m, std::move(r));
        CHECK_FALSE(done.ec);
        return done.response.status();
    };
    break_off(5'000'000);
    break_off(4'000'000);
    CHECK(finish() == 206);
    const auto content = support::read_file(file);
    CHECK(content.size() == 1 << 24);
    CHECK(is_content(content));
    CHECK_FALSE(std::filesystem::exists(file + ".resume"));

    std::filesystem::remove(file);
    break_off(5'000'000);
    server.put("16m", "another version");
    CHECK(finish() == 200);
    CHECK(support::read_file(file) == "another version");

    // A weak ETag may stand for two versions: no rest is asked for.
    constexpr auto too_young = -std::chrono::hours(1);
    server.put("16m", content, too_young);
    CHECK_THAT(
        std::string(transfer_one(m, server.url("/16m")).response.header("ETag")),
        Catch::StartsWith("W/")
    );
    break_off(5'000'000);
    server.put("16m", content + "x", too_young);
    CHECK(finish() == 200);
    CHECK(support::read_file(file) == content + "x");
}
