#!/usr/bin/env python3
"""Runs clang-tidy, with the checks of .clang-tidy, over the library: every body of it, as
xfer::compiled compiles them, and every header that these include.

Usage: clang_tidy.py [--all] [-j JOBS] [WORD...]
  --all   over all tests, examples and benchmarks as well (which have to be configurable:
          libboost-dev and libcurl4-openssl-dev)
  -j      how many at once; as many as there are processors, if it is not said
  WORD    only files with one of these in their path, tests and examples among them
The compile commands are made in build/tidy. Exit status: 0 if there is no warning."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).absolute().parent.parent
BUILD = ROOT / "build/tidy"
EXTRA = [
    # What cmake/FindAsio.cmake defines for clang; the commands may be another compiler's.
    "-DASIO_HAS_CO_AWAIT=1",
    "-DASIO_HAS_STD_COROUTINE=1",
    "-DBOOST_ASIO_HAS_CO_AWAIT=1",
    "-DBOOST_ASIO_HAS_STD_COROUTINE=1",
    # Examples are header-only: the bodies need no second look in each of them.
    "-DXFER_SEPARATE_COMPILATION",
    "-DASIO_SEPARATE_COMPILATION",
]


def commands(benchmarks):
    """The files that are compiled, each once, without Asio's own, and without those that
    are not to compile."""
    switch = "ON" if benchmarks else "OFF"
    done = subprocess.run(
        ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
         "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DXFER_WERROR=OFF", "-DXFER_SANITIZE=",
         "-DXFER_BUILD_EXAMPLES=ON", f"-DXFER_BUILD_BENCHMARKS={switch}"],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    database = json.loads((BUILD / "compile_commands.json").read_text())
    files = {os.path.relpath(entry["file"], ROOT) for entry in database}
    return sorted(files - {"cmake/compiled/asio.cpp", "tests/compile_fail/cases.cpp"})


def warnings_of(said):
    """The parts of what clang-tidy said, one for each warning. The analyzer follows calls
    into other people's headers, and takes what coroutines leave there for uninitialized."""
    parts = re.split(r"^(?=\S+:\d+:\d+: (?:error|warning): )", said, flags=re.M)
    for part in parts:
        theirs = part.startswith("/") and "[clang-analyzer-" in part.split("\n")[0]
        if part.strip() and not theirs:
            yield part.rstrip()


def check(program, file):
    """(file, seconds, warnings): none if nothing is wrong."""
    begin = time.monotonic()
    done = subprocess.run(
        [program, "-p", BUILD, "--quiet", *(f"--extra-arg={e}" for e in EXTRA), ROOT / file],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    warnings = list(warnings_of(done.stdout.replace(f"{ROOT}/", "")))
    if done.returncode < 0 or (done.returncode != 0 and not done.stdout.strip()):
        warnings.append(f"{program} failed:\n{done.stderr}")
    return file, time.monotonic() - begin, warnings


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("words", nargs="*")
    wanted = parser.parse_args()
    program = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if not program:
        sys.exit("clang_tidy.py: no clang-tidy here (Debian: clang-tidy)")
    files = commands(benchmarks=wanted.all)
    if wanted.words:
        files = [f for f in files if any(word in f for word in wanted.words)]
    elif not wanted.all:
        files = [f for f in files if f.startswith("cmake/compiled/")]
    if not files:
        sys.exit("clang_tidy.py: no such file is compiled")
    begin = time.monotonic()
    seen = set()  # the same line of a header is said once
    with concurrent.futures.ThreadPoolExecutor(wanted.j) as pool:
        for file, seconds, said in pool.map(lambda f: check(program, f), files):
            print(f"{file}: {seconds:.0f} s", flush=True)
            for warning in said:
                if warning not in seen:
                    seen.add(warning)
                    print(warning, flush=True)
    print(f"{len(files)} files in {time.monotonic() - begin:.0f} s, {len(seen)} warnings")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
