// xfer/form.hpp and sequences of sources: what exactly would be sent.
#include <xfer/form.hpp>
#include <xfer/request.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

using namespace xfer;
using namespace std::string_literals;

namespace {

/// The text of a source, with its files as <path> and its functions as <function>.
std::string shown(const source& s) {
    const auto& from = s.from();
    if (const auto* text = std::get_if<std::string>(&from)) return *text;
    if (const auto* file = std::get_if<source::file_origin>(&from)) {
        return "<" + file->path + ">";
    }
    if (const auto* refused = std::get_if<source::refused_origin>(&from)) {
        return "refused: " + refused->message;
    }
    if (const auto* several = std::get_if<source::sequence_origin>(&from)) {
        std::string all;
        for (const auto& part : several->parts) all += shown(part);
        return all;
    }
    return s.empty() ? "" : "<function>";
}

std::error_code refusal_of(const source& s) {
    const auto* refused = std::get_if<source::refused_origin>(&s.from());
    return refused == nullptr ? std::error_code() : refused->ec;
}

/// The body of a multipart that has one part, without the boundaries.
std::string part_of(multipart m) {
    m.boundary("B");
    auto text = shown(m);
    if (text.starts_with("refused")) return text;
    REQUIRE(text.starts_with("--B\r\n"));
    REQUIRE(text.ends_with("\r\n--B--\r\n"));
    return text.substr(5, text.size() - 5 - 9);
}

std::string boundary_of(const source& s) {
    constexpr std::string_view start = "multipart/form-data; boundary=";
    REQUIRE(s.content_type().starts_with(start));
    return s.content_type().substr(start.size());
}

std::size_t no_bytes(std::span<char>) { return 0; }

}  // namespace

TEST_CASE("form: names and values are encoded and joined", "[base][form]") {
    form f;
    CHECK(f.text().empty());
    f.add("a", "1").add("b c", "d&e=f").add("", "").add("Zo\xc3\xab", "\r\n\0"s);
    CHECK(f.text() == "a=1&b+c=d%26e%3Df&=&Zo%C3%AB=%0D%0A%00");
    const source s = f;
    CHECK(shown(s) == f.text());
    CHECK(s.content_type() == "application/x-www-form-urlencoded");
}

TEST_CASE("form: a request takes both kinds as its body", "[base][form]") {
    CHECK(
        post("u", form().add("a", "1")).body().content_type() ==
        "application/x-www-form-urlencoded"
    );
    const auto r = put("u", multipart().add("a", "1"));
    CHECK(r.body().content_type().starts_with("multipart/form-data; boundary=xfer-"));
    CHECK(post("u", "text").body().content_type().empty());
    const multipart m;
    CHECK_FALSE(request("u").body(m).body().empty());
}

TEST_CASE("multipart: the octets of RFC 7578", "[base][form][multipart]") {
    multipart m;
    m.boundary("AaB03x")
        .add("name", "Joe")
        .add("empty", "")
        .add_file("one", "dir/one.txt")
        .add("two", from_file("two.bin"))
        .add("three", "<p>", {.filename = "three.html"});
    const source s = m;
    CHECK(s.content_type() == "multipart/form-data; boundary=AaB03x");
    CHECK(
        shown(s) ==
        "--AaB03x\r\n"
        "Content-Disposition: form-data; name=\"name\"\r\n\r\nJoe\r\n"
        "--AaB03x\r\n"
        "Content-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
        "--AaB03x\r\n"
        "Content-Disposition: form-data; name=\"one\"; filename=\"one.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\n<dir/one.txt>\r\n"
        "--AaB03x\r\n"
        "Content-Disposition: form-data; name=\"two\"\r\n\r\n<two.bin>\r\n"
        "--AaB03x\r\n"
        "Content-Disposition: form-data; name=\"three\"; filename=\"three.html\"\r\n"
        "Content-Type: text/html\r\n\r\n<p>\r\n"
        "--AaB03x--\r\n"
    );
    CHECK(shown(multipart().boundary("B")) == "--B--\r\n");
}

TEST_CASE(
    "multipart: what is in memory only is one text, its length known",
    "[base][form][multipart]"
) {
    const source s = multipart().add("a", "1").add("b", std::string_view("2"));
    REQUIRE(std::holds_alternative<std::string>(s.from()));
    CHECK(detail::length_of(s) == shown(s).size());
}

TEST_CASE("multipart: a file's name and type may be given", "[base][form][multipart]") {
    fields more;
    more.add("X-One", "1");
    CHECK(
        part_of(multipart().add_file(
            "f",
            std::filesystem::path("/tmp/x.txt"),
            {.filename = "y.PNG", .headers = &more}
        )) ==
        "Content-Disposition: form-data; name=\"f\"; filename=\"y.PNG\"\r\n"
        "Content-Type: image/png\r\nX-One: 1\r\n\r\n</tmp/x.txt>"
    );
    CHECK(
        part_of(multipart().add("f", "{}", {.content_type = "text/x; charset=utf-8"})
        ) ==
        "Content-Disposition: form-data; name=\"f\"\r\n"
        "Content-Type: text/x; charset=utf-8\r\n\r\n{}"
    );
}

TEST_CASE(
    "multipart: fields of the user's take the place of those made here",
    "[base][form][multipart]"
) {
    fields more;
    more.add("content-type", "a/b").add("Content-Disposition", "attachment");
    CHECK(
        part_of(multipart().add_file("f", "x.txt", {.headers = &more})) ==
        "content-type: a/b\r\nContent-Disposition: attachment\r\n\r\n<x.txt>"
    );
    fields less;
    less.suppress("Content-Type");
    CHECK(
        part_of(multipart().add_file("f", "x.txt", {.headers = &less})) ==
        "Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\n<x.txt>"
    );
}

TEST_CASE(
    "multipart: the type of a file follows from its extension",
    "[base][form][multipart]"
) {
    using detail::guess_content_type;
    CHECK(guess_content_type("a.txt") == "text/plain");
    CHECK(guess_content_type("a.b.JPeG") == "image/jpeg");
    CHECK(guess_content_type("a.htm") == "text/html");
    CHECK(guess_content_type("a.json") == "application/json");
    CHECK(guess_content_type("txt").empty());
    CHECK(guess_content_type(".txt").empty());
    CHECK(guess_content_type("a.txt.gz").empty());
    CHECK(guess_content_type("").empty());
    CHECK(
        part_of(multipart().add_file("f", "x.unknown")) ==
        "Content-Disposition: form-data; name=\"f\"; filename=\"x.unknown\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n<x.unknown>"
    );
}

TEST_CASE("multipart: a form as a part brings its type", "[base][form][multipart]") {
    CHECK(
        part_of(multipart().add("f", form().add("a", "b"))) ==
        "Content-Disposition: form-data; name=\"f\"\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b"
    );
    const auto inner = multipart().boundary("I").add_file("g", "x.txt");
    const auto both = part_of(multipart().add("f", inner));
    CHECK(
        both.find("Content-Type: multipart/form-data; boundary=I\r\n\r\n--I\r\n") !=
        std::string::npos
    );
    CHECK(both.ends_with("<x.txt>\r\n--I--\r\n"));
}

TEST_CASE(
    "E2.1: a quote in a name is escaped, all else is sent as it is",
    "[base][form][multipart][E2]"
) {
    CHECK(
        part_of(multipart().add("a\"; x=\"b\\", "1", {.filename = "\"%22\xc3\xab"})) ==
        "Content-Disposition: form-data; name=\"a%22; x=%22b\\\"; "
        "filename=\"%22%22\xc3\xab\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n1"
    );
}

TEST_CASE(
    "E2.1: control characters in a part's fields are refused",
    "[base][form][multipart][E2]"
) {
    const auto bad = GENERATE(as<std::string>(), "\r", "\n", "\0"s, "\x1b", "\x7f");
    const auto text = "a" + bad + "b";
    const auto where = GENERATE(0, 1, 2, 3, 4, 5);
    multipart m;
    fields more;
    if (where == 0) m.add(text, "1");
    if (where == 1) m.add_file(text, "path");
    if (where == 2) m.add("a", "1", {.filename = text});
    if (where == 3) m.add("a", "1", {.content_type = text});
    if (where == 4) m.add_file("a", "dir/" + text);
    if (where == 5) {
        more.add("X-One", text);
        m.add("a", "1", {.headers = &more});
    }
    m.add("good", "2");
    CHECK(refusal_of(m) == error::invalid_header);
    CHECK(shown(m).size() > 20);
    const auto why = shown(m);
    CHECK(std::all_of(why.begin(), why.end(), [](char c) { return c >= ' '; }));
    // Values are not of the head: they may hold anything.
    CHECK_FALSE(refusal_of(multipart().add("a", text)));
}

TEST_CASE(
    "multipart: only what needs no quotes may be a boundary", "[base][form][multipart]"
) {
    CHECK_FALSE(refusal_of(multipart().boundary(std::string(70, 'x'))));
    CHECK_FALSE(refusal_of(multipart().boundary("'+_-.09azAZ")));
    const auto text = GENERATE(
        as<std::string>(),
        "",
        "a b",
        "a\r\nb",
        "a\"b",
        "a;b",
        "\xc3\xab",
        std::string(71, 'x')
    );
    CHECK(refusal_of(multipart().boundary(text)) == error::invalid_option);
}

TEST_CASE("H1.1: a thousand boundaries are distinct", "[base][form][multipart][H1]") {
    multipart m;
    m.add("a", "1");
    std::set<std::string> all;
    for (int i = 0; i < 1000; ++i) {
        const auto boundary = boundary_of(m);
        CHECK(boundary.size() == 37);
        all.insert(boundary);
    }
    CHECK(all.size() == 1000);
}

TEST_CASE(
    "H1.1: the boundary never occurs in what is in memory",
    "[base][form][multipart][H1]"
) {
    // Answers twice with what stands in a part already.
    static int calls;
    calls = 0;
    const auto draw = [](std::span<unsigned char> space) noexcept {
        const auto octet = static_cast<unsigned char>(++calls <= 2 ? 0x41 : 0x42);
        std::fill(space.begin(), space.end(), octet);
        return std::error_code();
    };
    std::string first = "xfer-";
    std::string second = "xfer-";
    for (int i = 0; i < 16; ++i) first += "41", second += "42";
    const auto where = GENERATE(0, 1, 2, 3);
    multipart m;
    if (where == 0) m.add("a", "x" + first + "y");
    if (where == 1) m.add("x" + first, "1");
    if (where == 2) m.add("a", from_sequence(source("1"), source(first)));
    if (where == 3) m.add("a", multipart().add_file(first, "f"));
    CHECK(boundary_of(m.to_source(draw)) == second);
    CHECK(calls == 3);
    CHECK(refusal_of(m.boundary(first)) == error::invalid_option);
}

TEST_CASE(
    "H1.1: without random octets there is no boundary, and no body",
    "[base][form][multipart][H1]"
) {
    const auto none = [](std::span<unsigned char>) noexcept {
        return make_error_code(error::no_entropy);
    };
    const auto same = [](std::span<unsigned char> space) noexcept {
        std::fill(space.begin(), space.end(), static_cast<unsigned char>(0));
        return std::error_code();
    };
    multipart m;
    m.add("a", "xfer-" + std::string(32, '0'));
    CHECK(refusal_of(m.to_source(none)) == error::no_entropy);
    CHECK(refusal_of(m.to_source(same)) == error::no_entropy);
    CHECK(make_error_code(error::no_entropy) == condition::failed_init);
}

TEST_CASE(
    "sequence: its length is that of its parts, if all are known",
    "[base][form][sequence]"
) {
    const auto known = from_function(no_bytes).length(7);
    CHECK(from_sequence(source("ab"), known, source("c")).known_length() == 10);
    CHECK_FALSE(from_sequence(source("ab"), from_function(no_bytes)).known_length());
    CHECK_FALSE(from_sequence(source("ab"), from_file("f")).known_length());
    CHECK(from_sequence().known_length() == 0);
    CHECK_FALSE(from_sequence().empty());
    std::vector<source> several{source("ab"), known};
    CHECK(from_sequence(several).known_length() == 9);
    CHECK(from_sequence(std::move(several)).known_length() == 9);
}

TEST_CASE(
    "sequence: sequences in it are made flat, and refusals rise",
    "[base][form][sequence]"
) {
    const auto inner = from_sequence(source("b"), from_file("c"), source());
    const auto whole = from_sequence(source("a"), inner, source("d"));
    const auto* parts = std::get_if<source::sequence_origin>(&whole.from());
    REQUIRE(parts != nullptr);
    CHECK(parts->parts.size() == 4);
    CHECK(shown(whole) == "ab<c>d");
    const source bad = multipart().add("a\n", "1");
    CHECK(refusal_of(from_sequence(source("a"), bad)) == error::invalid_header);
    CHECK(refusal_of(multipart().add("a", bad)) == error::invalid_header);
}
