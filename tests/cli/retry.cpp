// When a transfer is tried again: the rules of --retry, without waiting.
#include "run/retry.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace {

using namespace std::chrono_literals;
using tool::operation;
using tool::read_retry_after;
using tool::retry_line;
using tool::retry_plan;
using tool::try_result;

const auto now =
    std::chrono::system_clock::time_point(std::chrono::sys_days(2026y / 1 / 1));

operation with_retries(unsigned n) {
    operation op;
    op.retry = n;
    return op;
}

bool tries_again(const operation& op, const try_result& result) {
    return retry_plan(op).next(result, 0ms, now).has_value();
}

}  // namespace

TEST_CASE("retry: passing states of servers are tried again", "[cli][retry]") {
    const auto op = with_retries(1);
    const int status = GENERATE(408, 429, 500, 502, 503, 504, 522, 524);
    CAPTURE(status);
    CHECK(tries_again(op, {0, status, false, ""}));
    CHECK(tries_again(op, {22, status, false, ""}));
}

TEST_CASE("retry: other states are not", "[cli][retry]") {
    const auto op = with_retries(1);
    const int status = GENERATE(0, 200, 301, 404, 501, 505);
    CAPTURE(status);
    CHECK_FALSE(tries_again(op, {0, status, false, ""}));
    CHECK_FALSE(tries_again(op, {22, status, false, ""}));
}

TEST_CASE("retry: timeouts and names without address are tried again", "[cli][retry]") {
    const auto op = with_retries(1);
    CHECK(tries_again(op, {28, 0, false, ""}));
    CHECK(tries_again(op, {6, 0, false, ""}));
    CHECK(tries_again(op, {5, 0, false, ""}));
    CHECK_FALSE(tries_again(op, {56, 0, false, ""}));
    CHECK_FALSE(tries_again(op, {18, 200, false, ""}));
}

TEST_CASE("retry: a refused connection only if that is asked for", "[cli][retry]") {
    auto op = with_retries(1);
    CHECK_FALSE(tries_again(op, {7, 0, true, ""}));
    op.retry_connrefused = true;
    CHECK(tries_again(op, {7, 0, true, ""}));
    CHECK_FALSE(tries_again(op, {7, 0, false, ""}));
}

TEST_CASE("retry: all errors if that is asked for and no success", "[cli][retry]") {
    auto op = with_retries(1);
    op.retry_all_errors = true;
    CHECK(tries_again(op, {56, 0, false, ""}));
    CHECK(tries_again(op, {22, 404, false, ""}));
    CHECK_FALSE(tries_again(op, {0, 404, false, ""}));
}

TEST_CASE("retry: waits double from one second to ten minutes", "[cli][retry]") {
    const auto op = with_retries(20);
    retry_plan plan(op);
    const try_result failed{28, 0, false, ""};
    CHECK(plan.next(failed, 0ms, now)->after == 1s);
    CHECK(plan.next(failed, 0ms, now)->after == 2s);
    CHECK(plan.next(failed, 0ms, now)->after == 4s);
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(plan.next(failed, 0ms, now));
    }
    CHECK(plan.next(failed, 0ms, now)->after == 10min);
}

TEST_CASE("retry: a delay that was given stays", "[cli][retry]") {
    auto op = with_retries(3);
    op.retry_delay = 250ms;
    retry_plan plan(op);
    CHECK(plan.next({28, 0, false, ""}, 0ms, now)->after == 250ms);
    CHECK(plan.next({28, 0, false, ""}, 0ms, now)->after == 250ms);
}

TEST_CASE("retry: there are no more than were asked for", "[cli][retry]") {
    const auto op = with_retries(2);
    retry_plan plan(op);
    CHECK(plan.next({28, 0, false, ""}, 0ms, now)->left == 1);
    CHECK(plan.next({28, 0, false, ""}, 0ms, now)->left == 0);
    CHECK_FALSE(plan.next({28, 0, false, ""}, 0ms, now));
}

TEST_CASE("retry: none begins after the longest time", "[cli][retry]") {
    auto op = with_retries(9);
    op.retry_max_time = 5s;
    retry_plan plan(op);
    CHECK(plan.next({28, 0, false, ""}, 4999ms, now));
    CHECK_FALSE(plan.next({28, 0, false, ""}, 5s, now));
}

TEST_CASE("retry: Retry-After goes before every delay", "[cli][retry]") {
    auto op = with_retries(9);
    op.retry_delay = 10ms;
    retry_plan plan(op);
    CHECK(plan.next({0, 503, false, "7"}, 0ms, now)->after == 7s);
    CHECK(plan.next({0, 503, false, "soon"}, 0ms, now)->after == 10ms);

    SECTION("unless it would last longer than all may") {
        op.retry_max_time = 5s;
        retry_plan short_plan(op);
        CHECK_FALSE(short_plan.next({0, 503, false, "7"}, 0ms, now));
        CHECK(short_plan.waits_too_long());
    }
}

TEST_CASE("retry: Retry-After is a number or a date", "[cli][retry]") {
    CHECK(read_retry_after("120", now) == 120s);
    CHECK(read_retry_after("Thu, 01 Jan 2026 00:00:30 GMT", now) == 30s);
    CHECK(read_retry_after("Thu, 01 Jan 2015 00:00:30 GMT", now) == 0s);
    CHECK(read_retry_after("99999999", now) == std::chrono::hours(6));
    CHECK_FALSE(read_retry_after("", now));
    CHECK_FALSE(read_retry_after("-1", now));
    CHECK_FALSE(read_retry_after("1x", now));
}

TEST_CASE("retry: the line counts what is left with the coming try", "[cli][retry]") {
    CHECK(
        retry_line({2000ms, "HTTP error", 1}) ==
        "Problem: HTTP error. Will retry in 2 seconds. 2 retries left."
    );
    CHECK(
        retry_line({1000ms, "timeout", 0}) ==
        "Problem: timeout. Will retry in 1 second. 1 retry left."
    );
}
