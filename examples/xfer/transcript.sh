#!/bin/bash
# Shows the tool at work: runs the commands below, against a server of its own on this
# machine, and prints each with what it wrote, as the README has it.
# Usage: transcript.sh XFER   (tests/cli/transcript.py compares the two)
set -eu
tool=$(realpath "$1")
directory=$(mktemp -d)
server=
finish() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$directory"
}
trap finish EXIT

# The tool under its own name, and nothing of who runs this: no config file, no proxy.
mkdir -p "$directory/bin" "$directory/home" "$directory/site/reports"
ln -s "$tool" "$directory/bin/xfer"
environment=(PATH="$directory/bin:$PATH" HOME="$directory/home" LC_ALL=C)

echo 'Hello from a server on this machine.' > "$directory/site/hello.txt"
printf 'month,sold\nMay,12\nJune,34\n' > "$directory/site/reports/north.csv"
printf 'month,sold\nMay,560\nJune,780\n' > "$directory/site/reports/south.csv"

# It says which port it got when it listens.
exec 3< <(exec python3 -u -m http.server 0 --bind 127.0.0.1 \
    --directory "$directory/site" 2> /dev/null)
server=$!
read -r line <&3
port=$(sed -E 's/.* port ([0-9]+) .*/\1/' <<< "$line")

# Ports differ from run to run; the reader sees 8000.
run() {
    printf '$ %s\n' "$1"
    (cd "$directory/home" &&
        env -i "${environment[@]}" bash -c "${1//localhost:8000/127.0.0.1:$port}" 2>&1 || true) |
        sed -e "s/127\.0\.0\.1:$port/localhost:8000/g" -e 's/\r$//'
}

site=http://localhost:8000
run "xfer -s $site/hello.txt"
run "xfer -sI $site/hello.txt | grep -i '^content'"
run "xfer -Z --no-progress-meter -o '#1.csv' '$site/reports/{north,south}.csv' -w '%{filename_effective}: %{size_download} bytes\n' | sort"
run "xfer -sLo /dev/null -w '%{http_code} after %{num_redirects} redirect: %{url_effective}\n' $site/reports"
run "xfer -sSf $site/nothing || echo \"exit code \$?\""
sum=$(sha256sum "$directory/site/reports/north.csv" | cut -d' ' -f1)
run "xfer -sSO --sha256 $sum $site/reports/north.csv && tail -1 north.csv"
