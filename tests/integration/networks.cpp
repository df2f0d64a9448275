// xfer::network over real sockets: where connections go and where they come from, for
// every hop of a redirect, and what a filter of addresses keeps out (S19).
#include "support/certificates.hpp"
#include "support/names.hpp"
#include "support/transfers.hpp"
#include <xfer/cookie_jar.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>
#include <xfer/testing/server.hpp>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using support::make_names;
using support::run;
using support::successes;
using support::transfer_one;
using xfer::condition;
using xfer::error;
using xfer::ip_address;
using xfer::network;
using xfer::testing::reply;
using xfer::testing::server;
using xfer::testing::server_options;

namespace {

constexpr xfer::options following = [] {
    xfer::options o;
    o.max_redirects = 5;
    return o;
}();

reply moved(std::string location) {
    return reply(302, "moved").with_field("Location", std::move(location));
}

server_options at(std::string address, std::uint16_t port = 0) {
    server_options o;
    o.address = std::move(address);
    o.port = port;
    return o;
}

/// A server on 127.0.0.2 and one on the same port of 127.0.0.1.
struct inner_and_outer {
    inner_and_outer() {
        for (int attempt = 0; !inner && attempt < 20; ++attempt) {
            outer.emplace(at("127.0.0.2"));
            try {
                inner.emplace(at("127.0.0.1", outer->port()));
            } catch (const std::system_error&) {
                // Somebody else has it.
            }
        }
        REQUIRE(inner);
        inner->route("/", "secret");
    }
    std::optional<server> outer;
    std::optional<server> inner;
};

/// 127.0.0.2 plays the internet here.
bool is_outside(const ip_address& a) { return a.str() == "127.0.0.2"; }

/// A resolver whose answers for every name change: the last one stays.
std::shared_ptr<xfer::net::resolver> changing(
    std::vector<std::string> answers, std::shared_ptr<std::atomic<std::size_t>> asked
) {
    xfer::net::resolver::settings s;
    s.keep = std::chrono::milliseconds(0);
    s.system = [answers, asked](const std::string&) {
        const auto n = std::min((*asked)++, answers.size() - 1);
        xfer::net::resolver::answer a;
        a.addresses.push_back(asio::ip::make_address(answers[n]));
        return a;
    };
    return std::make_shared<xfer::net::resolver>(
        std::make_shared<xfer::net::worker_pool>(), std::move(s)
    );
}

/// Accepts one connection, and in turn reads so many octets and says something.
class scripted_peer {
 public:
    struct line {
        std::size_t hear;
        std::string say;
    };
    explicit scripted_peer(std::vector<line> script)
        : thread_([this, script] {
              auto accepted = listener_.accept();
              std::error_code ec;
              for (const auto& l : script) {
                  std::string octets(l.hear, '\0');
                  asio::read(accepted, asio::buffer(octets), ec);
                  heard_ += octets;
                  asio::write(accepted, asio::buffer(l.say), ec);
              }
          }) {}
    scripted_peer(const scripted_peer&) = delete;
    scripted_peer& operator=(const scripted_peer&) = delete;
    ~scripted_peer() {
        if (thread_.joinable()) thread_.join();
    }
    std::uint16_t port() const { return listener_.local_endpoint().port(); }
    /// All that it heard, when it has ended.
    const std::string& heard() {
        thread_.join();
        return heard_;
    }

 private:
    asio::io_context io_;
    asio::ip::tcp::acceptor listener_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::string heard_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("resolve: known addresses serve each hop of a redirect", "[network]") {
    server a;
    server b;
    a.route("/", moved("http://b.test:" + std::to_string(b.port()) + "/there"));
    b.route("/there", "there");
    const auto table = make_names({});
    network n;
    n.resolve("a.test", a.port(), "127.0.0.1").resolve("b.test", 0, "127.0.0.1");
    xfer::multi m({.network = n, .resolver = table->resolver()});
    const auto host = "a.test:" + std::to_string(a.port());
    const auto done = transfer_one(m, xfer::get("http://" + host + "/", following));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "there");
    CHECK(a.requests().at(0).field("Host") == host);
    CHECK(b.requests().at(0).field("Host") == "b.test:" + std::to_string(b.port()));
    CHECK(table->asked() == 0);
    // A hop that is not in the table is looked up, as without one.
    a.route("/", moved("http://c.test/"));
    const auto lost = transfer_one(m, xfer::get("http://" + host + "/", following));
    CHECK(lost.ec == error::resolve_failed);
    CHECK(table->asked() == 1);
}

TEST_CASE("connect_to: the URL stays what it is to the server", "[network][tls]") {
    server_options o;
    o.certificate_pem = tls_support::good_identity().certificate_pem;
    o.key_pem = tls_support::good_identity().key_pem;
    server s(o);
    s.route("/", reply(200, "x").with_field("Set-Cookie", "k=v"));
    network n;
    n.connect_to("a.test", 443, "127.0.0.1", s.port());
    n.connect_to("other.test", 0, "127.0.0.1", s.port());
    const auto jar = std::make_shared<xfer::cookie_jar>();
    xfer::multi m({.cookies = jar, .network = n});
    const auto trust =
        xfer::tls().ca_pem(tls_support::test_authority().certificate_pem());
    auto r = xfer::get("https://a.test/");
    const auto done = transfer_one(m, r.tls(trust));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.url() == "https://a.test/");
    CHECK(done.response.info().remote_port() == s.port());
    CHECK(done.response.info().connection->tls->host_verified);
    CHECK(s.requests().at(0).field("Host") == "a.test");
    CHECK(s.log().at(0).server_name == "a.test");
    xfer::parsed_url here;
    REQUIRE_FALSE(xfer::url::parse("https://a.test/", here));
    CHECK(jar->header(here.target) == "k=v");
    // The certificate is to be for the URL's host, not for the place.
    auto wrong = xfer::get("https://other.test/");
    CHECK(transfer_one(m, wrong.tls(trust)).ec == error::certificate_host_mismatch);
}

TEST_CASE("connect_to: is asked anew for each hop of a redirect", "[network]") {
    server a;
    server b;
    a.route("/", moved("http://b.test/there"));
    b.route("/there", "there");
    network n;
    n.connect_to("a.test", 80, "127.0.0.1", a.port());
    n.connect_to("", 0, "127.0.0.1", b.port());
    auto r = xfer::get("http://a.test/", following);
    xfer::multi m;
    const auto done = transfer_one(m, r.network(n));
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "there");
    CHECK(b.requests().at(0).field("Host") == "b.test");
}

TEST_CASE("connect_to: what it names is looked up in resolve()", "[network]") {
    server s;
    s.route("/", "x");
    network n;
    n.connect_to("a.test", 0, "b.test", s.port());
    n.resolve("b.test", s.port(), "127.0.0.1");
    xfer::multi m({.network = n});
    const auto done = transfer_one(m, "http://a.test/");
    INFO(done.failure().message);
    CHECK_FALSE(done.ec);
}

TEST_CASE("connect_to: an HTTP proxy tunnels to the other place", "[network]") {
    const std::string asked_for = "CONNECT b.test:81 HTTP/1.1\r\nHost: b.test:81\r\n";
    scripted_peer proxy(
        {{asked_for.size(), "HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n"}}
    );
    network n;
    n.connect_to("a.test", 80, "b.test", 81);
    xfer::multi m({.network = n});
    auto r = xfer::get("http://a.test/");
    r.proxy("http://127.0.0.1:" + std::to_string(proxy.port()));
    CHECK(transfer_one(m, r).ec == error::proxy_denied);
    CHECK(proxy.heard() == asked_for);
}

TEST_CASE("resolve: a SOCKS proxy is given the known address", "[network]") {
    const std::string refusal("\5\5\0\1\0\0\0\0\0\0", 10);
    scripted_peer proxy({{3, std::string("\5\0", 2)}, {10, refusal}});
    network n;
    n.connect_to("a.test", 80, "b.test", 258).resolve("b.test", 258, "192.0.2.7");
    xfer::multi m({.network = n});
    auto r = xfer::get("http://a.test/");
    r.proxy("socks5://127.0.0.1:" + std::to_string(proxy.port()));
    CHECK(transfer_one(m, r).ec);
    const std::string request("\5\1\0\1\xc0\0\2\7\1\2", 10);
    CHECK(proxy.heard().substr(3) == request);
}

TEST_CASE("S19: what is looked up for a SOCKS proxy is asked for", "[S19]") {
    scripted_peer proxy({});
    const auto host = GENERATE(as<std::string>(), "inner.test", "127.0.0.3");
    const auto table = make_names({{"inner.test", {"127.0.0.3"}}});
    // The proxy's own address is asked for, too.
    const auto not_inner = [](const ip_address& a) { return a.str() != "127.0.0.3"; };
    network n;
    n.address_filter(not_inner);
    xfer::multi m({.network = n, .resolver = table->resolver()});
    auto r = xfer::get("http://" + host + "/");
    r.proxy("socks5://127.0.0.1:" + std::to_string(proxy.port()));
    const auto done = transfer_one(m, r);
    CHECK(done.ec == error::connect_failed);
    CHECK_THAT(done.failure().message, Catch::Contains("address filter refused"));
    CHECK_THAT(done.failure().message, Catch::Contains(host));
}

TEST_CASE("network: a request's own takes the place of the multi's", "[network]") {
    server s;
    s.route("/", "x");
    network all;
    all.local_address("127.0.0.2");
    xfer::multi m({.network = all});
    CHECK(transfer_one(m, s.url()).response.info().local_address() == "127.0.0.2");
    network own;
    own.local_address("127.0.0.3");
    auto r = xfer::get(s.url());
    CHECK(
        transfer_one(m, r.network(own)).response.info().local_address() == "127.0.0.3"
    );
    // Also by one that says nothing.
    CHECK(
        transfer_one(m, r.network(network())).response.info().local_address() ==
        "127.0.0.1"
    );
    CHECK(s.counts().accepted == 3);
}

TEST_CASE("network: what this machine has not is curl's 45", "[network]") {
    server s;
    s.route("/", "x");
    network n;
    std::string named;
    SECTION("no such interface") {
        n.interface("xfer-none");
        named = "xfer-none";
    }
    SECTION("no such address") {
        n.local_address("192.0.2.77");
        named = "192.0.2.77";
    }
    xfer::multi m({.network = n});
    const auto done = transfer_one(m, s.url());
    CHECK(done.ec == error::interface_failed);
    CHECK(done.ec == condition::interface_failed);
    CHECK(xfer::curl_code(done.ec) == 45);
    CHECK(done.failure().cause);
    CHECK_FALSE(done.failure().request_may_have_been_processed);
    CHECK_THAT(done.failure().message, Catch::Contains(named));
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("on_socket: is called once for each connection", "[network]") {
    server s;
    s.route("/", "x");
    int calls = 0;
    int nodelay = -1;
    const auto look = [&](int descriptor) {
        ++calls;
        socklen_t size = sizeof nodelay;
        ::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size);
    };
    network n;
    n.on_socket(look).tcp_nodelay(false);
    xfer::multi m({.network = n});
    REQUIRE_FALSE(transfer_one(m, s.url()).ec);
    REQUIRE_FALSE(transfer_one(m, s.url()).ec);
    CHECK(calls == 1);
    CHECK(nodelay == 0);
    REQUIRE_FALSE(transfer_one(m, xfer::get(s.url(), {.fresh_connection = true})).ec);
    CHECK(calls == 2);
}

TEST_CASE("on_socket: may end its transfer, and no other", "[network]") {
    server s;
    s.route("/", "x");
    xfer::multi m;
    std::error_code expected = error::aborted_by_callback;
    std::error_code cause;
    network n;
    bool throws = false;
    xfer::transfer_id id;
    SECTION("by false") {
        const auto refuse = [](int) { return false; };
        n.on_socket(refuse);
    }
    SECTION("by a code") {
        cause = std::make_error_code(std::errc::permission_denied);
        const auto refuse = [cause](int) { return cause; };
        n.on_socket(refuse);
    }
    SECTION("by an exception") {
        throws = true;
        const auto refuse = [](int) { throw std::runtime_error("no"); };
        n.on_socket(refuse);
    }
    SECTION("by cancelling it") {
        expected = asio::error::operation_aborted;
        const auto refuse = [&](int) { m.cancel(id); };
        n.on_socket(refuse);
    }
    auto r = xfer::get(s.url());
    id = m.add(r.network(n));
    m.add(s.url());
    const auto all = run(m);
    REQUIRE(all.size() == 2);
    CHECK(successes(all) == 1);
    for (const auto& done : all) {
        if (done.id != id) continue;
        CHECK(done.ec == expected);
        CHECK(done.failure().cause == cause);
        CHECK(bool(done.failure().exception) == throws);
    }
    CHECK(s.counts().accepted == 1);
}

TEST_CASE("unix socket: an abstract one is in no file system", "[network]") {
    const auto name = "xfer-network-" + std::to_string(::getpid());
    asio::io_context io;
    asio::local::stream_protocol::acceptor listener(io, std::string(1, '\0') + name);
    std::string seen;
    std::thread peer([&] {
        auto accepted = listener.accept();
        asio::read_until(accepted, asio::dynamic_buffer(seen), "\r\n\r\n");
        asio::write(
            accepted, asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 40)
        );
    });
    xfer::multi m;
    auto r = xfer::get("http://a.test/");
    const auto done = transfer_one(m, r.abstract_unix_socket(name));
    peer.join();
    INFO(done.failure().message);
    REQUIRE_FALSE(done.ec);
    CHECK(done.response.body() == "hi");
    CHECK(done.response.info().remote_address() == "@" + name);
    CHECK_THAT(seen, Catch::Contains("Host: a.test\r\n"));
    listener.close();
    auto again = xfer::get("http://a.test/", {.fresh_connection = true});
    const auto gone = transfer_one(m, again.abstract_unix_socket(name));
    CHECK(gone.ec == error::connect_failed);
    CHECK_THAT(gone.failure().message, Catch::Contains("@" + name));
    auto empty = xfer::get("http://a.test/");
    CHECK(transfer_one(m, empty.abstract_unix_socket("")).ec == error::invalid_option);
}

TEST_CASE("S19: a name that is rebound to an inner address is refused", "[S19]") {
    inner_and_outer servers;
    servers.outer->route("/", "outside");
    const auto asked = std::make_shared<std::atomic<std::size_t>>(0);
    const auto second = GENERATE(as<std::string>(), "127.0.0.1", "::ffff:127.0.0.1");
    network n;
    n.address_filter(is_outside);
    xfer::multi m({.network = n, .resolver = changing({"127.0.0.2", second}, asked)});
    const auto url = "http://a.test:" + std::to_string(servers.outer->port()) + "/";
    const xfer::options once = {.forbid_reuse = true};
    const auto first = transfer_one(m, xfer::get(url, once));
    INFO(first.failure().message);
    REQUIRE_FALSE(first.ec);
    CHECK(first.response.body() == "outside");
    const auto done = transfer_one(m, xfer::get(url, once));
    CHECK(*asked == 2);
    CHECK(done.ec == error::connect_failed);
    CHECK(done.ec == condition::couldnt_connect);
    CHECK_FALSE(done.failure().request_may_have_been_processed);
    CHECK_THAT(done.failure().message, Catch::Contains("address filter refused"));
    CHECK_THAT(done.failure().message, Catch::Contains("a.test"));
    REQUIRE(done.failure().addresses_tried.size() == 1);
    CHECK(servers.inner->counts().accepted == 0);
}

TEST_CASE("S19: a redirect to an inner address is refused", "[S19]") {
    inner_and_outer servers;
    const auto port = ":" + std::to_string(servers.outer->port()) + "/";
    const auto location = GENERATE(
        as<std::string>(),
        "http://127.0.0.1",
        "http://localhost",
        "http://[::ffff:7f00:1]",
        "http://inner.test"
    );
    servers.outer->route("/", moved(location + port));
    const auto table = make_names({{"inner.test", {"127.0.0.1"}}});
    network n;
    n.address_filter(is_outside);
    xfer::multi m({.network = n, .resolver = table->resolver()});
    const auto done = transfer_one(m, xfer::get("http://127.0.0.2" + port, following));
    INFO(done.failure().message);
    CHECK(done.ec == error::connect_failed);
    CHECK_THAT(done.failure().message, Catch::Contains("address filter refused"));
    CHECK(servers.outer->counts().requests == 1);
    CHECK(servers.inner->counts().accepted == 0);
    // Without the filter it would have been reached.
    xfer::multi open({.resolver = table->resolver()});
    CHECK_FALSE(transfer_one(open, xfer::get("http://127.0.0.2" + port, following)).ec);
}

TEST_CASE("S19: no connection of the unfiltered is used by the filtered", "[S19]") {
    server s;
    s.route("/", "secret");
    xfer::multi m;
    REQUIRE_FALSE(transfer_one(m, s.url()).ec);
    CHECK(m.stats().idle_connections == 1);
    network n;
    n.address_filter(xfer::is_public_address);
    auto r = xfer::get(s.url());
    CHECK(transfer_one(m, r.network(n)).ec == error::connect_failed);
    CHECK(s.counts().requests == 1);
}

TEST_CASE("S19: what a filter throws ends the transfer", "[S19]") {
    server s;
    s.route("/", "x");
    const auto failing = [](const ip_address&) -> bool {
        throw std::runtime_error("no list");
    };
    network n;
    n.address_filter(failing);
    xfer::multi m({.network = n});
    const auto done = transfer_one(m, s.url());
    CHECK(done.ec == error::aborted_by_callback);
    CHECK(done.failure().exception);
    CHECK_THAT(done.failure().message, Catch::Contains("no list"));
    CHECK(s.counts().accepted == 0);
}

TEST_CASE("memory network: detours, known addresses and filters count", "[network]") {
    const auto fake = std::make_shared<xfer::testing::memory_network>();
    const xfer::testing::memory_server near(*fake, "127.0.0.1", 80, "near");
    const xfer::testing::memory_server far(*fake, "far.test", 81, "far");
    network n;
    n.resolve("a.test", 80, "127.0.0.1").connect_to("b.test", 0, "far.test", 81);
    xfer::multi m({.network = n, .dialer = fake});
    CHECK(transfer_one(m, "http://a.test/").response.body() == "near");
    CHECK(transfer_one(m, "http://b.test/").response.body() == "far");
    n.address_filter(xfer::is_public_address);
    for (const auto* url : {"http://a.test/", "http://127.0.0.1/"}) {
        auto r = xfer::get(url);
        const auto done = transfer_one(m, r.network(n));
        CHECK(done.ec == error::connect_failed);
        CHECK_THAT(done.failure().message, Catch::Contains("127.0.0.1"));
    }
    auto r = xfer::get("http://b.test/");
    CHECK(transfer_one(m, r.network(n)).response.body() == "far");
}
