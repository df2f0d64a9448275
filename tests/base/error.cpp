// xfer/error.hpp: errors, curl's conditions, and the table between them.
#include <xfer/error.hpp>

#include <catch2/catch.hpp>

using xfer::condition;
using xfer::error;

TEST_CASE("error: every timeout is curl's operation_timedout", "[base][error]") {
    auto e = GENERATE(
        error::timeout_queue,
        error::timeout_resolve,
        error::timeout_connect,
        error::timeout_proxy,
        error::timeout_tls,
        error::timeout_first_byte,
        error::timeout_idle,
        error::timeout_low_speed,
        error::timeout_total
    );
    std::error_code ec = e;
    CHECK(ec == condition::operation_timedout);
    CHECK(xfer::curl_code(ec) == 28);
    CHECK(xfer::is_timeout(ec));
}

TEST_CASE("error: success equals no condition and is curl's 0", "[base][error]") {
    std::error_code none;
    CHECK(xfer::curl_code(none) == 0);
    CHECK_FALSE(none == condition::couldnt_connect);
    CHECK_FALSE(xfer::is_timeout(none));
}

TEST_CASE(
    "error: a cancelled transfer is curl's aborted_by_callback", "[base][error]"
) {
    auto ec = std::make_error_code(std::errc::operation_canceled);
    CHECK(xfer::curl_code(ec) == 42);
    CHECK(ec == condition::aborted_by_callback);
}

TEST_CASE("error: a code says what failed in words", "[base][error]") {
    std::error_code ec = error::connect_failed;
    CHECK(ec.message() == "the connection could not be made");
    CHECK(ec.category().name() == std::string("xfer"));
    CHECK(ec == condition::couldnt_connect);
    CHECK_FALSE(ec == condition::couldnt_resolve_host);
}
