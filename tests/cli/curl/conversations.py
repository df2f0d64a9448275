"""What the servers say: HTTP as an origin and as a proxy, SOCKS, and TLS below any of them.
A proxy reaches nobody: whom it is asked for speaks in its place, on the same connection."""
import replies
from streams import Reader, SocketStream, TlsStream


def serve(place, kind, sock, record):
    """One connection, from accept to its end."""
    stream = SocketStream(sock)
    try:
        reader = Reader(stream, record)
        speak(place, kind, reader)
    finally:
        sock.close()


def speak(place, kind, reader):
    """All that a server of this kind has to say to who reached it, directly or not."""
    inner = with_tls(place, kind, reader)
    if inner:
        ROLES[kind.role](place, kind, inner).run()


def with_tls(place, kind, reader):
    """The reader of what is inside, after a handshake if the kind wants one."""
    if kind.scheme == "http":
        return reader
    names = []
    context = place.context(kind)
    context.sni_callback = lambda tls, name, ctx: names.append(name)
    if reader.next_byte() == b"P":
        reader.through(b"\r\n")  # PROXY's line comes before the handshake
    stream = TlsStream(reader.stream, context)
    stream.incoming.write(reader.buffer)
    reader.buffer = b""
    if not stream.handshake():
        reader.record.note("TLS failed")
        return None
    client = dict(x[0] for x in (stream.tls.getpeercert() or {}).get("subject", ()))
    reader.record.note(
        f"TLS {stream.tls.version()}, name {names[0] if names else None},"
        f" client {client.get('commonName')}"
    )
    return Reader(stream, reader.record)


class Http:
    """An origin's side of a connection."""

    def __init__(self, place, kind, reader, number=0):
        self.place = place
        self.kind = kind
        self.reader = reader
        self.number = number

    def run(self):
        while self.one():
            pass

    def one(self):
        """One request and its reply; whether there can be another one."""
        request = self.read_head()
        return request is not None and self.answer(request)

    def read_head(self):
        if self.reader.next_byte() == b"\x16":  # TLS is spoken to a plain server
            self.reader.stream.send(replies.Reply(400, body=b"").wire("GET"))
            self.reader.stream.finish()
            self.reader.rest()
            return None
        head = self.reader.through(b"\r\n\r\n")
        while head and head.startswith(b"PROXY "):
            head = head.partition(b"\r\n")[2]
        if not head or not head.endswith(b"\r\n\r\n"):
            return None
        self.number += 1
        lines = head.decode("latin-1").split("\r\n")[:-2]
        parts = lines[0].split(" ")
        request = replies.Request(head, parts[0], " ".join(parts[1:-1]), place=self.place,
                                  scheme=self.kind.scheme, number=self.number)
        for line in lines[1:]:
            name, _, value = line.partition(":")
            request.fields.append((name, value.strip()))
        return request

    def read_body(self, request):
        body = b""
        if (request.field("transfer-encoding") or "").lower().endswith("chunked"):
            while True:
                line = self.reader.through(b"\r\n") or b""
                size = int(line.strip() or b"0", 16)
                if size == 0:
                    # Trailers, up to an empty line.
                    while (self.reader.through(b"\r\n") or b"\r\n") != b"\r\n":
                        pass
                    return body
                body += self.reader.exactly(size + 2)[:-2]
        return self.reader.exactly(int(request.field("content-length") or 0))

    def answer(self, request):
        reply = replies.reply_to(request)
        expects = (request.field("expect") or "").lower() == "100-continue"
        if not reply.early:
            if expects and reply.expect == "continue":
                self.reader.stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.body = self.read_body(request)
            # What depends on the body is made anew; counters are not touched by it.
            if request.path.startswith("/echo"):
                reply = replies.reply_to(request)
        self.reader.record.end_request()
        return self.send(reply, request.method) and request.field("connection") != "close"

    def send(self, reply, method):
        wire = reply.wire(method)
        self.reader.stream.send(wire if reply.cut is None else wire[: reply.cut])
        if reply.keeps():
            return True
        if reply.then == "reset":
            self.reader.stream.reset()
        elif reply.then == "hang":
            self.reader.rest()
        else:
            self.reader.stream.finish()
            self.reader.rest()
        return False


class Proxy(Http):
    """Forwards nothing: what is asked of an origin is answered here in its place."""

    def one(self):
        request = self.read_head()
        if request is None:
            return False
        if self.kind.login and not self.let_in(request):
            self.read_body(request)
            self.reader.record.end_request()
            challenge = ('Basic realm="proxy"' if self.kind.login == "basic"
                         else replies.digest_challenge("MD5"))
            refusal = replies.Reply(407, (("Proxy-Authenticate", challenge),), body=b"not you\n")
            return self.send(refusal, request.method)
        if request.method != "CONNECT":
            if not request.target.startswith("http://"):
                return self.send(replies.Reply(400, body=b"no proxy request\n"), request.method)
            return self.answer(request)
        self.reader.record.end_request()
        origin = self.place.origin(request.target.rpartition(":")[2])
        if origin is None:
            return self.send(replies.Reply(502, body=b"nobody there\n"), "GET")
        self.reader.stream.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        speak(self.place, origin, self.reader)
        return False

    def let_in(self, request):
        given = request.field("proxy-authorization") or ""
        if self.kind.login == "basic":
            return given == "Basic dXNlcjpzZWNyZXQ="
        return given.startswith("Digest ") and replies.digest_is_right(given, request.method)


class Socks:
    """SOCKS 4, 4a and 5, up to the origin that is answered for."""

    def __init__(self, place, kind, reader):
        self.place = place
        self.kind = kind
        self.reader = reader

    def run(self):
        version = self.reader.exactly(1)
        port = {b"\x04": self.version_4, b"\x05": self.version_5}.get(version, lambda: None)()
        if port is None:
            self.reader.stream.finish()
            self.reader.rest()
            return
        origin = self.place.origin(port)
        good, bad = ((b"\x00\x5a", b"\x00\x5b") if version == b"\x04"
                     else (b"\x05\x00\x00\x01", b"\x05\x05\x00\x01"))
        self.reader.record.end_request()
        self.reader.stream.send((good if origin else bad) + bytes(6))
        if not origin:
            self.reader.stream.finish()
            self.reader.rest()
            return
        speak(self.place, origin, self.reader)

    def version_4(self):
        request = self.reader.exactly(7)
        port = str(int.from_bytes(request[1:3], "big"))
        self.show_port(port, -6, -4)
        self.reader.through(b"\x00")
        if request[3:6] == b"\0\0\0" and request[6:7] != b"\0":
            self.reader.through(b"\x00")
        return port

    def version_5(self):
        methods = self.reader.exactly(self.reader.exactly(1)[0])
        wanted = b"\x02" if self.kind.login else b"\x00"
        if wanted not in methods:
            self.reader.stream.send(b"\x05\xff")
            return None
        self.reader.stream.send(b"\x05" + wanted)
        if self.kind.login:
            self.reader.exactly(1)
            user = self.reader.exactly(self.reader.exactly(1)[0])
            password = self.reader.exactly(self.reader.exactly(1)[0])
            right = (user, password) == (b"user", b"secret")
            self.reader.stream.send(b"\x01" + (b"\x00" if right else b"\x01"))
            if not right:
                return None
        head = self.reader.exactly(4)
        kind = head[3:4]
        if kind == b"\x03":
            self.reader.exactly(self.reader.exactly(1)[0])
        else:
            self.reader.exactly(4 if kind == b"\x01" else 16)
        port = str(int.from_bytes(self.reader.exactly(2), "big"))
        self.show_port(port, -2, None)
        return port

    def show_port(self, port, begin, end):
        """Puts digits into the record for the two octets there."""
        part = bytearray(self.reader.record.parts[-1])
        part[begin:end] = f" {port} ".encode()
        self.reader.record.parts[-1] = bytes(part)


ROLES = {"origin": Http, "proxy": Proxy, "socks": Socks}
