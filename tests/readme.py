#!/usr/bin/env python3
"""Builds what the README shows: each C++ block as a program of its own, with the CMake
lines next to it. Usage: readme.py REPOSITORY DIRECTORY [CMAKE_OPTION...]"""
import pathlib
import re
import shutil
import subprocess
import sys


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def main(repository, directory, *options):
    text = (repository / "README.md").read_text()
    programs = blocks(text, "cpp")
    project, fetch = blocks(text, "cmake")
    assert len(programs) >= 2, "the README has lost its C++"
    assert "add_subdirectory(xfer)" in project and "/path/to/xfer" in fetch

    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "xfer").symlink_to(repository)
    (directory / "main.cpp").write_text(programs[0])
    for number, program in enumerate(programs[1:], 1):
        kind = "" if "int main" in program else " OBJECT"
        command = "add_library" if kind else "add_executable"
        (directory / f"program_{number}.cpp").write_text(program)
        project += f"{command}(program_{number}{kind} program_{number}.cpp)\n"
        project += f"target_link_libraries(program_{number} PRIVATE xfer::xfer)\n"
    (directory / "CMakeLists.txt").write_text(project)
    # Optimising is not what is to be shown.
    options = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", *options]
    build = directory / "build"
    subprocess.run(["cmake", "-S", directory, "-B", build, *options], check=True)
    subprocess.run(["cmake", "--build", build], check=True)
    # The second program is curl's loop: it must say what is wrong with a URL.
    output = subprocess.run(
        [build / "program_1", "no url"], check=True, capture_output=True, text=True
    ).stdout
    assert "no url: the URL is malformed" in output, output

    # And by FetchContent: the target must be there.
    other = directory / "fetch"
    other.mkdir()
    fetch = fetch.replace("/path/to/xfer", str(repository))
    (other / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(other LANGUAGES CXX)\n" + fetch
        + "if(NOT TARGET xfer::xfer)\n  message(FATAL_ERROR gone)\nendif()\n"
    )
    subprocess.run(["cmake", "-S", other, "-B", other / "build", *options], check=True)


if __name__ == "__main__":
    main(*(pathlib.Path(p).absolute() for p in sys.argv[1:3]), *sys.argv[3:])
