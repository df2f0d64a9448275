// Whole runs against a loopback server: what is sent, what is said, how it ends.
#include "run_rig.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using cli::rig;
using tool::data_piece;
using xfer::testing::in_turn;
using xfer::testing::reply;
using xfer::testing::reply_function;

/// The names of the first request's fields, in their order.
std::vector<std::string> names_of(const rig& r) {
    std::vector<std::string> names;
    const auto seen = r.server.requests().at(0);
    for (const auto& [name, value] : seen.fields) {
        names.push_back(name);
    }
    return names;
}

}  // namespace

TEST_CASE("run: a plain GET has curl's fields", "[cli][run]") {
    rig r;
    r.who = tool::persona::curl;
    r.server.route("/a", "x");
    r.add("/a");
    CHECK(r.go() == 0);
    CHECK(names_of(r) == std::vector<std::string>{"Host", "User-Agent", "Accept"});
    CHECK(r.server.requests().at(0).field("User-Agent").starts_with("curl/8"));
    CHECK(r.server.requests().at(0).field("Accept") == "*/*");
}

TEST_CASE("run: -H adds or empties or replaces or removes", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().headers = {
        {"X-A: 1"}, {"X-A: 2"}, {"X-B;"}, {"Accept:"}, {"User-Agent: u"}, {"no field"}};
    r.add("/a");
    CHECK(r.go() == 0);
    const auto seen = r.server.requests().at(0);
    CHECK(seen.count("X-A") == 2);
    CHECK(seen.count("X-B") == 1);
    CHECK(seen.count("Accept") == 0);
    CHECK(seen.count("User-Agent") == 1);
    CHECK(seen.field("User-Agent") == "u");
}

TEST_CASE("run: -d posts a form and -G asks with it", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().data = {{data_piece::kind::text, "a=1"}, {data_piece::kind::text, "b=2"}};
    r.add("/a");
    SECTION("post") {
        CHECK(r.go() == 0);
        const auto seen = r.server.requests().at(0);
        CHECK(seen.method == "POST");
        CHECK(seen.body == "a=1&b=2");
        CHECK(seen.field("Content-Type") == "application/x-www-form-urlencoded");
    }
    SECTION("get") {
        r.op().get = true;
        CHECK(r.go() == 0);
        const auto seen = r.server.requests().at(0);
        CHECK(seen.method == "GET");
        CHECK(seen.target == "/a?a=1&b=2");
    }
    SECTION("in chunks if the user says so") {
        r.op().headers = {{"Transfer-Encoding: chunked"}};
        CHECK(r.go() == 0);
        const auto seen = r.server.requests().at(0);
        CHECK(seen.field("Transfer-Encoding") == "chunked");
        CHECK(seen.body == "a=1&b=2");
    }
}

TEST_CASE("run: --json has its own fields", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().json = true;
    r.op().data = {{data_piece::kind::json, "{}"}};
    r.add("/a");
    CHECK(r.go() == 0);
    const auto seen = r.server.requests().at(0);
    CHECK(seen.field("Content-Type") == "application/json");
    CHECK(seen.field("Accept") == "application/json");
    CHECK(seen.body == "{}");
}

TEST_CASE("run: -T puts files and names them in the URL", "[cli][run]") {
    rig r;
    r.server.route_prefix("/up", [](const auto&) { return reply(201); });
    support::write_file(r.place / "f 1", "one");
    support::write_file(r.place / "f 2", "two");
    r.add("/up/").upload = r.place / "f [1-2]";
    CHECK(r.go() == 0);
    const auto seen = r.server.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "PUT");
    CHECK(seen[0].target == "/up/f%201");
    CHECK(seen[0].body == "one");
    CHECK(seen[1].target == "/up/f%202");
    CHECK(seen[1].body == "two");
}

TEST_CASE("run: only a body above a mebibyte is announced", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    const auto size = GENERATE(std::size_t{1} << 20, (std::size_t{1} << 20) + 1);
    r.op().data = {{data_piece::kind::text, std::string(size, 'x')}};
    r.add("/a");
    CHECK(r.go() == 0);
    const auto seen = r.server.requests().at(0);
    CHECK(seen.count("Expect") == (size > (std::size_t{1} << 20) ? 1U : 0U));
    CHECK(seen.body_size == size);
}

TEST_CASE("run: connections are used again in one run", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    for (int i = 0; i < 3; ++i) {
        r.add("/a");
    }
    CHECK(r.go() == 0);
    CHECK(r.server.counts().accepted == 1);
}

TEST_CASE("run: a status is no failure unless -f says so", "[cli][run]") {
    rig r;
    r.server.route("/a", reply(404, "gone"));
    r.add("/a");
    SECTION("without") {
        CHECK(r.go() == 0);
        CHECK(r.out.text() == "gone");
    }
    SECTION("-f") {
        r.op().fail = true;
        CHECK(r.go() == 22);
        CHECK(r.out.text().empty());
        CHECK(r.err.text() == "xfer: (22) The requested URL returned error: 404\n");
    }
    SECTION("--fail-with-body") {
        r.op().fail_with_body = true;
        CHECK(r.go() == 22);
        CHECK(r.out.text() == "gone");
    }
}

TEST_CASE("run: the exit code is the last transfer's", "[cli][run]") {
    rig r;
    r.server.route("/good", "x");
    r.op().fail = true;
    SECTION("a failure before it counts not") {
        r.add("/none");
        r.add("/good");
        CHECK(r.go() == 0);
        CHECK(r.out.text() == "x");
    }
    SECTION("unless the first one ends all") {
        r.asked.fail_early = true;
        r.add("/none");
        r.add("/good");
        CHECK(r.go() == 22);
        CHECK(r.server.counts().requests == 1);
    }
    SECTION("with -Z any failure counts") {
        r.asked.parallel = true;
        r.add("/none");
        r.add("/good");
        CHECK(r.go() == 22);
        CHECK(r.out.text() == "x");
    }
}

TEST_CASE("run: -Z has as many under way as --parallel-max", "[cli][run]") {
    rig r;
    r.server.route("/a", reply(200, "x").hold());
    r.asked.parallel = true;
    r.asked.parallel_max = 3;
    for (int i = 0; i < 5; ++i) {
        r.add("/a");
    }
    const std::function<void()> watch = [&r] {
        CHECK(r.server.wait_for_requests(3));
        CHECK(r.server.counts().requests == 3);
        r.server.release();
        CHECK(r.server.wait_for_requests(5));
        r.server.release();
    };
    std::thread other(watch);
    CHECK(r.go() == 0);
    other.join();
    CHECK(r.out.text() == "xxxxx");
    CHECK(r.server.counts().accepted == 3);
}

TEST_CASE("run: -Z makes a thousand transfers", "[cli][run]") {
    rig r;
    r.server.route_prefix("/n", [](const auto&) { return reply(200, "."); });
    r.asked.parallel = true;
    r.add("/n[1-1000]");
    CHECK(r.go() == 0);
    CHECK(r.out.text() == std::string(1000, '.'));
    CHECK(r.server.counts().accepted <= r.asked.parallel_max);
}

TEST_CASE("run: curl's words for what goes wrong", "[cli][run]") {
    rig r;
    SECTION("no such host") {
        r.add("/").url = "http://name.invalid/";
        CHECK(r.go() == 6);
        CHECK(r.err.text() == "xfer: (6) Could not resolve host: name.invalid\n");
    }
    SECTION("nobody listens") {
        std::string url;
        {
            const xfer::testing::server gone;
            url = gone.url("/");
        }
        r.add("/").url = url;
        CHECK(r.go() == 7);
        CHECK(r.err.text().starts_with("xfer: (7) Failed to connect to 127.0.0.1 port ")
        );
    }
    SECTION("another protocol") {
        r.add("/").url = "gopher://a.test/";
        CHECK(r.go() == 1);
        CHECK(r.err.text() == "xfer: (1) Protocol \"gopher\" not supported\n");
    }
    SECTION("a protocol that the name of the host says") {
        r.add("/").url = "ftp.a.test/x";
        CHECK(r.go() == 1);
        CHECK(r.err.text() == "xfer: (1) Protocol \"ftp\" not supported\n");
    }
    SECTION("a protocol that is not allowed") {
        r.op().protocols_set = true;
        r.op().protocols = {"https"};
        r.add("/");
        CHECK(r.go() == 1);
        CHECK(r.err.text() == "xfer: (1) Protocol \"http\" disabled\n");
    }
    SECTION("a blank in the URL") {
        r.add("/a b");
        CHECK(r.go() == 3);
        CHECK(r.err.text().starts_with("xfer: (3) URL rejected: "));
    }
    SECTION("cut off") {
        auto cut = reply(200, std::string(30, 'x'));
        r.server.route("/a", cut.close_after(3, xfer::testing::from::body));
        r.add("/a");
        CHECK(r.go() == 18);
        CHECK(
            r.err.text() ==
            "xfer: (18) transfer closed with 27 bytes remaining to read\n"
        );
    }
    SECTION("nothing") {
        r.server.route("/a", reply(200).close_after(0));
        r.add("/a");
        CHECK(r.go() == 52);
        CHECK(r.err.text() == "xfer: (52) Empty reply from server\n");
    }
    SECTION("not HTTP/1") {
        r.server.route("/a", reply::exactly("junk\r\n\r\n").close_after(8));
        r.add("/a");
        CHECK(r.go() == 1);
        CHECK(r.err.text() == "xfer: (1) Received HTTP/0.9 when not allowed\n");
    }
    SECTION("too large") {
        r.server.route("/a", "0123456789");
        r.op().max_filesize = 5;
        r.add("/a");
        CHECK(r.go() == 63);
        CHECK(r.err.text() == "xfer: (63) Maximum file size exceeded\n");
    }
    SECTION("a user in the URL who must not be there") {
        r.op().disallow_username_in_url = true;
        r.add("/").url = "http://a:b@127.0.0.1/";
        CHECK(r.go() == 67);
    }
}

TEST_CASE("run: redirects are followed as far as --max-redirs", "[cli][run]") {
    rig r;
    auto around = reply(302);
    r.server.route("/a", around.with_field("Location", "/a"));
    r.op().follow = true;
    r.add("/a");
    const long most = GENERATE(0L, 2L);
    r.op().max_redirs = most;
    CHECK(r.go() == 47);
    CHECK(
        r.err.text() ==
        "xfer: (47) Maximum (" + std::to_string(most) + ") redirects followed\n"
    );
    CHECK(r.server.counts().requests == static_cast<std::size_t>(most) + 1);
}

TEST_CASE("run: --proto-redir keeps a redirect from being followed", "[cli][run]") {
    rig r;
    auto away = reply(302);
    r.server.route("/a", away.with_field("Location", "/b"));
    r.op().follow = true;
    r.op().redirect_protocols_set = true;
    r.op().redirect_protocols = {"https"};
    r.add("/a");
    CHECK(r.go() == 1);
    CHECK(r.server.counts().requests == 1);
}

TEST_CASE("run: a retry takes back what the try before has written", "[cli][run]") {
    rig r;
    r.server.route(
        "/a", reply_function(in_turn({reply(503, "busy, sorry"), reply(200, "x")}))
    );
    r.op().retry = 1;
    r.op().retry_delay = 1ms;
    r.asked.silent = false;
    r.asked.progress_meter = false;
    r.add("/a", "f");
    CHECK(r.go() == 0);
    CHECK(r.file("f") == "x");
    CHECK(
        r.err.text() ==
        "Warning: Problem: HTTP error. Will retry in 0 seconds. 1 retry left.\n"
    );
}

TEST_CASE("run: who the user is comes from -u or the URL", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    SECTION("-u") {
        r.op().user = "a:b";
        r.op().user_set = true;
        r.add("/a");
    }
    SECTION("the URL") {
        auto& url = r.add("/a").url;
        url.insert(url.find("//") + 2, "a:b@");
    }
    CHECK(r.go() == 0);
    CHECK(r.server.requests().at(0).field("Authorization") == "Basic YTpi");
}

TEST_CASE("run: cookies live as long as the run and in the jar", "[cli][run]") {
    rig r;
    auto setting = reply(200, "x");
    r.server.route("/a", setting.with_field("Set-Cookie", "k=v"));
    r.add("/a", "x");
    r.add("/a", "y");
    SECTION("not without -b or -c") {
        CHECK(r.go() == 0);
        CHECK(r.server.requests().at(1).count("Cookie") == 0);
    }
    SECTION("-c") {
        r.op().cookie_jar = r.place / "jar";
        CHECK(r.go() == 0);
        CHECK(r.server.requests().at(1).field("Cookie") == "k=v");
        CHECK(r.file("jar").find("\tk\tv") != std::string::npos);
    }
    SECTION("-c, and a jar whose mode somebody has chosen") {
        namespace fs = std::filesystem;
        const auto chosen = fs::perms(0640);
        support::write_file(r.place / "jar", "");
        fs::permissions(r.place / "jar", chosen);
        r.op().cookie_jar = r.place / "jar";
        CHECK(r.go() == 0);
        CHECK(fs::status(r.place / "jar").permissions() == chosen);
        CHECK(r.file("jar").find("\tk\tv") != std::string::npos);
    }
    SECTION("-c - and a cookie of -b") {
        r.op().cookie_jar = "-";
        r.op().cookies = {"a=b", "c=d"};
        CHECK(r.go() == 0);
        CHECK(r.server.requests().at(0).field("Cookie") == "a=b;c=d");
        CHECK(r.server.requests().at(1).field("Cookie") == "k=v; a=b;c=d");
        CHECK(r.out.text().find("\tk\tv") != std::string::npos);
    }
}

TEST_CASE("run: the rest of what a request may say", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().referer = "http://r.test/";
    r.op().user_agent = "";
    r.op().range = "0-3";
    r.op().condition = tool::time_condition::if_modified_since;
    r.op().condition_time = std::chrono::sys_seconds(std::chrono::seconds(784111777));
    r.op().url_query = {"a=b c"};
    r.op().method = "REPORT";
    r.add("/a");
    CHECK(r.go() == 0);
    const auto seen = r.server.requests().at(0);
    CHECK(seen.method == "REPORT");
    CHECK(seen.target == "/a?a=b+c");
    CHECK(seen.field("Referer") == "http://r.test/");
    CHECK(seen.count("User-Agent") == 0);
    CHECK(seen.field("Range") == "bytes=0-3");
    CHECK(seen.field("If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("run: a request target of one's own", "[cli][run]") {
    rig r;
    r.server.route("*", "x");
    r.op().request_target = "*";
    r.op().method = "OPTIONS";
    r.add("/a");
    CHECK(r.go() == 0);
    CHECK(r.server.requests().at(0).target == "*");
}

TEST_CASE("run: -x and its user, before which --noproxy goes", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().proxy = r.server.host_port();
    r.op().proxy_user = "p:q r";
    r.add("/a").url = "http://a.test/a";
    CHECK(r.go() == 0);
    const auto seen = r.server.requests().at(0);
    CHECK(seen.target == "http://a.test/a");
    CHECK(seen.field("Proxy-Authorization") == "Basic cDpxIHI=");
    CHECK(seen.field("Proxy-Connection") == "Keep-Alive");

    SECTION("except for a host") {
        r.op().noproxy = "a.test";
        r.op().resolve = {"a.test:80:127.0.0.1"};
        r.op().connect_to = {"a.test:80:127.0.0.1:" + std::to_string(r.server.port())};
        CHECK(r.go() == 0);
        CHECK(r.server.requests().at(1).target == "/a");
        CHECK(r.server.requests().at(1).count("Proxy-Connection") == 0);
    }
}

TEST_CASE("run: a glob that is none ends the run with error 3", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.add("/a");
    r.add("/[2-1]");
    CHECK(r.go() == 3);
    CHECK(r.out.text() == "x");
}

TEST_CASE("run: -w is written after each transfer", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.op().write_out = " %{http_code} %{urlnum}\\n";
    r.add("/a");
    r.add("/b");
    CHECK(r.go() == 0);
    CHECK(r.out.text() == "x 200 0\nno route\n 404 1\n");
}

TEST_CASE("run: --stats sums up", "[cli][run]") {
    rig r;
    r.server.route("/a", "x");
    r.asked.stats = true;
    r.add("/a");
    r.add("/a");
    CHECK(r.go() == 0);
    const auto said = r.err.text();
    CHECK(said.find("transfers    2 (0 failed, 0 retries)") != std::string::npos);
    CHECK(said.find("connections  1 opened, 1 reused") != std::string::npos);
    CHECK(said.find("received     2 bytes") != std::string::npos);
}

TEST_CASE("run: --stderr takes what is said", "[cli][run]") {
    rig r;
    r.asked.error_file = r.place / "said";
    r.add("/").url = "gopher://a.test/";
    CHECK(r.go() == 1);
    CHECK(r.err.text().empty());
    CHECK(r.file("said") == "xfer: (1) Protocol \"gopher\" not supported\n");
}

TEST_CASE("run: what is said cannot steer a terminal", "[cli][run]") {
    rig r;
    r.asked.silent = false;
    r.asked.progress_meter = false;
    r.asked.verbose = true;
    r.op().skip_existing = true;
    support::write_file(r.place / "a\033[2J\xc2\x9bm\xc3\xa4", "");
    r.add("/a", "a\033[2J\xc2\x9bm\xc3\xa4");
    r.add("/").url = "go\033pher://a.test/";
    CHECK(r.go() == 3);
    CHECK_THAT(r.err.text(), Contains("a?[2J?m\xc3\xa4"));
    CHECK_THAT(r.err.text(), Contains("'go?pher' is no scheme"));
    CHECK_THAT(r.err.text(), !Contains("\033") && !Contains("\x9b"));
}

TEST_CASE("run: warnings are wrapped at 79 columns", "[cli][run]") {
    rig r;
    r.asked.silent = false;
    r.asked.progress_meter = false;
    r.server.route("/a", "x");
    r.asked.warnings = {std::string(60, 'a') + " " + std::string(30, 'b')};
    r.add("/a");
    CHECK(r.go() == 0);
    CHECK(
        r.err.text() == "Warning: " + std::string(60, 'a') +
                            " \nWarning: " + std::string(30, 'b') + "\n"
    );
}
