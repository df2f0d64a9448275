#!/usr/bin/env python3
"""Runs all clients through all workloads, in turns, and reports; see run.sh."""
import argparse
import datetime
import filecmp
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from driver import report, servers, workloads

CLIENT_CORE, SERVER_CORE = "0", "1"
RAW_LIMIT = 1_700  # instructions per request; above that raw is no bound
RUN_TIMEOUT = 120  # seconds


class Failed(Exception):
    """A client did not do its work."""


class Client:
    def __init__(self, name, program, environment):
        self.name = name
        self.program = program
        self.environment = environment
        self.version = self.output(["version"]).strip()

    def output(self, arguments, directory=None, wrapper=()):
        command = servers.on_core(CLIENT_CORE, [*wrapper, self.program, *map(str, arguments)])
        try:
            done = subprocess.run(command, cwd=directory, env=self.environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=RUN_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done within {RUN_TIMEOUT} s") from None
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or f"exit status {done.returncode}")
        return done.stderr if wrapper else done.stdout


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.workloads = [
            w for w in workloads.workloads(options.quick) if re.search(options.only, w.name)]
        self.results = report.Results()
        self.start_servers()
        self.find_clients()

    def start_servers(self):
        files = self.directory / "files"
        files.mkdir()
        for size in {workloads.KIB, *(w.size for w in self.workloads if w.size)}:
            servers.make_file(files / str(size), size)
        self.certificate, key = servers.make_certificate(self.directory)
        self.open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        core = CLIENT_CORE if self.options.one_core else SERVER_CORE
        self.nginx = servers.Nginx(self.directory, core, min(self.open_files, 100_000))
        holder = self.options.build / "bench_holder"
        self.holders = {
            "holder": servers.Holder(core, holder),
            "holder, TLS": servers.Holder(core, holder, self.certificate, key)}

    def stop_servers(self):
        self.nginx.stop()
        for h in self.holders.values():
            h.stop()

    def find_clients(self):
        environment = {"PATH": os.environ["PATH"], "BENCH_CA": str(self.certificate)}
        self.clients = []
        for name, program in workloads.CLIENTS.items():
            path = self.options.build / f"bench_{program}"
            if not path.exists():
                continue
            self.clients.append(Client(name, path, environment))
            if self.options.curl and "curl" in program:
                other = environment | {"LD_LIBRARY_PATH": self.other_libcurl()}
                client = Client("other " + name, path, other)
                client.name = name.replace(
                    "libcurl", re.match(r"libcurl/(\S+)", client.version)[1])
                self.clients.append(client)

    def other_libcurl(self):
        """A directory in which the loader finds the user's libcurl."""
        given = self.options.curl.resolve()
        found = [given] if given.is_file() else sorted(given.glob("lib*/**/libcurl.so.4"))
        if not found:
            sys.exit(f"no libcurl.so.4 below {given}")
        place = self.directory / "libcurl"
        place.mkdir(exist_ok=True)
        (place / "libcurl.so.4").unlink(missing_ok=True)
        (place / "libcurl.so.4").symlink_to(found[0].resolve())
        return f"{place}:{found[0].parent}"

    def url(self, w):
        if w.server in self.holders:
            return f"{self.holders[w.server].base}/held"
        return f"{self.nginx.base[w.server]}/{w.size}"

    def run(self, client, w):
        """One run of one client; its result, checked against what the servers saw."""
        before = self.nginx.counts()
        self.nginx.take_resumed()
        for h in self.holders.values():
            h.take_requests()
        output = client.output([w.verb, self.url(w), w.total, w.parallel], self.directory)
        if w.server in self.holders:
            seen = self.holders[w.server].take_requests(w.requests)
            self.expect("requests", seen, w.requests)
            return json.loads(output)
        connections, requests = (a - b for a, b in zip(self.nginx.counts(), before))
        self.expect("requests", requests, w.requests)
        result = json.loads(output) | {"connections": connections}
        if w.server == "https, resumed":
            result["resumed"] = self.nginx.take_resumed()
            if result["resumed"] < w.total:
                raise Failed(f"{result['resumed']} of {requests} handshakes were resumed")
        elif w.server == "https, full handshakes":
            self.expect("resumed handshakes", self.nginx.take_resumed(), 0)
        if w.verb == "save":
            saved = self.directory / "saved"
            if not filecmp.cmp(saved, self.directory / "files" / str(w.size), shallow=False):
                raise Failed("what was saved is not what was sent")
            saved.unlink()
        return result

    @staticmethod
    def expect(what, seen, right):
        if seen != right:
            raise Failed(f"the server saw {seen} {what}, not {right}")

    def instructions(self, client):
        """User space instructions per keep-alive GET at 100 parallel: the difference of
        two counts leaves out start, connecting and end."""
        def count(total):
            out = client.output(
                ["get", f"{self.nginx.base['http']}/{workloads.KIB}", total, 100], self.directory,
                ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
            return int(re.search(r"Collected : (\d+)", out)[1])
        return (count(5_000) - count(1_000)) / 4_000

    def count_instructions(self):
        for c in self.clients:
            if self.options.instructions or c.name == "raw":
                print(f"   instructions: {c.name}", flush=True)
                try:
                    self.results.instructions[c.name] = self.instructions(c)
                except Failed as e:
                    self.fail("instructions", c, e)
        self.results.raw_is_void = not self.results.instructions.get("raw", 0) <= RAW_LIMIT

    def measure(self):
        for turn in range(1, self.options.rounds + 1):
            for w in self.workloads:
                if w.is_long and turn > workloads.LONG_ROUNDS:
                    continue
                begin = time.monotonic()
                for c in self.clients:
                    self.measure_one(c, w)
                took = time.monotonic() - begin
                print(f"   round {turn} of {self.options.rounds}, {took:3.0f} s: {w.name}", flush=True)

    def measure_one(self, client, w):
        cannot = workloads.CANNOT.get((client.name, w.server))
        if w.descriptors > self.open_files:
            cannot = f"it needs {w.descriptors} descriptors; ulimit -Hn is {self.open_files}"
        if cannot:
            self.results.cannot[w.name, client.name] = cannot
            return
        if (w.name, client.name) in self.results.failed:
            return
        try:
            self.results.add(w, client.name, self.run(client, w))
        except Failed as e:
            self.fail(w.name, client, e)

    def fail(self, what, client, error):
        print(f"   FAILED: {client.name}, {what}: {error}", file=sys.stderr, flush=True)
        self.results.failed[what, client.name] = str(error)

    def describe(self):
        model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout
        self.results.facts = {
            "date": datetime.date.today().isoformat(),
            "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
            "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
            "compiler": compiler.splitlines()[0] + ", -O2",
            "nginx": self.nginx.version,
            "cores": "client and server share one" if self.options.one_core
                     else "one for the client, one for the server",
            "load when it began": round(os.getloadavg()[0], 2),
            "rounds": self.options.rounds,
            "clients": {c.name: c.version for c in self.clients},
        }


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--one-core", action="store_true")
    parser.add_argument("--record", type=pathlib.Path)
    parser.add_argument("--curl", type=pathlib.Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def main():
    options = read_options()
    if len(os.sched_getaffinity(0)) < 2 and not options.one_core:
        sys.exit("two cores are needed, one for the client and one for the server;"
                 " or --one-core")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # In memory, so that no disk is measured.
    shared = pathlib.Path("/dev/shm")
    directory = pathlib.Path(tempfile.mkdtemp(
        prefix="xfer-benchmarks-", dir=shared if shared.is_dir() else None))
    bench = None
    try:
        bench = Bench(options, directory)
        bench.describe()
        bench.count_instructions()
        bench.measure()
    finally:
        if bench:
            bench.stop_servers()
        shutil.rmtree(directory, ignore_errors=True)
    report.write(bench.results, options.results, options.record)
    return 1 if bench.results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
