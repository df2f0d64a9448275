"""What the clients talk to: an nginx of one worker, and servers that never answer."""
import atexit
import contextlib
import getpass
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request

def on_core(core, command):
    return ["taskset", "-c", core, *command]


def free_ports(count):
    """Ports that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def make_certificate(directory):
    """A key and a certificate for 127.0.0.1, which is its own authority."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-noenc", "-days", "30", "-subj", "/CN=benchmarks",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key


def make_file(path, size):
    """Bytes that differ from block to block, so that a wrong order would be seen."""
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for i in range(0, size, len(block)):
            start = i // len(block) % 4096
            f.write((block[start:] + block[:start])[: size - i])


# What each of nginx's servers is: whether it speaks TLS, and what sets it apart.
NGINX_SERVERS = {
    "http": (False, ""),
    "http, new connections": (False, "keepalive_timeout 0;"),
    "https": (True, ""),
    "https, full handshakes": (
        True, "keepalive_timeout 0; ssl_session_cache off; ssl_session_tickets off;"
              " ssl_conf_command NumTickets 0; access_log resumed.log resumed;"),
    "https, resumed": (
        True, "keepalive_timeout 0; ssl_session_cache shared:sessions:10m;"
              " access_log resumed.log resumed;"),
}

CONFIG = """
daemon off;
worker_processes 1;
worker_cpu_affinity {mask};
worker_rlimit_nofile {files};
pid nginx.pid;
error_log error.log warn;
{user}
events {{ worker_connections {connections}; multi_accept on; }}
http {{
    default_type application/octet-stream;
    access_log off;
    log_format resumed "$ssl_session_reused";
    sendfile on;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    open_file_cache max=10 inactive=1h;
    open_file_cache_valid 1h;
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    root files;
{servers}
    server {{ listen 127.0.0.1:{status_port}; location / {{ stub_status; }} }}
}}
"""


class Nginx:
    """Runs in `directory`, whose `files` it serves."""

    def __init__(self, directory, core, open_files):
        self.directory = directory
        (directory / "tmp").mkdir()
        ports = dict(zip([*NGINX_SERVERS, "status"], free_ports(len(NGINX_SERVERS) + 1)))
        self.status_url = f"http://127.0.0.1:{ports['status']}/"
        self.base = {
            name: f"{'https' if tls else 'http'}://127.0.0.1:{ports[name]}"
            for name, (tls, _) in NGINX_SERVERS.items()}
        servers = "\n".join(
            f"    server {{ listen 127.0.0.1:{ports[name]}{' ssl' if tls else ''} backlog=4096; {rest} }}"
            for name, (tls, rest) in NGINX_SERVERS.items())
        (directory / "nginx.conf").write_text(CONFIG.format(
            mask=format(1 << int(core), "b"), files=open_files, connections=open_files - 100,
            user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
            servers=servers, status_port=ports["status"]))
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        self.version = subprocess.run(
            [program, "-v"], capture_output=True, text=True).stderr.strip().split("/")[-1]
        self.process = subprocess.Popen(
            on_core(core, [program, "-p", f"{directory}/", "-c", "nginx.conf", "-e", "error.log"]),
            stdin=subprocess.DEVNULL)
        atexit.register(self.process.terminate)
        for _ in range(200):
            with contextlib.suppress(OSError):
                self.counts()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("nginx does not run: " + (directory / "error.log").read_text())

    def counts(self):
        """How many connections were accepted and requests received until now, the one
        that asks left out."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.status_url, timeout=5) as answer:
            accepted, _, requests = map(
                int, re.search(r"(\d+) (\d+) (\d+)", answer.read().decode()).groups())
        self.asked = getattr(self, "asked", 0) + 1
        return accepted - self.asked, requests - self.asked

    def take_resumed(self):
        """How many logged connections took up a session since the last time."""
        log = self.directory / "resumed.log"
        text = log.read_text() if log.exists() else ""
        os.truncate(log, 0) if log.exists() else None
        return text.count("r")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Holder:
    """Accepts, reads and never answers."""

    def __init__(self, core, program, *certificate_and_key):
        self.process = subprocess.Popen(
            on_core(core, [program, *certificate_and_key]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.terminate)
        scheme = "https" if certificate_and_key else "http"
        self.base = f"{scheme}://127.0.0.1:{int(self.process.stdout.readline())}"

    def take_requests(self, awaited=0):
        """How many requests came since the last time. On a busy machine it may read the
        last ones only after the client has ended: it gets some time for `awaited`."""
        count, until = 0, time.monotonic() + 10
        while True:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            count += int(self.process.stdout.readline())
            if count >= awaited or time.monotonic() > until:
                return count
            time.sleep(0.05)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
