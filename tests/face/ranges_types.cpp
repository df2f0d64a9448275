// S28: answers to a request for ranges that say of what type they are more than once.
#include "support/transfers.hpp"
#include <xfer/ranges.hpp>
#include <xfer/testing/server.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace xfer;
using support::transfer_one;
using xfer::testing::reply;
using xfer::testing::server;

namespace {

constexpr auto boundary_x = "multipart/byteranges; boundary=x";

/// What is read of a reply that has these Content-Types.
struct answered {
    answered(reply r, const std::vector<std::string>& types) {
        for (const auto& type : types) r.with_field("Content-Type", type);
        server s;
        s.route("/", std::move(r));
        multi m;
        message = transfer_one(m, s.url("/"));
        REQUIRE_FALSE(message.ec);
        parts = read_ranges(message.response, ec);
    }
    xfer::message message;
    std::vector<range_content> parts;
    std::error_code ec;
};

reply several() {
    return reply(
        206,
        "\r\n--x\r\nContent-Range: bytes 2-4/20\r\n\r\n234"
        "\r\n--x\r\nContent-Range: bytes 10-14/20\r\n\r\nabcde\r\n--x--\r\n"
    );
}

}  // namespace

TEST_CASE("S28: Content-Types that differ name no boundary", "[face][ranges][S28]") {
    CHECK(answered(several(), {boundary_x}).parts.size() == 2);
    CHECK(answered(several(), {boundary_x, boundary_x}).parts.size() == 2);
    for (const std::string other : {"multipart/byteranges; boundary=y", "a/b", ""}) {
        for (const bool is_first : {true, false}) {
            INFO(other << (is_first ? " first" : " last"));
            const answered got(
                several(),
                is_first ? std::vector<std::string>{other, boundary_x}
                         : std::vector<std::string>{boundary_x, other}
            );
            CHECK(got.ec == error::weird_reply);
            CHECK(got.parts.empty());
            const range_reader reader(got.message.response);
            CHECK(reader.kind() == ranges_kind::none);
            CHECK_FALSE(reader.why().empty());
        }
    }
}

TEST_CASE(
    "S28: Content-Types that differ are not believed where nothing hangs on them",
    "[face][ranges][S28]"
) {
    const bool partial = GENERATE(false, true);
    auto r = reply(partial ? 206 : 200, "234");
    if (partial) r.with_field("Content-Range", "bytes 2-4/20");
    const std::string other = GENERATE(as<std::string>(), "a/b", "c/d", boundary_x);
    const answered got(r, {"a/b", other});
    REQUIRE_FALSE(got.ec);
    REQUIRE(got.parts.size() == 1);
    CHECK(got.parts[0].data == "234");
    CHECK(got.parts[0].part.content_type == (other == "a/b" ? "a/b" : ""));
}
