// Files that are gone on with, and answers that are not the rest of what was begun.
#include "support/rig.hpp"
#include "support/scratch.hpp"
#include <xfer/auth.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

using support::driven;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

const std::string whole = "0123456789abcdefghij";
const std::string newer = "another text, as long as that";

/// A validator that is a date, and old enough to be one.
const std::string dated =
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n";
const std::string tagged = "ETag: \"one\"\r\n";

std::string range(std::string_view value) {
    return "Content-Range: bytes " + std::string(value) + "\r\n";
}

memory_reply rest(
    std::string_view place, std::string_view body, std::string_view fields = tagged
) {
    return memory_reply::with_length(body, 206, range(place).append(fields));
}

/// The same in chunks: it does not say how long it is.
memory_reply rest_in_chunks(std::string_view place, std::string_view body) {
    auto r = memory_reply::chunked(body, 3, range(place) + tagged);
    r.bytes.replace(r.bytes.find("200"), 3, "206");
    return r;
}

/// A file of which seven octets are there, and a server that answers the request for
/// the rest as it is told to, and any other with a newer text.
struct scene {
    explicit scene(const std::string& fields = tagged, bool tells_length = true) {
        memory_reply cut;
        cut.bytes = "HTTP/1.1 200 OK\r\n" + fields +
                    (tells_length ? "Content-Length: 20\r\n\r\n0123456"
                                  : "Transfer-Encoding: chunked\r\n\r\n7\r\n0123456");
        cut.end = true;
        first = cut;
        REQUIRE(go().ec == error::partial_body);
        REQUIRE(content() == "0123456");
        first = memory_reply::with_length(newer, 200, "ETag: \"new\"\r\n");
    }

    xfer::message go() {
        auto request = xfer::get("http://a.test/");
        request.to_file(file, xfer::file_mode::resume);
        return r.transfer(std::move(request));
    }
    xfer::message go(memory_reply answer_to_range) {
        second = std::move(answer_to_range);
        return go();
    }
    [[nodiscard]] std::string content() const { return support::read_file(file); }
    [[nodiscard]] bool has_note() const {
        return std::filesystem::exists(file + ".resume");
    }
    [[nodiscard]] std::string_view last_range() const {
        return a.log().back().header("Range");
    }
    /// It is the newer text now, asked for as a whole.
    [[nodiscard]] bool is_begun_anew() const {
        return last_range().empty() && content() == newer && !has_note();
    }
    [[nodiscard]] bool is_complete() const { return content() == whole && !has_note(); }

    rig r{driven::by_perform};
    support::scratch d;
    std::string file = d / "file";
    memory_reply first;   // to a request for the whole
    memory_reply second;  // to one for the rest
    bool asks_for_login = false;
    memory_server a{*r.network, "a.test", 80, [this](const memory_request& seen) {
                        if (asks_for_login && seen.header("Authorization").empty()) {
                            return memory_reply::with_length(
                                "who?", 401, "WWW-Authenticate: Basic realm=\"r\"\r\n"
                            );
                        }
                        return seen.header("Range").empty() ? first : second;
                    }};
};

}  // namespace

TEST_CASE("resume: any method but GET is refused", "[engine][resume]") {
    scene s;
    const auto* method = GENERATE("HEAD", "POST", "PUT", "get");
    xfer::request request(xfer::method(method), "http://a.test/");
    request.to_file(s.file, xfer::file_mode::resume);
    CHECK(s.r.transfer(std::move(request)).ec == error::invalid_option);
    CHECK(s.a.log().size() == 1);
    CHECK(s.content() == "0123456");
    CHECK(s.has_note());
}

TEST_CASE("resume: what is refused leaves the file alone", "[engine][resume]") {
    scene s;
    xfer::options o;
    const bool too_large = GENERATE(true, false);
    o.max_body_size = too_large ? 12 : 0;
    auto request = xfer::get("http://a.test/", o);
    const auto no = [](const xfer::response&) { return false; };
    request.on_head(no);
    request.to_file(s.file, xfer::file_mode::resume);
    s.second = s.first;
    CHECK(
        s.r.transfer(std::move(request)).ec ==
        (too_large ? error::body_too_large : error::aborted_by_callback)
    );
    CHECK(s.content() == "0123456");
    CHECK(s.has_note());
    CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij")).ec);
    CHECK(s.is_complete());
}

TEST_CASE("resume: other successes are not the file", "[engine][resume]") {
    scene s;
    const int status = GENERATE(201, 202, 204, 205, 226);
    const auto body = status == 204 || status == 205 ? "" : "be patient";
    const auto done = s.go(memory_reply::with_length(body, status, tagged));
    CHECK(done.ec == error::http_status);
    CHECK(s.content() == "0123456");
    CHECK(s.has_note());
}

TEST_CASE("resume: a whole file is whole, whatever a 416 says", "[engine][resume]") {
    scene s;
    auto cut = rest("7-19/20", "789abcdefghij");
    REQUIRE_FALSE(s.go(cut).ec);
    // As after a crash between the last octet and the end of the note.
    support::write_file(
        s.file + ".resume",
        "xfer resume 1\nurl: http://a.test/\nif-range: \"one\"\nlength: 20\n"
    );
    s.second = memory_reply::with_length(
        std::string(500, 'x'), 416, range("*/20").append(tagged)
    );
    xfer::options o;
    o.max_body_size = 100;
    auto request = xfer::get("http://a.test/", o);
    request.to_file(s.file, xfer::file_mode::resume);
    CHECK_FALSE(s.r.transfer(std::move(request)).ec);
    CHECK(s.last_range() == "bytes=20-");
    CHECK(s.is_complete());
}

TEST_CASE("resume: a file that can have no note", "[engine][resume]") {
    rig r{driven::by_perform};
    support::scratch d;
    const auto file = d / std::string(250, 'n');  // the note's name is too long
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length(whole, 200, tagged);
    });
    auto request = xfer::get("http://a.test/");
    request.to_file(file, xfer::file_mode::resume);
    const auto done = r.transfer(std::move(request));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(support::read_file(file) == whole);
}

TEST_CASE("resume: who was told by Basic is told again", "[engine][resume][auth]") {
    scene s;
    s.second = memory_reply::with_length("x", 416);
    s.asks_for_login = true;
    auto request = xfer::get("http://a.test/");
    xfer::credentials who("u", "p");
    who.allow_cleartext_password();
    request.credentials(who);
    request.to_file(s.file, xfer::file_mode::resume);
    const auto done = s.r.transfer(std::move(request));
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(s.is_begun_anew());
}

TEST_CASE("resume: a part of the rest is no success", "[engine][resume][I6]") {
    scene s;
    const auto done = s.go(rest("7-11/20", "789ab"));
    CHECK(done.ec == error::partial_body);
    INFO(done.failure().message);
    CHECK(done.failure().message.find("8 octets") != std::string::npos);
    CHECK(s.content() == "0123456789ab");
    CHECK(s.has_note());
    // The next one goes on from there.
    CHECK_FALSE(s.go(rest("12-19/20", "cdefghij")).ec);
    CHECK(s.last_range() == "bytes=12-");
    CHECK(s.is_complete());
}

TEST_CASE("resume: a part that breaks off is gone on with", "[engine][resume][I6]") {
    scene s;
    auto cut = rest("7-19/20", "789abcdefghij");
    cut.bytes.resize(cut.bytes.size() - 8);
    cut.end = true;
    CHECK(s.go(cut).ec == error::partial_body);
    CHECK(s.content() == "0123456789ab");
    CHECK_FALSE(s.go(rest("12-19/20", "cdefghij")).ec);
    CHECK(s.is_complete());
}

TEST_CASE("resume: a part of another size than it says", "[engine][resume][I6]") {
    scene s;
    SECTION("by its length: it is asked for anew") {
        const auto* body = GENERATE("789ab", "789abcdefghijkl");
        CHECK_FALSE(s.go(rest("7-19/20", body)).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("too little in chunks: the next one goes on") {
        CHECK(s.go(rest_in_chunks("7-19/20", "789ab")).ec == error::partial_body);
        CHECK(s.content() == "0123456789ab");
        CHECK_FALSE(s.go(rest_in_chunks("12-19/20", "cdefghij")).ec);
        CHECK(s.is_complete());
    }
    SECTION("too much in chunks: nothing of it is gone on with") {
        const auto* place = GENERATE("7-19/20", "7-9/20");
        const auto done = s.go(rest_in_chunks(place, "789abcdefghij!"));
        CHECK(done.ec == error::weird_reply);
        CHECK(s.content().size() <= whole.size());
        CHECK_FALSE(s.has_note());
        CHECK_FALSE(s.go().ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("resume: a rest of a length that nobody knows", "[engine][resume][I6]") {
    scene s(tagged, false);
    CHECK_FALSE(s.go(rest("7-19/*", "789abcdefghij")).ec);
    CHECK(s.is_begun_anew());
}

TEST_CASE("resume: the length is remembered", "[engine][resume][I6]") {
    scene s;
    SECTION("where the rest does not tell it") {
        CHECK_FALSE(s.go(rest("7-19/*", "789abcdefghij")).ec);
        CHECK(s.is_complete());
    }
    SECTION("and a part of such a rest is no success") {
        CHECK(s.go(rest("7-11/*", "789ab")).ec == error::partial_body);
        CHECK(s.has_note());
    }
    SECTION("and another is another version's") {
        CHECK_FALSE(s.go(rest("7-20/21", "789abcdefghijk")).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("and less than there is of it is no such file") {
        CHECK_FALSE(s.go(rest("7-20/*", "789abcdefghijk")).ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("I6: a version that is told by a date", "[engine][resume][I6]") {
    const std::string same = "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n";
    const bool tells_length = GENERATE(true, false);
    scene s(dated, tells_length);
    SECTION("the same") {
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", same)).ec);
        CHECK(s.is_complete());
        CHECK(s.a.log().back().header("If-Range") == "Sun, 06 Nov 1994 08:00:00 GMT");
    }
    SECTION("left out, as If-Range allows") {
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", "")).ec);
        CHECK(s.is_complete());
    }
    SECTION("another: nothing is spliced") {
        const auto* other = GENERATE(
            "Last-Modified: Sun, 06 Nov 1994 08:00:01 GMT\r\n",
            "Last-Modified: Sun, 06 Nov 1994 07:59:59 GMT\r\n",
            "Last-Modified: yesterday\r\n",
            "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\nETag: \"two\"\r\n",
            "ETag: W/\"two\"\r\n"
        );
        CHECK_FALSE(s.go(rest("7-19/20", "of the second", other)).ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("I6: a rest without the ETag is another version's", "[engine][resume][I6]") {
    scene s;
    const auto* fields =
        GENERATE("", "ETag: W/\"one\"\r\n", "ETag: one\r\n", "ETag: \"ONE\"\r\n");
    CHECK_FALSE(s.go(rest("7-19/20", "of the second", fields)).ec);
    CHECK(s.is_begun_anew());
}

TEST_CASE("resume: notes with and without a length", "[engine][resume]") {
    const std::string start = "xfer resume 1\nurl: http://a.test/\nif-range: \"one\"\n";
    scene s;
    REQUIRE(support::read_file(s.file + ".resume") == start + "length: 20\n");
    SECTION("without: what the rest says is believed") {
        support::write_file(s.file + ".resume", start);
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij")).ec);
        CHECK(s.is_complete());
    }
    SECTION("what is no length makes it no note") {
        const auto* line = GENERATE(
            "length: \n",
            "length: 2O\n",
            "length: 20",
            "length: -20\n",
            "length: 6\n",
            "length: 99999999999999999999\n",
            "size: 20\n"
        );
        support::write_file(s.file + ".resume", start + line);
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij")).ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("resume: 416 for a file that is whole", "[engine][resume][I6]") {
    SECTION("of the length that was remembered") {
        scene s;
        support::write_file(s.file, whole);
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, range("*/20"))).ec);
        CHECK(s.is_complete());
    }
    SECTION("of the version that was begun") {
        const std::string validator = GENERATE(0, 1) == 0 ? tagged : dated;
        scene s(validator, false);
        support::write_file(s.file, whole);
        const auto fields = range("*/20") + validator;
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, fields)).ec);
        CHECK(s.is_complete());
    }
}

TEST_CASE("I6: 416 of another version is no success", "[engine][resume][I6]") {
    const auto ends_at_seven = range("*/7");
    SECTION("by its length") {
        scene s;
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, ends_at_seven)).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("by its ETag") {
        scene s(tagged, false);
        const auto fields = ends_at_seven + "ETag: \"two\"\r\n";
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, fields)).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("by its date") {
        scene s(dated, false);
        const auto fields =
            ends_at_seven + "Last-Modified: Sun, 06 Nov 1994 08:00:01 GMT\r\n";
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, fields)).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("by nothing at all: that it is the same is not known") {
        scene s(GENERATE(0, 1) == 0 ? tagged : dated, false);
        CHECK_FALSE(s.go(memory_reply::with_length("", 416, ends_at_seven)).ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("S28: a rest with two places is none", "[engine][resume][S28]") {
    scene s;
    const auto fields = range(GENERATE("3-15/20", "7-19/20")) + tagged;
    CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", fields)).ec);
    CHECK(s.is_begun_anew());
}

TEST_CASE("S28: a rest of two versions is of neither", "[engine][resume][S28]") {
    const std::string another_day = "Last-Modified: Mon, 07 Nov 1994 08:00:00 GMT\r\n";
    SECTION("two ETags") {
        scene s;
        const auto fields = tagged + "ETag: \"two\"\r\n";
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", fields)).ec);
        CHECK(s.is_begun_anew());
    }
    SECTION("one, said twice") {
        scene s;
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", tagged + tagged)).ec);
        CHECK(s.is_complete());
    }
    SECTION("two dates") {
        scene s(dated);
        CHECK_FALSE(s.go(rest("7-19/20", "789abcdefghij", dated + another_day)).ec);
        CHECK(s.is_begun_anew());
    }
}

TEST_CASE("S28: two validators are no validator", "[engine][resume][S28]") {
    const auto fields = GENERATE_COPY(
        as<std::string>(),
        tagged + "ETag: \"two\"\r\n",
        tagged + "ETag: \"two\"\r\n" + dated,
        dated + "Last-Modified: Sun, 06 Nov 1994 08:00:01 GMT\r\n",
        dated + "Date: Sun, 06 Nov 1994 08:00:01 GMT\r\n"
    );
    const scene s(fields);
    CHECK_FALSE(s.has_note());
}
