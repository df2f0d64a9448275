#!/usr/bin/env python3
"""Checks that every header compiles alone, twice included, header-only and without a
warning. Usage: standalone.py INCLUDE_DIR COMPILER [FLAG ...]"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def compile_alone(compiler, flags, header):
    text = f"#include <{header}>\n#include <{header}>\n"
    command = [compiler, "-std=c++20", "-fsyntax-only", *flags, "-x", "c++", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return header, done.returncode, done.stderr


def main(root, compiler, *flags):
    headers = sorted(h.relative_to(root).as_posix() for h in root.rglob("*.hpp"))
    flags = [*flags, f"-I{root}"]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, code, errors in pool.map(
            lambda h: compile_alone(compiler, flags, h), headers
        ):
            if code != 0:
                failed += 1
                print(f"{header} does not compile alone:\n{errors[:2000]}")
    print(f"{len(headers)} headers, {failed} do not compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), *sys.argv[2:]))
