// URLs with {lists} and [ranges].
#include "requests/globbing.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

std::vector<std::string> urls_of(std::string_view text) {
    std::string error;
    tool::glob pattern(text, error);
    CHECK(error.empty());
    const auto promised = pattern.size();
    std::vector<std::string> urls;
    for (std::string url; urls.size() < 1000 && pattern.next(url);) {
        urls.push_back(url);
    }
    CHECK((promised == urls.size() || urls.size() == 1000));
    return urls;
}

std::string error_of(std::string_view text) {
    std::string error;
    tool::glob pattern(text, error);
    std::string url;
    CHECK((error.empty() || !pattern.next(url)));
    return error;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("globbing: what has no globs stands for itself", "[cli][globbing]") {
    CHECK(urls_of("http://a.test/b?c#d") == list{"http://a.test/b?c#d"});
    CHECK(urls_of("") == list{""});
    CHECK(urls_of("a\\b") == list{"a\\b"});
    auto literal = tool::glob::literal("a[1-3]{b}");
    std::string url;
    CHECK(literal.size() == 1);
    REQUIRE(literal.next(url));
    CHECK(url == "a[1-3]{b}");
    CHECK(!literal.next(url));
    CHECK(!literal.next(url));
}

TEST_CASE("globbing: lists", "[cli][globbing]") {
    CHECK(urls_of("x{a,bc,d}y") == list{"xay", "xbcy", "xdy"});
    CHECK(urls_of("{a}") == list{"a"});
    CHECK(urls_of("{,a}") == list{"", "a"});
    CHECK(urls_of("{a,}b") == list{"ab", "b"});
    CHECK(urls_of("{a\\,b,c\\}d}") == list{"a,b", "c}d"});
}

TEST_CASE("globbing: ranges of numbers", "[cli][globbing]") {
    CHECK(urls_of("a[1-3]") == list{"a1", "a2", "a3"});
    CHECK(urls_of("[8-11]") == list{"8", "9", "10", "11"});
    CHECK(urls_of("[08-11]") == list{"08", "09", "10", "11"});
    CHECK(urls_of("[001-100:49].txt") == list{"001.txt", "050.txt", "099.txt"});
    CHECK(urls_of("[1-10:3]") == list{"1", "4", "7", "10"});
    CHECK(urls_of("[5-5]") == list{"5"});
    CHECK(urls_of("[0- 1]") == list{"0", "1"});
    CHECK(urls_of("[9223372036854775805-9223372036854775806]").size() == 2);
}

TEST_CASE("globbing: ranges of letters", "[cli][globbing]") {
    CHECK(urls_of("[a-c]") == list{"a", "b", "c"});
    CHECK(urls_of("[A-E:2]") == list{"A", "C", "E"});
    CHECK(urls_of("[a-z:3]").size() == 9);
    CHECK(urls_of("[z-z]") == list{"z"});
}

TEST_CASE("globbing: the last one runs fastest", "[cli][globbing]") {
    CHECK(urls_of("{a,b}[1-2]") == list{"a1", "a2", "b1", "b2"});
    CHECK(urls_of("[0-9][0-9]{a,b,c}").size() == 300);
}

TEST_CASE("globbing: backslashes take the meaning of brackets", "[cli][globbing]") {
    CHECK(urls_of("\\{a,b\\}") == list{"{a,b}"});
    CHECK(urls_of("\\[1-2\\]") == list{"[1-2]"});
    CHECK(urls_of("a\\{[1-2]") == list{"a{1", "a{2"});
}

TEST_CASE(
    "globbing: IPv6 addresses and empty brackets are left alone", "[cli][globbing]"
) {
    CHECK(urls_of("http://[::1]:80/") == list{"http://[::1]:80/"});
    CHECK(urls_of("http://[fe80::1%25eth0]/[1-2]").size() == 2);
    CHECK(
        urls_of("http://[2001:db8::1.2.3.4]/") == list{"http://[2001:db8::1.2.3.4]/"}
    );
    CHECK(urls_of("a?b[]=1") == list{"a?b[]=1"});
}

TEST_CASE("globbing: output names take what the globs stand for", "[cli][globbing]") {
    std::string error;
    tool::glob pattern("http://{one,two}.test/[001-002]/[a-b]", error);
    std::string url;
    for (int n = 0; n < 6; ++n) {
        REQUIRE(pattern.next(url));
    }
    CHECK(url == "http://two.test/001/b");
    CHECK(pattern.substitute("#1_#2_#3") == "two_001_b");
    CHECK(pattern.substitute("#4#0#x#") == "#4#0#x#");
    CHECK(pattern.substitute("##1") == "#two");
    CHECK(pattern.substitute("plain") == "plain");
    CHECK(pattern.substitute("#99999999999999999999") == "#99999999999999999999");
}

TEST_CASE("globbing: what is wrong is said with its place", "[cli][globbing]") {
    CHECK(
        error_of("http://{a,b") ==
        "unmatched brace in URL position 8:\nhttp://{a,b\n       ^"
    );
    CHECK(
        error_of("http://a[1-") ==
        "bad range in URL position 12:\nhttp://a[1-\n           ^"
    );
    CHECK(error_of("a{b{c}}").starts_with("nested brace in URL position 4:"));
    CHECK(error_of("a{b[1-2]}").starts_with("nested brace in URL position 4:"));
    CHECK(error_of("a{}").starts_with("empty string within braces in URL position 3:"));
    CHECK(error_of("a}").starts_with("unmatched close brace/bracket in URL position 2:")
    );
    CHECK(error_of("a]").starts_with("unmatched close brace/bracket in URL position 2:")
    );
    CHECK(error_of("a{b]}").starts_with("unexpected close bracket in URL position 4:"));
    CHECK(error_of("a[*]").starts_with("bad range specification in URL position 3:"));
    CHECK(error_of("}").ends_with("}\n ^"));
}

TEST_CASE("globbing: ranges that make no sense are refused", "[cli][globbing]") {
    const auto text = GENERATE(
        as<std::string>(),
        "[2-1]",
        "[1-2:0]",
        "[1-2:9]",
        "[1-2",
        "[1-2:]",
        "[1-2:1",
        "[1-1:2]",
        "[1-x]",
        "[a-A]",
        "[c-a]",
        "[a-c:9]",
        "[a-]",
        "[a",
        "[ab]",
        "[A-z]",
        "[99999999999999999999-1]",
        "[1-9223372036854775807:2]"
    );
    INFO(text);
    CHECK(!error_of(text).empty());
}

TEST_CASE("globbing: more URLs than can be counted are refused", "[cli][globbing]") {
    CHECK(error_of("[1-4294967296][1-4294967296]").starts_with("range overflow"));
    std::string many;
    for (int n = 0; n < 300; ++n) {
        many += "{a}";
    }
    CHECK(error_of(many).starts_with("too many {} sets"));
}
