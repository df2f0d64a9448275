// -w: variables, where they are written to, and JSON.
#include "output/write_out/write_out.hpp"

#include "cli/memory_file.hpp"
#include "output/write_out/variables.hpp"
#include <xfer/engine/transfer.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

namespace {

using test::memory_file;
using xfer::engine::response_access;
using namespace std::chrono_literals;

xfer::url url_of(std::string_view text) {
    xfer::parsed_url out;
    REQUIRE_FALSE(xfer::url::parse(text, out));
    return out.target;
}

/// A transfer that worked, with two X-A fields.
struct scene {
    tool::operation asked;
    tool::outcome ended;
    std::shared_ptr<xfer::connection_facts> facts =
        std::make_shared<xfer::connection_facts>();

    scene() {
        ended.asked = &asked;
        ended.url = "http://a.test:81/p?q=1";
        ended.method = "GET";
        ended.file = "out";
        ended.transfer = 1;
        response_access::status(ended.response) = 200;
        response_access::version(ended.response) = 11;
        response_access::url(ended.response) = url_of(ended.url);
        auto& fields = response_access::fields(ended.response);
        fields.add("Content-Type", "text/plain");
        fields.add("X-A", "1");
        fields.add("Server", "s");
        fields.add("x-a", "two \"q\" \\ \xc3\xa4");
        facts->id = 3;
        facts->remote_address = "127.0.0.1";
        facts->remote_port = 81;
        facts->local_address = "127.0.0.2";
        facts->local_port = 40000;
        auto& info = response_access::info(ended.response);
        info.connection = facts;
        info.connections_opened = 1;
        info.request_size = 80;
        info.header_size = 116;
        info.bytes_received = 3000;
        info.bytes_sent = 5;
        info.timings.total = 2s;
        info.timings.connect = 1234567us;
        info.timings.tls = 1234567us;
    }
    xfer::info& info() { return response_access::info(ended.response); }
};

struct written {
    std::string out;
    std::string err;
};

written write(std::string_view format, const tool::outcome& ended) {
    memory_file out;
    memory_file err;
    tool::write_out(format, ended, out.get(), err.get(), {"curl", "libcurl/8"});
    return {out.text(), err.text()};
}

std::string text_of(std::string_view name, const tool::outcome& ended) {
    const auto both = write("%{" + std::string(name) + "}", ended);
    CHECK(both.err.empty());
    return both.out;
}

std::string component(std::string_view url, tool::url_part part) {
    return tool::plain_text(tool::url_component(url, part));
}

}  // namespace

TEST_CASE("write-out: text, escapes and what looks like a variable", "[cli]") {
    const scene s;
    CHECK(write("a\\n\\r\\t\\q\\\\%%b", s.ended).out == "a\n\r\t\\q\\\\%b");
    CHECK(write("%q%", s.ended).out == "%q%");
    CHECK(write("a\\", s.ended).out == "a\\");
    CHECK(write("%{http_code", s.ended).out == "%{http_code");
    CHECK(write("%header{x\\n", s.ended).out == "%header{x\n");
    CHECK(write("%output{x", s.ended).out == "%output{x");
    CHECK(write("", s.ended).out.empty());
}

TEST_CASE("write-out: an unknown variable is named, and the rest is written", "[cli]") {
    const scene s;
    const auto both = write("a%{nope}b%{}c", s.ended);
    CHECK(both.out == "abc");
    CHECK(
        both.err ==
        "curl: unknown --write-out variable: 'nope'\n"
        "curl: unknown --write-out variable: ''\n"
    );
}

TEST_CASE("write-out: variables of a transfer that worked", "[cli]") {
    scene s;
    const std::pair<std::string_view, std::string_view> expected[] = {
        {"certs", ""},
        {"conn_id", "2"},
        {"content_type", "text/plain"},
        {"errormsg", ""},
        {"exitcode", "0"},
        {"filename_effective", "out"},
        {"ftp_entry_path", ""},
        {"http_code", "200"},
        {"http_connect", "000"},
        {"http_version", "1.1"},
        {"local_ip", "127.0.0.2"},
        {"local_port", "40000"},
        {"method", "GET"},
        {"num_certs", "0"},
        {"num_connects", "1"},
        {"num_headers", "4"},
        {"num_redirects", "0"},
        {"num_retries", "0"},
        {"proxy_ssl_verify_result", "0"},
        {"proxy_used", "0"},
        {"redirect_url", ""},
        {"referer", ""},
        {"remote_ip", "127.0.0.1"},
        {"remote_port", "81"},
        {"response_code", "200"},
        {"scheme", "http"},
        {"size_download", "3000"},
        {"size_header", "116"},
        {"size_request", "85"},
        {"size_upload", "5"},
        {"speed_download", "1500"},
        {"speed_upload", "2"},
        {"ssl_verify_result", "0"},
        {"time_appconnect", "0.000000"},
        {"time_connect", "1.234567"},
        {"time_namelookup", "0.000000"},
        {"time_posttransfer", "0.000000"},
        {"time_pretransfer", "0.000000"},
        {"time_queue", "0.000000"},
        {"time_redirect", "0.000000"},
        {"time_starttransfer", "0.000000"},
        {"time_total", "2.000000"},
        {"tls_earlydata", "0"},
        {"url", "http://a.test:81/p?q=1"},
        {"url_effective", "http://a.test:81/p?q=1"},
        {"urlnum", "0"},
        {"xfer_id", "0"},
    };
    for (const auto& [name, value] : expected) {
        CAPTURE(name);
        CHECK(text_of(name, s.ended) == value);
    }
}

TEST_CASE("write-out: variables of a transfer that failed early", "[cli]") {
    tool::outcome ended;
    ended.url = "http://127.0.0.1:1/a";
    ended.exit_code = 7;
    ended.ec = xfer::error::connect_failed;
    ended.message = "no connection";
    CHECK(
        write(
            "%{http_code} %{exitcode} %{errormsg} %{scheme} %{http_version} %{conn_id} "
            "%{url_effective} [%{remote_ip}]",
            ended
        )
            .out == "000 7 no connection  0 -1 http://127.0.0.1:1/a []"
    );
}

TEST_CASE("write-out: onerror ends the text of a transfer that worked", "[cli]") {
    scene s;
    CHECK(write("a%{onerror}b", s.ended).out == "a");
    s.ended.exit_code = 22;
    CHECK(write("a%{onerror}b", s.ended).out == "ab");
}

TEST_CASE("write-out: a display is cleared only for what is written", "[cli]") {
    scene s;
    const auto calls_for = [&s](std::string_view format) {
        memory_file out;
        memory_file err;
        int calls = 0;
        const auto before_text = [&] {
            CHECK(out.text().empty());
            CHECK(err.text().empty());
            ++calls;
        };
        tool::write_out(format, s.ended, out.get(), err.get(), {}, before_text);
        return calls;
    };
    CHECK(calls_for("%{http_code}") == 1);
    CHECK(calls_for("%{stderr}%{http_code}") == 1);
    CHECK(calls_for("%{nope}") == 1);
    CHECK(calls_for("%{stderr}%{onerror}%{url}") == 0);
    s.ended.exit_code = 6;
    CHECK(calls_for("%{stderr}%{onerror}%{url}") == 1);
}

TEST_CASE("write-out: stderr and stdout switch where it goes", "[cli]") {
    const scene s;
    const auto both = write("1%{stderr}2%{stdout}3", s.ended);
    CHECK(both.out == "13");
    CHECK(both.err == "2");
}

TEST_CASE("write-out: a file gets what follows output", "[cli]") {
    const scene s;
    const auto name = (std::filesystem::temp_directory_path() /
                       ("xfer_write_out_" + std::to_string(std::random_device{}())))
                          .string();
    const auto content = [&] {
        std::ifstream file(name);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    };
    CHECK(write("a%output{" + name + "}b%{stdout}c", s.ended).out == "ac");
    CHECK(content() == "b");
    CHECK(write("%output{>>" + name + "}%{http_code}", s.ended).out.empty());
    CHECK(content() == "b200");
    CHECK(write("%output{" + name + "}x%{stderr}y", s.ended).err == "y");
    CHECK(content() == "x");
    std::filesystem::remove(name);
    // What cannot be opened changes nothing.
    CHECK(write("a%output{/nowhere/at/all}b", s.ended).out == "ab");
}

TEST_CASE("write-out: fields by name", "[cli]") {
    const scene s;
    CHECK(write("%header{X-A}|%header{server}|%header{no}|", s.ended).out == "1|s||");
    CHECK(
        write("%header{x-a:all:, \\n\\}}", s.ended).out == "1, \n}two \"q\" \\ \xc3\xa4"
    );
    CHECK(write("%header{x-a:all:}", s.ended).out == "1two \"q\" \\ \xc3\xa4");
}

TEST_CASE("write-out: the time is written in UTC", "[cli]") {
    const scene s;
    CHECK(write("%time{%z %Z %% a}", s.ended).out == "+0000 UTC % a");
    CHECK(write("%time{%f}", s.ended).out.size() == 6);
    CHECK(write("%time{%s}", s.ended).out.size() == 10);
}

TEST_CASE("write-out: header_json gathers the values of a name", "[cli]") {
    const scene s;
    CHECK(
        text_of("header_json", s.ended) ==
        "{\"content-type\":[\"text/plain\"],\n"
        "\"x-a\":[\"1\",\"two \\\"q\\\" \\\\ \xc3\xa4\"],\n"
        "\"server\":[\"s\"]\n}"
    );
    CHECK(text_of("header_json", tool::outcome()) == "{\n}");
}

TEST_CASE("write-out: json has every variable in alphabetical order", "[cli]") {
    const scene s;
    const auto json = text_of("json", s.ended);
    std::size_t at = 0;
    for (const auto& v : tool::all_variables()) {
        const auto next = json.find("\"" + std::string(v.name) + "\":", at);
        CAPTURE(v.name);
        REQUIRE(next != std::string::npos);
        at = next;
    }
    CHECK(json.starts_with("{\"certs\":\"\",\"conn_id\":2,"));
    CHECK(json.find("\"errormsg\":null,\"exitcode\":0,") != std::string::npos);
    CHECK(
        json.find("\"http_connect\":0,\"http_version\":\"1.1\",") != std::string::npos
    );
    CHECK(json.find("\"time_connect\":1.234567,") != std::string::npos);
    CHECK(json.find("\"url.port\":\"81\",\"url.query\":\"q=1\",") != std::string::npos);
    CHECK(json.ends_with(",\"xfer_id\":0,\"curl_version\":\"libcurl/8\"}"));
}

TEST_CASE("write-out: control octets are escaped in json", "[cli]") {
    CHECK(tool::json_text("\b\f\n\r\t\x01\x7f") == "\"\\b\\f\\n\\r\\t\\u0001\x7f\"");
}

TEST_CASE("write-out: components of a URL", "[cli]") {
    using tool::url_part;
    const auto* url = "HTTPS://me:s%40x@[::1]/a%20b?x=1#top";
    CHECK(component(url, url_part::scheme) == "https");
    CHECK(component(url, url_part::user) == "me");
    CHECK(component(url, url_part::password) == "s%40x");
    CHECK(component(url, url_part::host) == "[::1]");
    CHECK(component(url, url_part::port) == "443");
    CHECK(component(url, url_part::path) == "/a%20b");
    CHECK(component(url, url_part::query) == "x=1");
    CHECK(component(url, url_part::fragment) == "top");
    CHECK(component(url, url_part::options).empty());
    CHECK(component("ftp.a.test/x", url_part::scheme) == "ftp");
    CHECK(component("a.test:8080", url_part::scheme) == "http");
    CHECK(component("a.test:8080", url_part::port) == "8080");
    CHECK(component("a.test", url_part::path) == "/");
    CHECK(component("http://a.test/#@b", url_part::user).empty());
    CHECK(component("http://:::/", url_part::host).empty());
    CHECK(component("http://[fe80::1%25eth0]/", url_part::zoneid) == "eth0");
}

TEST_CASE("write-out: the URL that was fetched keeps user and password", "[cli]") {
    scene s;
    s.ended.url = "u:p@a.test:81/p?q=1";
    CHECK(text_of("url_effective", s.ended) == "http://u:p@a.test:81/p?q=1");
    CHECK(text_of("urle.user", s.ended) == "u");
    response_access::url(s.ended.response) = url_of("http://b.test/");
    CHECK(text_of("url_effective", s.ended) == "http://b.test/");
}

TEST_CASE("write-out: where a redirect that was not followed leads", "[cli]") {
    scene s;
    auto& fields = response_access::fields(s.ended.response);
    fields.add("Location", "/x?y=1");
    CHECK(text_of("redirect_url", s.ended).empty());
    response_access::status(s.ended.response) = 302;
    CHECK(text_of("redirect_url", s.ended) == "http://a.test:81/x?y=1");
    s.ended.url = "http://u:p@a.test:81/p";
    CHECK(text_of("redirect_url", s.ended) == "http://u:p@a.test:81/x?y=1");
    fields.set("Location", "http://b.test/z");
    CHECK(text_of("redirect_url", s.ended) == "http://b.test/z");
}

TEST_CASE("write-out: the referer is the last URL when it is automatic", "[cli]") {
    scene s;
    s.asked.referer = "foo";
    CHECK(text_of("referer", s.ended) == "foo");
    s.asked.auto_referer = true;
    CHECK(text_of("referer", s.ended) == "foo");
    s.info().redirects.push_back({"http://a.test/r#frag", 302, {}});
    CHECK(text_of("referer", s.ended) == "http://a.test/r");
    CHECK(text_of("num_redirects", s.ended) == "1");
}

TEST_CASE("write-out: a connection that was kept took no time", "[cli]") {
    scene s;
    s.info().connection_reused = true;
    s.info().connections_opened = 0;
    CHECK(text_of("time_connect", s.ended) == "0.000000");
    CHECK(text_of("num_connects", s.ended) == "0");
}

TEST_CASE("write-out: what is known of a certificate", "[cli]") {
    scene s;
    xfer::tls_info tls;
    tls.version = "TLSv1.3";
    tls.subject = "CN=a.test";
    tls.issuer = "CN=ca";
    tls.expires = "Nov 22 20:12:43 2026 GMT";
    s.facts->tls = tls;
    CHECK(
        text_of("certs", s.ended) ==
        "Subject:CN=a.test\nIssuer:CN=ca\nExpire date:Nov 22 20:12:43 2026 GMT\n"
    );
    CHECK(text_of("num_certs", s.ended) == "1");
    CHECK(text_of("time_appconnect", s.ended) == "1.234567");
    CHECK(text_of("ssl_verify_result", s.ended) == "1");
    s.ended.ec = xfer::error::certificate_self_signed;
    CHECK(text_of("ssl_verify_result", s.ended) == "18");
}
