#!/usr/bin/env python3
"""Compares `xfer -Z` with `curl -Z`: many URLs, each into a file of its own, in turns in one
run. CPU seconds of the process first, then its largest memory, then the time on the wall.
Usage: tool.py [--xfer PATH] [--curl PATH] [--urls N] [--size BYTES] [--rounds N] [--parallel N]
Needs nginx, and `cmake --preset release && cmake --build --preset release --target xfer_tool`.
Exit status: 0 if every file arrived whole and xfer needed less CPU and no more memory."""
import argparse
import ctypes
import hashlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from driver import servers

CLIENT_CORE, SERVER_CORE = "0", "1"
ROOT = pathlib.Path(__file__).resolve().parent.parent
FIGURES = {"CPU, ms": 1, "memory, MiB": 1, "wall, ms": 0}


def adopt_orphans():
    """Makes this process the parent of processes whose own has ended (Linux)."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(program, name, arguments, directory):
    """One run's figures. A shell starts it and ends: the largest memory of a process begins
    with that of whoever forked it, and this one's would hide what is measured."""
    shell = ["sh", "-c", '"$@" >&2 & echo $!', "sh"]
    command = servers.on_core(CLIENT_CORE, [program, "-q", "-sS", "--no-progress-meter", "-Z", *arguments])
    begin = time.monotonic()
    started = subprocess.run([*shell, *command], cwd=directory, stdout=subprocess.PIPE, check=True)
    _, status, usage = os.wait4(int(started.stdout), 0)
    wall = time.monotonic() - begin
    if status != 0:
        sys.exit(f"{name} ended with {os.waitstatus_to_exitcode(status)}")
    return {"CPU, ms": (usage.ru_utime + usage.ru_stime) * 1e3,
            "memory, MiB": usage.ru_maxrss / 1024, "wall, ms": wall * 1e3}


def check(name, directory, count, digest):
    """Every file has to be there, and right; then all are removed."""
    for number in range(1, count + 1):
        file = directory / f"file{number}"
        if hashlib.sha256(file.read_bytes()).digest() != digest:
            sys.exit(f"{name}: {file.name} is not what was asked for")
        file.unlink()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xfer", default=ROOT / "build/release/examples/xfer/xfer")
    parser.add_argument("--curl", default="curl")
    parser.add_argument("--urls", type=int, default=1000)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--parallel", type=int, default=50, help="--parallel-max")
    options = parser.parse_args()
    adopt_orphans()
    programs = {"xfer": pathlib.Path(options.xfer).resolve(), "curl": options.curl}
    results = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        directory.chmod(0o755)
        (directory / "files").mkdir()
        content = os.urandom(options.size)
        (directory / "files" / "file").write_bytes(content)
        servers.make_certificate(directory)
        nginx = servers.Nginx(directory, SERVER_CORE, 4096)
        arguments = ["--parallel-max", str(options.parallel), "-o", "file#1",
                     f"{nginx.base['http']}/file?[1-{options.urls}]"]
        for turn in range(options.rounds + 1):
            for name, program in programs.items():
                figures = run(program, name, arguments, directory)
                check(name, directory, options.urls, hashlib.sha256(content).digest())
                if turn > 0:  # the first warms up
                    results[name].append(figures)
    print(f"{options.urls} URLs of {options.size} bytes, {options.parallel} at once, "
          f"{options.rounds} rounds in turns: median (least to most), ratios round by round")
    worse = []
    for figure, bound in FIGURES.items():
        for name, runs in results.items():
            values = [each[figure] for each in runs]
            print(f"{figure:12} {name:5} {statistics.median(values):8.1f} "
                  f"({min(values):.1f} to {max(values):.1f})")
        ratios = [ours[figure] / theirs[figure]
                  for ours, theirs in zip(results["xfer"], results["curl"])]
        ratio = statistics.median(ratios)
        print(f"{figure:12} xfer/curl {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        if bound and ratio > bound:
            worse.append(figure)
    if worse:
        sys.exit("xfer needs more: " + "; ".join(worse))


if __name__ == "__main__":
    main()
