// The operations of scripts, one by one.
#include "language.hpp"

#include "chance.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace differential {

namespace {

using clock = std::chrono::steady_clock;
using namespace xfer::testing;

/// Generous, so that a slow machine does not fail a test; a hang still ends.
constexpr auto time_limit = std::chrono::seconds(30);

/// The reply with addresses for the names of the place.
reply filled(reply r, const place& where) {
    for (auto& [name, value] : r.fields) value = where.filled(std::move(value));
    r.body = where.filled(std::move(r.body));
    return r;
}

}  // namespace

void player::read_all(bool note_left) {
    std::size_t left = 0;
    while (auto one = c.info_read(left)) {
        if (note_left) t.notes.push_back("left " + std::to_string(left));
        t.outcomes.push_back(std::move(*one));
    }
}

void player::drive_until(const std::function<bool()>& done) {
    const auto until = clock::now() + time_limit;
    while (!done()) {
        if (clock::now() > until) FAIL("the script is stuck");
        c.perform();
        // Short, since the condition may depend on the server's thread.
        if (!done()) c.wait(milliseconds(2));
    }
}

void player::drive_to_end(bool reading) {
    const auto until = clock::now() + time_limit;
    for (;;) {
        const auto running = c.perform();
        if (reading) read_all(false);
        if (running == 0) return;
        if (clock::now() > until) FAIL("transfers still run after the time limit");
        c.wait(milliseconds(100));
    }
}

script& script::operate(std::string text, std::function<void(player&)> act) {
    operations_.push_back({std::move(text), std::move(act)});
    return *this;
}

script& script::speaks(protocol p) {
    protocol_ = p;
    return *this;
}

script& script::closes_after(std::size_t requests) {
    requests_per_connection_ = requests;
    return *this;
}

script& script::on_connect(connect_action::kind then, std::string bytes) {
    on_connect_ = {then, std::move(bytes)};
    return *this;
}

script& script::serve(std::string path, reply r, route_options how) {
    routes_.push_back([=](server& s, const place& where) {
        s.route(path, filled(r, where), how);
    });
    return *this;
}

script& script::serve_in_turn(std::string path, std::vector<reply> replies) {
    routes_.push_back([=](server& s, const place& where) {
        std::vector<reply> all;
        for (const auto& r : replies) all.push_back(filled(r, where));
        s.route(path, in_turn(std::move(all)));
    });
    return *this;
}

script& script::serve_by(std::string path, reply_function f) {
    routes_.push_back([=](server& s, const place&) { s.route(path, f); });
    return *this;
}

script& script::other_speaks(protocol p) {
    other_ = p;
    return *this;
}

script& script::other_serves(std::string path, reply r) {
    other_routes_.push_back([=](server& s, const place& where) {
        s.route(path, filled(r, where));
    });
    return *this;
}

script& script::proxied(support::proxy_options o) {
    proxy_ = std::move(o);
    return *this;
}

script& script::limited(limits l) {
    limits_ = l;
    return *this;
}

script& script::in_parallel() {
    in_parallel_ = true;
    return *this;
}

script& script::differs(difference d) {
    differences_.push_back(d);
    return *this;
}

script& script::add(std::string name, transfer t) {
    auto text = "add " + name + ": " + t.method + ' ' + t.target;
    return operate(std::move(text), [=](player& p) { p.c.add(name, t); });
}

script& script::run() {
    return operate("run", [](player& p) { p.drive_to_end(true); });
}

script& script::run_unread() {
    return operate("run without reading", [](player& p) { p.drive_to_end(false); });
}

script& script::read_all() {
    return operate("read all", [](player& p) { p.read_all(true); });
}

script& script::run_until_requests(std::size_t n) {
    return operate("run until requests: " + std::to_string(n), [=](player& p) {
        p.drive_until([&] { return p.s.counts().requests >= n; });
    });
}

script& script::run_until_received(std::string name, std::size_t bytes) {
    return operate("run until received: " + name, [=](player& p) {
        p.drive_until([&] { return p.c.received(name) >= bytes; });
    });
}

script& script::run_for(milliseconds d) {
    return operate("run for a while", [=](player& p) {
        const auto until = clock::now() + d;
        p.drive_until([&] { return clock::now() > until; });
        p.read_all(false);
    });
}

script& script::see_received(std::string name) {
    return operate("see what was received: " + name, [=](player& p) {
        const auto n = std::to_string(p.c.received(name));
        p.t.notes.push_back("received " + name + ": " + n);
    });
}

script& script::remove(std::string name) {
    return operate("remove " + name, [=](player& p) {
        const bool done = p.c.remove(name);
        p.t.notes.push_back("remove " + name + (done ? ": done" : ": unknown"));
    });
}

script& script::pause(std::string name) {
    return operate("pause " + name, [=](player& p) { p.c.pause(name); });
}

script& script::resume(std::string name) {
    return operate("resume " + name, [=](player& p) { p.c.resume(name); });
}

script& script::load_cookies(std::string text) {
    return operate("load cookies", [=](player& p) {
        p.c.load_cookies(p.where.write("cookies.txt", p.where.filled(text)));
    });
}

script& script::see_cookies() {
    return operate("see the cookies", [](player& p) {
        const auto path = p.where.file("jar.txt");
        p.c.save_cookies(path);
        const auto now = std::chrono::system_clock::now();
        p.t.notes.push_back(
            "cookies:\n" + normal_cookie_file(support::read_file(path), now)
        );
    });
}

script& script::release() {
    return operate("server goes on", [](player& p) { p.s.release(); });
}

script& script::close_idle(fault how) {
    return operate("server closes what is idle", [=](player& p) {
        p.s.close_idle(how);
        REQUIRE(p.s.wait_for_open_at_most(0));
    });
}

script& script::send_idle(std::string bytes) {
    return operate("server sends unasked", [=](player& p) {
        const auto before = p.s.counts().sent;
        p.s.send_idle(bytes);
        REQUIRE(p.s.wait_for([&](const server_counts& now) {
            return now.sent >= before + bytes.size();
        }));
    });
}

}  // namespace differential
