#!/usr/bin/env python3
"""Checks the pages in docs/ and the README against the code.

Usage: docs.py errors REPOSITORY      errors.md names every error, with curl's number
       docs.py curl REPOSITORY        curl-to-xfer.md names all of curl's multi interface, and
                                      has a row for each easy option of the installed curl
       docs.py features REPOSITORY    the tests that features.md names are there
       docs.py members REPOSITORY     `options.x` and its like in the text are members that exist
       docs.py installing REPOSITORY  installing.md has the options of the build
       docs.py links REPOSITORY       links between the files of the repository lead somewhere
       docs.py snippets REPOSITORY COMPILER [FLAG...]
                                      every C++ block of docs/ compiles

A C++ block that includes something is a file as it stands. Any other is the inside of
`asio::awaitable<void> snippet(xfer::multi& m)`, with the headers of PREFACE. A block below a
line that ends in a link to a .cpp file and a colon is cut from that file, which is tested."""
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import tomllib

# What curl 7.88's multi.h declares (Debian 12).
CURL_FUNCTIONS = """
curl_multi_add_handle curl_multi_assign curl_multi_cleanup curl_multi_fdset curl_multi_info_read
curl_multi_init curl_multi_perform curl_multi_poll curl_multi_remove_handle curl_multi_setopt
curl_multi_socket curl_multi_socket_action curl_multi_socket_all curl_multi_strerror
curl_multi_timeout curl_multi_wait curl_multi_wakeup curl_pushheader_byname curl_pushheader_bynum
""".split()
CURL_OPTIONS = """
CURLMOPT_CHUNK_LENGTH_PENALTY_SIZE CURLMOPT_CONTENT_LENGTH_PENALTY_SIZE
CURLMOPT_MAX_CONCURRENT_STREAMS CURLMOPT_MAX_HOST_CONNECTIONS CURLMOPT_MAX_PIPELINE_LENGTH
CURLMOPT_MAX_TOTAL_CONNECTIONS CURLMOPT_MAXCONNECTS CURLMOPT_PIPELINING
CURLMOPT_PIPELINING_SERVER_BL CURLMOPT_PIPELINING_SITE_BL CURLMOPT_PUSHDATA CURLMOPT_PUSHFUNCTION
CURLMOPT_SOCKETDATA CURLMOPT_SOCKETFUNCTION CURLMOPT_TIMERDATA CURLMOPT_TIMERFUNCTION
""".split()
# What curl 8.0 to 8.17 added to the easy options of 7.88's curl.h.
CURL_LATER = """
CURLOPT_ECH CURLOPT_HAPROXY_CLIENT_IP CURLOPT_MAIL_RCPT_ALLOWFAILS
CURLOPT_SERVER_RESPONSE_TIMEOUT_MS CURLOPT_SSL_SIGNATURE_ALGORITHMS CURLOPT_TCP_KEEPCNT
CURLOPT_UPLOAD_FLAGS
""".split()

PREFACE = """
#include <asio/any_io_executor.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <xfer.hpp>
#include <xfer/trace.hpp>
#include <xfer/testing/certificate.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>
#include <xfer/testing/server.hpp>
#include <cassert>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>
"""
SNIPPET = """
namespace {{ namespace snippet_{number} {{
using namespace std::chrono_literals;
[[maybe_unused]] asio::awaitable<void> snippet(xfer::multi& m) {{
#line {line} "{page}"
{code}
    co_await m.async_shutdown();
}}
}} }}
"""
FILE = """
namespace {{ namespace file_{number} {{
#line {line} "{page}"
{code}
}} }}
"""


def check_errors(repository):
    """What is wrong with docs/errors.md, line by line."""
    header = (repository / "include/xfer/error.hpp").read_text()
    table = (repository / "include/xfer/impl/error.ipp").read_text()
    page = (repository / "docs/errors.md").read_text()

    def enumerators(name):
        body = re.search(rf"enum class {name} {{(.*?)^}};", header, re.M | re.S).group(1)
        return re.findall(r"^ *(\w+)(?: = (\d+))?,", body, re.M)

    errors = [name for name, _ in enumerators("error")]
    numbers = dict(enumerators("condition"))
    conditions = dict(
        re.findall(r"case error::(\w+):\s*return\s*\{[^}]*?condition::(\w+)\s*\}", table)
    )
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page, re.M | re.S))
    bad = [f"error.ipp says nothing of {e}" for e in errors if e not in conditions]
    bad += [f"docs/errors.md has no '### {e}'" for e in errors if e not in sections]
    bad += [f"error.hpp has no {e}" for e in sections if e not in errors]
    for name in filter(sections.get, errors):
        condition = conditions.get(name)
        expected = f"`condition::{condition}` ({numbers.get(condition)})."
        first, _, rest = sections[name].partition("\n")
        if first != expected:
            bad.append(f"docs/errors.md: {name}: '{first}' is not '{expected}'")
        bad += [
            f"docs/errors.md: {name} lacks '{part}'"
            for part in ("*Cause:* ", "*What to do:* ")
            if part not in rest
        ]
    assert len(errors) > 50 and len(numbers) > 40, "error.hpp could not be read"
    return bad, f"{len(errors)} errors, all explained"


def curl_header():
    """The header of the curl that is installed."""
    places = ("/usr/include/*/curl/curl.h", "/usr/include/curl/curl.h",
              "/usr/local/include/curl/curl.h")
    headers = [h for place in places for h in sorted(pathlib.Path("/").glob(place[1:]))]
    assert headers, "curl.h is not installed: apt-get install libcurl4-openssl-dev"
    return headers[0].read_text()


def check_easy_options(page, header):
    """How many easy options there are, and which have no row in the page, and which rows
    no option. The header has them as `CURLOPT(CURLOPT_URL, ...)`."""
    installed = re.findall(r"CURLOPT(?:DEPRECATED)?\(\s*(CURLOPT_\w+)", header)
    rows = re.findall(r"^\| (.*?) \|(.*)\|$", page, re.M)
    answers = {o: answer for names, answer in rows for o in re.findall(r"CURLOPT_\w+", names)}
    expected = {*installed, *CURL_LATER}
    spelled = {*expected, *re.findall(r"CURLOPT_\w+", header)}
    bad = [f"docs/curl-to-xfer.md has no row for {o}" for o in sorted(expected - {*answers})]
    bad += [f"curl has no option {o}" for o in sorted({*answers} - spelled)]
    bad += [f"docs/curl-to-xfer.md has no answer for {o}" for o in answers if not answers[o].strip()]
    assert len(installed) > 250, "curl.h could not be read"
    return len(expected), bad


def check_curl(repository):
    """Which names of curl's multi interface and which easy options docs/curl-to-xfer.md
    lacks, and which of the numbers it gives to differences are no test's."""
    page = (repository / "docs/curl-to-xfer.md").read_text()
    names = CURL_FUNCTIONS + CURL_OPTIONS
    easy, wrong = check_easy_options(page, curl_header())
    bad = [
        f"docs/curl-to-xfer.md does not name {name}"
        for name in names
        if not re.search(rf"\b{name}\b", page)
    ]
    tests = "".join(f.read_text() for f in sorted((repository / "tests").rglob("*.cpp")))
    numbers = sorted(set(re.findall(r"\bM\d\d\b", page)))
    bad += [f"docs/curl-to-xfer.md: no test has {n}" for n in numbers if f'"{n}' not in tests]
    bad += wrong
    assert len(numbers) > 15, "the intended differences have lost their numbers"
    return bad, (
        f"{len(CURL_FUNCTIONS)} functions, {len(CURL_OPTIONS)} options of the multi and "
        f"{easy} easy options, all there"
    )


def cases_of(file):
    """The names of the test cases of a file."""
    found = re.findall(r'TEST_CASE(?:_METHOD)?\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', file.read_text())
    return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)) for literal in found}


def check_features(repository):
    """Which tests that docs/features.md names are not there, which of its rows have none,
    and which have nothing in scripts/features.toml that switches them off."""
    page = (repository / "docs/features.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) \| ((?:yes|in part|later)\b[^|]*)\|([^|]*)\|$", page, re.M)
    bad, count, cases = [], 0, {}
    for feature, stands, shown_by in rows:
        tests = re.findall(r'`(tests/[\w/]+\.cpp)` "(.*?)"(?=;|\s*$)', shown_by.strip())
        if bool(tests) == stands.startswith("later"):
            bad.append(f"docs/features.md: {feature}: its tests do not fit '{stands.strip()}'")
        for path, name in tests:
            count += 1
            file = repository / path
            if file not in cases:
                cases[file] = cases_of(file) if file.is_file() else set()
            if name not in cases[file]:
                bad.append(f"docs/features.md: {feature}: {path} has no test '{name}'")
    lines = len(re.findall(r"^\| ", page, re.M)) - len(re.findall(r"^\| feature ", page, re.M))
    if lines != len(rows):
        bad.append(f"docs/features.md: {lines - len(rows)} rows say neither yes nor later")
    tier_1 = page.partition("\n## Tier 1")[2].partition("\n## ")[0]
    switches = tomllib.loads((repository / "scripts/features.toml").read_text())
    first = {row[0] for row in rows if f"\n| {row[0]} | " in tier_1}
    bad += [f"scripts/features.toml does not switch off: {f}" for f in sorted(first - {*switches})]
    bad += [f"docs/features.md has no feature: {f}" for f in sorted({*switches} - first)]
    bad += [
        f"scripts/features.toml: {feature}: what it replaces is not in {switch['file']} once"
        for feature, switch in switches.items()
        if (repository / switch["file"]).read_text().count(switch["find"]) != 1
    ]
    assert len(first) > 20, "features.md could not be read"
    return bad, f"{len(rows)} features with {count} tests, all there"


def pages_of(repository):
    return sorted(repository.glob("*.md")) + sorted((repository / "docs").rglob("*.md"))


# In which header the members stand that the text names by what they belong to.
OWNERS = {
    "options": "options.hpp",
    "settings": "settings.hpp",
    "timings": "info.hpp",
    "info()": "info.hpp",
    "failure()": "failure.hpp",
    "message": "response.hpp",
    "response": "response.hpp",
    "request": "request.hpp",
    "source": "source.hpp",
    "tls()": "tls.hpp",
    "network()": "network.hpp",
    "stats()": "stats.hpp",
}


def check_members(repository):
    """Which members that are named in the text do not exist."""
    headers = {
        owner: (repository / "include/xfer" / header).read_text()
        for owner, header in OWNERS.items()
    }
    owners = "|".join(re.escape(owner) for owner in OWNERS)
    bad, count = [], 0
    for page in pages_of(repository):
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
        for code in re.findall(r"`([^`]+)`", text):
            for owner, member in re.findall(rf"(?<!\w)({owners})\.(?!hpp|cpp)(\w+)", code):
                count += 1
                if not re.search(rf"\b{member}\b", headers[owner]):
                    bad.append(f"{page.relative_to(repository)}: no {owner}.{member}")
    assert count > 50, "the pages name no members any more"
    return bad, f"{count} members, all there"


def anchors_of(page):
    """The anchors of a page's headings, as they are made by the usual renderers."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.M)
    }


def check_links(repository):
    """Which links to files of the repository lead nowhere."""
    bad, count = [], 0
    for page in pages_of(repository):
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"\w+:", link):
                continue
            count += 1
            path, _, anchor = link.partition("#")
            target = page if not path else (page.parent / path)
            if not target.exists():
                bad.append(f"{page.relative_to(repository)}: no file {path}")
            elif anchor and anchor not in anchors_of(target):
                bad.append(f"{page.relative_to(repository)}: no heading {link}")
    return bad, f"{count} links, all lead somewhere"


def blocks_of(page):
    """(line number of its first line, text above it, code) of each C++ block."""
    text = page.read_text()
    for found in re.finditer(r"^```cpp\n(.*?)^```$", text, re.M | re.S):
        above = text[: found.start()].rstrip("\n").rpartition("\n")[2]
        yield text.count("\n", 0, found.start(1)) + 1, above, found.group(1)


def is_cut(code, source):
    """Whether the code stands in the source as it is, indentation apart."""
    lines = code.rstrip("\n").split("\n")
    rest = source.split("\n")
    return any(
        textwrap.dedent("\n".join(rest[at : at + len(lines)])) == textwrap.dedent("\n".join(lines))
        for at in range(len(rest))
    )


def source_of(page, repository):
    """One translation unit for the blocks of a page, their number, and what is wrong with
    those that claim to be cut from a file."""
    bad, count = [], 0
    includes, body = PREFACE, ""
    for count, (line, above, code) in enumerate(blocks_of(page), 1):
        origin = re.search(r"\]\(([\w./]+\.cpp)\):$", above)
        if origin:
            if not is_cut(code, (page.parent / origin.group(1)).read_text()):
                bad.append(f"{page.name}:{line}: not as in {origin.group(1)}")
            if code.count("{") != code.count("}"):
                bad.append(f"{page.name}:{line}: cut in the middle of a block")
            continue
        form = SNIPPET
        if "#include" in code:
            form = FILE
            includes += "".join(re.findall(r"^#include .*\n", code, re.M))
            code = re.sub(r"^#include .*$", "", code, flags=re.M)
        body += form.format(number=count, line=line, page=page, code=code.rstrip("\n"))
    return includes + body, count, bad


def check_snippets(repository, compiler, *flags):
    """Which blocks do not compile, or are not as in their file."""
    bad, total = [], 0
    command = [compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", *flags]
    # Names that a snippet makes and does not use are for the reader.
    command += ["-Wno-unused", "-DXFER_SEPARATE_COMPILATION", f"-I{repository / 'include'}"]
    for page in pages_of(repository):
        if page.parent == repository:
            continue  # readme.py builds and runs those
        source, count, wrong = source_of(page, repository)
        bad += wrong
        total += count
        if not count:
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
            file.write(source)
            file.flush()
            result = subprocess.run([*command, file.name], capture_output=True, text=True)
        if result.returncode != 0:
            bad.append(f"{page.name} does not compile:\n{result.stderr}")
    assert total > 20, "the pages have lost their C++"
    return bad, f"{total} blocks, all compiled or cut from tested files"


def check_installing(repository):
    """Which options of the build docs/installing.md lacks, and which it has too many."""
    page = (repository / "docs/installing.md").read_text()
    files = [repository / "CMakeLists.txt", *(repository / "cmake").glob("*.cmake"),
             repository / "examples/xfer/install.cmake"]
    build = "".join(file.read_text() for file in files)
    options = set(re.findall(r"option\((XFER_\w+)|set\((XFER_\w+) \S+ CACHE", build))
    options = {a or b for a, b in options} | set(re.findall(r"find_path\((XFER_\w+)", build))
    table = set(re.findall(r"XFER_\w+", page.partition("## Options of the build")[2]
                           .partition("## Versions")[0]))
    bad = [f"docs/installing.md has no row for {name}" for name in sorted(options - table)]
    bad += [f"there is no option {name}" for name in sorted(table - options)]
    assert len(options) > 8, "CMakeLists.txt could not be read"
    return bad, f"{len(options)} options, all there"


CHECKS = {
    "installing": check_installing,
    "errors": check_errors,
    "curl": check_curl,
    "features": check_features,
    "members": check_members,
    "links": check_links,
    "snippets": check_snippets,
}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    found, summary = CHECKS[sys.argv[1]](pathlib.Path(sys.argv[2]).absolute(), *sys.argv[3:])
    print("\n".join(found) or summary)
    sys.exit(1 if found else 0)
