// A member that is rarely set.
#include <xfer/detail/indirect.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using text = xfer::detail::indirect<std::string>;

TEST_CASE("indirect: reads as the default until it is set", "[base]") {
    text t;
    CHECK_FALSE(t);
    CHECK(*t == "");
    CHECK(t->empty());
    t.edit() = "set";
    CHECK(t);
    CHECK(*t == "set");
    t.edit() += " again";
    CHECK(*t == "set again");
    t.reset();
    CHECK_FALSE(t);
    CHECK(*t == "");
}

TEST_CASE("indirect: is as large as a pointer", "[base]") {
    STATIC_REQUIRE(sizeof(text) == sizeof(void*));
}

TEST_CASE("indirect: copies are values of their own", "[base]") {
    text a(std::string("a"));
    text b(a);
    b.edit() = "b";
    CHECK(*a == "a");
    CHECK(*b == "b");
    a = b;
    a.edit() += "c";
    CHECK(*a == "bc");
    CHECK(*b == "b");
    const text& same = a;
    a = same;
    CHECK(*a == "bc");
    a = text();
    CHECK_FALSE(a);
}

TEST_CASE("indirect: what was moved from is unset", "[base]") {
    text a(std::string("a"));
    const text b(std::move(a));
    CHECK(*b == "a");
    CHECK_FALSE(a);  // NOLINT(bugprone-use-after-move)
    CHECK(*a == "");
}
