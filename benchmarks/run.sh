#!/usr/bin/env bash
# Builds the benchmarks, installing what is missing on Debian 12, and runs them.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: benchmarks/run.sh [--quick] [--instructions] [--curl PATH] [--rounds N]
                         [--only PATTERN] [--one-core] [--record] [-h]
Installs the packages that are missing (as root, or with sudo), builds in
build/benchmarks with -O2, and runs every client through every workload, in turns:
the client alone on core 0, nginx with one worker on core 1. Prints one table (CPU of
the client's process, median and spread) and writes it, with JSON and SVG plots, to
build/benchmarks/results. About ten minutes.
  --quick         three rounds and smaller counts: to see that it works
  --instructions  counts user space instructions per request too, with callgrind
  --curl PATH     measures another libcurl as well: a libcurl.so.4, or a prefix that
                  has one in its lib directory
  --rounds N      rounds instead of 5 (3 with --quick); what takes long has 3 at most
  --only PATTERN  only workloads whose name matches, such as 'keep-alive' or 'waiting'
  --one-core      the servers share the client's core: see docs/performance.md
  --record        writes the table and the plots into docs/ as well
Exit status: 0 if every client did what was asked and checked, 1 if not.
TEXT
}

case " $* " in *" -h "* | *" --help "*)
    usage
    exit 0
    ;;
esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --quick | --instructions | --one-core) arguments+=("$1") ;;
        --record) arguments+=(--record docs/performance.md) ;;
        --curl | --rounds | --only)
            [ $# -ge 2 ] || { usage >&2; exit 2; }
            if [ "$1" = --curl ]; then
                arguments+=("$1" "$(realpath "$2")")
            else
                arguments+=("$1" "$2")
            fi
            shift
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done

cd "$root"
source scripts/packages.sh
packages=(
    g++ cmake ninja-build python3 openssl valgrind gnuplot-nox
    libasio-dev libssl-dev libcurl4-openssl-dev libboost-dev
)
# Any flavour of nginx will do; they exclude one another.
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
    packages+=(nginx-light)
fi
install_missing "$0" "${packages[@]}"

build=build/benchmarks
echo "== building"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DXFER_WERROR=OFF -DXFER_BUILD_TESTS=OFF \
    -DXFER_BUILD_EXAMPLES=OFF -DXFER_BUILD_BENCHMARKS=ON >/dev/null
cmake --build "$build" -j1
# Clients and servers need a descriptor for each of 10,000 connections, and some more.
ulimit -n "$(ulimit -Hn)"
echo "== running"
PYTHONDONTWRITEBYTECODE=1 exec python3 benchmarks/bench.py \
    --build "$build/benchmarks" --results "$build/results" "${arguments[@]}"
