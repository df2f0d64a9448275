#!/usr/bin/env python3
"""The tool as a process: what it does with descriptors, terminals, its arguments, signals.

Usage: process.py PROGRAM"""
import contextlib
import fcntl
import http.server
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time

LONGEST = 30  # seconds
PROGRAM = os.path.abspath(sys.argv[1])
TESTS = []


def test(function):
    """Adds a test to the list."""
    TESTS.append(function)
    return function


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with "hello"; /held waits until the server ends, /large is more than a pipe holds."""

    def do_GET(self):
        if self.path == "/binary":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"text first\n")
            self.wfile.flush()
            self.server.ended.wait(LONGEST)
            self.wfile.write(b"\0\x01\x02")
            return
        if self.path == "/large":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):  # the tool has gone
                self.wfile.write(b"".join(b"%07d\n" % n for n in range(100000)))
            return
        if self.path == "/held":
            self.server.held.set()
            self.server.ended.wait(LONGEST)
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_PUT(self):
        coded = "chunked" in self.headers.get("Transfer-Encoding", "")
        self.server.taken = b""
        while coded and (size := int(self.rfile.readline(), 16)):
            self.server.taken += self.rfile.read(size + 2)[:-2]
        self.rfile.readline()
        self.do_GET()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def server():
    """A server, and its URL."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.held, made.ended = threading.Event(), threading.Event()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{made.server_port}"
    finally:
        made.ended.set()
        made.shutdown()
        made.server_close()


def shell(line, folder):
    """Runs a line of sh, in which $X is the program."""
    env = {"X": PROGRAM, "PATH": "/usr/bin:/bin", "HOME": folder}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=env, capture_output=True,
                          text=True, timeout=LONGEST, check=False)  # fmt: skip


def read(folder, name):
    """All of a file."""
    with open(os.path.join(folder, name), encoding="latin-1") as file:
        return file.read()


@test
def closed_output_is_not_a_file_that_is_opened(folder):
    with server() as (_, url):
        ended = shell(f"$X -sS --trace-ascii t {url}/ >&-", folder)
        assert ended.returncode == 23, ended
        assert "hello" not in read(folder, "t").split("\n"), "the body went to the trace"


@test
def closed_input_cannot_be_uploaded(folder):
    with server() as (_, url):
        ended = shell(f"$X -sS -T - {url}/ <&-", folder)
        assert ended.returncode == 26, ended


@test
def upload_from_a_terminal_leaves_it_blocking(folder):
    with server() as (made, url):
        # The shell's description of the terminal is the tool's as well.
        ours, theirs = pty.openpty()
        process = subprocess.Popen([PROGRAM, "-sS", "-T", "-", url + "/held"], stdin=theirs,
                                   stdout=theirs, stderr=theirs, cwd=folder)  # fmt: skip
        os.write(ours, b"a line\n\x04")
        assert made.held.wait(LONGEST), "the upload never came"
        assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK, "it does not block"
        made.ended.set()
        assert process.wait(LONGEST) == 0
        assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK, "nor after it"
        os.close(ours)
        os.close(theirs)


def typed(words, text, folder):
    """The exit code after a text was typed at a terminal that is standard input only, and
    what came out."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, *words], stdin=theirs, cwd=folder,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    os.write(ours, text)
    try:
        out, _ = process.communicate(timeout=LONGEST)
        return process.returncode, out
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


@test
def one_ctrl_d_ends_what_is_typed(folder):
    with server() as (_, url):
        for words in (["-d", "@-"], ["--json", "@-"], ["--data-binary", "@-"], ["-H", "@-"],
                      ["-F", "a=<-"], ["-F", "a=@-"], ["--data-urlencode", "a@-"]):  # fmt: skip
            code, out = typed(["-sS", *words, url], b"a: line\n\x04", folder)
            assert (code, out) == (0, b"hello\n"), (words, code, out)
        code, out = typed(["-sS", "-w", "@-", url], b"a line\n\x04", folder)
        assert (code, out) == (0, b"hello\na line"), (code, out)
        code, out = typed(["-sS", "-K", "-"], f"url = {url}\n\x04".encode(), folder)
        assert (code, out) == (0, b"hello\n"), (code, out)


@test
def other_users_see_no_password(folder):
    with server() as (made, url):
        process = subprocess.Popen([PROGRAM, "-sSume:secret", "-oout", url + "/held"],
                                   cwd=folder)  # fmt: skip
        assert made.held.wait(LONGEST), "the request never came"
        with open(f"/proc/{process.pid}/cmdline", encoding="latin-1") as file:
            words = file.read().split("\0")
        assert words[1:3] == ["-sSu" + " " * 9, "-oout"], words
        made.ended.set()
        assert process.wait(LONGEST) == 0


@test
def connecting_has_one_limit(folder):
    # A proxy that takes two seconds, and behind it nobody who speaks TLS.
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        port = proxy.getsockname()[1]
        process = subprocess.Popen(
            [PROGRAM, "-sS", "--connect-timeout", "3", "-x", f"127.0.0.1:{port}", "https://a.test/"],
            cwd=folder, stderr=subprocess.DEVNULL)  # fmt: skip
        connection, _ = proxy.accept()
        began = time.monotonic()
        with connection:
            connection.recv(4096)
            threading.Event().wait(2)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while connection.recv(4096):
                pass
        took = time.monotonic() - began
    assert process.wait(LONGEST) == 28
    assert took < 4.5, f"{took} s are more than one limit"


@test
def cookies_for_standard_output_are_on_no_disk(folder):
    with server() as (_, url):
        env = {"TMPDIR": os.path.join(folder, "missing")}
        ended = subprocess.run([PROGRAM, "-sS", "-c", "-", "-o", "out", url], env=env, cwd=folder,
                               capture_output=True, text=True, check=False)  # fmt: skip
        assert ended.stdout.startswith("# Netscape HTTP Cookie File\n"), ended


@test
def binary_output_stays_away_from_a_terminal(folder):
    with server() as (made, url):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([PROGRAM, "-N", "--no-progress-meter", url + "/binary"],
                                   stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder)  # fmt: skip
        shown = b""
        while b"text first" not in shown:
            shown += os.read(ours, 4096)
        made.ended.set()
        assert process.wait(LONGEST) == 23
        while b"to save it." not in shown:
            shown += os.read(ours, 4096)
        assert b"\0" not in shown, shown
        assert b"(23)" not in shown, shown
        os.close(ours)
        os.close(theirs)


@test
def ctrl_c_at_a_prompt_leaves_the_echo(_):
    pid, ours = pty.fork()
    if pid == 0:
        os.execv(PROGRAM, [PROGRAM, "-u", "me", "http://127.0.0.1:1/"])

    def echoes():
        return bool(termios.tcgetattr(ours)[3] & termios.ECHO)

    shown = b""
    while b"password for user 'me':" not in shown:
        shown += os.read(ours, 4096)
    assert not echoes(), "the password would be shown"
    os.write(ours, b"secr\x03")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT, status
    assert echoes(), "the terminal shows nothing any more"
    os.close(ours)


@test
def upload_of_a_fifo_waits_for_its_writer(folder):
    """As in curl: the one who writes may come later."""
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    with server() as (made, url):
        tool = subprocess.Popen([PROGRAM, "-sS", "-T", "fifo", url + "/put"], cwd=folder,
                                stdout=subprocess.PIPE, text=True)  # fmt: skip
        with open(fifo, "w", encoding="ascii") as writer:  # waits for the tool
            writer.write("from the writer")
        tool.communicate(timeout=LONGEST)
        assert tool.returncode == 0, tool.returncode
        assert made.taken == b"from the writer", made.taken


@test
def ctrl_c_ends_what_waits_to_be_typed(folder):
    with server() as (_, url):
        for words in (["-d", "@-"], ["--data-binary", "@-"], ["-F", "a=<-"], ["-F", "a=@-"]):
            pid, ours = pty.fork()
            if pid == 0:
                os.execv(PROGRAM, [PROGRAM, "-sS", url, "--next", "-sS", *words, url])
            shown = until(ours, b"hello")  # the run has begun
            os.write(ours, b"abc\n\x03")
            shown += until(ours, None)
            _, status = os.waitpid(pid, 0)
            assert os.waitstatus_to_exitcode(status) == -signal.SIGINT, (words, status, shown)
            assert b"Failed" not in shown, (words, shown)
            os.close(ours)


def until(terminal, text):
    """What a terminal shows until a text has come; with None, until nobody writes to it."""
    shown = b""
    while text is None or text not in shown:
        ready, _, _ = select.select([terminal], [], [], LONGEST)
        assert ready, f"only {shown} was shown"
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            assert text is None, f"only {shown} was shown"
            break
    return shown


@test
def signals_end_what_waits_for_a_reader(folder):
    with server() as (_, url):
        for number in (signal.SIGINT, signal.SIGTERM):
            for words in ([], ["-o", "/dev/stdout"], ["-i", "-N"]):
                reading, writing = os.pipe()
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
                process = subprocess.Popen([PROGRAM, "-sS", *words, url + "/large"], cwd=folder,
                                           stdout=writing, stderr=subprocess.PIPE)  # fmt: skip
                os.close(writing)
                os.read(reading, 1)  # the rest does not fit
                process.send_signal(number)
                try:
                    _, said = process.communicate(timeout=LONGEST)
                finally:
                    process.kill()
                    os.close(reading)
                assert (process.returncode, said) == (-number, b""), (words, number, said)


@test
def what_waits_for_a_reader_comes_whole_and_in_order(folder):
    with server() as (_, url):
        line = f"$X -sS -w '%{{size_download}}\\n' {url}/large {url}/ | (read x; echo $x; cat)"
        ended = shell(line, folder)
        lines = [f"{n:07}" for n in range(100000)]
        assert ended.stdout.split("\n") == [*lines, "800000", "hello", "6", ""], ended.stderr


def main():
    failed = 0
    for each in TESTS:
        with tempfile.TemporaryDirectory(prefix="cli-process-") as folder:
            try:
                each(folder)
                print("ok", each.__name__)
            except Exception as e:  # one that fails is not the end of the others
                failed += 1
                print(f"FAILED {each.__name__}: {type(e).__name__}: {e}")
    return min(1, failed)


if __name__ == "__main__":
    sys.exit(main())
