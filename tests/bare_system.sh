#!/usr/bin/env bash
# Shows that the project's commands work on a bare Debian 12: debootstrap, git, a clean
# clone, and nothing else.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/bare_system.sh [-h] [COMMAND...]
Makes a minimal Debian 12 in a temporary directory, clones this repository's last commit
into it (what is not committed is left out), runs each COMMAND there, in the clone, and
removes everything. Needs root, debootstrap and this machine's own apt sources.
Without a COMMAND: './tests/run.sh' and './examples/demo.sh', and both again, because a
second run must find everything in place.
TEXT
}

case ${1-} in
    -h | --help)
        usage
        exit 0
        ;;
esac

fail() {
    echo "tests/bare_system.sh: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "needs root for chroot"
command -v debootstrap >/dev/null || fail "install debootstrap first"
[ $# -gt 0 ] || set -- ./tests/run.sh ./examples/demo.sh ./tests/run.sh ./examples/demo.sh

# The mirror that this machine's apt uses for Debian 12 itself.
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Release: bookworm' | head -n 1)
[ -n "$mirror" ] || fail "apt knows no source of the suite bookworm"

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
system=$(mktemp -d "${TMPDIR:-/tmp}/xfer-bare.XXXXXX")

# Its root is read by users that servers change to, and mktemp made it for root alone.
chmod 755 "$system"

clean_up() {
    umount -l "$system/proc" "$system/dev/shm" "$system/dev/pts" 2>/dev/null || true
    # A mount that is still there must not be emptied.
    rm -rf --one-file-system "$system"
}
trap clean_up EXIT

echo "== debootstrap"
debootstrap --variant=minbase --include=git bookworm "$system" "$mirror" >"$system.log" ||
    { tail -n 20 "$system.log" >&2; fail "debootstrap failed"; }
rm -f "$system.log"

rm -rf "$system/etc/apt"
cp -a /etc/apt "$system/etc/apt"
cp -L /etc/resolv.conf "$system/etc/resolv.conf"
cp -L /etc/hosts "$system/etc/hosts"
mountpoint -q "$system/proc" || mount -t proc proc "$system/proc"
mkdir -p "$system/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$system/dev/shm"
mkdir -p "$system/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$system/dev/pts"
ln -sfn pts/ptmx "$system/dev/ptmx"
git clone -q --no-local "$repository" "$system/root/xfer"

proxies=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name-}" ] || proxies+=("$name=${!name}")
done
for command in "$@"; do
    echo "== $command"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "${proxies[@]}" \
        chroot "$system" bash -c "cd /root/xfer && $command"
done
echo "== all commands succeeded on a bare system"
