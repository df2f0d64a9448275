"""The servers of one run of a command: each records what it receives. They start when
their port is first asked for, on loopback, in threads.

Names: http, other (a second origin), http6 ([::1]); https, https2 and those with a bad
certificate (expired, elsewhere, revoked, selfsigned); mtls (asks for a client certificate),
tls12 and tls13 (only that version); proxy, basicproxy, digestproxy (user:secret), sproxy
(https); socks, loginsocks (user:secret); unix, abstract; refused (nobody listens)."""
import dataclasses
import os
import selectors
import socket
import ssl
import threading

from conversations import ROLES, serve
from streams import Record


@dataclasses.dataclass(frozen=True)
class Kind:
    role: str = "origin"  # or proxy, socks, nobody
    scheme: str = "http"
    certificate: str = ""
    address: str = "127.0.0.1"
    login: str = ""  # basic or digest
    client_certificate: bool = False
    version: object = None
    way: str = "tcp"


def https(certificate="leaf", **more):
    return Kind(scheme="https", certificate=certificate, **more)


KINDS = {
    "http": Kind(),
    "other": Kind(),
    "http6": Kind(address="::1"),
    "https": https(),
    "https2": https(),
    "expired": https("expired"),
    "elsewhere": https("elsewhere"),
    "revoked": https("revoked"),
    "selfsigned": https("selfsigned"),
    "mtls": https(client_certificate=True),
    "tls12": https(version=ssl.TLSVersion.TLSv1_2),
    "tls13": https(version=ssl.TLSVersion.TLSv1_3),
    "proxy": Kind(role="proxy"),
    "basicproxy": Kind(role="proxy", login="basic"),
    "digestproxy": Kind(role="proxy", login="digest"),
    "sproxy": https(role="proxy"),
    "socks": Kind(role="socks"),
    "loginsocks": Kind(role="socks", login="basic"),
    "unix": Kind(way="unix"),
    "abstract": Kind(way="abstract"),
    "refused": Kind(role="nobody"),
}


def has_ipv6():
    """Whether [::1] is there."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


class Place:
    """All servers of one run. `given` are the case's own replies by path: a list of which the
    last one stays."""

    def __init__(self, folder, certificates):
        self.folder = folder
        self.certificates = certificates
        self.given = {}
        self.lock = threading.RLock()
        self.sockets = {}
        self.records = {}
        self.counts = {}
        self.threads = []
        self.selector = selectors.DefaultSelector()
        self.wake, woken = socket.socketpair()
        self.selector.register(woken, selectors.EVENT_READ, None)
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def port(self, name):
        """The port, or the abstract name, of a server, which is started."""
        with self.lock:
            if name not in self.sockets:
                self._start(name, KINDS[name])
            if KINDS[name].way == "abstract":
                return self.sockets[name].getsockname()[1:].decode()
            return self.sockets[name].getsockname()[1] if KINDS[name].way == "tcp" else 0

    def at(self, name):
        address = KINDS[name].address
        host = f"[{address}]" if ":" in address else address
        return f"{host}:{self.port(name)}"

    def url(self, name):
        return f"{KINDS[name].scheme}://{self.at(name)}"

    def ports(self):
        """The ports of the servers that were started, by name."""
        return {name: self.port(name) for name in self.sockets if KINDS[name].way == "tcp"}

    def count(self, name):
        """How often this was called with that name."""
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + 1
            return self.counts[name]

    def given_reply(self, path):
        with self.lock:
            left = self.given.get(path)
            if not left:
                return None
            return left.pop(0) if len(left) > 1 else left[0]

    def close(self):
        """Waits until all that was sent is recorded; the client has ended before. Says
        whether a connection stayed open."""
        self.wake.send(b"x")
        self.accepting.join()
        for thread in self.threads:
            thread.join(10)
        for sock in self.sockets.values():
            sock.close()
        self.wake.close()
        return any(thread.is_alive() for thread in self.threads)

    def _start(self, name, kind):
        if kind.way == "unix":
            sock = socket.socket(socket.AF_UNIX)
            sock.bind(os.path.join(self.folder, "unix.sock"))
        elif kind.way == "abstract":
            sock = socket.socket(socket.AF_UNIX)
            sock.bind("")  # the system chooses
        else:
            sock = socket.socket(socket.AF_INET6 if ":" in kind.address else socket.AF_INET)
            sock.bind((kind.address, 0))
        self.sockets[name] = sock
        self.records[name] = []
        if kind.role == "nobody":
            return
        sock.listen(100)
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, name)
        self.wake.send(b".")

    def _accept(self):
        stopping = False
        while not stopping:
            for key, _ in self.selector.select():
                if key.data is None:
                    stopping = b"x" in key.fileobj.recv(100)
                else:
                    self._accept_all(key.fileobj, key.data)
        # What the client opened last may still be waiting.
        for key in list(self.selector.get_map().values()):
            if key.data is None:
                key.fileobj.close()
            else:
                self._accept_all(key.fileobj, key.data)
        self.selector.close()

    def _accept_all(self, listener, name):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            record = Record()
            self.records[name].append(record)
            serving = threading.Thread(
                target=serve, args=(self, KINDS[name], sock, record), daemon=True
            )
            self.threads.append(serving)
            serving.start()

    def context(self, kind):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = self.certificates
        context.load_cert_chain(folder.file(kind.certificate + ".pem"),
                                folder.file(kind.certificate + ".key"))
        context.set_alpn_protocols(["http/1.1"])
        if kind.version:
            context.minimum_version = context.maximum_version = kind.version
        if kind.client_certificate:
            context.load_verify_locations(folder.file("ca.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def origin(self, port):
        """The kind of server that a proxy reaches by this port; None: nobody is there. The
        schemes' own ports lead to http and https."""
        names = {str(p): n for n, p in self.ports().items()}
        name = {"80": "http", "443": "https"}.get(port) or names.get(port)
        return KINDS[name] if name and KINDS[name].role in ROLES else None
