#!/usr/bin/env python3
"""Checks that clang-format 14 would change no C++ file: other versions lay out otherwise.
Where there is no clang-format 14 the check is skipped (77).

Usage: format.py REPOSITORY"""
import pathlib
import shutil
import subprocess
import sys

FOLDERS = ("include", "tests", "examples", "benchmarks", "cmake")
SKIPPED = 77


def formatter():
    for name in ("clang-format-14", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run([program, "--version"], capture_output=True, text=True)
            if "version 14." in version.stdout:
                return program
    return None


def main(root):
    program = formatter()
    if not program:
        print("no clang-format 14 here (Debian 12: clang-format)")
        return SKIPPED
    files = [
        f
        for folder in FOLDERS
        for f in sorted((root / folder).rglob("*"))
        if f.suffix in (".hpp", ".ipp", ".cpp")
    ]
    assert len(files) > 100, "the files have moved"
    done = subprocess.run(
        [program, "--dry-run", "-Werror", "--ferror-limit=1", *files],
        capture_output=True, text=True,
    )  # fmt: skip
    print(done.stderr or f"{len(files)} files, all formatted")
    return 1 if done.returncode != 0 or done.stderr else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).absolute()))
