"""Runs a case's command in a folder of its own, beside servers of its own, and says what
came of it with all chance taken out."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import servers

LONGEST_RUN = 30  # seconds
BOUNDARY = b"b" * 40
PASSED_ON = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")


@dataclasses.dataclass(frozen=True)
class Bench:
    """What all runs of one side share."""

    program: str
    certificates: object
    names: bytes = rb"curl|xfer"  # that the program may call itself


class Outcome:
    """What is compared: each aspect is a list of lines."""

    def __init__(self, exit_code, stdout, stderr, files, wire, raw_stderr):
        self.exit = [str(exit_code)]
        self.stdout = stdout
        self.stderr = stderr
        self.files = files
        self.wire = wire
        self.raw_stderr = raw_stderr  # for people
        self.contents = {}  # of files, for direct cases
        self.request_count = 0


def run(case, bench):
    """The outcome of a case with one program."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cli-"))
    place = servers.Place(str(folder), bench.certificates)
    try:
        return _run(case, bench, folder, place)
    finally:
        place.wake.close()
        shutil.rmtree(folder, ignore_errors=True)


def _run(case, bench, folder, place):
    def fill(text):
        return filled(text, place, bench.certificates, folder)

    place.given = case.given_replies(fill)
    for name in case.folders:
        (folder / name).mkdir(parents=True)
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = b"x" * text if isinstance(text, int) else fill(text).encode()
        (folder / name).write_bytes(content)
    words = [fill(word) for word in case.words()]
    environment = {"HOME": str(folder), "LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin",
                   "RES_OPTIONS": "timeout:1 attempts:1"}
    environment |= {n: os.environ[n] for n in PASSED_ON if n in os.environ}
    environment |= {name: fill(value) for name, value in case.env.items()}
    process = subprocess.Popen(
        [bench.program, *words], cwd=folder, env=environment, umask=0o022, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=_standard_input(case, folder, fill),
        start_new_session=True,  # without a terminal, passwords are asked of standard input
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=LONGEST_RUN)
        code = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        code = f"killed after {LONGEST_RUN} s"
    ports = place.ports()
    abstract = place.port("abstract") if "abstract" in place.sockets else None
    if place.close():
        code = f"{code}, and a connection stayed open"

    def plain(data):
        return without_chance(data, ports, str(folder), bench, abstract)

    wire, count = wire_lines(place, plain, case.unordered)
    files, contents = left_files(folder, plain, case)
    stdout, stderr = (lines_of(plain(data)) for data in (out, err))
    outcome = Outcome(code, stdout, error_lines(stderr, case.stderr), files, wire, stderr)
    if case.unordered:
        outcome.stdout, outcome.stderr = sorted(stdout), sorted(outcome.stderr)
    outcome.contents = contents
    outcome.request_count = count
    return outcome


def _standard_input(case, folder, fill):
    """What a case reads as standard input: a file, or a pipe that holds all of a text."""
    if case.input is not None:
        return (folder / case.input).open("rb")
    return subprocess.DEVNULL if case.stdin is None else _pipe_of(fill(case.stdin))


def _pipe_of(text):
    """The reading end of a pipe that holds all of the text."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return os.fdopen(reading, "rb")


def filled(text, place, certificates, folder):
    """A text of a table with {http}, {http.port}, {http.at}, {pki}/file, {pin}, {dir},
    {unix} and {abstract} replaced."""

    def one(match):
        name, part = match.groups()
        if name == "pki":
            return str(pathlib.Path(certificates.file("ca.pem")).parent)
        if name == "pin":
            return certificates.pin()
        if name == "dir":
            return str(folder)
        if name not in servers.KINDS:
            return match.group(0)
        port = place.port(name)
        if name == "unix":
            return "unix.sock"
        if name == "abstract" or part == "port":
            return str(port)
        return place.at(name) if part == "at" else place.url(name)

    return re.sub(r"(?<!%)\{(\w+)(?:\.(port|at))?\}", one, text)


def without_chance(data, ports, folder, bench, abstract):
    """Data in which names stand for what differs from run to run, and from tool to tool
    only in the tool's name."""
    for name, port in ports.items():
        data = re.sub(rb"(?<!\d)%d(?!\d)" % port, b"<%s>" % name.encode(), data)
    data = data.replace(folder.encode(), b"<dir>")
    data = data.replace(str(bench.certificates.folder).encode(), b"<pki>")
    if abstract:
        data = data.replace(abstract.encode(), b"<abstract>")
    data = re.sub(rb"(?im)^((?:> )?User-Agent: )(?:%s)/[\w.-]+" % bench.names, rb"\1tool/version", data)
    data = re.sub(rb"(?m)^(?:%s): " % bench.names, b"tool: ", data)
    data = re.sub(rb"'(?:%s) --" % bench.names, b"'tool --", data)
    data = re.sub(rb"(cnonce|response)=\"[^\"]*\"", rb'\1="<chance>"', data)
    data = re.sub(rb"(?m)^(PROXY TCP\d \S+ \S+) \d+ ", rb"\1 <port> ", data)
    data = re.sub(rb" after \d+ ms", b" after <time> ms", data)
    data = re.sub(rb"(\d+)\.\d{6}(?!\d)", b"<time>", data)
    return without_boundary(data)


def without_boundary(data):
    """A multipart request with the same boundaries as any other, its length adapted."""
    head, gap, body = data.partition(b"\r\n\r\n")
    for boundary in re.findall(rb"(?i)boundary=\"?(-+[0-9a-z]+)", data):
        named = 1 if boundary in body and boundary not in head else 0  # of an inner multipart
        uses = len(re.findall(rb"--" + re.escape(boundary), body)) + named
        extra = uses * (len(boundary) - len(BOUNDARY))
        body = body.replace(boundary, BOUNDARY)
        head = re.sub(rb"(?i)(\r\nContent-Length: )(\d+)",
                      lambda m: m.group(1) + b"%d" % (int(m.group(2)) - extra),
                      head.replace(boundary, BOUNDARY))
    return head + gap + body


def lines_of(data):
    """The lines, with what cannot be shown escaped, so that no difference hides. (CR too:
    "\\r" ends most lines of the wire.)"""
    text = data.decode("latin-1")
    lines = [line.encode("unicode_escape").decode() for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines[:-1] + [lines[-1] + "<no newline>"]


def error_lines(lines, how):
    """What is compared of standard error: all, what -v says of requests and responses, or
    the codes of errors and where there were warnings (of any number of lines)."""
    if how == "whole":
        return lines
    if how == "verbose":
        return [line for line in lines if re.match(r"[<>{}] ?", line)]
    found = [re.match(r"tool: \(\d+\)|tool: option|Warning:", line) for line in lines]
    seen = [match.group(0) for match in found if match]
    return [s for i, s in enumerate(seen) if s != "Warning:" or seen[i - 1 : i] != [s]]


def wire_lines(place, plain, unordered):
    """What each server received, connection by connection; in any order only the requests.
    And how many parts there were."""
    lines, parts = [], []
    for name in sorted(place.records):
        for number, record in enumerate(place.records[name], 1):
            heading = f"== {name}" + ("" if unordered else f", connection {number}")
            for part in record.parts:
                parts.append([heading, *lines_of(plain(part))])
            lines += [heading, *(line for part in record.parts for line in lines_of(plain(part)))]
    if unordered:
        # How many connections there are is up to the moment: each kind of note once.
        notes = [part for part in parts if part[1][:1] == "["]
        notes = [part for i, part in enumerate(notes) if part not in notes[:i]]
        requests = [part for part in parts if part[1][:1] != "["]
        lines = [line for part in sorted(notes + requests) for line in part]
    return lines, sum(part[1][:1] != "[" for part in parts)


def left_files(folder, plain, case):
    """The files of the folder: names, and what they hold; and modes or dates if the case
    asks. Of cookie files the lines that hold nothing are left out, and the order."""
    lines, contents = [], {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_dir():
            mode = f" {path.stat().st_mode & 0o777:o}" if case.modes else ""
            lines.append(f"== {name}/{mode}")
        elif path.is_file():
            status = path.stat()
            data = plain(path.read_bytes())
            contents[name] = data
            if data.startswith(b"# Netscape") and name not in case.files:
                kept = [s for s in data.split(b"\n") if s and not s.startswith(b"# ")]
                data = b"\n".join(sorted(kept)) + b"\n"
            lines.append(
                f"== {name}" + (f" {status.st_mode & 0o777:o}" if case.modes else "")
                + (f" {int(status.st_mtime)}" if case.times else "")
            )
            lines += lines_of(data)
    return lines, contents
