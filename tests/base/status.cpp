// xfer/status.hpp: classes and phrases of status codes.
#include <xfer/status.hpp>

#include <catch2/catch.hpp>

namespace status = xfer::status;

TEST_CASE("status: each code from 100 to 599 is in one class", "[base][status]") {
    for (int code = 0; code < 1100; ++code) {
        const int classes = status::is_informational(code) + status::is_success(code) +
                            status::is_redirection(code) +
                            status::is_client_error(code) +
                            status::is_server_error(code);
        CHECK(classes == (code >= 100 && code <= 599 ? 1 : 0));
        CHECK(
            status::is_error(code) ==
            (status::is_client_error(code) || status::is_server_error(code))
        );
    }
}

TEST_CASE("status: a class begins and ends at its hundred", "[base][status]") {
    CHECK(status::is_informational(103));
    CHECK(status::is_success(200));
    CHECK_FALSE(status::is_success(300));
    CHECK(status::is_redirection(399));
    CHECK(status::is_client_error(400));
    CHECK(status::is_server_error(500));
    CHECK_FALSE(status::is_error(399));
    CHECK_FALSE(status::is_error(600));
}

TEST_CASE("status: five codes lead elsewhere", "[base][status]") {
    int count = 0;
    for (int code = 300; code < 400; ++code) {
        count += status::leads_elsewhere(code);
    }
    CHECK(count == 5);
    CHECK(status::leads_elsewhere(301));
    CHECK(status::leads_elsewhere(308));
    CHECK_FALSE(status::leads_elsewhere(300));
    CHECK_FALSE(status::leads_elsewhere(304));
}

TEST_CASE("status: 1xx and 204 and 304 have no body", "[base][status]") {
    CHECK(status::has_no_body(100));
    CHECK(status::has_no_body(204));
    CHECK(status::has_no_body(304));
    CHECK_FALSE(status::has_no_body(200));
    CHECK_FALSE(status::has_no_body(205));
}

TEST_CASE("status: phrases are those of the registry", "[base][status]") {
    CHECK(status::reason_phrase(200) == "OK");
    CHECK(status::reason_phrase(404) == "Not Found");
    CHECK(status::reason_phrase(413) == "Content Too Large");
    CHECK(status::reason_phrase(422) == "Unprocessable Content");
    CHECK(status::reason_phrase(511) == "Network Authentication Required");
    CHECK(status::reason_phrase(299).empty());
    CHECK(status::reason_phrase(-1).empty());
}
