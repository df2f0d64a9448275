#!/usr/bin/env python3
"""Measures what xfer costs a user's file to compile: each of tests/compile_time beside the
same on Asio alone, compiled mode and headers alone, in turns, CPU seconds of the compiler.
Usage: compile_time.py [-n ROUNDS] [--budget FACTOR] [COMPILER [FLAG ...]]
With a budget the headers alone are left out, and compiled mode must not cost more than FACTOR
times Asio alone; a machine that was busy with other things gets a second and a third chance."""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys

here = pathlib.Path(__file__).parent / "compile_time"
always = ["-std=c++20", "-O0", "-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED",
          "-DASIO_HAS_STD_ALIGNED_ALLOC=1", f"-I{here.parent.parent / 'include'}"]
compiled = ["-DXFER_SEPARATE_COMPILATION", "-DASIO_SEPARATE_COMPILATION"]
ASIO, COMPILED, HEADERS = "Asio alone", "xfer, compiled", "xfer, header-only"
variants = {
    ASIO: (compiled, "{}_asio.cpp"),
    COMPILED: (compiled, "{}.cpp"),
    HEADERS: ([], "{}.cpp"),
}


def seconds(compiler, flags, source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([compiler, *always, *flags, "-c", here / source, "-o", os.devnull], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(name, rounds, which, compiler, flags):
    """Compiles in turns, prints the figures, and returns each variant's median."""
    times = {variant: [] for variant in which}
    for _ in range(rounds):
        for variant in which:
            mode, source = variants[variant]
            times[variant].append(seconds(compiler, [*mode, *flags], source.format(name)))
    medians = {variant: statistics.median(figures) for variant, figures in times.items()}
    for variant, figures in times.items():
        print(f"{name:8} {variant:18} {medians[variant]:6.2f} s ({min(figures):.2f} to "
              f"{max(figures):.2f})  {medians[variant] / medians[ASIO]:5.2f} times Asio alone",
              flush=True)
    return medians


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--budget", type=float)
    parser.add_argument("compiler", nargs="?", default="g++")
    options, flags = parser.parse_known_args()
    which = [ASIO, COMPILED] if options.budget else list(variants)
    failed = []
    for name in "fetch", "perform":
        for chance in range(3 if options.budget else 1):
            medians = measure(name, options.n, which, options.compiler, flags)
            factor = medians[COMPILED] / medians[ASIO]
            if not options.budget or factor <= options.budget:
                break
        else:
            failed.append(f"{name} costs {factor:.2f} times Asio alone, above {options.budget}")
    print("\n".join(failed), end="\n" if failed else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
