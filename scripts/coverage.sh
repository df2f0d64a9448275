#!/usr/bin/env bash
# Builds with gcov's counters, runs tests and prints how many lines they reached.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/coverage.sh [--parsers] [--missing] [-h]
Builds the tests in build/coverage, runs all of them and prints the lines reached, floor by
floor. What parses is to have 95 % of its lines reached: proto/, and the reading of URLs and
addresses.
  --parsers  only the tests of base and proto, and only the table of what parses
  --missing  lists the lines that were not reached as well
Exit status: 0 if all tests passed and the parsers reached their mark.
TEXT
}

floors=(base proto net http engine face integration interop differential)
options=()
failed=no
while [ $# -gt 0 ]; do
    case $1 in
        --parsers)
            floors=(base proto)
            options+=(--parsers)
            ;;
        --missing) options+=(--missing) ;;
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
targets=()
for floor in "${floors[@]}"; do
    # A floor without tests of its own has no target.
    if compgen -G "tests/$floor/*.cpp" >/dev/null; then
        targets+=("test_$floor")
    fi
done
cmake --preset coverage >/dev/null
cmake --build --preset coverage --target "${targets[@]}"
find build/coverage -name '*.gcda' -delete
if [ "${#floors[@]}" = 2 ]; then
    for target in "${targets[@]}"; do
        "build/coverage/tests/$target" || failed=yes
    done
else
    labels=$(IFS='|' && echo "${floors[*]}")
    ctest --test-dir build/coverage -j2 --output-on-failure --no-tests=error \
        -L "^($labels)\$" || failed=yes
fi
# A test that failed has reached its lines all the same.
python3 scripts/coverage.py build/coverage "${options[@]}"
[ "$failed" = no ]
