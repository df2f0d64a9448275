// What a request asks for on the wire: a target of the user's own, a path as it is.
#include "support/rig.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using support::both_ways;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

/// Sends each request on to the next of these places, and then is the answer.
memory_server::answer redirecting_to(std::vector<std::string> places) {
    const auto next = std::make_shared<std::size_t>(0);
    return [places = std::move(places), next](const memory_request&) {
        if (*next == places.size()) {
            return memory_reply::with_length("here");
        }
        const auto location = "Location: " + places[(*next)++] + "\r\n";
        return memory_reply::with_length("moved", 302, location);
    };
}

std::vector<std::string> targets(const memory_server& s) {
    std::vector<std::string> all;
    for (const auto& request : s.log()) all.push_back(request.target);
    return all;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("target: sent as it is in the place of the URL's", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const std::string target = GENERATE("*", "/own?%zz", "http://b.test/x", "own");
    xfer::request request(xfer::method("OPTIONS"), "http://a.test/path?query");
    request.target(target);
    const auto done = r.transfer(request);
    CHECK_FALSE(done.ec);
    CHECK(done.response.url() == "http://a.test/path?query");
    CHECK(a.log().at(0).head.starts_with(
        "OPTIONS " + target + " HTTP/1.1\r\nHost: a.test\r\n"
    ));
    // The next one on that connection has its own.
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/path")).ec);
    CHECK(a.log().at(1).target == "/path");
    CHECK(a.connections() == 1);
}

TEST_CASE("target: no other reaches a server", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const std::string bad = GENERATE(
        as<std::string>(), "", " ", "/a b", "/a\tb", "/a\r\nX: y", "/a\xe4", "/a#b"
    );
    xfer::request request("http://a.test/");
    request.target(bad);
    const auto done = r.transfer(request);
    CHECK(done.ec == error::invalid_option);
    CHECK(done.failure().message.find("target()") != std::string::npos);
    CHECK(a.connections() == 0);
}

TEST_CASE("target: it belongs to the URL of the request", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    const std::string there = GENERATE("/next", "http://b.test/next");
    memory_server a(*r.network, "a.test", 80, redirecting_to({there}));
    memory_server b(*r.network, "b.test", 80, "there");
    xfer::request request(xfer::method::get(), "http://a.test/", {.max_redirects = 1});
    request.target("/own?secret");
    const auto done = r.transfer(request);
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
    CHECK(a.log().at(0).target == "/own?secret");
    CHECK((there == "/next" ? a.log().at(1) : b.log().at(0)).target == "/next");
}

TEST_CASE("target: a proxy that forwards is sent it as it is", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    memory_server proxy(*r.network, "p.test", 3128, redirecting_to({"/next"}));
    xfer::request request(xfer::method::get(), "http://a.test/", {.max_redirects = 1});
    request.proxy("http://p.test:3128").target("http://a.test/../own");
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(targets(proxy) == texts{"http://a.test/../own", "http://a.test/next"});
}

TEST_CASE("target: Digest answers for the one that is sent", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request& seen) {
        return seen.header("Authorization").empty()
                   ? memory_reply::with_length(
                         "",
                         401,
                         "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                         "qop=\"auth\"\r\n"
                     )
                   : memory_reply::with_length("in");
    });
    xfer::request request("http://a.test/path");
    request.target("/own").credentials(
        xfer::credentials("user", "password", xfer::auth::digest)
    );
    const auto done = r.transfer(request);
    CHECK(done.response.body() == "in");
    CHECK(targets(a) == texts{"/own", "/own"});
    CHECK(
        a.log().at(1).header("Authorization").find("uri=\"/own\"") != std::string::npos
    );
}

TEST_CASE("path_as_is: the path goes out as the URL has it", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, "alpha");
    const std::string url = "http://a.test/a/../b/%2e%2e/%7e?c/./d";
    const auto done = r.transfer(xfer::get(url, {.path_as_is = true}));
    CHECK_FALSE(done.ec);
    CHECK(done.response.url() == url);
    CHECK_FALSE(r.transfer(xfer::get(url)).ec);
    CHECK(targets(a) == texts{"/a/../b/%2e%2e/%7e?c/./d", "/~?c/./d"});
}

TEST_CASE("path_as_is: so do those of redirects", "[engine][target]") {
    rig r(GENERATE(both_ways()));
    const texts hops{
        "/n/../m/./k", "../q/../r", "./s/%2e%2e/t", "http://a.test/z/../y"};
    memory_server a(*r.network, "a.test", 80, redirecting_to(hops));
    xfer::options o;
    o.max_redirects = 4;
    o.path_as_is = true;
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/", o)).ec);
    // As curl has it.
    CHECK(
        targets(a) ==
        texts{
            "/",
            "/n/../m/./k",
            "/n/../m/q/../r",
            "/n/../m/q/../s/%2e%2e/t",
            "/z/../y",
        }
    );
}
