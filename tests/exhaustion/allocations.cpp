// HAZARDS R3: the n-th allocation of a transfer fails, for every n. It ends with
// error::out_of_memory, or as if nothing had been; the multi goes on.
#include "support/rig.hpp"
#include <xfer/auth.hpp>
#include <xfer/cookie_jar.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// How many allocations are left until one fails; 0: none does.
std::size_t allocations_left = 0;

}  // namespace

void* operator new(std::size_t size) {
    if (allocations_left != 0 && --allocations_left == 0) {
        throw std::bad_alloc();
    }
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
// All forms: a sanitizer has each of its own, which would not count, and would see what
// it made itself freed by these.
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

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
          }) {}
    memory_server a;
    memory_server b;
};

struct scenario {
    const char* name;
    std::function<xfer::request()> make;
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
     }},
};

/// Whether the transfer came so far that the allocation was not asked for.
bool goes_through(const scenario& s, support::driven how, std::size_t n) {
    rig r(how);
    const servers all(r);
    auto request = s.make();
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
    const bool untouched = allocations_left != 0;
    allocations_left = 0;
    r.run();
    const auto messages = r.read_all();
    CHECK(messages.size() == (added ? 1 : 0));
    for (const auto& done : messages) {
        INFO(done.ec.message() << ": " << done.failure().message);
        CHECK((!done.ec || done.ec == error::out_of_memory));
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
    CAPTURE(s.name);
    std::size_t n = 1;
    for (bool through = false; !through; ++n) {
        CAPTURE(n);
        through = goes_through(s, how, n);
        REQUIRE(n < 2000);
    }
    std::cout << "R3: " << s.name << ": " << n - 1
              << " allocations, each failed once\n";
    CHECK(n > 10);
}
