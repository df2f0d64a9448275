// Command lines: what options set.
#include "asked.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace cli;

TEST_CASE("parse: numbers", "[cli][parse]") {
    const auto op = operation_of(
        "--retry 3 -m 2.5 --connect-timeout .25 --limit-rate 10k --max-filesize 2G -Y "
        "10 "
        "--keepalive-time 7 -C 12 --max-redirs -1 --create-file-mode 600" +
        url
    );
    CHECK(op.retry == 3);
    CHECK(op.max_time == std::chrono::milliseconds(2500));
    CHECK(op.connect_timeout == std::chrono::milliseconds(250));
    CHECK(op.limit_rate == 10240);
    CHECK(op.max_filesize == 2ULL * 1024 * 1024 * 1024);
    CHECK(op.speed_limit == 10);
    CHECK(op.speed_time == std::chrono::seconds(30));
    CHECK(op.keepalive_time == std::chrono::seconds(7));
    CHECK(op.resume_from == 12);
    CHECK(op.max_redirs == -1);
    CHECK(op.create_file_mode == 0600);
    CHECK(operation_of("-y 5" + url).speed_limit == 1);
}

TEST_CASE("parse: wrong numbers", "[cli][parse]") {
    check_option_mistake("-m abc" + url, "-m: expected a proper numerical parameter");
    check_option_mistake("-m 1x" + url, "-m: expected a proper numerical parameter");
    check_option_mistake("-m -1" + url, "-m: expected a positive numerical parameter");
    check_option_mistake("-m 99999999999999999999" + url, "-m: too large number");
    check_option_mistake(
        "--retry -1" + url, "--retry: expected a positive numerical parameter"
    );
    check_option_mistake(
        "--retry 1.5" + url, "--retry: expected a proper numerical parameter"
    );
    check_option_mistake(
        "--create-file-mode 888" + url,
        "--create-file-mode: expected a proper numerical parameter"
    );
    check_option_mistake(
        "--create-file-mode 1000" + url, "--create-file-mode: too large number"
    );
    check_option_mistake("--local-port 9-8" + url, "--local-port: is badly used here");
    check_option_mistake("--ip-tos 256" + url, "--ip-tos: too large number");
    check_mistake(
        "--limit-rate 3x" + url,
        2,
        "Warning: unsupported rate unit. Use G, M, K or B\n"
        "xfer: option --limit-rate: is badly used here\n" +
            try_line
    );
    check_mistake(
        "--max-filesize x" + url,
        2,
        "Warning: invalid number specified for max-filesize\n"
        "xfer: option --max-filesize: is badly used here\n" +
            try_line
    );
    CHECK(line("-s --max-filesize x" + url).err.starts_with("xfer: option"));
}

TEST_CASE("parse: rates", "[cli][parse]") {
    using std::chrono::milliseconds;
    const auto interval = [](const std::string& rate) {
        return command_of("--rate " + rate + url).rate_interval;
    };
    CHECK(interval("2/s") == milliseconds(500));
    CHECK(interval("3/m") == milliseconds(20'000));
    CHECK(interval("15/h") == milliseconds(240'000));
    CHECK(interval("15") == milliseconds(240'000));
    CHECK(interval("24/d") == milliseconds(3'600'000));
    CHECK(interval("3/15s") == milliseconds(5000));
    check_mistake(
        "--rate 3/x" + url,
        2,
        "xfer: unsupported --rate unit\nxfer: option --rate: is badly used here\n" +
            try_line
    );
    check_option_mistake("--rate 0" + url, "--rate: is badly used here");
    check_option_mistake("--rate 9999/s" + url, "--rate: too large number");
    // The clock's nanoseconds end after 292 years.
    CHECK(interval("1/100000d") == std::chrono::hours(24 * 100000));
    check_option_mistake("--rate 1/200000d" + url, "--rate: too large number");
}

TEST_CASE("parse: ports, types of service and addresses of sockets", "[cli][parse]") {
    const auto op = operation_of(
        "--local-port 4000-4010 --ip-tos CS1 --vlan-priority 7 --keepalive-cnt 3 "
        "--unix-socket a --abstract-unix-socket b" +
        url
    );
    CHECK(op.local_port == 4000);
    CHECK(op.local_port_count == 11);
    CHECK(op.ip_tos == 0x20U);
    CHECK(op.vlan_priority == 7U);
    CHECK(op.keepalive_count == 3U);
    CHECK(op.abstract_unix_socket == "b");
    CHECK(op.unix_socket.empty());
    CHECK(operation_of("--ip-tos VOICE-ADMIT" + url).ip_tos == 0xb0U);
    CHECK(operation_of("--local-port 80" + url).local_port_count == 1);
}

TEST_CASE("parse: ranges and offsets", "[cli][parse]") {
    CHECK(operation_of("-r 0-9,-5" + url).range == "0-9,-5");
    const auto all = command_of("-r 500" + url);
    CHECK(all.operations[0].range == "500-");
    CHECK(all.warnings.size() == 1);
    CHECK(command_of("-r a-b" + url).warnings.size() == 1);
    check_mistake(
        "-C - -r 1-" + url,
        2,
        "xfer: --continue-at is mutually exclusive with --range\n"
        "xfer: option -r: is badly used here\n" +
            try_line
    );
    for (const std::string text :
         {"-r 1- -C -",
          "--remove-on-error -C -",
          "--no-clobber -C 1",
          "-C 1 --no-clobber"}) {
        INFO(text);
        CHECK(line(text + url).exit_code == 2);
    }
    CHECK(line("-OJC -" + url).exit_code == 2);
}

TEST_CASE("parse: conditions of time", "[cli][parse]") {
    using std::chrono::seconds;
    using std::chrono::sys_seconds;
    const auto time = [](const std::string& text) {
        const auto made = cli::parse({"-z", text, "http://a.test/"});
        REQUIRE(!made.exit_code);
        CHECK(made.asked.warnings.empty());
        return made.asked.operations[0].condition_time;
    };
    const sys_seconds moment(seconds(784111777));  // 6 November 1994 08:49:37
    CHECK(time("Sun, 06 Nov 1994 08:49:37 GMT") == moment);
    CHECK(time("6 Nov 1994 08:49:37") == moment);
    CHECK(time("Nov 6 08:49:37 1994") == moment);
    CHECK(time("1994 Nov 6 08:49:37") == moment);
    CHECK(time("06-Nov-94 08:49:37") == moment);
    CHECK(time("GMT 08:49:37 06-Nov-94 Sunday") == moment);
    CHECK(time("19941106 08:49:37") == moment);
    const auto by_numbers = cli::parse({"-z", "1994-11-06 08:49:37", "http://a.test/"});
    CHECK_FALSE(by_numbers.asked.warnings.empty());
    CHECK(time("Sun, 06 Nov 1994 09:49:37 CET") == moment);
    CHECK(time("Sun, 06 Nov 1994 00:49:37 -0800") == moment);
    CHECK(time("19941106 10:49:37 +0200") == moment);
    CHECK(
        time("1994.Nov.6") ==
        sys_seconds(std::chrono::sys_days(std::chrono::year(1994) / 11 / 6))
    );
    CHECK(time("Sun/Nov/6/94/GMT") == time("1994.Nov.6"));
}

TEST_CASE("parse: the sign of a condition and the times of files", "[cli][parse]") {
    using condition = tool::time_condition;
    support::scratch here;
    support::write_file(here / "file", "x");
    CHECK(operation_of("-z 20200101" + url).condition == condition::if_modified_since);
    CHECK(operation_of("-z +20200101" + url).condition == condition::if_modified_since);
    CHECK(
        operation_of("-z -20200101" + url).condition == condition::if_unmodified_since
    );
    CHECK(operation_of("-z =20200101" + url).condition == condition::last_modified);
    const auto op = operation_of("-z " + here / "file" + url);
    CHECK(op.condition == condition::if_modified_since);
    CHECK(op.condition_time > std::chrono::sys_days(std::chrono::year(2020) / 1 / 1));
    const auto all = command_of("-z never" + url);
    CHECK(all.operations[0].condition == condition::none);
    CHECK(all.warnings.size() == 1);
    CHECK(command_of("-z 20200232" + url).warnings.size() == 1);
    CHECK(command_of("-z 20201301" + url).warnings.size() == 1);
    CHECK(
        operation_of("-z 20200231" + url).condition_time ==
        std::chrono::sys_days(std::chrono::year(2020) / 3 / 2)
    );
}

TEST_CASE("parse: expressions of protocols", "[cli][parse]") {
    const auto chosen = [](const std::string& text) {
        return operation_of("--proto " + text + url).protocols;
    };
    using names = std::vector<std::string>;
    CHECK(!operation_of("-s" + url).protocols_set);
    CHECK(chosen("=https") == names{"https"});
    CHECK(chosen("-http") == names{"https"});
    CHECK(chosen("-all,+http") == names{"http"});
    CHECK(chosen("-all,HTTPS") == names{"https"});
    CHECK(chosen("=http,https") == names{"http", "https"});
    CHECK(chosen("-all").empty());
    CHECK(chosen("all") == names{"http", "https"});
    const auto all = command_of("--proto =gopher --proto-redir =https" + url);
    CHECK(all.operations[0].protocols.empty());
    CHECK(all.operations[0].protocols_set);
    CHECK(all.operations[0].redirect_protocols == names{"https"});
    CHECK(all.warnings == names{"unrecognized protocol 'gopher'"});
    CHECK(operation_of("--proto-default HTTPS" + url).default_protocol == "HTTPS");
    CHECK(line("--proto-default foo" + url).exit_code == 1);
}

TEST_CASE("parse: logins", "[cli][parse]") {
    CHECK(operation_of("-u a:b" + url).auth == xfer::auth::basic);
    CHECK(operation_of("--digest" + url).auth == xfer::auth::digest);
    CHECK(operation_of("--digest --basic" + url).auth == xfer::auth::any);
    CHECK(operation_of("--anyauth" + url).auth == xfer::auth::any);
    CHECK(operation_of("--digest --no-digest" + url).auth == xfer::auth::basic);
    const auto op =
        operation_of("-u name --oauth2-bearer t -U p:q --proxy-digest" + url);
    CHECK(op.user == "name");
    CHECK(op.user_set);
    CHECK(op.bearer == "t");
    CHECK(op.proxy_user == "p:q");
    CHECK(op.proxy_auth == tool::proxy_login::digest);
}

TEST_CASE("parse: cookies are text or files", "[cli][parse]") {
    const auto made = cli::parse({"-b", "a=1; b", "-b", "jar", "-b", "", "http://a/"});
    const auto& op = made.asked.operations[0];
    CHECK(op.cookies == std::vector<std::string>{"a=1; b"});
    CHECK(op.cookie_files == std::vector<std::string>{"jar", ""});
}

TEST_CASE("parse: referers", "[cli][parse]") {
    const auto both = operation_of("-e http://b;auto" + url);
    CHECK(both.referer == "http://b");
    CHECK(both.auto_referer);
    CHECK(operation_of("-e ;auto" + url).referer.empty());
    CHECK(!operation_of("-e ;auto -e http://c" + url).auto_referer);
}

TEST_CASE("parse: proxies", "[cli][parse]") {
    const auto op = operation_of("--socks5-hostname h:1" + url);
    CHECK(op.proxy == "h:1");
    CHECK(op.default_proxy_scheme == "socks5h");
    const auto later = operation_of("--socks4 h:1 -x p:2" + url);
    CHECK(later.proxy == "p:2");
    CHECK(later.default_proxy_scheme.empty());
    CHECK(line("--proxy1.0 p:3" + url).exit_code == 4);
    CHECK(cli::parse({"-x", "", "http://a"}).asked.operations[0].proxy == "");
    CHECK(cli::parse({"--noproxy", "", "http://a"}).asked.operations[0].noproxy == "");
    CHECK(!operation_of("-s" + url).proxy);
}

TEST_CASE("parse: certificates and their passwords", "[cli][parse]") {
    const auto of = [](const std::string& text) {
        return cli::parse({"-E", text, "http://a"}).asked.operations[0].tls;
    };
    CHECK(of("a.pem").cert == "a.pem");
    CHECK(of("a.pem").pass.empty());
    CHECK(of("a.pem:secret").cert == "a.pem");
    CHECK(of("a.pem:se:cret").pass == "se:cret");
    CHECK(of("a\\:b:c").cert == "a:b");
    CHECK(of("a\\:b:c").pass == "c");
    CHECK(of("a\\\\b:c").cert == "a\\b");
    CHECK(of("a\\b").cert == "a\\b");
    CHECK(of("a:").pass.empty());
    CHECK(of("pkcs11:a;b:c").cert == "pkcs11:a;b:c");
    CHECK(operation_of("--proxy-cert a:b" + url).proxy_tls.pass == "b");
    CHECK(operation_of("--cert-type der" + url).tls.cert_type == "der");
    CHECK(operation_of("--key-type PEM" + url).tls.key_type == "PEM");
}

TEST_CASE("parse: versions of TLS", "[cli][parse]") {
    using version = xfer::tls_version;
    CHECK(operation_of("-1" + url).tls.min_version == version::v1_2);
    CHECK(operation_of("--tlsv1.3" + url).tls.min_version == version::v1_3);
    CHECK(operation_of("--tls-max 1.2" + url).tls.max_version == version::v1_2);
    CHECK(!operation_of("--tls-max default" + url).tls.max_version);
    CHECK(line("--tls-max 1.2 --tlsv1.3" + url).exit_code == 2);
    CHECK(line("--tlsv1.3 --tls-max 1.2" + url).exit_code == 2);
    CHECK(line("--tls-max 2" + url).exit_code == 2);
    CHECK(
        command_of("-2 -3" + url).warnings ==
        std::vector<std::string>{
            "--sslv2 is deprecated and has no function anymore",
            "--sslv3 is deprecated and has no function anymore"}
    );
}

TEST_CASE("parse: versions of HTTP and IP", "[cli][parse]") {
    CHECK(operation_of("-0" + url).http == xfer::http_version::v1_0);
    const auto all = command_of("-0 --http1.1" + url);
    CHECK(all.operations[0].http == xfer::http_version::v1_1);
    CHECK(all.warnings.size() == 1);
    CHECK(operation_of("-4" + url).ip == xfer::ip_version::v4);
    CHECK(operation_of("-4 -6" + url).ip == xfer::ip_version::v6);
}

TEST_CASE("parse: redirects", "[cli][parse]") {
    const auto all = command_of("--follow -L" + url);
    CHECK(all.operations[0].follow);
    CHECK(all.warnings == std::vector<std::string>{"--location overrides --follow"});
    const auto other = command_of("-L --follow" + url);
    CHECK(other.operations[0].follow);
    CHECK(other.warnings == std::vector<std::string>{"--follow overrides --location"});
    const auto trusted = operation_of("--location-trusted" + url);
    CHECK(trusted.follow);
    CHECK(trusted.location_trusted);
    check_option_mistake(
        "--max-redirs -2" + url, "--max-redirs: expected a proper numerical parameter"
    );
}

TEST_CASE("parse: -f and --fail-with-body deselect each other", "[cli][parse]") {
    const auto all = command_of("-f --fail-with-body" + url);
    CHECK(!all.operations[0].fail);
    CHECK(all.operations[0].fail_with_body);
    CHECK(all.warnings.size() == 1);
}

TEST_CASE("parse: -I shows headers and can be taken back", "[cli][parse]") {
    CHECK(operation_of("-I" + url).include);
    const auto op = operation_of("--no-head -d a -G" + url);
    CHECK(!op.head);
    CHECK(!op.include);
}

TEST_CASE("parse: traces and -v override each other", "[cli][parse]") {
    CHECK(command_of("-v" + url).verbose);
    const auto trace = command_of("-v --trace t" + url);
    CHECK(!trace.verbose);
    CHECK(trace.trace_file == "t");
    CHECK(!trace.trace_ascii);
    CHECK(
        trace.warnings ==
        std::vector<std::string>{"--trace overrides an earlier trace/verbose option"}
    );
    const auto verbose = command_of("--trace-ascii t -v" + url);
    CHECK(verbose.verbose);
    CHECK(verbose.trace_file.empty());
    CHECK(verbose.warnings.size() == 1);
    CHECK(!command_of("-v --no-verbose" + url).verbose);
}

TEST_CASE("parse: more letters v say more", "[cli][parse]") {
    const auto once = command_of("-v -v" + url);
    CHECK(!once.trace_ids);
    const auto twice = command_of("-vv" + url);
    CHECK(twice.verbose);
    CHECK(twice.trace_ids);
    CHECK(twice.trace_time);
    const auto thrice = command_of("-vvv" + url);
    CHECK(!thrice.verbose);
    CHECK(thrice.trace_file == "%");
    CHECK(thrice.trace_ascii);
    const auto config = command_of("--trace-config ids,time,-ids,dns" + url);
    CHECK(!config.trace_ids);
    CHECK(config.trace_time);
    CHECK(config.trace_config == std::vector<std::string>{"dns"});
}

TEST_CASE("parse: limits of parallel transfers", "[cli][parse]") {
    CHECK(command_of("--parallel-max 7" + url).parallel_max == 7);
    CHECK(command_of("--parallel-max 0" + url).parallel_max == 50);
    CHECK(command_of("--parallel-max 100000" + url).parallel_max == 65535);
    CHECK(command_of("--parallel-max-host 3" + url).parallel_max_host == 3);
}

TEST_CASE("parse: ETags are for one URL", "[cli][parse]") {
    CHECK(operation_of("--etag-save a --etag-compare b" + url).etag_compare == "b");
    CHECK(line("--etag-save a http://a http://b").exit_code == 2);
    CHECK(line("http://a http://b --etag-save a").exit_code == 2);
}

TEST_CASE("parse: forms", "[cli][parse]") {
    const auto op =
        operation_of("-F a=@b --form-string c=@d --form-escape -F e=f" + url);
    REQUIRE(op.form.size() == 3);
    CHECK(op.form[0].text == "a=@b");
    CHECK(!op.form[0].literal);
    CHECK(op.form[1].literal);
    CHECK(!op.form[1].escape);
    CHECK(op.form[2].escape);
    CHECK(line("-F nothing" + url).exit_code == 2);
}

TEST_CASE("parse: a sum is 64 hexadecimal digits", "[cli][parse]") {
    const std::string sum(64, 'a');
    CHECK(operation_of("--sha256 " + sum + url).targets[0].sha256 == sum);
    CHECK(line("--sha256 abc" + url).exit_code == 2);
    CHECK(line("--sha256 " + std::string(64, 'g') + url).exit_code == 2);
}
