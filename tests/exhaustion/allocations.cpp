// HAZARDS R3: the n-th allocation of a transfer fails, for every n. It ends with
// error::out_of_memory, or as if nothing had been; the multi goes on.
#include "exhaustion/failing_new.hpp"
#include "support/rig.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/net/resolver.hpp>
#include <xfer/net/worker_pool.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using exhaustion::allocations_left;
using support::both_ways;
using support::rig;
using xfer::error;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

/// Made before any allocation fails: what it answers is not what is tested.
const memory_reply chunked =
    memory_reply::chunked(std::string(3000, 'x'), 700, "Set-Cookie: a=1\r\n");
const memory_reply elsewhere =
    memory_reply::with_length("moved", 302, "Location: http://b.test/there\r\n");
const memory_reply who =
    memory_reply::with_length("who?", 401, "WWW-Authenticate: Basic realm=\"r\"\r\n");

struct servers {
    explicit servers(rig& r)
        : a(*r.network,
            "a.test",
            80,
            [](const memory_request& q) {
                return q.target == "/moved" ? elsewhere : chunked;
            }),
          b(*r.network, "b.test", 80, [](const memory_request& q) {
              return q.head.find("Authorization") == q.head.npos ? who : chunked;
          }) {
        r.network->listen("c.test", 80, [](const auto& p) {
            p->provide("220 this is the wrong port, or rather the wrong protocol\r\n");
        });
    }
    memory_server a;
    memory_server b;
};

struct scenario {
    const char* name;
    std::function<xfer::request()> make;
    std::error_code ends{};  ///< with memory enough
    /// Without memory for awaiting a coroutine, Asio calls std::terminate.
    bool spare_asio = false;
};

const std::string large(2000, 'b');

std::string_view next_piece(std::size_t& at, std::size_t most) {
    const auto piece = std::string_view(large).substr(at, most);
    at += piece.size();
    return piece;
}

const scenario scenarios[] = {
    {"plain", [] { return xfer::get("http://a.test/"); }},
    {"sink",
     [] {
         auto r = xfer::get("http://a.test/");
         auto f = [](std::string_view) {};
         r.sink(xfer::to_function(f));
         return r;
     }},
    {"redirected, with cookies and a login",
     [] {
         xfer::options o;
         o.max_redirects = 3;
         o.secrets_everywhere = true;
         auto r = xfer::get("http://a.test/moved", o);
         xfer::credentials user("u", "p");
         user.allow_cleartext_password();
         r.credentials(user);
         r.cookies(std::make_shared<xfer::cookie_jar>());
         return r;
     }},
    {"post of unknown length",
     [] {
         auto f = [at = std::size_t{0}](std::span<char> space) mutable {
             const auto piece = next_piece(at, space.size());
             return piece.copy(space.data(), piece.size());
         };
         return xfer::post("http://a.test/", xfer::from_function(f));
     }},
    {"coroutines give and take the bodies",
     [] {
         auto give = [at = std::size_t{0}](std::span<char> space
                     ) mutable -> asio::awaitable<std::size_t> {
             const auto piece = next_piece(at, space.size());
             co_return piece.copy(space.data(), piece.size());
         };
         auto take = [](std::string_view) -> asio::awaitable<void> { co_return; };
         auto r = xfer::post("http://a.test/", xfer::from_awaitable(give));
         r.sink(xfer::to_awaitable(take));
         return r;
     },
     {},
     true},
    {"refused, under a watch and traced",
     [] {
         xfer::options o;
         o.total_timeout = std::chrono::seconds(10);
         auto r = xfer::get("http://a-host-that-is-nowhere-to-be-found.test/", o);
         auto note = [](const xfer::trace_event&) {};
         r.on_trace(note);
         return r;
     },
     error::resolve_failed},
    {"an answer that is none, to one who reads along",
     [] {
         auto r = xfer::get("http://c.test/");
         auto progress = [](const xfer::progress&) {};
         r.on_progress(progress);
         return r;
     },
     error::weird_reply},
};

/// Whether the transfer came so far that the allocation was not asked for.
bool goes_through(const scenario& s, support::driven how, std::size_t n) {
    rig r(how);
    const servers all(r);
    auto request = s.make();
    exhaustion::spare_asio = s.spare_asio;
    allocations_left = n;
    bool added = false;
    try {
        r.m->add(std::move(request));
        added = true;
        r.run();
    } catch (const std::bad_alloc&) {
        allocations_left = 0;
        CHECK_FALSE(added);  // add() may throw; what drives may not
    }
    const bool untouched = allocations_left > 1;
    allocations_left = 0;
    exhaustion::spare_asio = false;
    r.run();
    const auto messages = r.read_all();
    CHECK(messages.size() == (added ? 1 : 0));
    for (const auto& done : messages) {
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK((done.ec == s.ends || done.ec == error::out_of_memory));
    }
    CHECK(r.control_transfer_works());
    CHECK(xfer::testing::inspector::live_blocks(*r.m) == 0);
    CHECK_FALSE(xfer::testing::inspector::any_deadline(*r.m));
    CHECK(r.m->stats().running == 0);
    return untouched;
}

}  // namespace

TEST_CASE("R3: what cannot begin leaves nothing", "[exhaustion][R3]") {
    const auto how = GENERATE(both_ways());
    const auto way = GENERATE(0, 1, 2);
    std::size_t n = 1;
    for (bool through = false; !through; ++n) {
        CAPTURE(way, n);
        rig r(how);
        const servers all(r);
        xfer::options o;
        o.queue_timeout = std::chrono::seconds(10);
        auto request = xfer::get("http://a.test/", o);
        request.tag(std::string(100, 't'));
        const auto owned = std::make_shared<int>(0);
        asio::cancellation_signal signal;
        auto fetched = [owned](std::error_code, const xfer::response&) {};
        auto opened = [owned](std::error_code, xfer::response_stream) {};
        bool begun = false;
        allocations_left = n;
        try {
            if (way == 0) r.m->add(std::move(request));
            const auto slot = signal.slot();
            if (way == 1) {
                r.m->async_fetch(
                    std::move(request), asio::bind_cancellation_slot(slot, fetched)
                );
            } else if (way == 2) {
                r.m->async_open(
                    std::move(request), asio::bind_cancellation_slot(slot, opened)
                );
            }
            begun = true;
        } catch (const std::bad_alloc&) {
            // Told to the caller, who has all of it back.
        }
        through = allocations_left != 0;
        allocations_left = 0;
        CHECK(r.m->stats().running == (begun ? 1 : 0));
        r.run();
        CHECK(r.m->stats().running == 0);
        CHECK(r.read_all().size() == (begun && way == 0 ? 1 : 0));
        CHECK(r.control_transfer_works());
        CHECK_FALSE(xfer::testing::inspector::any_deadline(*r.m));
        CHECK(xfer::testing::inspector::live_blocks(*r.m) == 0);
        REQUIRE(n < 100);
    }
    CHECK(n > 3);
}

TEST_CASE("R3: the n-th allocation of a transfer fails", "[exhaustion][R3]") {
    const auto how = GENERATE(both_ways());
    const auto& s = scenarios[GENERATE(range(std::size_t{0}, std::size(scenarios)))];
    const bool all_after = GENERATE(false, true);
    if (all_after && !s.ends) {
        return;  // these servers need memory, too
    }
    exhaustion::all_after_fail = all_after;
    CAPTURE(s.name, all_after);
    std::size_t n = 1;
    for (bool through = false; !through; ++n) {
        CAPTURE(n);
        through = goes_through(s, how, n);
        REQUIRE(n < 2000);
    }
    exhaustion::all_after_fail = false;
    std::cout << "R3: " << s.name << ": " << n - 1
              << " allocations, each failed once\n";
    CHECK(n > 10);
}

namespace {

/// How often what waited was called, and that it was destroyed.
struct told {
    std::size_t calls = 0;
    std::size_t aborted = 0;
    std::shared_ptr<int> owned = std::make_shared<int>(0);
};

/// A handler that counts in `t`, and owns something.
template <class... Results>
auto counting(told& t) {
    return [&t, owned = t.owned](std::error_code ec, const Results&...) {
        ++t.calls;
        t.aborted += ec == asio::error::operation_aborted ? 1 : 0;
    };
}

}  // namespace

TEST_CASE("R3: a multi is destroyed without memory", "[exhaustion][R3][M15]") {
    const bool during_shutdown = GENERATE(false, true);
    // The n-th allocation fails, or that and all after it; of none with 0.
    exhaustion::all_after_fail = GENERATE(false, true);
    std::size_t n = 0;
    for (bool through = false; !through; ++n) {
        CAPTURE(n, during_shutdown, exhaustion::all_after_fail);
        rig r(support::driven::by_io_context);
        const servers all(r);
        support::listen_silently(r, "silent.test");
        told fetched;
        told opened;
        told next;
        told shut_down;
        for (int i = 0; i < 3; ++i) {
            r.m->async_fetch("http://silent.test/", counting<xfer::response>(fetched));
            r.m->async_open(
                xfer::get("http://silent.test/"),
                counting<xfer::response_stream>(opened)
            );
            r.m->add("http://silent.test/");
        }
        r.m->async_next(counting<xfer::message>(next));
        r.run();
        if (during_shutdown) {
            r.m->async_shutdown(counting<>(shut_down));
        }
        allocations_left = n;
        r.m.reset();
        through = n > 0 && allocations_left > 1;
        allocations_left = 0;
        r.run();
        const auto calls = fetched.calls + opened.calls + next.calls + shut_down.calls;
        const auto most = during_shutdown ? std::size_t{8} : std::size_t{7};
        CHECK(calls <= most);
        if (n == 0 || through) {
            CHECK(calls == most);
        } else if (!exhaustion::all_after_fail) {
            CHECK(calls >= most - 1);
        }
        for (const auto* t : {&fetched, &opened, &next, &shut_down}) {
            CHECK(t->calls == t->aborted);
            CHECK(t->owned.use_count() == 1);
        }
        REQUIRE(n < 200);
    }
    exhaustion::all_after_fail = false;
    CHECK(n > 3);
}

TEST_CASE("R3: a loop is destroyed without memory", "[exhaustion][R3][M15]") {
    rig r(support::driven::by_io_context);
    const servers all(r);
    support::listen_silently(r, "silent.test");
    told fetched;
    told opened;
    told read;
    std::optional<xfer::response_stream> stream;
    std::array<char, 16> space{};
    r.m->async_fetch("http://silent.test/", counting<xfer::response>(fetched));
    r.m->async_open("http://silent.test/", counting<xfer::response_stream>(opened));
    r.m->async_open("http://a.test/", [&](std::error_code, xfer::response_stream s) {
        stream.emplace(std::move(s));
    });
    r.run();
    REQUIRE(stream);
    SECTION("with a read that waits for the body's next piece") {
        while (read.calls < 3000 / space.size()) {
            stream->async_read_some(asio::buffer(space), counting<std::size_t>(read));
            r.run();
        }
    }
    {
        const exhaustion::all_fail now;
        r.io.reset();
    }
    stream->async_read_some(asio::buffer(space), counting<std::size_t>(read));
    CHECK(fetched.calls == 0);
    CHECK(opened.calls == 0);
    for (const auto* t : {&fetched, &opened, &read}) {
        CHECK(t->owned.use_count() == 1);
    }
}

TEST_CASE("R3: a hanging lookup is given up without memory", "[exhaustion][R3][M15]") {
    const auto gate = std::make_shared<std::mutex>();
    std::unique_lock closed(*gate);
    xfer::net::resolver::settings names;
    names.system = [gate](const std::string&) {
        const std::lock_guard passed(*gate);
        return xfer::net::resolver::answer{};
    };
    xfer::settings s;
    s.resolver = std::make_shared<xfer::net::resolver>(
        std::make_shared<xfer::net::worker_pool>(), std::move(names)
    );
    asio::io_context io;
    std::optional<xfer::multi> m(std::in_place, io, std::move(s));
    const auto id = m->add("http://a-name-that-fits-into-no-small-string.test/");
    io.poll();
    REQUIRE(m->stage_of(id) == xfer::stage::resolving);
    const auto before = exhaustion::failures.load();
    {
        const exhaustion::all_fail now;
        m.reset();
    }
    CHECK(exhaustion::failures == before);
}
