#!/usr/bin/env python3
"""Adds up what gcov counted in all objects below a build directory, and prints how many
lines of each floor the tests reached. Lines of the same header in many objects, or in many
instances of a template, are one line, reached if it was reached in any of them. What no
object instantiates is not counted at all.

Usage: coverage.py BUILD [--parsers] [--missing]     see coverage.sh"""
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).absolute().parent.parent
MARK = 95.0
FLOORS = ("proto", "net", "http", "engine", "testing")
# What takes bytes apart that others made, beside all of proto/.
URL_READERS = ("url.hpp", "impl/url.ipp", "detail/url_octets.hpp", "detail/octets.hpp")
URL_READER_PREFIXES = ("detail/impl/url_reader", "detail/impl/octets", "detail/impl/ip_text")


def floor_of(path):
    """The floor of a file below include/xfer."""
    first = path.split("/")[0]
    if first in FLOORS:
        return first
    return "base: detail" if first == "detail" else "base and face"


def is_parser(path):
    return (
        path.startswith("proto/")
        or path in URL_READERS
        or path.startswith(URL_READER_PREFIXES)
    )


def counts_of(data):
    """(path below include/xfer, line, times) of all lines that one object counted."""
    done = subprocess.run(
        ["gcov", "--json-format", "--stdout", "--relative-only", "--source-prefix", ROOT, data],
        capture_output=True, text=True, check=True, cwd=data.parent,
    )  # fmt: skip
    found = []
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            name = os.path.relpath(file["file"], ROOT) if file["file"][0] == "/" else file["file"]
            if name.startswith("include/xfer/"):
                path = name.removeprefix("include/xfer/")
                found += [(path, line["line_number"], line["count"]) for line in file["lines"]]
    return found


def read(build):
    """For each file, how often each of its lines was reached."""
    lines = collections.defaultdict(collections.Counter)
    data = sorted(build.rglob("*.gcda"))
    assert data, "no test has run"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(counts_of, data):
            for path, line, times in found:
                lines[path][line] += times
    assert "proto/impl/chunked.ipp" in lines, "gcov names the files in another way"
    return lines


def row(name, files):
    """A line of the table, and the share of lines that were reached."""
    total = sum(len(counts) for counts in files)
    reached = sum(times > 0 for counts in files for times in counts.values())
    share = 100 * reached / total
    print(f"{name:34}{reached:7} of {total:5}{share:8.1f} %")
    return share


def main(build, *options):
    lines = read(build)
    parsers = {path: counts for path, counts in sorted(lines.items()) if is_parser(path)}
    print("lines reached by the tests")
    if "--parsers" in options:
        for path, counts in parsers.items():
            row(path, [counts])
    else:
        floors = collections.defaultdict(list)
        for path, counts in lines.items():
            floors[floor_of(path)].append(counts)
        for name in sorted(floors):
            row(name, floors[name])
        row("all", list(lines.values()))
    share = row("what parses", list(parsers.values()))
    if "--missing" in options:
        for path, counts in parsers.items() if "--parsers" in options else sorted(lines.items()):
            for line in sorted(line for line, times in counts.items() if times == 0):
                text = (ROOT / "include/xfer" / path).read_text().split("\n")[line - 1]
                print(f"{path}:{line}:{text}")
    if share < MARK:
        print(f"what parses is to reach {MARK} %")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).absolute(), *sys.argv[2:]))
