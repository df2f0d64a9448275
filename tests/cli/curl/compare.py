#!/usr/bin/env python3
"""Runs command lines through the system's curl and through xfer beside loopback servers,
and compares the exit code, standard output and error, the files that are left, and the
requests on the wire byte for byte.

Usage: compare.py --xfer PATH [--curl PATH] [-k PATTERN]... [-j N] [-v] [--as-curl]
                  [--direct] [--note FOLDER]
       compare.py --tally FOLDER                        what runs with --note have noted
       compare.py --self-check [-k PATTERN]... [-j N]   curl beside curl: all must be equal
       compare.py --show [-k PATTERN]...   what curl (or --xfer) does in these cases
       compare.py --list | --check-docs

cases.toml has the command lines, direct.toml those that this curl does not know, with what
is expected; differences.toml has what differs on purpose. -k takes parts of names, or
patterns with '*'. --as-curl starts the tool under the name curl, --direct runs direct.toml
alone, which needs no curl. Exit status 0: all equal; 77: the curl here is another one."""
import argparse
import concurrent.futures
import difflib
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import runs
import servers
import table
from certificates import Certificates

PAGE = table.HERE.parent.parent.parent / "docs/cli.md"
FEWEST_CASES = 250
KNOWN_CURL = "7.88."  # Debian 12
SKIPPED = 77


def selected(names, patterns):
    """The names that a pattern matches: a part of the name, or all of it with '*'."""
    def wanted(name):
        return any(fnmatch.fnmatchcase(name, p) if "*" in p else p in name for p in patterns)
    return [name for name in names if not patterns or wanted(name)]


def compared(case, curl, xfer, rows):
    """What differs where nothing should, as text; empty if nothing does."""
    first, second = runs.run(case, curl), runs.run(case, xfer)
    bad = []
    for aspect in table.ASPECTS:
        if aspect in case.ignore:
            continue
        one, other = getattr(first, aspect), getattr(second, aspect)
        if one == other:
            continue
        diff = list(difflib.unified_diff(one, other, "curl", "xfer", lineterm="", n=2))
        if table.uncovered(rows, case.name, aspect, diff):
            bad += [f"  {aspect}:", *("    " + line for line in diff)]
    if bad:
        bad += ["  standard error of xfer:", *("    " + line for line in second.raw_stderr)]
    return bad


def unexpected(case, xfer):
    """What a direct case did that its line does not say."""
    seen = runs.run(case, xfer)
    bad = []
    if seen.exit != [str(case.exit)]:
        bad.append(f"  exit: {seen.exit[0]} instead of {case.exit}")
    if case.stdout is not None and seen.stdout != runs.lines_of(case.stdout.encode()):
        bad.append(f"  stdout: {seen.stdout}")
    printed = "\n".join(seen.stdout + seen.raw_stderr)
    wire = "\n".join(seen.wire)
    bad += [f"  not printed: {p}" for p in case.has if not re.search(p, printed)]
    bad += [f"  not sent: {s}" for s in case.sent if s not in wire]
    bad += [f"  sent: {s}" for s in case.unsent if s in wire]
    if case.requests is not None and seen.request_count != case.requests:
        bad.append(f"  {seen.request_count} requests instead of {case.requests}")
    for name, text in case.left.items():
        if seen.contents.get(name) != text.encode():
            bad.append(f"  {name} holds {seen.contents.get(name)}")
    bad += [f"  {name} is there" for name in case.gone if name in seen.contents]
    if bad:
        bad += ["  printed:", *("    " + line for line in printed.split("\n")),
                "  sent:", *("    " + line for line in seen.wire)]
    return bad


def show(asked, bench):
    """Prints all that is known of the runs of cases, for who writes new ones."""
    cases = {n: c for t in ("cases", "direct")
             for n, c in table.cases_of(table.HERE / f"{t}.toml").items()}
    for name in selected(cases, asked.k):
        seen = runs.run(cases[name], bench)
        print(f"{name}: {' '.join(cases[name].words())}")
        for aspect in ("exit", "stdout", "raw_stderr", "files", "wire"):
            print(f"  {aspect}:", *("    " + line for line in getattr(seen, aspect)), sep="\n")
    return 0


def run_all(asked, curl, xfer):
    """Runs what is asked for; says what failed, and returns how many."""
    cases = {} if asked.direct else table.cases_of(table.HERE / "cases.toml")
    direct = {} if asked.self_check else table.cases_of(table.HERE / "direct.toml")
    if cases and len(cases) < FEWEST_CASES:
        raise SystemExit(f"cases.toml: only {len(cases)} cases")
    rows = [] if asked.self_check or asked.direct else table.differences()
    names = selected([*cases, *direct], asked.k)
    ipv6 = servers.has_ipv6()

    def one(name):
        try:
            if cases.get(name, direct.get(name)).ipv6 and not ipv6:
                return []
            if name in cases:
                return compared(cases[name], curl, xfer, rows)
            return unexpected(direct[name], xfer)
        except Exception as e:  # a broken case is not the end of the others
            return [f"  {type(e).__name__}: {e}"]

    began = time.monotonic()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(asked.j) as pool:
        for name, bad in zip(names, pool.map(one, names)):
            failed += bool(bad)
            if bad or asked.v:
                words = (cases.get(name) or direct[name]).words()
                print(f"{'FAILED' if bad else 'ok'} {name}: {' '.join(words)}")
                print("\n".join(bad) + "\n" if bad else "", end="", flush=True)
    used = {row.name: sorted(row.used) for row in rows}
    if asked.note:
        note = asked.note / (re.sub(r"\W", "-", "".join(asked.k) or "all") + ".json")
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"names": names, "used": used}))
    failed += report_rows(rows, used, set(names), set(cases))
    print("" if ipv6 else "without IPv6 here, some were left out\n", end="")
    print(f"{len(names)} cases, {failed} failed, in {time.monotonic() - began:.1f} s")
    return failed


def report_rows(rows, used, ran, cases):
    """Says how many differences were used; returns how many should have been, which can
    only be told where all of their cases ran."""
    known = [row for row in rows if {c for c in cases if row.matches(c)} <= ran]
    unused = [row.name for row in known if not used[row.name]]
    for name in unused:
        print(f"FAILED: nothing shows the difference '{name}'")
    if rows:
        print(f"{sum(bool(u) for u in used.values())} of {len(rows)} listed differences used"
              f" (at most {table.MOST_DIFFERENCES})")
    return len(unused)


def tally(folder):
    """What the runs of all groups have noted, together."""
    cases = set(table.cases_of(table.HERE / "cases.toml"))
    rows = table.differences()
    ran, used = set(), {row.name: [] for row in rows}
    for note in map(json.loads, (path.read_text() for path in sorted(folder.glob("*.json")))):
        ran |= set(note["names"])
        for name in used:
            used[name] += note["used"].get(name, [])
    missing = sorted(cases - ran)
    print(f"{len(cases)} cases beside curl", *(f"never ran: {name}" for name in missing), sep="\n")
    return len(missing) + report_rows(rows, used, ran, cases)


def docs_rows():
    """The table of differences as docs/cli.md has it."""
    return [f"| {row.name} | {' '.join(row.reason.split())} |" for row in table.differences()]


def check_docs():
    """Whether docs/cli.md has the table of differences, all of it and in order."""
    lines = PAGE.read_text().split("\n")
    expected = docs_rows()
    start = lines.index("| what | curl does, xfer does, and why |") + 2
    end = next(i for i in range(start, len(lines) + 1) if i == len(lines) or lines[i][:1] != "|")
    diff = list(difflib.unified_diff(lines[start:end], expected, str(PAGE), "differences.toml",
                                     lineterm=""))
    print("\n".join(diff) or f"{len(expected)} differences, all in docs/cli.md")
    return len(diff)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--xfer")
    parser.add_argument("--curl", default=shutil.which("curl"))
    parser.add_argument("-k", action="append", default=[])
    parser.add_argument("-j", type=int, default=4)
    parser.add_argument("--note", type=pathlib.Path)
    parser.add_argument("--tally", type=pathlib.Path)
    for flag in ("-v", "--list", "--self-check", "--as-curl", "--check-docs", "--show", "--direct"):
        parser.add_argument(flag, action="store_true")
    asked = parser.parse_args()
    if asked.list:
        for table_name in ("cases.toml", "direct.toml"):
            for name, case in table.cases_of(table.HERE / table_name).items():
                if name in selected([name], asked.k):
                    print(f"{name}: {' '.join(case.words())}")
        return 0
    if asked.check_docs:
        return min(1, check_docs())
    if asked.tally and asked.curl and is_known(asked.curl):
        return min(1, tally(asked.tally))
    if not (asked.tally or asked.xfer or asked.self_check or asked.show):
        parser.error("needs --xfer PATH")
    if not asked.direct and not (asked.curl and is_known(asked.curl)):
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="cli-tool-") as folder:
        certificates = Certificates(os.path.join(folder, "pki"))
        curl = runs.Bench(asked.curl, certificates)
        xfer = runs.Bench(os.path.abspath(asked.xfer or asked.curl), certificates)
        if asked.as_curl:
            renamed = pathlib.Path(folder) / "curl"
            renamed.symlink_to(xfer.program)
            xfer = runs.Bench(str(renamed), certificates, rb"curl")
        if asked.show:
            return show(asked, xfer)
        return min(1, run_all(asked, curl, xfer))


def is_known(curl):
    """Whether this curl is the one that the cases are written for."""
    version = subprocess.run([curl, "-V"], capture_output=True, text=True).stdout.split()[1]
    if not version.startswith(KNOWN_CURL):
        print(f"the cases are for curl {KNOWN_CURL}, here is {version}")
    return version.startswith(KNOWN_CURL)


if __name__ == "__main__":
    sys.exit(main())
