// xfer/method.hpp: the methods of RFC 9110 9 as values.
#include <xfer/method.hpp>

#include <catch2/catch.hpp>

#include <string>

using xfer::method;

static_assert(sizeof(method) <= 32);

namespace {

struct known_method {
    method value;
    const char* name;
    bool safe;
    bool idempotent;
};

}  // namespace

TEST_CASE("method: safe and idempotent are as RFC 9110 9.2 says", "[base][method]") {
    const known_method table[] = {
        {method::get(), "GET", true, true},
        {method::head(), "HEAD", true, true},
        {method::options(), "OPTIONS", true, true},
        {method::trace(), "TRACE", true, true},
        {method::put(), "PUT", false, true},
        {method::del(), "DELETE", false, true},
        {method::post(), "POST", false, false},
        {method::connect(), "CONNECT", false, false},
        {method::patch(), "PATCH", false, false},
    };
    for (const known_method& row : table) {
        CAPTURE(row.name);
        CHECK(row.value.name() == row.name);
        CHECK(row.value.is_safe() == row.safe);
        CHECK(row.value.is_idempotent() == row.idempotent);
        CHECK(row.value.valid());
        CHECK(method(row.name) == row.value);
    }
}

TEST_CASE("method: the default is GET", "[base][method]") {
    CHECK(method() == method::get());
}

TEST_CASE("method: names are case-sensitive", "[base][method]") {
    CHECK_FALSE(method("get") == method::get());
    CHECK(method("get").valid());
    CHECK_FALSE(method("get").is_safe());
    CHECK(method("get").name() == "get");
}

TEST_CASE("method: an unknown token is kept and promises nothing", "[base][method]") {
    const method purge("PURGE");
    const method copy = purge;
    CHECK(copy.name() == "PURGE");
    CHECK(copy == method(std::string("PURGE")));
    CHECK_FALSE(copy == method("BAN"));
    CHECK(copy.valid());
    CHECK_FALSE(copy.is_safe());
    CHECK_FALSE(copy.is_idempotent());
}

TEST_CASE("method: what is not a token is kept and not valid", "[base][method]") {
    const std::string bad = GENERATE(
        std::string(),
        std::string(" "),
        std::string("GET "),
        std::string("GET / HTTP/1.1\r\nX: y"),
        std::string("G\0T", 3),
        std::string("G\x7fT"),
        std::string("G\xc4\x8dT"),
        std::string("G(T)"),
        std::string("G:T"),
        std::string("\n")
    );
    const method made(bad);
    CHECK_FALSE(made.valid());
    CHECK(made.name() == bad);
    CHECK_FALSE(made.is_idempotent());
}

TEST_CASE("method: the text of a copy outlives the original", "[base][method]") {
    method copy;
    {
        const method original("VERSION-CONTROL-AND-A-LONGER-NAME-THAN-ANY");
        copy = original;
    }
    CHECK(copy.name() == "VERSION-CONTROL-AND-A-LONGER-NAME-THAN-ANY");
}
