// Helpers that read a response's fields: content_disposition.hpp and link.hpp.
#include <xfer/content_disposition.hpp>
#include <xfer/link.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace xfer;

namespace {

std::string file_name(const std::string& value) {
    fields f;
    f.add("Content-Disposition", value);
    return suggested_filename(f, "/path/of%20the.url");
}

}  // namespace

TEST_CASE("Content-Disposition: the name of the file", "[base][disposition]") {
    CHECK(file_name("attachment; filename=plain.txt") == "plain.txt");
    CHECK(file_name("attachment; filename=\"a b.txt\"") == "a b.txt");
    CHECK(file_name(R"(attachment; filename="a\"b.txt")") == "ab.txt");
    CHECK(file_name("ATTACHMENT;FILENAME = x.txt ;") == "x.txt");
    CHECK(file_name("inline; filename=\"semi;colon.txt\"") == "semi;colon.txt");
    CHECK(
        file_name("attachment; filename=no.txt; filename*=UTF-8''%e2%82%ac.txt") ==
        "\u20ac.txt"
    );
    CHECK(file_name("attachment; filename*=iso-8859-1'en'%a3.txt") == "\u00a3.txt");
    CHECK(file_name("attachment; filename*=utf-8''b.txt; filename=a.txt") == "b.txt");
}

TEST_CASE("Content-Disposition: without a name the URL has one", "[base]") {
    CHECK(file_name("attachment") == "of the.url");
    CHECK(file_name("attachment; filename=\"unterminated") == "of the.url");
    CHECK(file_name("attachment; filename=a; filename=b") == "of the.url");
    CHECK(file_name("attachment; filename*=utf-8''%zz") == "of the.url");
    CHECK(file_name("attachment; filename*=koi8-r''x") == "of the.url");
    CHECK(suggested_filename(fields(), "/a/b%2Fc") == "c");
    CHECK(suggested_filename(fields(), "/").empty());
}

TEST_CASE("S28: Content-Dispositions that differ name no file", "[base][S28]") {
    fields f;
    f.add("Content-Disposition", "attachment; filename=a");
    CHECK(suggested_filename(f, "/url") == "a");
    f.add("content-disposition", "attachment; filename=a");
    CHECK(suggested_filename(f, "/url") == "a");
    f.add("Content-Disposition", GENERATE("attachment; filename=b", "inline", ""));
    CHECK(suggested_filename(f, "/url") == "url");
}

TEST_CASE("G2.1: a name from elsewhere stays in its directory", "[base]") {
    CHECK(safe_filename("../../x") == "x");
    CHECK(safe_filename("..\\..\\x") == "x");
    CHECK(safe_filename("/etc/passwd") == "passwd");
    CHECK(safe_filename("C:x") == "Cx");
    CHECK(safe_filename(std::string_view("x\0.txt", 6)) == "x.txt");
    CHECK(safe_filename("a\nb") == "ab");
    CHECK(safe_filename(".bashrc") == "bashrc");
    CHECK(safe_filename("x. . ") == "x");
    CHECK(safe_filename(GENERATE("", ".", "..", "/", "a/", "a/..", " . ")).empty());
    CHECK(safe_filename(GENERATE("NUL", "con.txt", "Com1", "lpt9.log")).empty());
    CHECK(file_name("attachment; filename=\"..%2f..%2fx\"") == "%2f..%2fx");
}

TEST_CASE("G2.1: a long name is cut between two characters", "[base]") {
    CHECK(safe_filename(std::string(5000, 'a')).size() == 255);
    std::string euros;
    while (euros.size() < 300) euros += "\u20ac";
    CHECK(safe_filename(euros).size() == 255);
    CHECK(safe_filename("a" + euros).size() == 253);
}

TEST_CASE("Link: targets and relations", "[base][link]") {
    fields f;
    f.add("Link", R"(<https://a.test/?page=2>; rel="next", </?page=9>; rel=last)");
    f.add("link", R"(<style,1.css>; REL="stylesheet preload"; title="a, \"b\"")");
    const auto all = parse_links(f);
    REQUIRE(all.size() == 3);
    CHECK(all[0].target == "https://a.test/?page=2");
    CHECK(all[0].has_relation("NEXT"));
    CHECK(all[1].target == "/?page=9");
    CHECK(all[2].target == "style,1.css");
    CHECK(all[2].has_relation("preload"));
    CHECK_FALSE(all[2].has_relation("style"));
    CHECK(all[2].parameter("Title") == "a, \"b\"");
    CHECK(find_link(f, "last") == "/?page=9");
    CHECK_FALSE(find_link(f, "first"));
}

TEST_CASE("Link: what breaks the syntax ends its line", "[base][link]") {
    fields f;
    f.add("Link", "<a>; rel=x, no link, <b>; rel=y");
    f.add("Link", GENERATE("<c; rel=x", "<c>; rel=\"x", "<c>; rel", "<c> rel=x"));
    const auto all = parse_links(f);
    REQUIRE(all.size() == 1);
    CHECK(all[0].target == "a");
}
