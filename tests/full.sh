#!/usr/bin/env bash
# What tests/run.sh leaves out: other compilers, another Asio, the headers alone.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/full.sh [--asio DIR] [--seconds N] [--repeat] [--list] [-h] [STEP...]
Builds and tests, each in build/full/STEP, what tests/run.sh leaves out; see
docs/compilers.md. Installs what is missing (as root, or with sudo). One line for each
step, and its log is in build/full/STEP.log. Without STEP it takes all of:
  clang-14      clang 14, Debian's Asio, AddressSanitizer and UBSan
  gcc-asio      g++, the Asio of --asio
  clang         the newest clang that apt-get knows, Debian's Asio
  clang-asio    the same, the Asio of --asio
  header-only   g++, xfer::xfer instead of the same files compiled once
  downloads     g++, optimized: downloads of 1 GiB that are killed and gone on with
  coverage      scripts/coverage.sh
  fuzz          clang 14: libFuzzer on each target of tests/fuzz, for --seconds. What it
                finds is in build/full/fuzz/faults, what it learned in learned
and with --repeat
  repeat        g++, AddressSanitizer and UBSan: each test 20 times in a row
  --asio DIR   directory that holds asio/version.hpp of another Asio: the include
               directory of a checkout. Without it the steps that need it are skipped
  --seconds N  how long the step fuzz runs each target (60)
  --list       name the steps, and do nothing
Exit status: 0 if nothing failed; what was skipped has not failed.
TEXT
}

# Tests that compile, and would do so in every repetition.
compiling='^(packages|readme|docs|compile_fail|headers_compile_alone)'
steps=(clang-14 gcc-asio clang clang-asio header-only downloads coverage fuzz)
other_asio=
fuzz_seconds=60

# The newest clang of those that apt-get knows and those here, installed.
newest_clang() {
    local clang
    clang=$({ apt-cache pkgnames clang- 2>/dev/null; compgen -c clang-; } |
        grep -E '^clang-[0-9]+$' | sort -t- -k2n | tail -1)
    command -v "${clang:?there is none}" >/dev/null ||
        install_missing "tests/full.sh clang" "$clang" >&2
    command -v "${clang/clang/clang++}"
}

# build_and_test STEP PRESET [CMAKE_OPTION...]
build_and_test() {
    local directory=build/full/$1 preset=$2
    shift 2
    # Nobody looks into these with a debugger.
    cmake --preset "$preset" -B "$directory" -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1" "$@" &&
        cmake --build "$directory" -j2 &&
        ctest --test-dir "$directory" -j2 --output-on-failure --no-tests=error
}

step_clang-14() {
    install_missing "tests/full.sh clang-14" clang-14 libclang-rt-14-dev &&
        build_and_test clang-14 clang-14
}

step_gcc-asio() {
    build_and_test gcc-asio debug -DXFER_ASIO_INCLUDE_DIR="$other_asio"
}

step_clang() {
    local clang
    clang=$(newest_clang) &&
        build_and_test clang debug -DCMAKE_CXX_COMPILER="$clang"
}

step_clang-asio() {
    local clang
    clang=$(newest_clang) &&
        build_and_test clang-asio debug -DCMAKE_CXX_COMPILER="$clang" \
            -DXFER_ASIO_INCLUDE_DIR="$other_asio"
}

step_header-only() {
    build_and_test header-only header-only
}

step_downloads() {
    local directory=build/full/downloads
    cmake --preset release -B "$directory" &&
        cmake --build "$directory" -j2 --target test_interop &&
        XFER_TEST_DOWNLOAD_SIZE=1024 ctest --test-dir "$directory" --output-on-failure \
            --no-tests=error --verbose -R 'I6 \(nginx\)'
}

step_coverage() {
    scripts/coverage.sh
}

# Each target begins with its seeds and with what it has learned before.
step_fuzz() {
    local directory=build/full/fuzz corpus target passed=0 failed=0
    install_missing "tests/full.sh fuzz" clang-14 libclang-rt-14-dev &&
        cmake --preset clang-14 -B "$directory" -DXFER_SANITIZE= -DXFER_BUILD_FUZZERS=ON \
            -DXFER_BUILD_EXAMPLES=OFF -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g" &&
        cmake --build "$directory" -j2 --target fuzzers || return
    mkdir -p "$directory/faults"
    for corpus in tests/fuzz/corpus/*/; do
        target=$(basename "$corpus")
        mkdir -p "$directory/learned/$target"
        echo "== $target"
        if "$directory/tests/fuzz/fuzz_$target" -max_total_time="$fuzz_seconds" \
            -timeout=10 -artifact_prefix="$directory/faults/$target-" \
            "$directory/learned/$target" "$corpus"; then
            passed=$((passed + 1))
        else
            echo "error: $target: see $directory/faults"
            failed=$((failed + 1))
        fi
    done
    echo "$passed targets passed, $failed failed"
    [ "$failed" = 0 ]
}

step_repeat() {
    local directory=build/full/repeat
    cmake --preset asan -B "$directory" && cmake --build "$directory" -j2 &&
        ctest --test-dir "$directory" -j2 --output-on-failure --no-tests=error \
            -E "$compiling" --repeat until-fail:20
}

# Why a step cannot be taken; nothing if it can.
obstacle() {
    case $1 in
        *-asio) [ -n "$other_asio" ] || echo "no --asio DIR" ;;
        coverage) [ -x scripts/coverage.sh ] || echo "there is no scripts/coverage.sh" ;;
    esac
}

# Takes a step, and prints its line.
take() {
    local step=$1 log=build/full/$1.log start=$SECONDS said why
    why=$(obstacle "$step")
    if [ -n "$why" ]; then
        printf '%-8s %-12s %s\n' skipped "$step" "$why"
        return 0
    fi
    printf '%-8s %-12s in %s\n' running "$step" "$log"
    local result=ok
    "step_$step" >"$log" 2>&1 || result=FAILED
    said=$(grep -E '(tests?|targets) passed, ' "$log" | tail -1 || true)
    printf '%-8s %-12s %s (%d s)\n' \
        "$result" "$step" "${said:-see $log}" "$((SECONDS - start))"
    if [ "$result" = FAILED ]; then
        grep -E '(^| )error: |\(Failed\)|\(Timeout\)|\(Not Run\)' "$log" | head -20 || true
        return 1
    fi
}

# Sanitizers of these compilers do not start where the kernel randomizes much address space.
if [ -z "${XFER_WITHOUT_ASLR-}" ] && setarch "$(uname -m)" -R true 2>/dev/null; then
    export XFER_WITHOUT_ASLR=1
    exec setarch "$(uname -m)" -R "$0" "$@"
fi

chosen=()
with_repeat=no
while [ $# -gt 0 ]; do
    case $1 in
        --asio)
            [ $# -gt 1 ] || { usage >&2 && exit 2; }
            other_asio=$2
            shift
            ;;
        --seconds)
            if [ $# -lt 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then
                usage >&2
                exit 2
            fi
            fuzz_seconds=$2
            shift
            ;;
        --repeat) with_repeat=yes ;;
        --list)
            printf '%s\n' "${steps[@]}" repeat
            exit 0
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            if ! declare -F "step_$1" >/dev/null; then
                usage >&2
                exit 2
            fi
            chosen+=("$1")
            ;;
    esac
    shift
done
[ "${#chosen[@]}" -gt 0 ] || chosen=("${steps[@]}")
[ "$with_repeat" = no ] || chosen+=(repeat)
if [ -n "$other_asio" ]; then
    if [ ! -f "$other_asio/asio/version.hpp" ]; then
        echo "$0: $other_asio holds no asio/version.hpp" >&2
        exit 2
    fi
    other_asio=$(realpath "$other_asio")
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
tests/run.sh --packages
export UBSAN_OPTIONS=print_stacktrace=1
mkdir -p build/full
failed=0
for step in "${chosen[@]}"; do
    take "$step" || failed=$((failed + 1))
done
echo "${#chosen[@]} steps, $failed failed"
[ "$failed" = 0 ]
