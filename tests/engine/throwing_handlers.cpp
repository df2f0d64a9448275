// What a completion handler throws comes out of whatever ran it, and harms nobody else.
#include "support/rig.hpp"

#include <stdexcept>

using namespace std::chrono_literals;
using support::driven;
using support::rig;
using xfer::testing::memory_server;

namespace {

struct from_a_handler : std::runtime_error {
    from_a_handler() : std::runtime_error("a handler") {}
};

/// More transfers than one perform() has steps for.
void check_that_many_work(rig& r) {
    constexpr std::size_t many = 100;
    for (std::size_t i = 0; i < many; ++i) {
        r.m->add("http://a.test/");
    }
    for (std::size_t i = 0; i < many && r.m->stats().running > 0; ++i) {
        if (r.by == driven::by_perform) {
            r.m->perform();
        } else {
            // With a limit: a multi that does not get on may post without end.
            r.io->restart();
            r.io->run_for(100ms);
        }
    }
    CHECK(r.m->stats().running == 0);
    std::size_t succeeded = 0;
    for (const auto& done : r.read_all()) {
        succeeded += done.ec ? 0 : 1;
    }
    CHECK(succeeded == many);
    CHECK(r.at_rest());
}

}  // namespace

TEST_CASE(
    "handlers: what one throws comes out of perform, and the multi goes on",
    "[engine][handlers]"
) {
    rig r(GENERATE(support::both_ways()), {.max_steps = 10});
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->async_fetch("http://a.test/", [](std::error_code, xfer::response) {
        throw from_a_handler();
    });
    const auto perform_until_it_throws = [&] {
        for (int i = 0; i < 10; ++i) {
            r.m->perform();
        }
    };
    CHECK_THROWS_AS(perform_until_it_throws(), from_a_handler);
    CHECK(r.m->stats().running == 0);
    check_that_many_work(r);
}

TEST_CASE(
    "handlers: what one throws comes out of wait, and the multi goes on",
    "[engine][handlers]"
) {
    rig r(GENERATE(support::both_ways()), {.max_steps = 10});
    memory_server server(*r.network, "a.test", 80, "hello");
    r.m->async_next([](std::error_code ec, xfer::message) {
        CHECK(ec == xfer::error::nothing_left);
        throw from_a_handler();
    });
    CHECK_THROWS_AS(r.m->wait(10s), from_a_handler);
    check_that_many_work(r);
    // wait() does its work as before, too.
    r.m->add("http://a.test/");
    CHECK(r.m->wait(10s));
    r.run();
    CHECK(r.read_all().size() == 1);
}

TEST_CASE(
    "handlers: what one throws comes out of the user's loop, and the multi goes on",
    "[engine][handlers]"
) {
    rig r(driven::by_io_context, {.max_steps = 10});
    memory_server server(*r.network, "a.test", 80, "hello");
    int others = 0;
    for (int i = 0; i < 3; ++i) {
        r.m->async_fetch("http://a.test/", [&others, i](std::error_code, auto) {
            if (i == 1) {
                throw from_a_handler();
            }
            ++others;
        });
    }
    CHECK_THROWS_AS(r.io->run_for(10s), from_a_handler);
    r.io->restart();
    r.io->run_for(10s);
    CHECK(others == 2);
    check_that_many_work(r);
}
