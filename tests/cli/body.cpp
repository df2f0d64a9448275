// Bodies: -d and its like, --url-query, and -F with all of its syntax.
#include "requests/body.hpp"

#include "requests/form/argument.hpp"
#include "requests/form/body.hpp"
#include "requests/form/encoding.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <string>
#include <variant>
#include <vector>

namespace {

using tool::data_piece;
using tool::form_argument;
using tool::form_piece;
using kind = data_piece::kind;

/// Lines for people, kept.
struct listener {
    std::FILE* file = std::tmpfile();
    tool::command settings;
    tool::console at{settings, tool::persona::xfer, file, [] {}};

    ~listener() { std::fclose(file); }
    listener() = default;
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    std::string text() const {
        std::rewind(file);
        std::string all;
        for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
            all += static_cast<char>(c);
        }
        return all;
    }
};

std::string joined(const std::vector<data_piece>& pieces) {
    std::string text;
    const auto refused = tool::data_text(pieces, text);
    return refused ? "refused " + std::to_string(refused.code) : text;
}

std::string encoded(const std::string& argument) {
    std::string text;
    const auto refused = tool::urlencode(argument, text);
    return refused ? "refused " + std::to_string(refused.code) : text;
}

form_argument read(const std::string& text) {
    listener l;
    form_argument part;
    REQUIRE_FALSE(tool::read_form_argument({text, false, false}, l.at, part));
    return part;
}

/// The body of forms of text and small files, the boundaries as "B" and "C".
std::string body_of(const tool::operation& op) {
    listener l;
    xfer::source body;
    const auto refused = tool::form_body(op, l.at, body);
    if (refused) {
        return "refused " + std::to_string(refused.code);
    }
    const auto* text = std::get_if<std::string>(&body.from());
    REQUIRE(text != nullptr);
    std::string out = *text;
    constexpr std::size_t size = 40;
    const auto replace = [&out](const std::string& what, const std::string& by) {
        for (auto at = out.find(what); at != std::string::npos;
             at = out.find(what, at)) {
            out.replace(at, what.size(), by);
        }
    };
    const std::string mark = "boundary=";
    const auto& type = body.content_type();
    replace(type.substr(type.find(mark) + mark.size()), "B");
    if (const auto nested = out.find(mark); nested != std::string::npos) {
        replace(out.substr(nested + mark.size(), size), "C");
    }
    return out;
}

std::string body_of(const std::vector<form_piece>& pieces) {
    tool::operation op;
    op.form = pieces;
    return body_of(op);
}

}  // namespace

TEST_CASE("body: pieces of -d are joined by &", "[cli][body]") {
    CHECK(joined({{kind::text, "a=1"}, {kind::text, "b=2"}}) == "a=1&b=2");
    CHECK(joined({{kind::text, ""}, {kind::text, ""}}) == "&");
}

TEST_CASE("body: pieces of --json are not joined by anything", "[cli][body]") {
    CHECK(joined({{kind::json, "{"}, {kind::json, "}"}}) == "{}");
}

TEST_CASE("body: files lose their line ends unless they are binary", "[cli][body]") {
    const support::scratch place;
    support::write_file(place / "f", std::string("a\r\nb\0c\n", 7));
    const auto path = place / "f";
    CHECK(joined({{kind::file_text, path}}) == "abc");
    CHECK(joined({{kind::file_binary, path}}) == std::string("a\r\nb\0c\n", 7));
    CHECK(joined({{kind::file_binary, path + ".none"}}) == "refused 26");
}

TEST_CASE("body: the forms of --data-urlencode", "[cli][body]") {
    const support::scratch place;
    support::write_file(place / "f", "x y");
    const auto path = place / "f";
    CHECK(encoded("a b&c") == "a+b%26c");
    CHECK(encoded("=a b") == "a+b");
    CHECK(encoded("name=a=b") == "name=a%3Db");
    CHECK(encoded("@" + path) == "x+y");
    CHECK(encoded("name@" + path) == "name=x+y");
    CHECK(encoded("a@" + path + ".none") == "refused 26");
}

TEST_CASE(
    "body: --url-query joins and takes verbatim what begins with +", "[cli][body]"
) {
    std::string query;
    REQUIRE_FALSE(tool::query_text({"a=b c", "+x=%20", "d"}, query));
    CHECK(query == "a=b+c&x=%20&d");
}

TEST_CASE("form: a text with its type and its fields", "[cli][form]") {
    const auto part = read("name= content ;type=text/x; charset=y;headers=\"A: b\"");
    CHECK(part.what == form_argument::kind::text);
    CHECK(part.name == "name");
    REQUIRE(part.contents.size() == 1);
    CHECK(part.contents[0].text == "content");
    CHECK(part.contents[0].type == "text/x; charset=y");
    CHECK(part.contents[0].headers == std::vector<std::string>{"A: b"});
}

TEST_CASE("form: quotes hold what would end a word", "[cli][form]") {
    const auto part = read("a=@\"x,y;z\\\"\";filename=\"n;m\"");
    CHECK(part.what == form_argument::kind::files);
    REQUIRE(part.contents.size() == 1);
    CHECK(part.contents[0].text == "x,y;z\"");
    CHECK(part.contents[0].filename == "n;m");
}

TEST_CASE("form: quotes that do not end the word are octets", "[cli][form]") {
    CHECK(read("a=\"x\"y").contents[0].text == "\"x\"y");
}

TEST_CASE("form: several files with options of their own", "[cli][form]") {
    const auto part = read("a=@x;type=t/u,y;encoder=base64,z");
    REQUIRE(part.contents.size() == 3);
    CHECK(part.contents[0].type == "t/u");
    CHECK(part.contents[1].text == "y");
    CHECK(part.contents[1].encoder == "base64");
    CHECK(part.contents[2].text == "z");
}

TEST_CASE("form: a comma ends nothing but the name of a file", "[cli][form]") {
    CHECK(read("a=x,y").contents[0].text == "x,y");
    CHECK(read("a=<x,y").contents[0].text == "x,y");
    CHECK(read("a=<x,y").what == form_argument::kind::file_content);
}

TEST_CASE("form: a multipart of its own begins and ends", "[cli][form]") {
    CHECK(read("=(;type=multipart/alternative").what == form_argument::kind::begin);
    CHECK(
        read("=(;type=multipart/alternative").contents[0].type ==
        "multipart/alternative"
    );
    CHECK(read("=)").what == form_argument::kind::end);
    CHECK(read("a=)").what == form_argument::kind::text);
}

TEST_CASE("form: a piece without = makes no sense", "[cli][form]") {
    listener l;
    form_argument part;
    CHECK(tool::read_form_argument({"name", false, false}, l.at, part).code == 2);
}

TEST_CASE("form: what is unknown is told of and skipped", "[cli][form]") {
    listener l;
    form_argument part;
    REQUIRE_FALSE(tool::read_form_argument({"a=b;what=ever", false, false}, l.at, part)
    );
    CHECK(part.contents[0].text == "b");
    CHECK(l.text() == "Warning: skip unknown form field: what=ever\n");
}

TEST_CASE("form: fields from a file with comments and folded lines", "[cli][form]") {
    const support::scratch place;
    support::write_file(place / "h", "# no field\nA: b\n  c\n\nD: e\r\n");
    const auto path = place / "h";
    const auto part = read("a=b;headers=@" + path);
    CHECK(part.contents[0].headers == std::vector<std::string>{"A: b c", "D: e"});
}

TEST_CASE("form: parts as they go on the wire", "[cli][form]") {
    CHECK(
        body_of({{"a=b", false, false}, {"c=@d;type=e", true, false}}) ==
        "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n@d;type=e\r\n"
        "--B--\r\n"
    );
}

TEST_CASE(
    "form: a content with encoder, type and fields in curl's order", "[cli][form]"
) {
    CHECK(
        body_of({{"a=hi;encoder=base64;type=t/u;headers=\"X: y\"", false, false}}) ==
        "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: t/u\r\n"
        "Content-Transfer-Encoding: base64\r\nX: y\r\n\r\naGk=\r\n--B--\r\n"
    );
}

TEST_CASE("form: nested parts have no disposition without a name", "[cli][form]") {
    const auto body = body_of(
        {{"=(;type=multipart/alternative", false, false},
         {"=x;type=text/plain", false, false},
         {"=)", false, false}}
    );
    CHECK(
        body ==
        "--B\r\nContent-Disposition: form-data\r\n"
        "Content-Type: multipart/alternative; boundary=C\r\n\r\n"
        "--C\r\nContent-Type: text/plain\r\n\r\nx\r\n--C--\r\n\r\n--B--\r\n"
    );
}

TEST_CASE("form: an end without a beginning is a mistake", "[cli][form]") {
    CHECK(body_of({{"=)", false, false}}) == "refused 2");
}

TEST_CASE("form: a file that is not there is error 26", "[cli][form]") {
    CHECK(body_of({{"a=@/there/is/none", false, false}}) == "refused 26");
    CHECK(body_of({{"a=</there/is/none", false, false}}) == "refused 26");
}

TEST_CASE("form: marks in names are percent-encoded or escaped", "[cli][form]") {
    tool::operation op;
    op.form = {{"a\"b=c;filename=\"x\\\"y\"", false, false}};
    CHECK(body_of(op).find("name=\"a%22b\"; filename=\"x%22y\"") != std::string::npos);
    op.form_escape = true;
    CHECK(
        body_of(op).find("name=\"a\\\"b\"; filename=\"x\\\"y\"") != std::string::npos
    );
}

TEST_CASE("form encoding: base64 in lines of 76", "[cli][form]") {
    std::string out;
    REQUIRE_FALSE(tool::encode_content(std::string(58, 'a'), "base64", out));
    CHECK(out.substr(74, 6) == "Fh\r\nYQ");
    CHECK(out.size() == 76 + 2 + 4);
}

TEST_CASE("form encoding: quoted-printable", "[cli][form]") {
    const auto quoted = [](const std::string& text) {
        std::string out;
        REQUIRE_FALSE(tool::encode_content(text, "quoted-printable", out));
        return out;
    };
    CHECK(quoted("a=b") == "a=3Db");
    CHECK(quoted("end \r\nx") == "end=20\r\nx");
    CHECK(quoted("a\nb") == "a=0Ab");
    CHECK(quoted(std::string(76, 'x')) == std::string(76, 'x'));
    CHECK(quoted(std::string(77, 'x')) == std::string(75, 'x') + "=\r\nxx");
}

TEST_CASE("form encoding: 7bit refuses what is wider", "[cli][form]") {
    std::string out;
    CHECK_FALSE(tool::encode_content("abc", "7bit", out));
    CHECK(tool::encode_content("\xC3\xA4", "7bit", out).code == 26);
    CHECK(tool::encode_content("abc", "uuencode", out).code == 2);
}
