#!/usr/bin/env bash
# Builds the demo and the tool, installing what is missing on Debian 12, and runs it; -h
# for help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${1-} in
    -h | --help)
        cat <<'TEXT'
Usage: examples/demo.sh [URL...]
Installs the packages that are missing (as root, or with sudo), builds the demo and the
command-line tool in build/release, and runs the demo, which runs the tool.
  Without a URL it starts two servers on this machine, http and https, and downloads
  some 250 files from them, all on one thread; checks each; and removes everything.
  With URLs it downloads these into the current directory, and overwrites nothing there.
Exit status: 0 if everything arrived, 130 after Ctrl-C, otherwise the tool's exit code,
which is curl's.
TEXT
        exit 0
        ;;
esac

source "$root/scripts/packages.sh"
install_missing "cmake --preset release && cmake --build --preset release --target demo xfer_tool && build/release/examples/demo" \
    g++ cmake ninja-build libasio-dev libssl-dev ca-certificates

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# quietly WHAT COMMAND...: shows the command's output only if it fails.
quietly() {
    local what=$1
    shift
    if ! (cd "$root" && "$@") >"$log" 2>&1; then
        cat "$log" >&2
        echo "$0: $what failed; its output is above" >&2
        exit 1
    fi
}
if [ -e "$root/build/release/build.ninja" ]; then
    quietly "configuring" cmake --preset release
else
    # The tests are not needed here, nor is what they need; and a warning of a compiler
    # newer than ours is no reason to stop.
    quietly "configuring" cmake --preset release -DXFER_BUILD_TESTS=OFF -DXFER_WERROR=OFF
fi
build=(cmake --build --preset release --target demo xfer_tool)
if [ ! -x "$root/build/release/examples/demo" ] ||
    [ ! -x "$root/build/release/examples/xfer/xfer" ]; then
    echo "== building the demo and the tool: about two minutes on two cores"
fi
if [ -t 1 ]; then
    # ninja counts its steps in one line.
    (cd "$root" && "${build[@]}") || {
        echo "$0: building failed; its output is above" >&2
        exit 1
    }
else
    quietly "building" "${build[@]}"
fi
rm -f "$log"

# Run where the user is: URLs are downloaded into the current directory.
exec "$root/build/release/examples/demo" "$@"
