// Plays scripts: servers, a client, the operations one by one, and what remains.
#include "chance.hpp"
#include "language.hpp"
#include "place.hpp"
#include "support/blocking_client.hpp"
#include "support/scratch.hpp"
#include <xfer/testing/certificate.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string_view>

namespace differential {

namespace {

using namespace xfer::testing;

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

server_options options_for(protocol p, const place& where) {
    server_options o;
    if (p == protocol::unix_socket) o.unix_path = where.unix_path;
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

/// Connections are accepted in their order: once this one was, all before it were, also
/// those that their client has closed since.
void wait_until_all_are_accepted(server& s, const std::string& unix_path) {
    s.on_connect({connect_action::kind::silent, "here"});
    support::blocking_client last = unix_path.empty()
                                        ? support::blocking_client(s.port())
                                        : support::blocking_client(unix_path);
    REQUIRE(last.receive(4) == "here");
}

/// What a server saw of the client: complete requests, and what follows the last of
/// each connection.
void look_at(server& s, int number, protocol spoken, const place& where, trace& t) {
    const bool secure = is_secure(spoken);
    const bool local = spoken == protocol::unix_socket;
    wait_until_all_are_accepted(s, local ? where.unix_path : "");
    // The client is gone, so all that it has sent arrives, and then the ends.
    REQUIRE(s.wait_for_open_at_most(0));
    const auto connections = s.counts().accepted - 1;
    t.connections += connections;
    const auto normal = [&](std::string bytes) {
        return where.named(without_chance(std::move(bytes)));
    };
    std::vector<std::size_t> complete(connections + 2);
    for (const auto& r : s.requests()) {
        t.requests.push_back({number, r.connection, normal(r.raw)});
        complete.at(r.connection) += r.raw.size();
    }
    for (const auto& c : s.log()) {
        // The bytes of a handshake are of no request, and random.
        if (secure && !c.secure) continue;
        const auto known = std::min(complete.at(c.number), c.raw.size());
        t.unfinished += normal(c.raw.substr(known));
    }
}

/// What the proxy could read.
void look_at(const support::test_proxy& p, bool socks, const place& where, trace& t) {
    REQUIRE(p.wait_until_closed());
    for (const auto& c : p.log()) {
        // One that ends before it was used may or may not have been accepted.
        if (c.clear.empty()) continue;
        t.to_proxy.push_back(
            socks ? readable_socks(c.clear, where.ports.front())
                  : where.named(without_chance(c.clear))
        );
    }
}

void name_addresses(
    place& where,
    const server& s,
    const std::optional<server>& other,
    const std::optional<support::test_proxy>& proxy
) {
    const auto name = [&](const std::string& what, const std::string& address) {
        where.names.emplace_back(what, address);
    };
    name("<server>", s.host_port());
    if (other) name("<other>", other->host_port());
    if (proxy) name("<proxy>", "127.0.0.1:" + std::to_string(proxy->port()));
    where.ports = {s.port()};
    name("<port>", std::to_string(s.port()));
    if (!other) return;
    where.ports.push_back(other->port());
    name("<other_port>", std::to_string(other->port()));
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
        out += "  on connection " + std::to_string(r.connection) + " of server " +
               std::to_string(r.server) + ":\n" + shown(r.bytes) + '\n';
    }
    for (const auto& c : t.to_proxy) out += "  to the proxy:\n" + shown(c) + '\n';
    if (!t.unfinished.empty()) out += "  unfinished:\n" + shown(t.unfinished) + '\n';
    return out;
}

trace script::play(const client_maker& make) const {
    const support::scratch files;
    place where;
    where.directory = files / "";
    where.unix_path = where.file("socket");  // perhaps of no server
    where.ca_file = where.write("ca.pem", test_authority().certificate_pem());
    where.broken_ca_file = where.write("broken.pem", "no certificate\n");

    auto options = options_for(protocol_, where);
    options.max_requests_per_connection = requests_per_connection_;
    server s(options);
    std::optional<server> other;
    if (other_) other.emplace(options_for(*other_, where));
    std::optional<support::test_proxy> proxy;
    if (proxy_) proxy.emplace(*proxy_);
    name_addresses(where, s, other, proxy);
    where.base_url = (is_secure(protocol_) ? "https://" : "http://") + s.host_port();
    s.on_connect(on_connect_);
    for (const auto& add_to : routes_) add_to(s, where);
    for (const auto& add_to : other_routes_) add_to(*other, where);

    trace t;
    {
        const auto c = make(where, limits_);
        player p{*c, s, where, t};
        for (const auto& o : operations_) {
            INFO(o.text);
            o.act(p);
        }
        p.read_all(false);
    }
    if (proxy) look_at(*proxy, proxy_->socks, where, t);
    look_at(s, 1, protocol_, where, t);
    if (other) look_at(*other, 2, *other_, where, t);
    if (in_parallel_) sort_all(t);
    return t;
}

}  // namespace differential
