// Every callback doing everything it may do to the multi that called it (HAZARDS F3.1).
#include "support/rig.hpp"
#include <xfer/received_head.hpp>
#include <xfer/trace.hpp>

#include <array>
#include <iostream>

using support::driven;
using support::listen_silently;
using support::rig;
using xfer::testing::inspector;
using xfer::testing::memory_server;

namespace {

enum class callback {
    head,
    interim_head,
    each_head,
    sink,
    source,
    progress,
    resolve,
    completion,
    stage,
    trace,
};
enum class action {
    cancel_self,
    cancel_other,
    pause_self,
    resume_other,
    add_new,
    destroy_multi,
    throw_something,
    remove_self,
    remove_other,
};
constexpr std::array all_callbacks{
    callback::head,
    callback::interim_head,
    callback::each_head,
    callback::sink,
    callback::source,
    callback::progress,
    callback::resolve,
    callback::completion,
    callback::stage,
    callback::trace,
};
constexpr std::array all_actions{
    action::cancel_self,
    action::cancel_other,
    action::pause_self,
    action::resume_other,
    action::add_new,
    action::destroy_multi,
    action::throw_something,
    action::remove_self,
    action::remove_other,
};

struct cell {
    cell(driven how, callback c, action a, xfer::stage at)
        : r(how),
          server(
              *r.network,
              "a.test",
              80,
              [c](const auto&) {
                  // In pieces, so that there is something left after each callback.
                  auto reply = xfer::testing::memory_reply::chunked("hello", 2);
                  if (c == callback::interim_head) {
                      reply.bytes.insert(0, "HTTP/1.1 103 Early Hints\r\n\r\n");
                  }
                  return reply;
              }
          ),
          in(c),
          act(a),
          stage_to_act_in(at) {
        listen_silently(r, "silent.test");
        other = r.m->add("http://silent.test/");
        r.run();
        if (act == action::resume_other) {
            r.m->pause(other);
        }
        auto q = xfer::post(
            "http://a.test/",
            xfer::from_function([this, sent = false](std::span<char> space) mutable {
                called(callback::source);
                space[0] = 'x';
                return std::exchange(sent, true) ? std::size_t{0} : std::size_t{1};
            })
        );
        q.on_head([this](const xfer::response&) { called(callback::head); });
        q.on_each_head([this](const xfer::received_head& h) {
            const bool interim = h.kind == xfer::head_kind::interim;
            called(interim ? callback::interim_head : callback::each_head);
        });
        q.sink(xfer::to_function([this](std::string_view) { called(callback::sink); }));
        q.on_progress([this](const xfer::progress&) { called(callback::progress); });
        q.on_resolve([this](std::string_view) { called(callback::resolve); });
        q.on_stage([this](xfer::stage s) {
            if (s == stage_to_act_in) {
                called(callback::stage);
            }
        });
        if (in == callback::trace) {
            q.on_trace([this](const xfer::trace_event& e) {
                // As soon as it is known in add() who it is.
                if (e.id == self) {
                    called(callback::trace);
                }
            });
        }
        r.m->on_completion([this](const xfer::message& m) {
            if (m.id == self) {
                called(callback::completion);
            }
        });
        self = r.m->add(q);
    }

    void called(callback c) {
        calls_after_end += ended ? 1 : 0;
        if (c != in || acted) {
            return;
        }
        acted = true;
        switch (act) {
            case action::cancel_self:
                CHECK(r.m->cancel(self) == (c != callback::completion));
                break;
            case action::cancel_other:
                CHECK(r.m->cancel(other));
                break;
            case action::pause_self:
                CHECK(r.m->pause(self) == (c != callback::completion));
                break;
            case action::resume_other:
                CHECK(r.m->resume(other));
                break;
            case action::add_new:
                added = r.m->add("http://a.test/new");
                break;
            case action::destroy_multi:
                r.m.reset();
                ended = true;
                break;
            case action::throw_something:
                throw std::runtime_error("mine");
            case action::remove_self:
                CHECK(r.m->remove(self));
                ended = true;
                break;
            case action::remove_other:
                CHECK(r.m->remove(other));
                CHECK_FALSE(r.m->stage_of(other));
                break;
        }
    }

    rig r;
    memory_server server;
    callback in;
    action act;
    xfer::stage stage_to_act_in;
    xfer::transfer_id self;
    xfer::transfer_id other;
    xfer::transfer_id added;
    bool acted = false;
    bool ended = false;
    int calls_after_end = 0;
};

std::error_code thrown_from(callback c) {
    switch (c) {
        case callback::sink:
            return xfer::error::sink_failed;
        case callback::source:
            return xfer::error::source_failed;
        case callback::completion:
            return {};  // the completion stands
        default:
            return xfer::error::aborted_by_callback;
    }
}

void run_cell(driven how, callback in, action act, xfer::stage at) {
    cell c(how, in, act, at);
    c.r.run();
    CHECK(c.acted);
    CHECK(c.calls_after_end == 0);
    if (act == action::destroy_multi) {
        CHECK_FALSE(c.r.m);
        c.r.run();
        CHECK(c.r.network->open_connections() == 0);
        return;
    }
    if (act == action::pause_self && in != callback::completion) {
        CHECK(c.r.m->stats().paused == 1);
        CHECK(c.r.m->stats().running == 2);
        const auto steps = c.r.m->stats().steps;
        c.r.run();
        CHECK(c.r.m->stats().steps == steps);
        CHECK(c.r.m->resume(c.self));
        c.r.run();
    }
    std::error_code expected;
    if (act == action::cancel_self && in != callback::completion) {
        expected = asio::error::operation_aborted;
    } else if (act == action::throw_something) {
        expected = thrown_from(in);
    }
    int own = 0;
    int others = 0;
    int fresh = 0;
    for (auto& done : c.r.read_all()) {
        if (done.id == c.self) {
            ++own;
            CAPTURE(done.ec.message());
            CHECK(done.ec == expected);
            CHECK(bool(done.failure().exception) == (act == action::throw_something));
            CHECK((expected || done.response.status() == 200));
        } else if (done.id == c.other) {
            ++others;
            CHECK(done.ec == asio::error::operation_aborted);
        } else {
            CHECK(done.id == c.added);
            CHECK_FALSE(done.ec);
            ++fresh;
        }
    }
    CHECK(own == (act == action::remove_self ? 0 : 1));
    CHECK(others == (act == action::cancel_other ? 1 : 0));
    CHECK(fresh == (act == action::add_new ? 1 : 0));
    const bool other_lives = act != action::cancel_other && act != action::remove_other;
    CHECK(c.r.m->stats().running == (other_lives ? 1 : 0));
    c.r.m->remove(c.other);
    CHECK(c.r.control_transfer_works());
    CHECK(c.r.m->stats().running == 0);
    CHECK(inspector::live_blocks(*c.r.m) == 0);
    CHECK_FALSE(inspector::any_deadline(*c.r.m));
    CHECK(c.r.network->open_connections() == c.r.m->stats().idle_connections);
}

}  // namespace

TEST_CASE("F3.1 M12: the re-entrancy table of callbacks and actions", "[engine][M12]") {
    std::size_t cells = 0;
    for (const auto how : {driven::by_perform, driven::by_io_context}) {
        for (const auto in : all_callbacks) {
            for (const auto act : all_actions) {
                for (const auto at :
                     {xfer::stage::resolving,
                      xfer::stage::connecting,
                      xfer::stage::sending,
                      xfer::stage::waiting,
                      xfer::stage::receiving}) {
                    if (in != callback::stage && at != xfer::stage::sending) {
                        continue;
                    }
                    CAPTURE(how, int(in), int(act), to_string(at));
                    run_cell(how, in, act, at);
                    ++cells;
                }
            }
        }
    }
    std::cout << "re-entrancy table: " << cells << " cells\n";
    CHECK(cells >= 2 * 63);
}
