// M26: when no request may use a connection that is there. M25, which of them may share
// one, is in pool_fields.cpp and pool_ways.cpp.
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/testing/server.hpp>

#include <string>

using support::drive_until;
using support::make_names;
using support::run;
using support::successes;
using support::transfer_one;
using xfer::testing::reply;
using xfer::testing::server;

TEST_CASE(
    "M26: after network_changed idle connections and names are forgotten", "[M26]"
) {
    server s;
    s.route("/", "x");
    const auto table = make_names({{"a.test", {"127.0.0.1"}}});
    xfer::multi m({.resolver = table->resolver()});
    const auto url = "http://a.test:" + std::to_string(s.port()) + "/";
    REQUIRE_FALSE(transfer_one(m, url).ec);
    REQUIRE_FALSE(transfer_one(m, url).ec);
    CHECK(s.counts().accepted == 1);
    m.network_changed();
    CHECK(m.stats().connections == 0);
    CHECK(s.wait_for_open_at_most(0));
    REQUIRE_FALSE(transfer_one(m, url).ec);
    CHECK(s.counts().accepted == 2);
    CHECK(table->asked() == 2);
}

TEST_CASE("M26: busy connections end their transfer and are not used again", "[M26]") {
    server s;
    s.route("/", reply(200, "x").hold());
    xfer::multi m;
    m.add(s.url());
    REQUIRE(drive_until(m, [&] { return s.counts().requests == 1; }));
    m.network_changed();
    s.release();
    CHECK(successes(run(m)) == 1);
    CHECK(m.stats().idle_connections == 0);
    s.route("/", "y");
    CHECK_FALSE(transfer_one(m, s.url()).response.info().connection_reused);
    CHECK(s.counts().accepted == 2);
}

TEST_CASE("a server that answered in HTTP/1.0 is sent no chunks", "[integration]") {
    server s;
    s.route(
        "/",
        reply::exactly("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
                       "Content-Length: 2\r\n\r\nhi")
    );
    xfer::multi m;
    const auto sent = [&] { return s.requests().size(); };
    const auto unsized = [&] {
        auto source = xfer::from_function([left = 1](std::span<char> out) mutable {
            out[0] = 'x';
            return static_cast<std::size_t>(left-- > 0);
        });
        return xfer::post(s.url("/"), std::move(source));
    };
    REQUIRE_FALSE(transfer_one(m, s.url("/")).ec);
    const auto refused = transfer_one(m, unsized());
    CHECK(refused.ec == xfer::error::body_needs_length);
    CHECK(refused.ec == xfer::condition::upload_failed);
    CHECK_FALSE(refused.response.info().request_may_have_been_processed);
    CHECK(sent() == 1);
    REQUIRE_FALSE(transfer_one(m, s.url("/")).ec);
    const auto sized = transfer_one(m, xfer::post(s.url("/"), "x"));
    CHECK_FALSE(sized.ec);
    CHECK(sized.response.info().connection_reused);
    CHECK(sent() == 3);
}
