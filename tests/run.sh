#!/usr/bin/env bash
# Builds and runs all tests from a clean clone on Debian 12, installing what is missing.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/run.sh [--quick | --packages] [-h]
Installs the packages that are missing (as root, or with sudo), then
  1. runs clang-tidy over the library, and sees how many lines of the parsers their tests
     reach, in build/tidy and build/coverage,
  2. builds with ThreadSanitizer in build/tsan and runs the tests that have threads,
  3. builds with AddressSanitizer and UndefinedBehaviorSanitizer in build/asan and runs
     all tests; the last lines are ctest's summary of these.
A second run installs nothing and needs no network.
  --quick     one debug build without sanitizers, in build/debug, and all tests
  --packages  only installs
Exit status: 0 if everything passed.
TEXT
}

# Tests whose names say that they use threads beside the loop's.
threaded='B3\.1|F4.1|M16|M27|M28|M30|remote|resolver|worker_pool|testing server'
packages=(
    g++ cmake ninja-build ccache python3 git ca-certificates curl groff
    libasio-dev libssl-dev catch2 openssl pkg-config libcurl4-openssl-dev
    zlib1g-dev libbrotli-dev libzstd-dev
    doxygen python3-yaml
    clang-format clang-tidy
    libpsl-dev
    libidn2-dev
)
# Servers that tests start themselves; none of them is to run by itself.
servers=(tinyproxy-bin squid haproxy microsocks dante-server apache2 python3-httpbin gunicorn)
quick=no
only_packages=no

install_packages() {
    local server new_servers=()
    # Any flavour of nginx will do; they exclude one another.
    if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
        packages+=(nginx-light)
        new_servers+=(nginx)
    fi
    for server in "${servers[@]}"; do
        if ! is_installed "$server"; then
            packages+=("$server")
            case $server in
                squid | haproxy | apache2) new_servers+=("$server") ;;
                dante-server) new_servers+=(danted) ;;
            esac
        fi
    done
    install_missing \
        "cmake --preset asan && cmake --build --preset asan && ctest --preset asan" \
        "${packages[@]}"
    if [ -d /run/systemd/system ]; then
        for server in ${new_servers[@]+"${new_servers[@]}"}; do
            as_root systemctl disable --quiet "$server" || true
        done
    fi
}

# g++ 12's ThreadSanitizer does not start where the kernel randomizes much address space.
without_aslr() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# build PRESET [TARGET ...]
build() {
    local preset=$1
    shift
    echo "== building $preset $*"
    cmake --preset "$preset" >/dev/null
    without_aslr cmake --build --preset "$preset" ${1+--target "$@"}
}

# run_tests PRESET [ctest's options]
run_tests() {
    local preset=$1
    shift
    echo "== testing $preset"
    without_aslr ctest --test-dir "build/$preset" -j2 --output-on-failure --timeout 300 \
        --no-tests=error "$@"
}

while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=yes ;;
        --packages) only_packages=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
install_packages
[ "$only_packages" = no ] || exit 0
export UBSAN_OPTIONS=print_stacktrace=1
if [ "$quick" = yes ]; then
    build debug
    run_tests debug
else
    echo "== clang-tidy over the library"
    scripts/clang_tidy.py
    echo "== coverage of the parsers"
    scripts/coverage.sh --parsers
    # The floors that have threads; the names pick the tests among them.
    build tsan test_proto test_net test_integration
    run_tests tsan -R "^(proto|net|integration):.*($threaded)"
    build asan
    run_tests asan
fi
