#!/usr/bin/env python3
"""Checks that a file includes only from its own floor or floors below, and that the
sans-io floors name no Asio header. Usage: layers.py INCLUDE_DIR"""
import pathlib
import re
import sys

BASE = {"config", "error", "failure", "fields", "method", "stage", "status", "time_source", "url"}
FLOORS = {"detail": 0, "proto": 1, "net": 2, "http": 3, "engine": 4, "testing": 6}
# Value types of the face include floor 0 only, so the engine may use them.
FACE_VALUES = {
    "auth", "body", "cookie", "form", "info", "ip_address", "message", "network", "options",
    "proxy", "proxy_rules", "rate", "received_head", "request", "response", "settings", "sink",
    "source", "stats", "tls", "trace", "trace_detail", "transfer_id", "wait_fd",
}
# What multis share stands on the parsers, and below all that opens sockets.
STORES = {"cookie_jar", "cookie_jar_files", "cookie_store"}
SANSIO = re.compile(r"<(asio|openssl)")


def room(path):
    """(floor, name) of xfer/...; impl/x.ipp lives where x.hpp lives."""
    parts = [p for p in path.split("/") if p != "impl"]
    if parts == ["xfer.hpp"]:
        return 5, "xfer"
    name = parts[-1].rsplit(".", 1)[0]
    if len(parts) > 2:
        return FLOORS[parts[1]], name
    if name in BASE:
        return 0, name
    if name in FACE_VALUES:
        return 0.5, name
    if name in STORES:
        return 1.5, name
    return 5, name


def main(root):
    bad = []
    files = [f for f in sorted(root.rglob("*")) if f.suffix in (".hpp", ".ipp")]
    for file in files:
        path = file.relative_to(root).as_posix()
        if path.startswith("xfer/src"):
            continue
        floor, _ = room(path)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*<(xfer(?:/[^>]+|\.hpp))>', line)
            where = f"{path}:{number}"
            if found:
                other, _ = room(found.group(1))
                if other > floor:
                    bad.append(f"{where}: floor {floor} includes {found.group(1)} of floor {other}")
            sansio = floor in (0, 1, 1.5) and "/detail/" not in path
            if sansio and SANSIO.search(line) and "#include" in line:
                if not (floor == 1 and "openssl" in line):
                    bad.append(f"{where}: a sans-io floor includes {line.strip()}")
            if "experimental" in line and path != "xfer/detail/asio.hpp":
                bad.append(f"{where}: only detail/asio.hpp names experimental")
            if re.search(r"#\s*include\s*<(asio\.hpp|iostream|regex)>", line):
                bad.append(f"{where}: a public header includes {line.strip()}")
    print("\n".join(bad) or f"{len(files)} files, every include goes down")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
