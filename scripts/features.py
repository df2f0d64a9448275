#!/usr/bin/env python3
"""Sees that the tests of features would notice if these were gone: switches some features
of tier 1 of docs/features.md off, one at a time, in a copy of the repository, and runs the
first test that the page names for each. The test has to pass before, and to fail then.

Usage: features.py [--seed N] [--count N] [--preset NAME] [--jobs N] [FEATURE...]

Without FEATURE, --count of them (10) are chosen by the seed (a new one, which is printed).
features.toml says how each is switched off. The copy is build/features; only the test
files that are needed are built, with the library. Exit status 0: all tests failed as they
should."""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tomllib

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
COPY = REPOSITORY / "build/features"
LONGEST_TEST = 90  # seconds; a test that does not end does not pass


def tests_of_tier_1():
    """Each feature's first test, as (path, name)."""
    page = (REPOSITORY / "docs/features.md").read_text()
    tier = page.partition("\n## Tier 1")[2].partition("\n## ")[0]
    row = re.compile(r'^\| ([^|]+?) \| [^|]*\| `(tests/[\w/]+\.cpp)` "(.*?)"(?:;| \|)', re.M)
    return {feature: (path, name) for feature, path, name in row.findall(tier)}


def copy_repository(tests):
    """A copy of what git knows, with no other test files in the tests' folders."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, COPY / name)
    kept = {COPY / path for path, _ in tests}
    for folder in {file.parent for file in kept}:
        for file in folder.glob("*.cpp"):
            if file not in kept:
                file.unlink()


class builds:
    """The copy's tests, built again after each change."""

    def __init__(self, preset, jobs):
        self.directory = COPY / "build" / preset
        self.jobs = jobs
        # Whether a test fails needs no debug information, and no optimisation.
        self._run("cmake", "--preset", preset, "-S", str(COPY), "-DXFER_BUILD_EXAMPLES=OFF",
                  "-DCMAKE_CXX_FLAGS_DEBUG=-O0")

    def _run(self, *command):
        done = subprocess.run(command, cwd=COPY, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")

    def passes(self, path, name):
        """Builds the test and says whether it passes."""
        program = f"test_{pathlib.PurePath(path).parts[1]}"
        self._run("cmake", "--build", str(self.directory), "-j", self.jobs, "--target", program)
        # What stands for something else in the words of a test's name, to Catch2.
        exactly = re.sub(r"([\\,\[\]*])", r"\\\1", name)
        # One name, one test: another number of them would prove nothing.
        listed = [str(self.directory / "tests" / program), exactly, "--list-test-names-only"]
        found = subprocess.run(listed, capture_output=True, text=True).stdout.split("\n")
        if [line for line in found if line.strip()] != [name]:
            sys.exit(f"{program} has no one test '{name}': {found}")
        try:
            return subprocess.run(
                listed[:2], capture_output=True, timeout=LONGEST_TEST
            ).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def main():
    switches = tomllib.loads((REPOSITORY / "scripts/features.toml").read_text())
    tests = tests_of_tier_1()
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("features", nargs="*", metavar="FEATURE")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--preset", default="debug")
    parser.add_argument("--jobs", default="2")
    given = parser.parse_args()
    unknown = [f for f in given.features if f not in switches or f not in tests]
    if unknown:
        sys.exit(f"no such feature: {', '.join(unknown)}; there are {', '.join(switches)}")
    chosen = given.features
    if not chosen:
        print(f"seed {given.seed}", flush=True)
        chosen = random.Random(given.seed).sample(sorted(switches), given.count)
    # What lies in one file of the library is compiled anew in one place after the other.
    chosen.sort(key=lambda feature: switches[feature]["file"])

    copy_repository([tests[f] for f in chosen])
    build = builds(given.preset, given.jobs)
    bad = [f for f in chosen if not build.passes(*tests[f])]
    if bad:
        sys.exit(f"these tests fail as it is: {', '.join(tests[f][1] for f in bad)}")
    for feature in chosen:
        switch = switches[feature]
        file = COPY / switch["file"]
        whole = file.read_text()
        assert whole.count(switch["find"]) == 1, f"{feature}: {switch['find']} is not there once"
        file.write_text(whole.replace(switch["find"], switch["replace"]))
        passed = build.passes(*tests[feature])
        file.write_text(whole)
        if passed:
            bad.append(feature)
        print(f"{feature}: {'NOT NOTICED by' if passed else 'noticed by'} {tests[feature][1]}",
              flush=True)
    print(f"{len(chosen) - len(bad)} of {len(chosen)} noticed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
