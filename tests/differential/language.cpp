// Runs scripts: a server, a client, the operations one by one, and what remains.
#include "language.hpp"

#include "support/blocking_client.hpp"
#include <xfer/testing/certificate.hpp>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <tuple>

namespace differential {

namespace {

using clock = std::chrono::steady_clock;
using namespace xfer::testing;

/// Generous, so that a slow machine does not fail a test; a hang still ends.
constexpr auto time_limit = std::chrono::seconds(30);

/// A directory that is gone with its owner.
class scratch {
 public:
    scratch() {
        auto name = (std::filesystem::temp_directory_path() / "xfer-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no scratch directory");
        path_ = name;
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(std::string_view name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] std::string write(std::string_view name, std::string_view text)
        const {
        std::ofstream(file(name)) << text;
        return file(name);
    }

 private:
    std::filesystem::path path_;
};

const authority& test_authority() {
    static const authority made;
    return made;
}

identity certificate_for(protocol p) {
    certificate_spec spec;
    spec.names = {p == protocol::https_wrong_host ? "other.test" : "127.0.0.1"};
    if (p == protocol::https_expired) {
        spec.not_before = std::chrono::hours(-48);
        spec.not_after = std::chrono::hours(-24);
    }
    if (p == protocol::https_self_signed) return self_signed(spec);
    return test_authority().issue(spec);
}

bool is_secure(protocol p) { return p != protocol::http && p != protocol::unix_socket; }

server_options options_for(protocol p, const scratch& files) {
    server_options o;
    if (p == protocol::unix_socket) o.unix_path = files.file("socket");
    if (is_secure(p)) {
        const auto own = certificate_for(p);
        o.certificate_pem = own.certificate_pem;
        o.key_pem = own.key_pem;
    }
    if (p == protocol::https_client_cert) {
        o.client_ca_pem = test_authority().certificate_pem();
    }
    if (p == protocol::https_too_old) o.tls_max_version = 0x0302;
    return o;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// Connections are accepted in their order: once this one was, all before it were, also
/// those that their client has closed since.
void wait_until_all_are_accepted(server& s, const std::string& unix_path) {
    s.on_connect({connect_action::kind::silent, "here"});
    support::blocking_client last = unix_path.empty()
                                        ? support::blocking_client(s.port())
                                        : support::blocking_client(unix_path);
    REQUIRE(last.receive(4) == "here");
}

/// What the server saw of the client: complete requests, and what follows the last of
/// each connection.
void look_at(server& s, protocol spoken, const std::string& unix_path, trace& t) {
    const bool secure = is_secure(spoken);
    wait_until_all_are_accepted(s, spoken == protocol::unix_socket ? unix_path : "");
    // The client is gone, so all that it has sent arrives, and then the ends.
    REQUIRE(s.wait_for_open_at_most(0));
    t.connections = s.counts().accepted - 1;
    const auto normal = [&](const std::string& bytes) {
        return replaced(bytes, s.host_port(), "<server>");
    };
    std::vector<std::size_t> complete(t.connections + 2);
    for (const auto& r : s.requests()) {
        t.requests.push_back({r.connection, normal(r.raw)});
        complete.at(r.connection) += r.raw.size();
    }
    for (const auto& c : s.log()) {
        // The bytes of a handshake are of no request, and random.
        if (secure && !c.secure) continue;
        const auto known = std::min(complete.at(c.number), c.raw.size());
        t.unfinished += normal(c.raw.substr(known));
    }
}

/// Takes away what is chance when several transfers run at once.
void sort_all(trace& t) {
    std::ranges::sort(t.outcomes, {}, &outcome::name);
    for (auto& r : t.requests) r.connection = 0;
    std::ranges::sort(t.requests, {}, &wire_request::bytes);
}

/// At most so much of a long body.
std::string shown(const std::string& bytes) {
    constexpr std::size_t most = 2000;
    if (bytes.size() <= most) return bytes;
    return bytes.substr(0, most) + "... " + std::to_string(bytes.size()) + " bytes";
}

}  // namespace

std::string to_text(const trace& t) {
    std::string out;
    for (const auto& o : t.outcomes) {
        out += "  " + o.name + ": code " + std::to_string(o.code) + ", status " +
               std::to_string(o.status) + ", body \"" + shown(o.body) + "\"\n";
    }
    for (const auto& n : t.notes) out += "  " + n + '\n';
    out += "  connections: " + std::to_string(t.connections) + '\n';
    for (const auto& r : t.requests) {
        out += "  on connection " + std::to_string(r.connection) + ":\n" +
               shown(r.bytes) + '\n';
    }
    if (!t.unfinished.empty()) out += "  unfinished:\n" + shown(t.unfinished) + '\n';
    return out;
}

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
    routes_.push_back([=](server& s) { s.route(path, r, how); });
    return *this;
}

script& script::serve_in_turn(std::string path, std::vector<reply> replies) {
    routes_.push_back([=](server& s) { s.route(path, in_turn(replies)); });
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

trace script::play(const client_maker& make) const {
    const scratch files;
    auto options = options_for(protocol_, files);
    options.max_requests_per_connection = requests_per_connection_;
    server s(options);
    s.on_connect(on_connect_);
    for (const auto& add_to : routes_) add_to(s);

    place where;
    where.base_url = (is_secure(protocol_) ? "https://" : "http://") + s.host_port();
    where.unix_path = files.file("socket");  // perhaps of no server
    where.ca_file = files.write("ca.pem", test_authority().certificate_pem());
    where.broken_ca_file = files.write("broken.pem", "no certificate\n");

    trace t;
    {
        const auto c = make(where, limits_);
        player p{*c, s, t};
        for (const auto& o : operations_) {
            INFO(o.text);
            o.act(p);
        }
        p.read_all(false);
    }
    look_at(s, protocol_, where.unix_path, t);
    if (in_parallel_) sort_all(t);
    return t;
}

}  // namespace differential
