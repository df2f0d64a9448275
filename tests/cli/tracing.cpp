// -v and --trace: what is written of each step.
#include "trace/tracing.hpp"

#include "cli/memory_file.hpp"
#include "support/rig.hpp"
#include "trace/format.hpp"
#include <xfer/auth.hpp>
#include <xfer/form.hpp>
#include <xfer/request.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <string>

namespace {

namespace trace = xfer::trace;
using support::both_ways;
using support::rig;
using test::memory_file;
using xfer::testing::memory_reply;
using xfer::testing::memory_request;
using xfer::testing::memory_server;

tool::command verbose() {
    tool::command c;
    c.verbose = true;
    return c;
}

tool::command traced_to(std::string file, bool ascii = false) {
    tool::command c;
    c.trace_file = std::move(file);
    c.trace_ascii = ascii;
    return c;
}

/// A tracer and what it writes.
struct scene {
    explicit scene(const tool::command& settings)
        : tracer(settings, out.get(), err.get(), nullptr, error) {
        REQUIRE(error.empty());
    }
    void tell(const xfer::trace_event::step& what, std::uint64_t connection = 1) {
        tracer({xfer::transfer_id(1, 0), connection, {}, what});
    }
    xfer::settings settings() {
        xfer::settings s;
        s.trace = std::ref(tracer);
        s.trace_detail = tracer.detail();
        return s;
    }

    memory_file out;
    memory_file err;
    std::string error;
    tool::tracer tracer;
};

/// The lines of -v of a GET, and the head of one.
const std::string get_head =
    "> GET / HTTP/1.1\r\n"
    "> Host: a.test\r\n"
    "> User-Agent: xfer/" XFER_VERSION_STRING
    "\r\n"
    "> Accept: */*\r\n"
    "> \r\n";
const std::string opening =
    "*   Trying a.test:80...\n"
    "* Connected to a.test (a.test) port 80\n";

}  // namespace

TEST_CASE("trace text: a hexadecimal dump", "[cli]") {
    CHECK(tool::hexadecimal_dump("").empty());
    CHECK(
        tool::hexadecimal_dump(std::string_view("GET / HTTP/1.1\r\nA\x00\xff~", 20)) ==
        "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..\n"
        "0010: 41 00 ff 7e                                     A..~\n"
    );
}

TEST_CASE("trace text: a dump of text has the lines of the text", "[cli]") {
    CHECK(tool::ascii_dump("").empty());
    CHECK(
        tool::ascii_dump("POST /r HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "0000: POST /r HTTP/1.1\n"
        "0012: Host: a\n"
        "001b: \n"
    );
    const std::string full(64, 'x');
    CHECK(tool::ascii_dump(full + "\r\ny") == "0000: " + full + "\n0042: y\n");
    CHECK(tool::ascii_dump(full + "y") == "0000: " + full + "\n0040: y\n");
    CHECK(
        tool::ascii_dump(full.substr(1) + "\r\ny") ==
        "0000: " + full.substr(1) + "\n0041: y\n"
    );
    CHECK(tool::ascii_dump("a\nb\t\xc3\r") == "0000: a.b...\n");
}

TEST_CASE("trace text: the time has microseconds", "[cli]") {
    CHECK(std::regex_match(tool::time_of_day(), std::regex(R"(\d\d:\d\d:\d\d\.\d{6} )"))
    );
}

TEST_CASE("trace config: components are named in any case and taken back", "[cli]") {
    tool::command c;
    std::vector<std::string> unknown;
    c.trace_config = {"IDS,time", "+dns, nope", "doh"};
    auto all = tool::trace_components_of(c, unknown);
    CHECK(all.ids);
    CHECK(all.time);
    CHECK(all.dns);
    CHECK_FALSE(all.tcp);
    CHECK(unknown == std::vector<std::string>{"nope", "doh"});
    CHECK(
        tool::trace_config_warnings(c) ==
        std::vector<std::string>{
            "--trace-config: there is no component 'nope'",
            "--trace-config: there is no component 'doh'"}
    );
    unknown.clear();
    c.trace_config = {"all,-time,-tcp"};
    all = tool::trace_components_of(c, unknown);
    CHECK(unknown.empty());
    CHECK(all.ids);
    CHECK_FALSE(all.time);
    CHECK_FALSE(all.tcp);
    CHECK(all.write);
    c.trace_config = {"network"};
    all = tool::trace_components_of(c, unknown);
    CHECK(all.ssl);
    CHECK_FALSE(all.ids);
    CHECK(unknown.empty());
}

TEST_CASE("verbose: nothing is wanted unless it is asked for", "[cli]") {
    const scene s{tool::command()};
    CHECK_FALSE(s.tracer.wanted());
    CHECK_FALSE(s.tracer.detail().secrets);
    CHECK_FALSE(s.tracer.detail().wire);
}

TEST_CASE("verbose: a GET and one on the same connection", "[cli]") {
    scene s(verbose());
    rig r(GENERATE(both_ways()), s.settings());
    memory_server a(*r.network, "a.test", 80, "alpha");
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/")).ec);
    CHECK_FALSE(r.transfer(xfer::get("http://a.test/")).ec);
    const std::string answer =
        "< HTTP/1.1 200 Status\r\n"
        "< Content-Length: 5\r\n"
        "< \r\n"
        "{ [5 bytes data]\n"
        "* Connection #0 to host a.test left intact\n";
    CHECK(
        s.err.text() == opening + get_head + answer +
                            "* Reusing existing http: connection with host a.test\n" +
                            get_head + answer
    );
    CHECK(s.out.text().empty());
}

TEST_CASE("verbose: secrets are shown as they are sent", "[cli]") {
    scene s(verbose());
    rig r(GENERATE(both_ways()), s.settings());
    memory_server a(*r.network, "a.test", 80, "alpha");
    auto request = xfer::get("http://a.test/");
    request.header("Authorization", "Bearer secret");
    CHECK_FALSE(r.transfer(request).ec);
    CHECK(s.err.text().find("> Authorization: Bearer secret\r\n") != std::string::npos);
}

TEST_CASE("verbose: what goes wrong ends the connection", "[cli]") {
    scene s(verbose());
    s.tell(trace::started{"GET", "http://a.test:81/x"}, 0);
    s.tell(trace::resolving{"a.test"}, 0);
    const std::vector<std::string> addresses{"::1", "127.0.0.1", "127.0.0.2"};
    s.tell(trace::resolved{"a.test", addresses}, 0);
    s.tell(trace::connecting{"::1", 81}, 0);
    const auto refused = std::make_error_code(std::errc::connection_refused);
    s.tell(trace::connect_failed{"::1", 81, refused}, 0);
    s.tell(trace::connecting{"127.0.0.1", 81}, 0);
    const xfer::info info;
    s.tell(trace::done{xfer::error::connect_failed, "nobody is there", info}, 0);
    s.tell(trace::started{"GET", "http://a.test:81/x"}, 0);
    s.tell(trace::request_sent{}, 4);
    s.tell(trace::done{xfer::error::got_nothing, {}, info}, 4);
    CHECK(
        s.err.text() ==
        "* Host a.test:81 was resolved.\n"
        "* IPv6: ::1\n"
        "* IPv4: 127.0.0.1, 127.0.0.2\n"
        "*   Trying [::1]:81...\n"
        "* connect to ::1 port 81 failed: Connection refused\n"
        "*   Trying 127.0.0.1:81...\n"
        "* nobody is there\n"
        "* " +
            xfer::make_error_code(xfer::error::got_nothing).message() +
            "\n"
            "* Closing connection #3\n"
    );
}

TEST_CASE("verbose: whether a connection is kept is told by the heads", "[cli]") {
    scene s(verbose());
    std::string method = "GET";
    std::string request = "GET / HTTP/1.1\r\n\r\n";
    std::string response;
    int status = 200;
    bool kept = false;
    SECTION("a length") {
        response = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        kept = true;
    }
    SECTION("neither length nor chunks") { response = "HTTP/1.1 200 OK\r\n\r\n"; }
    SECTION("no body") {
        response = "HTTP/1.1 204 OK\r\n\r\n";
        status = 204;
        kept = true;
    }
    SECTION("a HEAD") {
        response = "HTTP/1.1 200 OK\r\n\r\n";
        method = "HEAD";
        kept = true;
    }
    SECTION("the server closes") {
        response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n";
    }
    SECTION("we close") {
        response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    }
    SECTION("an old server") {
        response = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    }
    SECTION("an old server that keeps it") {
        response =
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";
        kept = true;
    }
    SECTION("no head at all") { status = 0; }
    s.tell(trace::started{method, "http://a.test/"}, 0);
    s.tell(trace::request_head{request});
    s.tell(trace::response_head{status, response});
    const xfer::info info;
    s.tell(trace::done{{}, {}, info});
    const auto text = s.err.text();
    CHECK(text.ends_with(
        kept ? "* Connection #0 to host a.test left intact\n"
             : "* Closing connection #0\n"
    ));
}

TEST_CASE("verbose: a POST that is redirected", "[cli]") {
    scene s(verbose());
    rig r(GENERATE(both_ways()), s.settings());
    memory_server a(*r.network, "a.test", 80, [](const memory_request& q) {
        return q.target == "/" ? memory_reply::with_length("ok")
                               : memory_reply::with_length(
                                     "moved", 302, "Location: http://a.test/\r\n"
                                 );
    });
    auto request = xfer::post("http://a.test/form", "a=b", {.max_redirects = 5});
    CHECK_FALSE(r.transfer(request).ec);
    const auto text = s.err.text();
    CAPTURE(text);
    const auto sent = text.find(
        "} [3 bytes data]\n"
        "* upload completely sent off: 3 bytes\n"
        "< HTTP/1.1 302 "
    );
    const auto next = text.find(
        "{ [5 bytes data]\n"
        "* Connection #0 to host a.test left intact\n"
        "* Issue another request to this URL: 'http://a.test/'\n"
        "* Switch from POST to GET\n"
        "* Reusing existing http: connection with host a.test\n"
        "> GET / HTTP/1.1\r\n"
    );
    CHECK(sent != std::string::npos);
    CHECK(next != std::string::npos);
    CHECK(sent < next);
}

TEST_CASE("verbose: pieces of a body in a row have one line", "[cli]") {
    scene s(verbose());
    s.tell(trace::response_body{"abc"});
    s.tell(trace::response_body{"defgh"});
    s.tell(trace::response_body{""});
    s.tell(trace::interim_head{103, "HTTP/1.1 103 Early\r\n\r\n"});
    s.tell(trace::response_body{"ij"});
    CHECK(
        s.err.text() ==
        "{ [3 bytes data]\n< HTTP/1.1 103 Early\r\n< \r\n{ [2 bytes data]\n"
    );
}

TEST_CASE("verbose: TLS and its certificate", "[cli]") {
    scene s(verbose());
    xfer::tls_info tls;
    tls.version = "TLSv1.3";
    tls.cipher = "TLS_AES_256_GCM_SHA384";
    tls.group = "x25519";
    tls.alpn = "http/1.1";
    tls.subject = "CN=a.test";
    tls.issuer = "CN=ca";
    tls.expires = "Nov 22 20:12:43 2026 GMT";
    tls.peer_verified = true;
    s.tell(trace::secured{tls});
    CHECK(
        s.err.text() ==
        "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / x25519\n"
        "* ALPN: server accepted http/1.1\n"
        "* Server certificate:\n"
        "*  subject: CN=a.test\n"
        "*  expire date: Nov 22 20:12:43 2026 GMT\n"
        "*  issuer: CN=ca\n"
        "*  SSL certificate verify ok.\n"
    );
    tls.peer_verified = false;
    tls.alpn.clear();
    s.tell(trace::secured{tls, true});
    const auto text = s.err.text();
    CHECK(text.find("* Proxy certificate:\n") != std::string::npos);
    CHECK(text.ends_with("*  SSL certificate was not verified, continuing anyway.\n"));
}

TEST_CASE("verbose: a tunnel through a proxy", "[cli]") {
    scene s(verbose());
    s.tell(trace::proxy{"http://p.test:3128"});
    s.tell(trace::login{"http://p.test:3128", "Basic", true});
    s.tell(trace::request_head{"CONNECT a.test:443 HTTP/1.1\r\n\r\n", true});
    s.tell(trace::response_head{200, "HTTP/1.1 200 OK\r\n\r\n", true});
    CHECK(
        s.err.text() ==
        "* Using proxy http://p.test:3128\n"
        "* Proxy auth using Basic\n"
        "* Establishing HTTP proxy tunnel to a.test:443\n"
        "> CONNECT a.test:443 HTTP/1.1\r\n"
        "> \r\n"
        "< HTTP/1.1 200 OK\r\n"
        "< \r\n"
        "* CONNECT tunnel established, response 200\n"
    );
}

TEST_CASE("verbose: a unix socket has no port", "[cli]") {
    scene s(verbose());
    xfer::connection_facts facts;
    facts.remote_address = "/run/x";
    s.tell(trace::started{"GET", "http://[::1]:8/"}, 0);
    s.tell(trace::connecting{"/run/x", 0}, 0);
    s.tell(trace::connected{facts});
    CHECK(s.err.text() == "*   Trying /run/x...\n* Connected to [::1] (/run/x)\n");
}

TEST_CASE("verbose: ids and times stand before each line", "[cli]") {
    auto settings = verbose();
    settings.trace_ids = true;
    scene s(settings);
    s.tell(trace::connecting{"127.0.0.1", 80}, 0);
    s.tell(trace::request_head{"GET / HTTP/1.1\r\n\r\n"}, 3);
    CHECK(
        s.err.text() ==
        "[0-x] *   Trying 127.0.0.1:80...\n"
        "[0-2] > GET / HTTP/1.1\r\n"
        "[0-2] > \r\n"
    );
    settings.trace_time = true;
    scene timed(settings);
    timed.tell(trace::response_body{"abc"});
    CHECK(std::regex_match(
        timed.err.text(),
        std::regex(R"(\d\d:\d\d:\d\d\.\d{6} \[0-0\] \{ \[3 bytes data\]\n)")
    ));
}

TEST_CASE("verbose: components add lines", "[cli]") {
    auto settings = verbose();
    settings.trace_config = {"multi,write"};
    scene s(settings);
    s.tell(trace::queued{}, 0);
    s.tell(trace::started{"GET", "http://a.test/"}, 0);
    s.tell(trace::response_body{"abc"});
    CHECK(
        s.err.text() ==
        "* [MULTI] waits for its turn\n"
        "* [MULTI] GET http://a.test/\n"
        "* [WRITE] 3 bytes\n"
        "{ [3 bytes data]\n"
    );
}

TEST_CASE("trace: heads are sent at once and received line by line", "[cli]") {
    scene s(traced_to("-", true));
    CHECK(s.tracer.wanted());
    s.tell(trace::connecting{"127.0.0.1", 80}, 0);
    s.tell(trace::request_head{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
    s.tell(trace::request_body{"x=1"});
    s.tell(trace::response_head{200, "HTTP/1.1 200 OK\r\n\r\n"});
    s.tell(trace::response_body{"abc"});
    s.tell(trace::response_body{"def"});
    CHECK(
        s.out.text() ==
        "== Info:   Trying 127.0.0.1:80...\n"
        "=> Send header, 27 bytes (0x1b)\n"
        "0000: GET / HTTP/1.1\n"
        "0010: Host: a\n"
        "0019: \n"
        "=> Send data, 3 bytes (0x3)\n"
        "0000: x=1\n"
        "<= Recv header, 17 bytes (0x11)\n"
        "0000: HTTP/1.1 200 OK\n"
        "<= Recv header, 2 bytes (0x2)\n"
        "0000: \n"
        "<= Recv data, 3 bytes (0x3)\n"
        "0000: abc\n"
        "<= Recv data, 3 bytes (0x3)\n"
        "0000: def\n"
    );
    CHECK(s.err.text().empty());
}

TEST_CASE("trace: a file, standard error, and what cannot be opened", "[cli]") {
    scene on_err(traced_to("%"));
    on_err.tell(trace::response_body{"abc"});
    const std::string dump =
        "<= Recv data, 3 bytes (0x3)\n"
        "0000: 61 62 63                                        abc\n";
    CHECK(on_err.err.text() == dump);

    const auto name = (std::filesystem::temp_directory_path() /
                       ("xfer_tracing_" + std::to_string(std::random_device{}())))
                          .string();
    {
        scene in_file(traced_to(name));
        in_file.tell(trace::response_body{"abc"});
    }
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    CHECK(text.str() == dump);
    std::filesystem::remove(name);

    memory_file out;
    std::string error;
    tool::tracer none(
        traced_to("/nowhere/at/all"), out.get(), out.get(), nullptr, error
    );
    CHECK(error == "/nowhere/at/all: No such file or directory");
    CHECK_FALSE(none.wanted());
}

TEST_CASE("verbose: a terminal is cleared first and not steered", "[cli]") {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 && errno == ENOENT) {
        WARN("this system has no pseudo terminals: nothing was tested");
        return;
    }
    REQUIRE(master >= 0);
    REQUIRE(::grantpt(master) == 0);
    REQUIRE(::unlockpt(master) == 0);
    std::FILE* terminal = std::fopen(::ptsname(master), "w");
    REQUIRE(terminal != nullptr);
    int cleared = 0;
    std::string error;
    tool::tracer tracer(
        verbose(), terminal, terminal, [&] { ++cleared; }, error
    );
    const std::string head = "X: \x1b[2J\r\n\r\n";
    tracer({xfer::transfer_id(1, 0), 1, {}, trace::response_head{200, head}});
    tracer.bodies_on_terminal(true);
    tracer({xfer::transfer_id(1, 0), 1, {}, trace::response_body{"abc"}});
    CHECK(cleared == 1);
    const std::string expected = "< X: ?[2J\r\r\n< \r\r\n";
    std::string seen;
    pollfd ready{master, POLLIN, 0};
    while (seen.size() < expected.size() && ::poll(&ready, 1, 5000) == 1) {
        std::array<char, 100> buffer{};
        const auto n = ::read(master, buffer.data(), buffer.size());
        if (n <= 0) break;
        seen.append(buffer.data(), static_cast<std::size_t>(n));
    }
    CHECK(seen == expected);
    std::fclose(terminal);
    ::close(master);
}
