// What the tool says of itself holds what the option table has, and reads well.
#include "texts/texts.hpp"

#include "options/exit_codes.hpp"
#include "shell.hpp"
#include "support/scratch.hpp"
#include "texts/manual/document.hpp"
#include "texts/option_list.hpp"
#include <xfer/config.hpp>
#include <xfer/error.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace tool;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string without(std::string text, std::string_view what) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
        text.erase(at, what.size());
    }
    return text;
}

/// The page as a reader sees its words: without fonts, and with plain dashes.
std::string words_of(std::string page) {
    for (const char* font : {"\\fB", "\\fI", "\\fR", "\\fP"}) {
        page = without(page, font);
    }
    return without(page, "\\");
}

}  // namespace

TEST_CASE("texts: each option has a line in help all", "[cli][texts]") {
    const auto lines = lines_of(help_text("all", persona::xfer));
    CHECK(lines.size() == all_options().size() + 1);
    for (const auto& o : all_options()) {
        const std::string begin = (o.letter == 0 ? "     " : " ") + usage_of(o) + "  ";
        INFO(begin);
        const auto found = std::ranges::find_if(lines, [&](const std::string& line) {
            return line.starts_with(begin) && line.ends_with(o.help);
        });
        REQUIRE(found != lines.end());
        // What can stand in 80 columns does.
        if (begin.size() + o.help.size() < 80) CHECK(found->size() < 80);
    }
}

TEST_CASE("texts: help lists options by the name that is shown", "[cli][texts]") {
    std::vector<std::string> names;
    for (const option* o : shown_options()) names.push_back(shown_name(*o));
    CHECK(std::ranges::is_sorted(names));
}

TEST_CASE("texts: help without a subject lists the important options", "[cli][texts]") {
    const std::string help = help_text("", persona::xfer);
    CHECK_THAT(help, StartsWith("Usage: xfer [options...] <url>\n"));
    CHECK_THAT(help_text("", persona::curl), StartsWith("Usage: curl [options...]"));
    for (const auto& o : all_options()) {
        INFO(o.name);
        const bool important = (o.categories & important_category) != 0;
        CHECK((help.find(usage_of(o) + "  ") != std::string::npos) == important);
    }
    for (const auto& c : all_categories()) {
        CHECK_THAT(help, Contains(std::string(c.name)));
    }
    for (const auto& line : lines_of(help)) CHECK(line.size() < 80);
}

TEST_CASE(
    "texts: each option is in a category and each category has some", "[cli][texts]"
) {
    std::uint32_t named = 0;
    std::vector<std::string> names;
    for (const auto& c : all_categories()) {
        CHECK((named & c.bit) == 0);
        named |= c.bit;
        names.emplace_back(c.name);
        const std::string name(c.name);
        const auto lines = lines_of(help_text(name, persona::xfer));
        INFO(c.name);
        REQUIRE(lines.size() > 2);
        CHECK(lines[1] == name + ": " + std::string(c.about));
        const auto mine = std::ranges::count_if(all_options(), [&](const option& o) {
            return (o.categories & c.bit) != 0;
        });
        CHECK(lines.size() == static_cast<std::size_t>(mine) + 2);
    }
    CHECK(std::ranges::is_sorted(names));
    for (const auto& o : all_options()) {
        INFO(o.name);
        CHECK((o.categories & named) != 0);
        CHECK((o.categories & ~(named | important_category)) == 0);
    }
    CHECK(help_text("HTTP", persona::xfer) == help_text("http", persona::xfer));
}

TEST_CASE(
    "texts: help of a category that is not there names those that are", "[cli][texts]"
) {
    const std::string help = help_text("nonsense", persona::xfer);
    CHECK_THAT(help, Contains("no category 'nonsense'"));
    const std::string list = help_text("category", persona::xfer);
    CHECK_THAT(help, Contains(list.substr(list.find('\n'))));
}

TEST_CASE("texts: help of an option is what the manual says", "[cli][texts]") {
    for (const auto& o : all_options()) {
        const std::string help = help_text("--" + shown_name(o), persona::xfer);
        CHECK(help == plain_text(option_blocks(o)));
        if (o.letter != 0) {
            CHECK(help_text(std::string("-") + o.letter, persona::xfer) == help);
        }
    }
    CHECK_THAT(help_text("--nonsense", persona::xfer), Contains("no option"));
}

TEST_CASE("texts: the manual has each option and fits 79 columns", "[cli][texts]") {
    const auto who = GENERATE(persona::xfer, persona::curl);
    const std::string manual = manual_text(who);
    for (const auto& o : all_options()) {
        INFO(o.name);
        const std::string item = "\n     " + usage_of(o);
        CHECK(
            (manual.find(item + '\n') != std::string::npos ||
             manual.find(item + "  ") != std::string::npos)
        );
        CHECK_FALSE((o.manual.empty() && o.help.empty()));
    }
    for (const auto& line : lines_of(manual)) {
        INFO(line);
        CHECK(line.size() < 80);
    }
    CHECK_THAT(manual, StartsWith("NAME\n     " + std::string(name_of(who)) + " - "));
    CHECK(manual.find("{tool}") == std::string::npos);
    CHECK(manual.find("{rc") == std::string::npos);
    CHECK(manual.find("{options}") == std::string::npos);
}

TEST_CASE("texts: the manual has each exit code of a transfer", "[cli][texts]") {
    const std::string manual = manual_text(persona::xfer);
    const std::string codes = manual.substr(manual.find("\nEXIT CODES\n"));
    namespace own = tool::exit_codes;
    std::set<int> all{
        own::bad_use,
        own::not_built_in,
        own::read_error,
        own::no_ranges,
        own::wrong_syntax,
        own::wrong_sum};
    // Beyond are errors of calls on the multi.
    for (int value = 1; value < 140; ++value) {
        all.insert(xfer::curl_code({value, xfer::error_category()}));
    }
    for (const int code : all) {
        const std::string number = std::to_string(code);
        const std::string begin =
            "\n     " + number + std::string(7 - number.size(), ' ');
        INFO(number);
        CHECK(codes.find(begin) != std::string::npos);
    }
}

TEST_CASE("texts: the manual page has each option", "[cli][texts]") {
    const std::string page = words_of(manual_page());
    for (const auto& o : all_options()) {
        INFO(o.name);
        CHECK(page.find("\n.TP\n" + usage_of(o) + '\n') != std::string::npos);
    }
    for (const char* chapter :
         {"NAME",
          "SYNOPSIS",
          "DESCRIPTION",
          "URL GLOBBING",
          "OUTPUT",
          "PROGRESS METER",
          "OPTIONS",
          "OPTIONS THAT CURL DOES NOT HAVE",
          "FILES",
          "ENVIRONMENT",
          "PROXY PROTOCOL PREFIXES",
          "EXIT CODES",
          "BUGS",
          "SEE ALSO"}) {
        CHECK_THAT(page, Contains("\n.SH " + std::string(chapter) + '\n'));
    }
}

TEST_CASE("texts: groff has nothing against the manual page", "[cli][texts]") {
    if (!support::installed("groff")) {
        WARN("no groff here");
        return;
    }
    const support::scratch directory;
    const std::string page = directory / "xfer.1";
    support::write_file(page, manual_page());
    const auto checked = support::shell("groff -man -ww -z -Tutf8 " + page);
    CHECK(checked.output.empty());
    CHECK(checked.status == 0);
    const auto shown = support::shell("groff -man -Tascii -P-cbou " + page);
    CHECK_THAT(shown.output, Contains("-o, --output <file>"));
    CHECK_THAT(
        shown.output, Contains("xfer -O https://www.example.com/archive.tar.gz")
    );
}

TEST_CASE("texts: options and placeholders are marked in the page", "[cli][texts]") {
    CHECK(
        roff_text(blocks_of("see -o, --out-put. and <file> of a-b -- c")) ==
        ".PP\nsee \\fB\\-o\\fR, \\fB\\-\\-out\\-put\\fR. and \\fI<file>\\fR of "
        "a\\-b \\-\\- c\n"
    );
    CHECK(
        roff_text(blocks_of("= -x <a b>\n'it' \\ is\n\n    .dot\n\n.\nend")) ==
        ".TP\n\\fB\\fB\\-x\\fB \\fI<a b>\\fB\\fP\n\\(aqit\\(aq \\e is\n"
        ".RS\n.IP\n.nf\n\\&.dot\n.fi\n.RE\n.PP\nend\n"
    );
}

TEST_CASE("texts: words are wrapped and indented", "[cli][texts]") {
    CHECK(wrapped("one two three four", 9, 0, 2) == "one two\n  three\n  four\n");
    CHECK(
        wrapped("  a\n longer_than_that b", 6, 1, 1) == " a\n longer_than_that\n b\n"
    );
    CHECK(wrapped("", 9, 2, 2) == "  \n");
    CHECK(
        plain_text(blocks_of("# T\n\na\nb\n\n= 1\nx\n\n= a long label\ny\n\n    z")) ==
        "T\n     a b\n\n     1      x\n\n     a long label\n            y\n\n"
        "              z\n"
    );
}

TEST_CASE("texts: the version has curl's shape", "[cli][texts]") {
    const auto lines = lines_of(version_text(persona::xfer));
    REQUIRE(lines.size() == 4);
    CHECK_THAT(lines[0], StartsWith("xfer " XFER_VERSION_STRING " ("));
    CHECK_THAT(lines[0], Contains(") libxfer/" XFER_VERSION_STRING " OpenSSL/3."));
    CHECK_THAT(lines[1], StartsWith("Release-Date: "));
    CHECK(lines[2] == "Protocols: http https");
    CHECK_THAT(lines[3], StartsWith("Features: AsynchDNS "));
    const auto has = [&](const std::string& feature) {
        return (lines[3] + ' ').find(' ' + feature + ' ') != std::string::npos;
    };
    CHECK((has("SSL") && has("IPv6") && has("HTTPS-proxy") && has("UnixSockets")));
    CHECK_FALSE((has("HTTP2") || has("NTLM") || has("HSTS") || has("alt-svc")));
    const auto goes_with = [&](const char* feature, const char* library) {
        return has(feature) == (lines[0].find(library) != std::string::npos);
    };
    CHECK(goes_with("libz", " zlib/"));
    CHECK(goes_with("brotli", " brotli/"));
    CHECK(goes_with("zstd", " zstd/"));
    CHECK(goes_with("IDN", " libidn2/"));
    CHECK(goes_with("PSL", " libpsl/"));
}

TEST_CASE("texts: under curl's name the version is one of curl's", "[cli][texts]") {
    const auto lines = lines_of(version_text(persona::curl));
    REQUIRE(lines.size() == 4);
    CHECK_THAT(lines[0], StartsWith("curl 8."));
    CHECK_THAT(lines[0], Contains(") libcurl/8."));
    CHECK_THAT(lines[0], Contains(" xfer/" XFER_VERSION_STRING));
    CHECK(lines[3] == lines_of(version_text(persona::xfer))[3]);
}

TEST_CASE("texts: who the tool is stands in the User-Agent", "[cli][texts]") {
    CHECK(user_agent(persona::xfer) == "xfer/" XFER_VERSION_STRING);
    CHECK_THAT(user_agent(persona::curl), StartsWith("curl/8."));
    CHECK(name_of(persona::xfer) == "xfer");
    CHECK(name_of(persona::curl) == "curl");
}
