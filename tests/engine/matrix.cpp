// Every state of a transfer against every event that may end it (generated).
#include "support/staged.hpp"

#include <iostream>

using namespace std::chrono_literals;
using support::all_standings;
using support::begun_by;
using support::driven;
using support::staged;
using support::standing;
using xfer::testing::inspector;

namespace {

enum class event {
    go_on,  // nothing happens to it: the control
    cancel,
    remove,
    destroy_outside,
    destroy_in_callback,
    stop_and_destroy_loop,
    destroy_loop,
    shut_down,
    timeout,
    timeout_with_completion,
    user_code_throws,
    pause_and_resume,
};
constexpr std::array all_events{
    event::go_on,
    event::cancel,
    event::remove,
    event::destroy_outside,
    event::destroy_in_callback,
    event::stop_and_destroy_loop,
    event::destroy_loop,
    event::shut_down,
    event::timeout,
    event::timeout_with_completion,
    event::user_code_throws,
    event::pause_and_resume,
};

bool makes_sense(event e, standing s, begun_by entry, driven how) {
    switch (e) {
        case event::cancel:
            // A handler's slot is cleared when it is called.
            return s != standing::unread_stream;
        case event::remove:
        case event::pause_and_resume:
            return entry == begun_by::add;
        case event::stop_and_destroy_loop:
        case event::destroy_loop:
            return how == driven::by_io_context;
        case event::user_code_throws:
            return entry != begun_by::open || s == standing::sending_body ||
                   s == standing::waiting_for_source ||
                   s == standing::waiting_for_continue;
        default:
            return true;
    }
}

/// The completions of the transfer, wherever they went.
struct outcome {
    int completions = 0;
    std::error_code ec;
};

outcome outcome_of(staged& c) {
    outcome o;
    if (c.r.m) {
        for (auto& done : c.r.read_all()) {
            if (done.id == c.id) {
                ++o.completions;
                o.ec = done.ec;
            }
        }
    }
    o.completions += c.result.calls;
    if (c.result.calls > 0) {
        o.ec = c.result.ec;
    }
    return o;
}

/// What must hold on the multi when the cell is over: nothing is left, others work.
void check_aftermath(staged& c) {
    c.server->release();
    c.gate->let_in();
    if (c.result.stream) {
        c.result.stream.reset();
    }
    c.r.m->remove(c.blocker);
    c.r.run();
    CHECK(c.r.control_transfer_works());
    CHECK(c.r.m->stats().running == 0);
    CHECK(inspector::live_blocks(*c.r.m) == 0);
    CHECK_FALSE(inspector::any_deadline(*c.r.m));
    CHECK(c.r.network->hanging() == 0);
    const auto s = c.r.m->stats();
    CHECK(s.connections == s.idle_connections);
    CHECK(c.r.network->open_connections() == s.idle_connections);
    CHECK(s.paused == 0);
    CHECK(s.queued == 0);
    CHECK(s.added == s.succeeded + s.failed + s.removed);
}

enum class loop_then { gone, runs_on, may_run_on };

/// The multi is gone: no completion may come but operation_aborted to handlers.
void check_destroyed(
    staged& c,
    loop_then loop,
    begun_by entry,
    bool in_progress,
    int calls,
    bool may_have_succeeded = false
) {
    c.r.run();
    c.r.run();
    CHECK(c.r.network->open_connections() == 0);
    CHECK(c.r.network->hanging() == 0);
    if (entry == begun_by::add || !in_progress || calls > 0) {
        CHECK(c.result.calls == calls);
        return;
    }
    CHECK(c.result.calls <= (loop == loop_then::gone ? 0 : 1));
    CHECK(c.result.calls >= (loop == loop_then::runs_on ? 1 : 0));
    if (c.result.calls > 0 && !may_have_succeeded) {
        CHECK(c.result.ec == asio::error::operation_aborted);
    }
    CHECK(c.result.handler_gone());
}

void expect_one(staged& c, std::initializer_list<std::error_code> allowed) {
    const auto o = outcome_of(c);
    CHECK(o.completions == 1);
    CAPTURE(o.ec.message());
    CHECK(std::find(allowed.begin(), allowed.end(), o.ec) != allowed.end());
}

void destroy_in_callback(staged& c) {
    xfer::testing::memory_server other(*c.r.network, "other.test", 80, "hello");
    auto q = xfer::get("http://other.test/");
    q.sink(xfer::to_function([&c](std::string_view) {
        if (c.r.m) {
            c.r.m.reset();
        }
    }));
    c.r.m->set_limits({});  // the destroyer must get its turn
    c.r.m->add(q);
    if (c.r.by == driven::by_perform) {
        // The multi's own perform() is on the stack.
        auto& m = *c.r.m;
        m.perform();
    } else {
        c.r.run();
    }
    REQUIRE_FALSE(c.r.m);
}

void let_time_pass(staged& c) {
    for (int i = 0; i < 60 && c.r.m->stats().running > 0; ++i) {
        c.r.advance(50ms);
    }
}

void run_cell(driven how, standing s, begun_by entry, event e) {
    staged c(how, s, entry);
    const bool running = c.in_progress();
    const int calls_before = c.result.calls;
    const auto engine = inspector::engine(*c.r.m);
    const std::error_code none;
    const std::error_code aborted = asio::error::operation_aborted;
    const bool opened = s == standing::unread_stream;
    switch (e) {
        case event::go_on:
        case event::pause_and_resume:
            if (e == event::pause_and_resume) {
                CHECK(c.r.m->pause(c.id) == running);
                c.r.run();
                CHECK(c.r.m->resume(c.id) == running);
            }
            c.unblock();
            c.r.run();
            let_time_pass(c);
            if (s != standing::idle_in_pool || entry != begun_by::add) {
                expect_one(c, {none});
            }
            return check_aftermath(c);
        case event::cancel:
            if (entry == begun_by::add) {
                CHECK(c.r.m->cancel(c.id) == running);
            } else {
                c.signal.emit(asio::cancellation_type::terminal);
            }
            c.r.run();
            if (running) {
                expect_one(c, {aborted});
            }
            return check_aftermath(c);
        case event::remove:
            CHECK(c.r.m->remove(c.id) == (s != standing::idle_in_pool));
            c.r.run();
            CHECK(outcome_of(c).completions == 0);
            return check_aftermath(c);
        case event::destroy_outside:
            c.r.m.reset();
            CHECK(c.result.calls == calls_before);
            return check_destroyed(
                c,
                how == driven::by_io_context ? loop_then::runs_on : loop_then::gone,
                entry,
                running,
                calls_before
            );
        case event::destroy_in_callback:
            // An owned loop still runs to the end of the perform that is on the stack.
            destroy_in_callback(c);
            return check_destroyed(
                c,
                how == driven::by_io_context ? loop_then::runs_on
                                             : loop_then::may_run_on,
                entry,
                running,
                calls_before,
                s == standing::added  // begun before the one that destroys
            );
        case event::stop_and_destroy_loop:
        case event::destroy_loop:
            if (e == event::stop_and_destroy_loop) {
                c.r.io->stop();
            }
            c.r.io.reset();
            check_destroyed(c, loop_then::gone, entry, running, calls_before);
            // The multi without its loop is harmless.
            CHECK_FALSE(c.r.m->remove(c.id));
            CHECK(c.r.m->stats().running == 0);
            c.result.stream.reset();
            c.r.m.reset();
            CHECK(engine.expired());
            return;
        case event::shut_down: {
            int calls = 0;
            c.r.m->async_shutdown([&calls](std::error_code) { ++calls; });
            CHECK(calls == 0);
            c.r.run();
            c.r.run();
            CHECK(calls == 1);
            if (running && !opened) {
                expect_one(c, {aborted});
            }
            return check_aftermath(c);
        }
        case event::timeout:
            c.r.advance(staged::total_timeout);
            if (s == standing::queued_for_turn ||
                s == standing::queued_for_connection) {
                // total_timeout does not run in the queue.
                CHECK(outcome_of(c).completions == 0);
                c.unblock();
                c.r.run();
                expect_one(c, {none});
            } else if (running && !opened) {
                expect_one(c, {xfer::error::timeout_total, none});
            }
            return check_aftermath(c);
        case event::timeout_with_completion:
            c.unblock();
            c.r.clock->advance(staged::total_timeout);
            c.r.run();
            let_time_pass(c);
            if (running) {
                expect_one(c, {xfer::error::timeout_total, none});
            }
            return check_aftermath(c);
        case event::user_code_throws:
            *c.throws = true;
            c.unblock();
            c.r.run();
            let_time_pass(c);
            if (running) {
                expect_one(c, {xfer::error::sink_failed, xfer::error::source_failed});
            }
            return check_aftermath(c);
    }
}

}  // namespace

TEST_CASE("matrix: every state of a transfer against every event", "[engine][matrix]") {
    std::size_t cells = 0;
    for (const auto how : {driven::by_perform, driven::by_io_context}) {
        for (const auto s : all_standings) {
            for (const auto entry : {begun_by::add, begun_by::fetch, begun_by::open}) {
                if (!staged::makes_sense(s, entry)) {
                    continue;
                }
                for (const auto e : all_events) {
                    if (!makes_sense(e, s, entry, how)) {
                        continue;
                    }
                    CAPTURE(how, int(s), int(entry), int(e));
                    run_cell(how, s, entry, e);
                    ++cells;
                }
            }
        }
    }
    std::cout << "state x event matrix: " << cells << " cells\n";
    CHECK(cells > 600);
}

TEST_CASE("matrix: the states are those that they are named for", "[engine][matrix]") {
    using xfer::stage;
    const std::pair<standing, stage> expected[] = {
        {standing::added, stage::queued},
        {standing::queued_for_turn, stage::queued},
        {standing::queued_for_connection, stage::queued},
        {standing::resolving, stage::resolving},
        {standing::connecting, stage::connecting},
        {standing::proxying, stage::proxying},
        {standing::sending_head, stage::sending},
        {standing::sending_body, stage::sending},
        {standing::waiting_for_continue, stage::sending},
        {standing::waiting_for_source, stage::sending},
        {standing::waiting_first_byte, stage::waiting},
        {standing::reading_head, stage::receiving},
        {standing::reading_body, stage::receiving},
        {standing::waiting_for_sink, stage::receiving},
        {standing::paused, stage::receiving},
        {standing::rate_limited, stage::receiving},
        {standing::done_unread, stage::done},
    };
    const auto how = GENERATE(support::both_ways());
    for (const auto& [s, in] : expected) {
        staged c(how, s, begun_by::add);
        CAPTURE(how, int(s));
        CHECK(c.r.m->stage_of(c.id) == in);
    }
}
