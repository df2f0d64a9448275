// M13, M32: what a trace does to its transfer, at each step of it.
#include "support/rig.hpp"
#include "support/scratch.hpp"
#include "support/traced.hpp"
#include <xfer/trace.hpp>

#include <cstddef>
#include <stdexcept>

using support::both_ways;
using support::rig;
using support::traced;
using xfer::error;
using xfer::trace_event;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

namespace {

/// What happens at a step.
enum class deed { throws, says_no, cancels, destroys };

/// A GET with a redirect and a login, at whose n-th step something happens; how many
/// steps there were.
std::size_t run_until(rig& r, std::size_t n, deed what, xfer::message* result) {
    memory_server a(*r.network, "a.test", 80, [&](const memory_request& seen) {
        return seen.target == "/"
                   ? memory_reply::with_length("", 302, "Location: /next\r\n")
                   : memory_reply("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 No\r\n\r\n");
    });
    std::size_t steps = 0;
    auto act = [&](const trace_event& e) {
        if (++steps != n) return true;
        if (what == deed::throws) throw std::runtime_error("no trace");
        if (what == deed::cancels) r.m->cancel(e.id);
        if (what == deed::destroys) r.m.reset();
        return what != deed::says_no;
    };
    auto request = xfer::get("http://u:p@a.test/", {.max_redirects = 1});
    r.m->add(request.on_trace(act, {.wire = true}));
    r.run();
    if (r.m) {
        auto done = r.read_all();
        REQUIRE(done.size() == 1);
        *result = std::move(done.front());
        CHECK(r.control_transfer_works());
    }
    return steps;
}

}  // namespace

TEST_CASE(
    "M32: a trace that throws or says no fails its transfer only", "[engine][M32]"
) {
    const auto how = GENERATE(both_ways());
    const auto what = GENERATE(deed::throws, deed::says_no);
    xfer::message done;
    rig quiet(how);
    const auto steps = run_until(quiet, 0, what, &done);
    REQUIRE_FALSE(done.ec);
    REQUIRE(steps > 20);
    for (std::size_t n = 1; n <= steps; ++n) {
        CAPTURE(n, steps);
        rig r(how);
        const auto told = run_until(r, n, what, &done);
        const bool at_end = n == steps;
        CHECK(told == (at_end ? n : n + 1));  // and done
        CHECK(bool(done.ec) == !at_end);
        if (!at_end) CHECK(done.ec == error::aborted_by_callback);
        CHECK(bool(done.failure().exception) == (what == deed::throws));
        r.m.reset();
    }
}

TEST_CASE("trace: its transfer may be cancelled at each step", "[engine][trace][M13]") {
    const auto how = GENERATE(both_ways());
    const auto what = GENERATE(deed::cancels, deed::destroys);
    xfer::message done;
    rig quiet(how);
    const auto steps = run_until(quiet, 0, what, &done);
    for (std::size_t n = 1; n <= steps; ++n) {
        CAPTURE(n, steps);
        rig r(how);
        const auto told = run_until(r, n, what, &done);
        if (what == deed::destroys) {
            CHECK(told == n);
        } else if (n + 1 < steps && !done.ec) {
            CHECK(n + 3 >= steps);  // it came too late
        } else if (done.ec) {
            CHECK(xfer::is_cancelled(done.ec));
        }
    }
}

TEST_CASE(
    "M32: what a trace ends while it is queued touches no file", "[engine][M32]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length("new");
    });
    const support::scratch files;
    support::write_file(files / "old", "old");
    const auto at_once = [](const trace_event& e) {
        return e.as<xfer::trace::queued>() == nullptr;
    };
    auto replacing = xfer::get("http://a.test/").to_file(files / "old");
    auto creating =
        xfer::get("http://a.test/").to_file(files / "new", xfer::file_mode::keep);
    r.m->add(replacing.on_trace(at_once));
    r.m->add(creating.on_trace(at_once));
    r.run();
    for (const auto& done : r.read_all()) CHECK(done.ec == error::aborted_by_callback);
    CHECK(support::read_file(files / "old") == "old");
    CHECK(files.names() == std::vector<std::string>{"old"});
}

TEST_CASE(
    "M32: a trace that ends its transfer before it starts costs no connection",
    "[engine][M32]"
) {
    rig r(GENERATE(both_ways()));
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length("x");
    });
    r.m->add(xfer::get("http://a.test/"));
    r.run();
    const auto at_start = [](const trace_event& e) {
        return e.as<xfer::trace::started>() == nullptr;
    };
    r.m->add(xfer::get("http://a.test/").on_trace(at_start));
    r.run();
    const auto done = r.read_all();
    REQUIRE(done.size() == 2);
    CHECK(done[1].ec == error::aborted_by_callback);
    CHECK(r.m->stats().connections == 1);
}

TEST_CASE(
    "trace: what header_for() keeps for one origin is shown where it is asked for",
    "[engine][trace]"
) {
    const bool secrets = GENERATE(false, true);
    const traced of_request;
    const traced of_multi;
    xfer::settings s;
    s.trace = of_multi;
    s.trace_detail.secrets = secrets;
    rig r(GENERATE(both_ways()), s);
    memory_server a(*r.network, "a.test", 80, [](const memory_request&) {
        return memory_reply::with_length("alpha", 200, "x-key: secret\r\n");
    });
    auto request = xfer::get("http://a.test/");
    request.header_for("http://a.test", "X-Key", "secret")
        .header_for("http://b.test", "X-Other", "secret")
        .header("X-Plain", "plain")
        .on_trace(of_request, {.secrets = secrets});
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(a.log().at(0).header("X-Key") == "secret");
    for (const auto& text : {of_request.whole(), of_multi.whole()}) {
        CHECK((text.find("secret") != std::string::npos) == secrets);
        CHECK((text.find("X-Key: [redacted]\r\n") == std::string::npos) == secrets);
        CHECK(text.find("X-Plain: plain\r\n") != std::string::npos);
    }
}
