// HAZARDS B1.1, generated: each field that a user can set is flipped alone, over each
// way to a server, and a connection is shared exactly where the field says nothing
// about it.
#include "support/environment.hpp"
#include "support/field_flips.hpp"
#include <xfer/engine/endpoint.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using support::all_ways;
using support::check_sharing;
using support::field_coverage;
using support::places;
using support::plain_ways;
using support::row;
using support::say_cells;
using support::secure_ways;
using support::shares;
using support::trusting_tls;
using support::way;
using support::ways_over_an_https_proxy;
using xfer::network;
using xfer::options;
using xfer::tls;

namespace {

using namespace std::chrono_literals;

// Tripwires: what shapes a connection comes from what a user can set, whose fields are
// counted in field_flips.hpp. A field here that is not among those needs rows as well.
static_assert(sizeof(xfer::engine::connection_config) == 176);
static_assert(sizeof(xfer::engine::route) == 104);
[[maybe_unused]] void every_field(
    const xfer::engine::connection_config& config, const xfer::engine::route& route
) {
    [[maybe_unused]] const auto& [scheme, host, zone, port, unix_socket, ip, keepalive, t, way] =
        config;
    [[maybe_unused]] const auto& [via, before, proxy_tls, tunnel_fields, forwarded, haproxy, n] =
        route;
}

}  // namespace

TEST_CASE(
    "M25, B1.1: of the options those of the connection tell connections apart",
    "[integration][M25][B1][B1.1]"
) {
    const std::vector<row<options>> rows{
        {"queue_timeout", [](options& o) { o.queue_timeout = 1h; }},
        {"resolve_timeout", [](options& o) { o.resolve_timeout = 1h; }},
        {"connect_timeout", [](options& o) { o.connect_timeout = 1h; }},
        {"proxy_timeout", [](options& o) { o.proxy_timeout = 1h; }},
        {"tls_timeout", [](options& o) { o.tls_timeout = 1h; }},
        {"setup_timeout", [](options& o) { o.setup_timeout = 1h; }},
        {"first_byte_timeout", [](options& o) { o.first_byte_timeout = 1h; }},
        {"idle_timeout", [](options& o) { o.idle_timeout = 1h; }},
        {"total_timeout", [](options& o) { o.total_timeout = 1h; }},
        {"total_includes_queue", [](options& o) { o.total_includes_queue = true; }},
        {"low_speed_limit", [](options& o) { o.low_speed_limit = 1; }},
        {"low_speed_time", [](options& o) { o.low_speed_time = 1h; }},
        {"max_receive_rate", [](options& o) { o.max_receive_rate = 1 << 30; }},
        {"max_send_rate", [](options& o) { o.max_send_rate = 1 << 30; }},
        {"max_body_size", [](options& o) { o.max_body_size = 1 << 30; }},
        {"path_as_is", [](options& o) { o.path_as_is = true; }},
        {"max_redirects", [](options& o) { o.max_redirects = 9; }},
        {"redirect_to_http", [](options& o) { o.redirect_to_http = true; }},
        {"resend_body_elsewhere", [](options& o) { o.resend_body_elsewhere = true; }},
        {"keep_post_301", [](options& o) { o.keep_post_301 = true; }},
        {"keep_post_302", [](options& o) { o.keep_post_302 = true; }},
        {"keep_post_303", [](options& o) { o.keep_post_303 = true; }},
        {"auto_referer", [](options& o) { o.auto_referer = true; }},
        {"secrets_everywhere", [](options& o) { o.secrets_everywhere = true; }},
        {"decode", [](options& o) { o.decode = true; }},
        {"max_decoded_ratio", [](options& o) { o.max_decoded_ratio = 0; }},
        {"raw_transfer", [](options& o) { o.raw_transfer = true; }},
        {"transfer_codings", [](options& o) { o.transfer_codings = true; }},
        {"http", [](options& o) { o.http = xfer::http_version::v1_0; }},
        {"allow_http_0_9", [](options& o) { o.allow_http_0_9 = true; }},
        {"fail_on_error", [](options& o) { o.fail_on_error = true; }},
        {"expect_continue", [](options& o) { o.expect_continue = true; }},
        {"expect_continue_timeout", [](options& o) { o.expect_continue_timeout = 1h; }},
        {"fresh_connection", [](options& o) { o.fresh_connection = true; }},
        {"forbid_reuse", [](options& o) { o.forbid_reuse = true; }},
        {"ip", [](options& o) { o.ip = xfer::ip_version::v4; }},
        {"proxy_tunnel", [](options& o) { o.proxy_tunnel = true; }},
        {"haproxy_protocol", [](options& o) { o.haproxy_protocol = true; }},
        {"tcp_keepalive", [](options& o) { o.tcp_keepalive = true; }},
        {"strict_parsing", [](options& o) { o.strict_parsing = true; }},
    };
    std::size_t cells = 0;
    for (const auto& w : all_ways()) {
        const places p;
        field_coverage<options> fields;
        for (const auto& r : rows) {
            INFO(r.name << ", " << w.name);
            const std::string name(r.name);
            const auto first = w.make(p);
            auto changed = first.options();
            r.flip(changed);
            fields.flipped(first.options(), changed);
            auto second = first;
            second.options(changed);
            auto how = shares::yes;
            if (name == "fresh_connection") how = shares::fresh;
            if (name == "forbid_reuse") how = shares::last;
            // Nobody here says keep-alive.
            if (name == "http") how = shares::last;
            if (name == "ip" || name == "tcp_keepalive") how = shares::no;
            // The servers here do not know that line.
            if (name == "haproxy_protocol") how = shares::fails;
            if (name == "proxy_tunnel" && std::string(w.name) == "forwarded") {
                how = shares::no;
            }
            check_sharing(p, first, second, how);
            ++cells;
        }
        fields.check_complete();
    }
    say_cells("options", cells);
    CHECK(cells == 40 * 5);
}

TEST_CASE(
    "M25, B1.1: each field of TLS tells connections apart, at origins and proxies",
    "[integration][M25][B1][B1.1]"
) {
    const support::scratch d;
    const support::scratch authorities;
    const auto& root = tls_support::test_authority().certificate_pem();
    const auto me = tls_support::test_authority().issue({"me"});
    const auto list = tls_support::test_authority().revocation_list();
    support::write_file(d / "list.pem", list);
    support::write_file(d / "root.pem", root);
    support::write_file(authorities / "root.pem", root);
    const support::variable file("SSL_CERT_FILE", d / "root.pem");
    const xfer::testing::authority more("another");
    const std::vector<row<tls>> rows{
        {"ca_file", [&](tls& t) { t.ca_file(d / "root.pem"); }},
        {"ca_directory", [&](tls& t) { t.ca_directory(authorities / ""); }},
        {"ca_pem", [&](tls& t) { t.ca_pem(root + more.certificate_pem()); }},
        {"ca_native", [](tls& t) { t.ca_native(); }},
        {"partial_chain", [](tls& t) { t.partial_chain(false); }},
        {"crl_file", [&](tls& t) { t.crl_file(d / "list.pem"); }},
        {"crl_pem", [&](tls& t) { t.crl_pem(list); }},
        {"client_certificate",
         [&](tls& t) { t.client_certificate_pem(me.certificate_pem, me.key_pem); }},
        {"client_certificate's key",
         [&](tls& t) {
             t.client_certificate_pem(
                 me.certificate_pem, xfer::testing::encrypt_key(me.key_pem, "a"), "a"
             );
         },
         [&](tls& t) { t.client_certificate_pem(me.certificate_pem, me.key_pem); }},
        {"min_version", [](tls& t) { t.min_version(xfer::tls_version::v1_3); }},
        {"max_version", [](tls& t) { t.max_version(xfer::tls_version::v1_2); }},
        {"ciphers", [](tls& t) { t.ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"); }},
        {"tls13_ciphers", [](tls& t) { t.tls13_ciphers("TLS_AES_128_GCM_SHA256"); }},
        {"groups", [](tls& t) { t.groups("P-256"); }},
        {"signature_algorithms",
         [](tls& t) { t.signature_algorithms("ECDSA+SHA256"); }},
        {"pinned_keys",
         [](tls& t) {
             t.pin_public_key(xfer::testing::public_key_pin(
                 tls_support::good_identity().certificate_pem
             ));
         }},
        {"verify_peer", [](tls& t) { t.verify_peer(false); }},
        {"verify_host", [](tls& t) { t.verify_host(false); }},
        {"key_log_file", [&](tls& t) { t.key_log_file(d / "keys"); }},
    };
    std::size_t cells = 0;
    const auto flip = [&](const std::vector<way>& ways, bool at_proxy, shares how) {
        for (const auto& w : ways) {
            const places p;
            field_coverage<tls> fields;
            for (const auto& r : rows) {
                INFO(r.name << ", " << w.name << (at_proxy ? ", proxy_tls" : ", tls"));
                auto base = trusting_tls();
                r.before(base);
                auto changed = base;
                r.flip(changed);
                fields.flipped(base, changed);
                auto first = w.make(p);
                auto second = first;
                at_proxy ? first.proxy_tls(base) : first.tls(base);
                at_proxy ? second.proxy_tls(changed) : second.tls(changed);
                check_sharing(p, first, second, how);
                ++cells;
            }
            fields.check_complete();
            // One that is equal, though it was made anew.
            check_sharing(p, w.make(p), w.make(p), shares::yes);
            // Nor is a session taken over where no connection is (HAZARDS B2).
            if (how == shares::yes) continue;
            for (const auto& c : p.https.log()) CHECK((!at_proxy || !c.resumed));
            CHECK((at_proxy || p.secure.counts().resumed == 0));
        }
    };
    flip(secure_ways(), false, shares::no);
    flip(ways_over_an_https_proxy(), true, shares::no);
    // What nobody is spoken to with says nothing about a connection.
    flip(plain_ways(), false, shares::yes);
    flip(all_ways(), true, shares::yes);
    say_cells("TLS", cells);
    CHECK(cells == rows.size() * (2 + 2 + 3 + 5));
}

TEST_CASE(
    "M25, B1.1: each field of the network tells connections apart",
    "[integration][M25][B1][B1.1]"
) {
    const auto hook = [](int) {};
    const auto filter = [](const xfer::ip_address&) { return true; };
    const auto ports = [](network& n) { n.local_ports(20'000, 10'000); };
    const auto probes = [](network& n) { n.tcp_keepalive(60s, 60s); };
    const std::vector<row<network>> rows{
        {"known addresses", [](network& n) { n.resolve("z.test", 0, "127.0.0.1"); }},
        {"known addresses, an address",
         [](network& n) { n.resolve("z.test", 0, "127.0.0.2"); },
         [](network& n) { n.resolve("z.test", 0, "127.0.0.1"); }},
        {"known addresses, a port",
         [](network& n) { n.resolve("z.test", 1, "127.0.0.1"); }},
        {"detours", [](network& n) { n.connect_to("z.test", 0, "127.0.0.1", 1); }},
        {"local_address", [](network& n) { n.local_address("127.0.0.2"); }},
        {"interface", [](network& n) { n.interface("lo"); }},
        {"proxied_client", [](network& n) { n.proxied_client("192.0.2.1"); }},
        {"the first local port",
         [](network& n) { n.local_ports(20'001, 10'000); },
         ports},
        {"how many local ports",
         [](network& n) { n.local_ports(20'000, 10'001); },
         ports},
        {"tcp_nodelay", [](network& n) { n.tcp_nodelay(false); }},
        {"tcp_keepalive", probes},
        {"its idle time", [](network& n) { n.tcp_keepalive(61s, 60s); }, probes},
        {"its interval", [](network& n) { n.tcp_keepalive(60s, 61s); }, probes},
        {"on_socket", [&](network& n) { n.on_socket(hook); }},
        {"on_socket, another",
         [&](network& n) { n.on_socket(hook); },
         [&](network& n) { n.on_socket(hook); }},
        {"address_filter", [&](network& n) { n.address_filter(filter); }},
        {"address_filter, another",
         [&](network& n) { n.address_filter(filter); },
         [](network& n) { n.address_filter(xfer::is_loopback_address); }},
        {"what is wrong", [](network& n) { n.resolve("z.test", 0, "nonsense"); }},
    };
    std::size_t cells = 0;
    for (const auto& w : all_ways()) {
        const places p;
        field_coverage<network> fields;
        for (const auto& r : rows) {
            INFO(r.name << ", " << w.name);
            auto base = places::here();
            r.before(base);
            auto changed = base;
            r.flip(changed);
            fields.flipped(base, changed);
            auto first = w.make(p);
            auto second = first;
            first.network(base);
            second.network(changed);
            const bool wrong = std::string(r.name) == "what is wrong";
            check_sharing(p, first, second, wrong ? shares::refused : shares::no);
            ++cells;
        }
        fields.check_complete();
        auto first = w.make(p);
        auto second = w.make(p);
        first.network(places::here().address_filter(xfer::is_loopback_address));
        second.network(places::here().address_filter(xfer::is_loopback_address));
        check_sharing(p, first, second, shares::yes);
    }
    say_cells("network", cells);
    CHECK(cells == rows.size() * 5);
}
