#!/usr/bin/env python3
"""Measures what xfer costs a user's file to compile: each of tests/compile_time beside the
same on Asio alone, compiled mode and headers alone, in turns, CPU seconds of the compiler.
Usage: compile_time.py [-n ROUNDS] [COMPILER [FLAG ...]]"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess

here = pathlib.Path(__file__).parent / "compile_time"
always = ["-std=c++20", "-O0", "-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED",
          "-DASIO_HAS_STD_ALIGNED_ALLOC=1", f"-I{here.parent.parent / 'include'}"]
compiled = ["-DXFER_SEPARATE_COMPILATION", "-DASIO_SEPARATE_COMPILATION"]


def seconds(compiler, flags, source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([compiler, *always, *flags, "-c", here / source, "-o", os.devnull], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("compiler", nargs="?", default="g++")
    options, flags = parser.parse_known_args()
    variants = {
        "Asio alone": (compiled, "{}_asio.cpp"),
        "xfer, compiled": (compiled, "{}.cpp"),
        "xfer, header-only": ([], "{}.cpp"),
    }
    for name in "fetch", "perform":
        times = {variant: [] for variant in variants}
        for _ in range(options.n):
            for variant, (mode, source) in variants.items():
                times[variant].append(
                    seconds(options.compiler, [*mode, *flags], source.format(name)))
        base = statistics.median(times["Asio alone"])
        for variant, figures in times.items():
            middle = statistics.median(figures)
            print(f"{name:8} {variant:18} {middle:6.2f} s ({min(figures):.2f} to "
                  f"{max(figures):.2f})  {middle / base:5.2f} times Asio alone")


if __name__ == "__main__":
    main()
