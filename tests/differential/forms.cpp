// M36: forms as text, and as parts.
#include "check.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace differential;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

transfer with_form(pairs form) {
    auto t = ask("POST");
    t.form = std::move(form);
    return t;
}
transfer with_parts(std::vector<form_part> parts) {
    auto t = ask("POST");
    t.parts = std::move(parts);
    return t;
}
script& sent(script& s, transfer t) {
    s.serve("/", reply(200, "x")).add("a", std::move(t)).run();
    return s;
}
form_part file(std::string name, std::string content, std::string filename) {
    form_part p{std::move(name), std::move(content), std::move(filename)};
    p.from_file = true;
    return p;
}

}  // namespace

M36_SCRIPT("a form") { sent(s, with_form({{"a", "1"}, {"b", "2"}, {"a", "3"}})); }
M36_SCRIPT("a form with what has to be encoded") {
    sent(
        s, with_form({{"a&b=c", "1+1=2; 50%/?#"}, {"\xc3\xa9", "\xe2\x82\xac"}})
    ).differs(difference::forms);
}
M36_SCRIPT("a form with blanks") {
    sent(s, with_form({{"a b", "c d"}})).differs(difference::forms);
}
M36_SCRIPT("a form with line ends") { sent(s, with_form({{"a", "1\r\n2\n"}})); }
M36_SCRIPT("a form with what need not be encoded") {
    sent(s, with_form({{"azAZ09", "-._"}, {"", ""}}));
}
M36_SCRIPT("a form with a tilde and a star") {
    sent(s, with_form({{"~", "*"}})).differs(difference::forms);
}
M36_SCRIPT("a form with an own Content-Type") {
    sent(s, with_form({{"a", "1"}}).with("Content-Type", "text/plain"));
}
M36_SCRIPT("a form that is redirected") {
    s.serve("/x", reply(307).with_field("Location", "/"));
    auto t = with_form({{"a", "1"}}).follow();
    t.target = "/x";
    sent(s, t);
}
M36_SCRIPT("a form that a redirect drops") {
    s.serve("/x", reply(302).with_field("Location", "/"));
    auto t = with_form({{"a", "1"}}).follow();
    t.target = "/x";
    sent(s, t);
}

M36_SCRIPT("a part") { sent(s, with_parts({{"name", "value"}})); }
M36_SCRIPT("several parts") {
    sent(s, with_parts({{"a", "1"}, {"b", ""}, {"a", "three\r\nlines\r\n"}}));
}
M36_SCRIPT("a part with a type") {
    sent(s, with_parts({{"a", "{}", "", "application/json"}}));
}
M36_SCRIPT("a part with a filename") {
    sent(s, with_parts({{"a", "text", "notes.txt"}}));
}
M36_SCRIPT("a part with a filename and a type") {
    sent(s, with_parts({{"a", "text", "notes", "text/x-notes"}}));
}
M36_SCRIPT("filenames and the types that they mean") {
    for (const auto* name :
         {"a.gif",
          "a.jpg",
          "a.jpeg",
          "a.png",
          "a.svg",
          "a.txt",
          "a.htm",
          "a.html",
          "a.pdf",
          "a.xml",
          "a.HTML",
          "a.x"}) {
        s.add(name, with_parts({{"a", "text", name}})).run();
    }
    s.differs(difference::forms);
}
M36_SCRIPT("a part of a file") {
    sent(s, with_parts({file("a", "what it holds", "notes.txt")}));
}
M36_SCRIPT("a part of an empty file") { sent(s, with_parts({file("a", "", "empty")})); }
M36_SCRIPT("parts of text and of files") {
    sent(s, with_parts({{"a", "1"}, file("b", "2", "b.png"), {"c", "3"}}));
}
M36_SCRIPT("a part of a file that is large") {
    sent(s, with_parts({file("a", std::string(2 << 20, 'x'), "large.bin")}))
        .differs(difference::body_fields);
}
M36_SCRIPT("a part of an unknown length") {
    form_part p{"a", "given"};
    p.is_given = true;
    sent(s, with_parts({{"b", "1"}, p})).differs(difference::body_fields);
}
M36_SCRIPT("quotes in names of parts") {
    sent(s, with_parts({{"a\"b", "1", "c\"d"}})).differs(difference::forms);
}
M36_SCRIPT("backslashes in names of parts") {
    sent(s, with_parts({{"a\\b", "1", "c\\d"}})).differs(difference::forms);
}
M36_SCRIPT("other letters in names of parts") {
    sent(s, with_parts({{"\xc3\xa9", "1", "\xe2\x82\xac.txt"}}));
}
M36_SCRIPT("line ends in names of parts") {
    s.add("a", with_parts({{"a\r\nb", "1"}})).run().differs(difference::refused_early);
}
M36_SCRIPT("line ends in types of parts") {
    const auto type = "text/plain\r\nX-Smuggled: 1";
    s.add("a", with_parts({{"a", "1", "", type}}))
        .run()
        .differs(difference::refused_early);
}
M36_SCRIPT("parts with other fields") {
    sent(s, with_parts({{"a", "1"}}).with("X-Mine", "1"));
}
M36_SCRIPT("parts that are redirected") {
    s.serve("/x", reply(307).with_field("Location", "/"));
    auto t = with_parts({{"a", "1"}, file("b", "2", "b.txt")}).follow();
    t.target = "/x";
    sent(s, t);
}
M36_SCRIPT("parts that a redirect drops") {
    s.serve("/x", reply(303).with_field("Location", "/"));
    auto t = with_parts({{"a", "1"}}).follow();
    t.target = "/x";
    sent(s, t);
}
M36_SCRIPT("parts and a login") {
    sent(s, with_parts({{"a", "1"}}).login("user", "secret"));
}
M36_SCRIPT("parts by PUT") {
    auto t = with_parts({{"a", "1"}});
    t.method = "PUT";
    sent(s, t);
}
