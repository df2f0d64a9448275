// Command lines: words, URLs and what belongs to them, and what is said of mistakes.
#include "asked.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

using namespace cli;

using output_kind = tool::target::output_kind;

TEST_CASE("parse: short options may be joined", "[cli][parse]") {
    const auto all = command_of("-sSLo out" + url);
    CHECK(all.silent);
    CHECK(all.show_error);
    const auto& op = all.operations.front();
    CHECK(op.follow);
    REQUIRE(op.targets.size() == 1);
    CHECK(op.targets[0].url == "http://a.test/");
    CHECK(op.targets[0].output == output_kind::file);
    CHECK(op.targets[0].file == "out");
}

TEST_CASE("parse: an argument may follow its letter at once", "[cli][parse]") {
    const auto op = operation_of("-Lofile -XPUT -m5" + url);
    CHECK(op.targets[0].file == "file");
    CHECK(op.method == "PUT");
    CHECK(op.max_time == std::chrono::seconds(5));
    CHECK(operation_of("-o=x" + url).targets[0].file == "=x");
}

TEST_CASE(
    "parse: long options take an argument behind = or as the next word", "[cli][parse]"
) {
    CHECK(operation_of("--request=PUT" + url).method == "PUT");
    CHECK(operation_of("--request PUT" + url).method == "PUT");
    CHECK(operation_of("--user-agent=a=b" + url).user_agent == "a=b");
    CHECK(operation_of("--user-agent=" + url).user_agent == "");
    CHECK(operation_of("--url=http://b.test/").targets[0].url == "http://b.test/");
    check_option_mistake(
        "--silent=yes" + url, "--silent=yes: had unsupported trailing garbage"
    );
}

TEST_CASE("parse: a long name may be shortened", "[cli][parse]") {
    CHECK(operation_of("--conti -" + url).resume_from_file);
    CHECK(operation_of("--user-ag=me" + url).user_agent == "me");
    check_option_mistake("--retr 1" + url, "--retr: is ambiguous");
}

TEST_CASE("parse: --no- takes flags back", "[cli][parse]") {
    CHECK(!operation_of("-L --no-location" + url).follow);
    CHECK(!operation_of("--no-keepalive" + url).keepalive);
    CHECK(operation_of("--no-keepalive --keepalive" + url).keepalive);
    CHECK(operation_of("-N" + url).no_buffer);
    CHECK(operation_of("--no-buffer" + url).no_buffer);
    CHECK(operation_of("--no-clobber" + url).clobber == tool::clobbering::never);
    CHECK(operation_of("--clobber" + url).clobber == tool::clobbering::always);
    CHECK(!command_of("--no-progress-meter" + url).progress_meter);
    check_option_mistake(
        "--no-data x" + url,
        "--no-data: the given option cannot be reversed with a --no- prefix"
    );
}

TEST_CASE("parse: -- ends the options and a lone dash is an argument", "[cli][parse]") {
    const auto op = operation_of("-s -- -o -x");
    REQUIRE(op.targets.size() == 2);
    CHECK(op.targets[0].url == "-o");
    CHECK(op.targets[1].url == "-x");
    CHECK(operation_of("-T -" + url).targets[0].upload == "-");
    CHECK(operation_of("-o -" + url).targets[0].file == "-");
    check_option_mistake("-", "-: is unknown");
}

TEST_CASE("parse: outputs belong to URLs in their order", "[cli][parse]") {
    const auto op = operation_of("-o 1 http://a http://b -O http://c -o 3 http://d");
    REQUIRE(op.targets.size() == 4);
    CHECK(op.targets[0].file == "1");
    CHECK(op.targets[1].output == output_kind::remote_name);
    CHECK(op.targets[2].file == "3");
    CHECK(op.targets[3].output == output_kind::standard);
    CHECK(
        operation_of("http://a --out-null").targets[0].output == output_kind::nowhere
    );
}

TEST_CASE("parse: uploads belong to URLs in their order", "[cli][parse]") {
    const auto op = operation_of("-T a -T b http://1 http://2 http://3");
    REQUIRE(op.targets.size() == 3);
    CHECK(op.targets[0].upload == "a");
    CHECK(op.targets[1].upload == "b");
    CHECK(!op.targets[2].upload);
    const auto made = cli::parse({"-T", "", "-T", "b", "http://1", "http://2"});
    CHECK(!made.asked.operations[0].targets[0].upload);
    CHECK(made.asked.operations[0].targets[1].upload == "b");
}

TEST_CASE("parse: an output without a URL is warned of", "[cli][parse]") {
    const auto all = command_of("-o 1 -o 2" + url);
    CHECK(all.operations[0].targets.size() == 1);
    CHECK(
        all.warnings == std::vector<std::string>{"Got more output options than URLs"}
    );
    CHECK(command_of("-T 1 -T 2" + url).warnings == all.warnings);
}

TEST_CASE("parse: hashes belong to URLs in their order", "[cli][parse]") {
    const std::string a(64, 'a');
    const std::string b(64, 'b');
    const auto op = operation_of(
        "--sha256 " + a + " -o 1 http://1 http://2 -O --sha256 " + b + " http://3"
    );
    REQUIRE(op.targets.size() == 3);
    CHECK(op.targets[0].sha256 == a);
    CHECK(op.targets[1].sha256 == b);
    CHECK(op.targets[2].sha256.empty());
    // What is to be checked is never passed over.
    check_mistake(
        "--sha256 " + a + " --sha256 " + b + url,
        2,
        "xfer: (2) more --sha256 than URLs\n" + try_line
    );
}

TEST_CASE("parse: --remote-name-all holds for the URLs behind it", "[cli][parse]") {
    const auto op =
        operation_of("--remote-name-all http://a http://b -o x --no-remote-name");
    CHECK(op.targets[0].file == "x");
    CHECK(op.targets[1].output == output_kind::standard);
    const auto all = operation_of("--remote-name-all http://a http://b");
    CHECK(all.targets[0].output == output_kind::remote_name);
    CHECK(all.targets[1].output == output_kind::remote_name);
}

TEST_CASE("parse: --next begins anew but for what holds for all", "[cli][parse]") {
    const auto all =
        command_of("-s -d x -L http://a --next -I http://b -: http://c -Z");
    REQUIRE(all.operations.size() == 3);
    CHECK(all.silent);
    CHECK(all.parallel);
    CHECK(all.operations[0].follow);
    CHECK(all.operations[0].data.size() == 1);
    CHECK(!all.operations[1].follow);
    CHECK(all.operations[1].head);
    CHECK(all.operations[1].data.empty());
    CHECK(!all.operations[2].head);
    check_mistake(
        "--next http://a",
        2,
        "xfer: missing URL before --next\nxfer: option --next: is badly used here\n" +
            try_line
    );
    check_mistake("http://a --next -s", 2, "xfer: (2) no URL specified\n" + try_line);
}

TEST_CASE("parse: only one method can be chosen", "[cli][parse]") {
    const auto text = GENERATE(
        as<std::string>(), "-d a -F b=c", "-d a -T x", "-I -d a", "-F a=b -T x"
    );
    const auto made = line(text + url);
    INFO(text);
    CHECK(made.exit_code == 2);
    CHECK(made.err.starts_with(
        "Warning: You can only select one HTTP request method! You asked for both "
    ));
    CHECK(made.err.find("xfer: ") == std::string::npos);
}

TEST_CASE(
    "parse: a method that comes too late is the mistake of its option", "[cli][parse]"
) {
    check_mistake(
        "-F a=b -I" + url,
        2,
        "Warning: You can only select one HTTP request method! You asked for both HEAD "
        "\n"
        "Warning: (-I, --head) and multipart formpost (-F, --form).\n"
        "xfer: option -I: is badly used here\n" +
            try_line
    );
}

TEST_CASE("parse: -G sends data in the URL", "[cli][parse]") {
    const auto op = operation_of("-G -d a -I --data-urlencode b=c" + url);
    CHECK(op.get);
    CHECK(op.head);
    CHECK(op.data.size() == 2);
}

TEST_CASE("parse: data in all of its forms", "[cli][parse]") {
    using kind = tool::data_piece::kind;
    support::scratch here;
    const auto file = here / "data";
    support::write_file(file, "{\"a\":\n1}");
    const auto op = operation_of(
        "-d a --data-ascii b --data-raw @c --data-binary d --data-binary @" + file +
        " -d @" + file + " --data-urlencode e@" + file + " --json @" + file +
        " --json {}" + url
    );
    REQUIRE(op.data.size() == 9);
    CHECK(op.json);
    const auto is = [&op](std::size_t at, kind what, const std::string& value) {
        INFO(at);
        CHECK(op.data[at].what == what);
        CHECK(op.data[at].value == value);
    };
    is(0, kind::text, "a");
    is(1, kind::text, "b");
    is(2, kind::text, "@c");
    is(3, kind::text, "d");
    is(4, kind::file_binary, file);
    is(5, kind::file_text, file);
    is(6, kind::urlencode, "e@" + file);
    is(7, kind::json, "{\"a\":\n1}");
    is(8, kind::json, "{}");
    CHECK(operation_of("--data-binary @-" + url).data[0].value == "-");
    CHECK(operation_of("--data-urlencode a@b=c" + url).data[0].value == "a@b=c");
}

TEST_CASE("parse: files that cannot be read", "[cli][parse]") {
    support::scratch here;
    const auto none = here / "none";
    const auto option = GENERATE(
        as<std::string>(),
        "-d @",
        "--data-binary @",
        "--data-urlencode a@",
        "--json @",
        "-H @",
        "-w @",
        "--proxy-header @"
    );
    const auto made = line(option + none + url);
    INFO(option);
    CHECK(made.exit_code == 26);
    CHECK(made.err.starts_with("xfer: Failed to open " + none + "\nxfer: option -"));
    CHECK(
        made.err.find(": error encountered when reading a file\n") != std::string::npos
    );
}

TEST_CASE("parse: what a directory is named for cannot be read", "[cli][parse]") {
    support::scratch here;
    CHECK(line("-d @" + here / "" + url).exit_code == 26);
    check_mistake(
        "--url @/dev/null/none",
        26,
        "xfer: Failed to open /dev/null/none\n"
        "xfer: option --url: error encountered when reading a file\n" +
            try_line
    );
}

TEST_CASE("parse: fields are read from files", "[cli][parse]") {
    support::scratch here;
    support::write_file(here / "fields", "# none\nA: 1\r\n\nB: 2");
    const auto op = operation_of("-H @" + here / "fields" + " -H C:3" + url);
    REQUIRE(op.headers.size() == 3);
    CHECK(op.headers[0].text == "A: 1");
    CHECK(op.headers[1].text == "B: 2");
    CHECK(op.headers[2].text == "C:3");
    const auto all = command_of("-H a --proxy-header b" + url);
    CHECK(
        all.warnings ==
        std::vector<std::string>{
            "The provided HTTP header 'a' does not look like a header?",
            "The provided proxy header 'b' does not look like a header?"}
    );
}

TEST_CASE("parse: URLs are read from files", "[cli][parse]") {
    support::scratch here;
    support::write_file(here / "urls", "http://a/[1-2]\n# no\nhttp://b/\n");
    const auto op = operation_of("--url @" + here / "urls" + url);
    REQUIRE(op.targets.size() == 3);
    CHECK(op.targets[0].url == "http://a/[1-2]");
    CHECK(op.targets[0].output == output_kind::remote_name);
    CHECK(!op.targets[0].globbing);
    CHECK(op.targets[2].globbing);
}

TEST_CASE("parse: the format of -w is read from a file", "[cli][parse]") {
    support::scratch here;
    support::write_file(here / "format", "%{http_code}\r\n %{size}\n");
    CHECK(
        operation_of("-w @" + here / "format" + url).write_out == "%{http_code} %{size}"
    );
    CHECK(operation_of("-w %{url}" + url).write_out == "%{url}");
}

TEST_CASE("parse: mistakes in curl's words", "[cli][parse]") {
    check_option_mistake("--foo" + url, "--foo: is unknown");
    check_option_mistake("-W" + url, "-W: is unknown");
    check_option_mistake("-sW" + url, "-sW: is unknown");
    check_option_mistake("-o", "-o: requires parameter");
    check_option_mistake("-so", "-so: requires parameter");
    check_option_mistake("--output", "--output: requires parameter");
    check_mistake("-s", 2, "xfer: (2) no URL specified\n" + try_line);
    check_mistake("", 2, try_line);
    const auto blank = cli::parse({""});
    CHECK(
        blank.err ==
        "xfer: option : blank argument where content is expected\n" + try_line
    );
    const auto curl = line("--foo", {}, tool::persona::curl);
    CHECK(
        curl.err ==
        "curl: option --foo: is unknown\n"
        "curl: try 'curl --help' or 'curl --manual' for more information\n"
    );
}

TEST_CASE("parse: what is not built in says so in one line", "[cli][parse]") {
    check_mistake(
        "--ftp-pasv" + url, 4, "xfer: option --ftp-pasv: FTP is not supported yet\n"
    );
    check_mistake(
        "--no-sessionid" + url,
        4,
        "xfer: option --no-sessionid: TLS without session resumption is not supported "
        "yet\n"
    );
    CHECK(!line("--no-ntlm" + url).exit_code);
    CHECK(!line("--http2" + url).exit_code);
    CHECK(line("--tls-max 1.1" + url).exit_code == 4);
}

TEST_CASE("parse: help and its like end the reading", "[cli][parse]") {
    for (const std::string text :
         {"--help", "-h", "-h all", "--help=tls", "-V", "--version -o", "-M", "-sV"}) {
        INFO(text);
        const auto made = line(text);
        CHECK(made.exit_code == 0);
        CHECK(!made.out.empty());
        CHECK(made.err.empty());
    }
    CHECK(line("-V --foo").exit_code == 0);
    CHECK(!line("--no-version" + url).exit_code);
    const auto certificates = line("--dump-ca-embed");
    CHECK(certificates.exit_code == 0);
    CHECK(certificates.out.empty());
}

TEST_CASE("parse: arguments that look like mistakes are warned of", "[cli][parse]") {
    CHECK(
        command_of("-o -s" + url).warnings ==
        std::vector<std::string>{"The filename argument '-s' looks like a flag."}
    );
    CHECK(command_of("-A \xe2\x80\x9cme" + url).warnings.size() == 1);
}

TEST_CASE(
    "parse: secrets among the arguments are found in every spelling", "[cli][parse]"
) {
    const auto hidden = [](std::vector<std::string> words) {
        for (const auto& each : parse(words).secrets) {
            words.at(each.argument).replace(each.from, std::string::npos, "*");
        }
        std::string text;
        for (const auto& word : words) {
            text.append(text.empty() ? "" : " ").append(word);
        }
        return text;
    };
    CHECK(hidden({"-u", "me:pw", "u.test"}) == "-u * u.test");
    CHECK(hidden({"-ume:pw", "u.test"}) == "-u* u.test");
    CHECK(hidden({"-sume:pw", "u.test"}) == "-su* u.test");
    CHECK(hidden({"-sSu", "me:pw", "u.test"}) == "-sSu * u.test");
    CHECK(hidden({"--user=me:pw", "u.test"}) == "--user=* u.test");
    CHECK(hidden({"--proxy-us", "me:pw", "u.test"}) == "--proxy-us * u.test");
    CHECK(hidden({"--oauth2", "token", "u.test"}) == "--oauth2 * u.test");
    CHECK(hidden({"--expand-user", "{{u}}", "u.test"}) == "--expand-user * u.test");
    CHECK(hidden({"-E", "cert:pw", "--pass", "pw"}) == "-E * --pass *");
    CHECK(hidden({"-u", "me:pw", "--nonsense"}) == "-u * --nonsense");
    // Nothing else is.
    CHECK(hidden({"-Hmenu", "http://u.test/"}) == "-Hmenu http://u.test/");
    CHECK(hidden({"-o", "-u", "u.test"}) == "-o -u u.test");
}

TEST_CASE("parse: secrets of a config file are not arguments", "[cli][parse]") {
    const support::scratch place;
    support::write_file(place / "conf", "user = me:pw\n");
    CHECK(parse({"-K", place / "conf", "u.test"}).secrets.empty());
}
