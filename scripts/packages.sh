# Installs Debian packages that are missing. Sourced by examples/demo.sh and tests/run.sh.

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "$0: run it as root once, or install sudo: $* needs it" >&2
        exit 1
    fi
}

# Installs packages without letting any of them start its service: the tests start an
# nginx of their own, and port 80 is none of our business.
install_quietly() {
    local policy=/usr/sbin/policy-rc.d kept=no status=0
    if [ -e "$policy" ]; then
        kept=yes
    else
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@" || status=$?
    [ "$kept" = yes ] || as_root rm -f "$policy"
    return "$status"
}

# install_missing INSTEAD PACKAGE...: installs those that are not there. Where there is
# no apt-get it says what is needed, and that INSTEAD is to be run then, and exits.
install_missing() {
    local instead=$1 missing=() package
    shift
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "$0: no apt-get here. Install the equivalents of: ${missing[*]}" >&2
        echo "then: $instead" >&2
        exit 1
    fi
    echo "== installing ${missing[*]}"
    as_root apt-get update -q
    install_quietly "${missing[@]}"
}
