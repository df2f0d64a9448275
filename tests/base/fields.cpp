// xfer/fields.hpp: building, adopting, looking up, lists, and what is kept out.
#include <xfer/fields.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using xfer::field_entry;
using xfer::fields;

namespace {

std::vector<std::string> texts(xfer::fields_view::list_range list) {
    std::vector<std::string> out;
    for (const auto member : list) out.emplace_back(member);
    return out;
}

std::vector<std::string> values(const fields& f, std::string_view name) {
    std::vector<std::string> out;
    for (const auto line : f.all(name)) out.emplace_back(line.value);
    return out;
}

using strings = std::vector<std::string>;

fields received() {
    return {
        "HTTP/1.1 200 OK\r\nA:  1 \r\nb: 2\r\n\r\n",
        std::vector<field_entry>{{17, 1, 21, 1}, {25, 1, 28, 1}}};
}

}  // namespace

TEST_CASE("fields: what is added is found without regard to case", "[base][fields]") {
    fields f;
    f.add("Content-Type", "text/html").add("X-Empty", "");
    CHECK(f.find("content-TYPE") == "text/html");
    CHECK(f.find("x-empty") == "");
    CHECK_FALSE(f.find("content-typ").has_value());
    CHECK(f.contains("CONTENT-TYPE"));
    CHECK(f.size() == 2);
}

TEST_CASE("fields: order and duplicates are kept", "[base][fields]") {
    fields f;
    f.add("A", "1").add("B", "2").add("a", "3");
    CHECK(values(f, "A") == strings{"1", "3"});
    CHECK(f.count("a") == 2);
    CHECK(f.find("a") == "1");
    std::string walked;
    for (const auto [name, value] : f) walked += std::string(name) + std::string(value);
    CHECK(walked == "A1B2a3");
    CHECK(f.all("C").empty());
}

TEST_CASE("fields: the block of added fields is their wire form", "[base][fields]") {
    fields f;
    f.add("A", " \t1 2\t ").add("B", "");
    CHECK(f.block() == "A: 1 2\r\nB: \r\n");
    CHECK(f.wire_line(0) == "A: 1 2\r\n");
    CHECK(f.wire_line(1) == "B: \r\n");
    CHECK(f.is_wire_form());
}

TEST_CASE("fields: set replaces every line of the name", "[base][fields]") {
    fields f;
    f.add("A", "1").add("B", "2").add("a", "3").set("A", "4");
    CHECK(f.block() == "B: 2\r\nA: 4\r\n");
    CHECK(f.find("A") == "4");
    CHECK(f.find("B") == "2");
}

TEST_CASE("fields: remove closes the gap", "[base][fields]") {
    fields f;
    f.add("A", "1").add("B", "22").add("A", "3").add("C", "4");
    CHECK(f.remove("a") == 2);
    CHECK(f.block() == "B: 22\r\nC: 4\r\n");
    CHECK(f.find("C") == "4");
    CHECK(f.remove("a") == 0);
}

TEST_CASE("fields: a view into the block itself may be given", "[base][fields]") {
    fields f;
    f.add("A", std::string(100, 'x'));
    for (int i = 0; i < 10; ++i) f.add(f[0].name, f[0].value);
    CHECK(f.count("A") == 11);
    CHECK(f[10].value == std::string(100, 'x'));
    f.set("A", f[3].value);
    CHECK(f.size() == 1);
    CHECK(f[0].value == std::string(100, 'x'));
    CHECK(f.remove(f[0].name) == 1);
}

TEST_CASE("fields: a suppressed name is remembered until it is set", "[base][fields]") {
    fields f;
    f.add("Accept", "x").suppress("accept").suppress("Accept");
    CHECK_FALSE(f.contains("Accept"));
    CHECK(f.is_suppressed("ACCEPT"));
    f.set("Accept", "y");
    CHECK_FALSE(f.is_suppressed("Accept"));
}

TEST_CASE(
    "fields: what must not reach the wire is kept out and named", "[base][fields]"
) {
    fields f;
    f.add("Good", "1");
    SECTION("line breaks in a value") {
        const auto value = GENERATE(
            as<std::string>(), "a\r\nb", "a\n", "\r", std::string("a\0b", 3), "a\r\n b"
        );
        f.add("X-Foo", value);
        CHECK(f.first_error() == "header 'X-Foo' has a CR, LF or NUL in its value");
    }
    SECTION("other control octets in a value") {
        const auto value = GENERATE(as<std::string>(), "\x01", "a\x7f", "\x1f z", "\v");
        f.set("X-Foo", value);
        CHECK(f.first_error() == "header 'X-Foo' has a control octet in its value");
    }
    SECTION("a name that is no token") {
        f.add("X\r\nFoo", "1");
        CHECK(f.first_error() == "header name 'X\\r\\nFoo' is not a token");
    }
    SECTION("other names") {
        const auto name = GENERATE(
            as<std::string>(),
            "",
            "a b",
            "a:",
            "(a)",
            "\xc4\x8d",
            std::string("\0", 1),
            "a\x7f"
        );
        f.add(name, "1");
        CHECK(f.first_error().find("is not a token") != std::string::npos);
    }
    CHECK(f.block() == "Good: 1\r\n");
    const std::string first = f.first_error();
    f.add("", "");
    CHECK(f.first_error() == first);
}

TEST_CASE("fields: a refused set leaves the old value", "[base][fields]") {
    fields f;
    f.set("A", "1").set("A", "2\n3");
    CHECK(f.find("A") == "1");
}

TEST_CASE("fields: tab and 8-bit octets may stand in a value", "[base][fields]") {
    fields f;
    f.add("A", "x\ty\x80\xff");
    CHECK(f.first_error().empty());
    CHECK(f.find("A") == "x\ty\x80\xff");
}

TEST_CASE("fields: a received head is adopted as it is", "[base][fields]") {
    const fields f = received();
    CHECK(f.size() == 2);
    CHECK(f.find("a") == "1");
    CHECK(f.find("B") == "2");
    CHECK_FALSE(f.is_wire_form());
    CHECK(f.block().starts_with("HTTP/1.1 200 OK"));
}

TEST_CASE("fields: changing an adopted head makes it wire form", "[base][fields]") {
    fields f = received();
    f.add("C", "3");
    CHECK(f.block() == "A: 1\r\nb: 2\r\nC: 3\r\n");
    fields g = received();
    CHECK(g.remove("A") == 1);
    CHECK(g.block() == "b: 2\r\n");
}

TEST_CASE("fields: copies and moves own their text", "[base][fields]") {
    auto original = std::make_unique<fields>();
    original->add("Name", "value");
    const fields copy = *original;
    const fields moved = std::move(*original);
    original.reset();
    CHECK(copy.find("name") == "value");
    CHECK(moved.find("name") == "value");
}

TEST_CASE("fields: assign and clear reuse the object", "[base][fields]") {
    const fields source = received();
    fields f;
    f.add("bad name", "").suppress("X");
    const field_entry entry{17, 1, 21, 1};
    f.assign(source.block(), {&entry, 1});
    CHECK(f.size() == 1);
    CHECK(f.find("A") == "1");
    CHECK(f.first_error().empty());
    f.clear();
    CHECK(f.empty());
    f.add("A", "2");
    CHECK(f.block() == "A: 2\r\n");
}

TEST_CASE("fields: a list runs over all lines of its name", "[base][fields]") {
    fields f;
    f.add("L", "a, b ,,c").add("M", "x").add("l", "").add("L", "\t,d");
    CHECK(texts(f.list("L")) == strings{"a", "b", "c", "d"});
    CHECK(f.list_contains("l", "C"));
    CHECK_FALSE(f.list_contains("L", "x"));
    CHECK(f.list("N").empty());
    f.add("N", " , ,");
    CHECK(f.list("N").empty());
}

TEST_CASE("fields: a comma in a quoted string separates nothing", "[base][fields]") {
    CHECK(
        texts(xfer::fields_view::members(R"(a="1,2", b="\",", c="open, d)")) ==
        strings{R"(a="1,2")", R"(b="\",")", R"(c="open, d)"}
    );
    CHECK(texts(xfer::fields_view::members(R"("\)")) == strings{R"("\)"});
}
