#!/usr/bin/env python3
"""Installs xfer and builds programs on top of it as users do, each in every way.
Usage: packages.py WAY REPOSITORY DIRECTORY COMPILER [CMAKE_OPTION...]
WAY is install (which package, pkgconfig and mixed need before them), package, pkgconfig,
subdirectory, fetch or mixed."""
import os
import pathlib
import shutil
import subprocess
import sys

targets = {"xfer": "xfer", "compiled": "xfer-compiled"}


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True, **options)


def check_program(program):
    said = run(program, capture_output=True).stdout
    assert "the URL is malformed" in said, said
    print(said.strip())


def install(repository, directory, options):
    """The headers go to a folder of the user's choice, which all of the others have to find."""
    build = directory / "library"
    run("cmake", "-S", repository, "-B", build, "-DXFER_BUILD_COMPILED=ON",
        "-DCMAKE_INSTALL_INCLUDEDIR=include/elsewhere",
        "-DXFER_BUILD_TESTS=OFF", "-DXFER_BUILD_EXAMPLES=OFF", *options)
    run("cmake", "--build", build)
    shutil.rmtree(directory / "prefix", ignore_errors=True)
    run("cmake", "--install", build, "--prefix", directory / "prefix")


def consume(way, repository, directory, options):
    build = directory / way
    # Without the library's own build the compiled mode would be built once more.
    wanted = ";".join(targets) if way == "package" else "xfer"
    run("cmake", "-S", repository / "tests/packages", "-B", build, f"-DXFER_FROM={way}",
        f"-DXFER_SOURCE={repository}", f"-DXFER_TARGETS={wanted}",
        f"-DCMAKE_PREFIX_PATH={directory / 'prefix'}", *options)
    run("cmake", "--build", build)
    for target in wanted.split(";"):
        check_program(build / f"with_{target}")


def flags(directory, package, *what):
    place = sorted((directory / "prefix").rglob(f"{package}.pc"))[0].parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(place)}
    return run("pkg-config", *what, package, capture_output=True, env=environment).stdout.split()


def pkgconfig(repository, directory, compiler):
    for target, package in targets.items():
        program = directory / f"pkgconfig_{target}"
        run(compiler, *flags(directory, package, "--cflags"), "-O0",
            repository / "tests/packages/consumer.cpp", "-o", program,
            *flags(directory, package, "--libs"))
        check_program(program)


def mixed(repository, directory, compiler):
    """A file that uses the headers alone and one that uses the library must not link, nor
    two that use the library with different options."""
    compiled = flags(directory, "xfer-compiled", "--cflags")
    check_mixed(repository, directory, compiler, flags(directory, "xfer", "--cflags"), compiled)
    options = [flag for flag in compiled if flag.startswith("-DXFER_HAS_")]
    if options:
        without = [flag for flag in compiled if flag != options[0]]
        check_mixed(repository, directory, compiler, without, compiled)


def check_mixed(repository, directory, compiler, *ways):
    objects = []
    for part, way in zip(("mixed", "part"), ways):
        objects.append(directory / f"{part}.o")
        run(compiler, *way, "-O0", "-c",
            repository / f"tests/packages/{part}.cpp", "-o", objects[-1])
    link = subprocess.run(
        [compiler, *objects, "-o", directory / "mixed",
         *flags(directory, "xfer-compiled", "--libs")], capture_output=True, text=True)
    assert link.returncode != 0, "files that disagree were linked"
    assert "add_one" in link.stderr, link.stderr


def main(way, repository, directory, compiler, *options):
    directory.mkdir(parents=True, exist_ok=True)
    options = [f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug",
               "-DCMAKE_CXX_FLAGS_DEBUG=-O0", *options]
    if way == "install":
        install(repository, directory, options)
    elif way == "pkgconfig":
        pkgconfig(repository, directory, compiler)
    elif way == "mixed":
        mixed(repository, directory, compiler)
    else:
        consume(way, repository, directory, options)


if __name__ == "__main__":
    main(sys.argv[1], *(pathlib.Path(p).absolute() for p in sys.argv[2:4]), *sys.argv[4:])
