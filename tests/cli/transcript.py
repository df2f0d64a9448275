#!/usr/bin/env python3
"""Checks that the README's transcript of the tool is what examples/xfer/transcript.sh
prints. Usage: transcript.py REPOSITORY XFER"""
import difflib
import pathlib
import re
import subprocess
import sys


def main(repository, tool):
    blocks = re.findall(
        r"^```console\n(\$ xfer .*?)^```$", (repository / "README.md").read_text(), re.M | re.S
    )
    script = repository / "examples/xfer/transcript.sh"
    done = subprocess.run(
        ["bash", script, tool], capture_output=True, text=True, timeout=120, check=True
    )
    if blocks == [done.stdout]:
        return 0
    print(f"{len(blocks)} blocks of the README begin with '$ xfer'; one is to be this:")
    print(done.stdout)
    print(*difflib.unified_diff(
        "".join(blocks).splitlines(), done.stdout.splitlines(), "README.md", script.name,
        lineterm=""), sep="\n")  # fmt: skip
    return 1


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(p).absolute() for p in sys.argv[1:3])))
