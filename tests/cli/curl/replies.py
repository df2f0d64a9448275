"""What the HTTP server answers, by the URL's path."""
import base64
import dataclasses
import gzip
import hashlib
import re
import urllib.parse
import zlib

REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content", 301: "Moved",
    302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect",
    308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 407: "Proxy Authentication Required", 408: "Request Timeout",
    412: "Precondition Failed", 413: "Too Large", 416: "Range Not Satisfiable",
    417: "Expectation Failed", 429: "Too Many Requests", 500: "Broken", 502: "Bad Gateway",
    503: "Unavailable", 504: "Gateway Timeout",
}
HELLO = b"hello\n"
# The same text as brotli and zstd write it without compressing.
HELLO_BROTLI = bytes.fromhex("8b0280") + HELLO + b"\x03"
HELLO_ZSTD = bytes.fromhex("28b52ffd2006310000") + HELLO
FILE = b"0123456789abcdefghijklmnopqrstuvwxyz"  # what /file/ has
ETAG = '"v1"'
MODIFIED = "Tue, 05 May 2020 10:20:30 GMT"


@dataclasses.dataclass
class Request:
    head: bytes  # as it came
    method: str = ""
    target: str = ""
    fields: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    scheme: str = "http"
    place: object = None  # the servers of this run
    number: int = 1  # on its connection

    @property
    def path(self):
        target = re.sub(r"^\w+://[^/?]*", "", self.target) or "/"
        return target.partition("?")[0]

    @property
    def query(self):
        return self.target.partition("?")[2]

    def field(self, name):
        """The value, or None."""
        values = [v for n, v in self.fields if n.lower() == name]
        return values[0] if values else None


@dataclasses.dataclass
class Reply:
    status: int = 200
    fields: tuple = ()
    body: bytes = HELLO
    version: str = "1.1"
    length: bool = True  # Content-Length is sent
    chunks: int = 0  # the body is sent in chunks of this size
    trailers: tuple = ()
    interim: bytes = b""  # sent before the head
    raw: bytes = None  # all of the reply
    cut: int = None  # so many bytes of the reply are sent
    then: str = "keep"  # or close, reset, hang: after the reply
    early: bool = False  # sent before the request's body was read
    expect: str = "continue"  # or silent: what Expect: 100-continue gets

    def wire(self, method):
        """The reply's bytes."""
        if self.raw is not None:
            return self.raw
        lines = [f"HTTP/{self.version} {self.status} {REASONS.get(self.status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in self.fields]
        bodiless = self.status in (204, 304)
        body = b"" if bodiless else self.body
        if self.chunks:
            lines.append("Transfer-Encoding: chunked")
            pieces = [body[i : i + self.chunks] for i in range(0, len(body), self.chunks)]
            ends = "".join(f"{name}: {value}\r\n" for name, value in self.trailers)
            body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
            body += b"0\r\n" + ends.encode() + b"\r\n"
        elif self.length and not bodiless:
            lines.append(f"Content-Length: {len(body)}")
        if self.then == "close":
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return self.interim + head + (b"" if method == "HEAD" else body)

    def keeps(self):
        """Whether the connection can be used again."""
        if self.raw is not None:
            head = self.raw.partition(b"\r\n\r\n")[0].lower()
            framed = b"content-length:" in head or b"chunked" in head or b" 204 " in head
            return self.then == "keep" and framed and b"connection: close" not in head
        framed = self.length or self.chunks or self.status in (204, 304)
        return self.then == "keep" and framed and self.cut is None and self.version == "1.1"


TEXT = ("Content-Type", "text/plain")
PLAIN = {
    "/": Reply(fields=(TEXT,)),
    "/hello": Reply(fields=(TEXT,)),
    "/empty": Reply(body=b""),
    "/nothing": Reply(204),
    "/close": Reply(then="close"),
    "/chunked": Reply(chunks=4),
    "/trailers": Reply(chunks=4, fields=(("Trailer", "X-Sum"),), trailers=(("X-Sum", "42"),)),
    "/unframed": Reply(length=False),
    "/1.0": Reply(version="1.0", length=False),
    "/interim": Reply(interim=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "/fields": Reply(fields=(("X-One", "1"), ("X-Two", "a"), ("x-two", "b"), ("Server", "test"))),
    "/gzip": Reply(fields=(("Content-Encoding", "gzip"),), body=gzip.compress(HELLO, mtime=0)),
    "/deflate": Reply(fields=(("Content-Encoding", "deflate"),), body=zlib.compress(HELLO)),
    "/br": Reply(fields=(("Content-Encoding", "br"),), body=HELLO_BROTLI),
    "/zstd": Reply(fields=(("Content-Encoding", "zstd"),), body=HELLO_ZSTD),
    "/two-codings": Reply(fields=(("Content-Encoding", "deflate, gzip"),),
                          body=gzip.compress(zlib.compress(HELLO), mtime=0)),
    "/not-gzip": Reply(fields=(("Content-Encoding", "gzip"),), body=b"this is not gzip"),
    "/gzip-transfer": Reply(fields=(("Transfer-Encoding", "gzip"),), chunks=8,
                            body=gzip.compress(HELLO, mtime=0)),
    "/loop": Reply(302, fields=(("Location", "/loop"),)),
    "/no-location": Reply(302),
    "/cut-head": Reply(cut=20, then="close"),
    "/cut-body": Reply(body=FILE, fields=(TEXT,), cut=80),
    "/cut-chunks": Reply(chunks=4, cut=55),
    "/silent-end": Reply(cut=0),
    "/reset": Reply(cut=0, then="reset"),
    "/hang": Reply(cut=0, then="hang"),
    "/stall": Reply(body=FILE, cut=50, then="hang"),
    "/no-continue": Reply(expect="silent"),
    "/417": Reply(417, early=True, then="close"),
    "/modified": Reply(fields=(("Last-Modified", MODIFIED),)),
    "/count": Reply(),
}


def redirect(request, status, place):
    """To a server by name, with the path after it; or on this one."""
    return Reply(int(status), fields=(("Location", place),), body=b"moved\n")


def elsewhere(request, status, server, path):
    return redirect(request, status, request.place.url(server) + path)


def chain(request, left):
    return redirect(request, 302, f"/chain/{int(left) - 1}" if int(left) > 1 else "/hello")


def bytes_of(request, count):
    text = FILE * (int(count) // len(FILE) + 1)
    return Reply(body=text[: int(count)])


def echo(request):
    """The body, so that what was sent is seen where it matters."""
    return Reply(fields=(TEXT,), body=f"{request.method} {len(request.body)}\n".encode()
                 + request.body)


def file(request):
    """A file with an ETag, a date and ranges, which honours conditions."""
    fields = (("ETag", ETAG), ("Last-Modified", MODIFIED), ("Accept-Ranges", "bytes"))
    if request.method == "PUT":
        return Reply(201, body=b"")
    if ETAG in (request.field("if-none-match") or ""):
        return Reply(304, fields)
    if request.field("if-modified-since") == MODIFIED:
        return Reply(304, fields)
    if request.field("if-unmodified-since") not in (None, MODIFIED):
        return Reply(412, body=b"")
    ranges = request.field("range")
    if not ranges or "," in ranges:
        return Reply(fields=fields, body=FILE)
    first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", ranges).groups()
    if not first:
        first, last = max(0, len(FILE) - int(last)), ""
    first, last = int(first), min(int(last or len(FILE) - 1), len(FILE) - 1)
    if first >= len(FILE):
        return Reply(416, (("Content-Range", f"bytes */{len(FILE)}"),), body=b"no such range\n")
    where = ("Content-Range", f"bytes {first}-{last}/{len(FILE)}")
    return Reply(206, (*fields, where), body=FILE[first : last + 1])


def failing(request, status, times, name):
    """`status` so many times, then a good answer."""
    seen = request.place.count(name)
    retry_after = (("Retry-After", "1"),) if name == "after" else ()
    return Reply(int(status), retry_after, body=b"failed\n") if seen <= int(times) else Reply()


def vanishing(request, times, name):
    """No answer so many times, then a good one."""
    return Reply(cut=0) if request.place.count(name) <= int(times) else Reply()


def cookies(request):
    """Sets what the query has: cookies with their attributes, parted by '&'."""
    lines = urllib.parse.unquote(request.query).split("&")
    return Reply(fields=tuple(("Set-Cookie", line) for line in lines if line))


def disposition(request):
    name = urllib.parse.unquote(request.query)
    return Reply(fields=(("Content-Disposition", name),))


def basic(request):
    expected = "Basic " + base64.b64encode(b"user:secret").decode()
    if request.field("authorization") == expected:
        return Reply(body=b"welcome\n")
    return Reply(401, (("WWW-Authenticate", 'Basic realm="test"'),), body=b"who are you\n")


def bearer(request):
    if request.field("authorization") == "Bearer token":
        return Reply(body=b"welcome\n")
    return Reply(401, (("WWW-Authenticate", 'Bearer realm="test"'),), body=b"who are you\n")


def digest_is_right(field, method, body=b""):
    """Whether an Authorization field of Digest is user:secret's (RFC 7616)."""
    given = {k: v or w for k, v, w in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', field)}
    make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[given.get("algorithm", "MD5")]

    def hashed(*texts):
        return make(":".join(texts).encode()).hexdigest()

    secret = hashed("user", given.get("realm", ""), "secret")
    what = hashed(method, given.get("uri", ""))
    between = [given.get("nonce", "")]
    if "qop" in given:
        between += [given.get("nc", ""), given.get("cnonce", ""), given["qop"]]
    return given.get("response") == hashed(secret, *between, what)


def digest_challenge(algorithm, qop=', qop="auth"', stale=""):
    # Words of a quoted list, as servers send them.
    return f'Digest realm="test", nonce="abcdef0123"{qop}, algorithm={algorithm}{stale}'


def digest(request, algorithm):
    given = request.field("authorization") or ""
    if given.startswith("Digest ") and digest_is_right(given, request.method):
        return Reply(body=b"welcome\n")
    qop = "" if algorithm == "old" else ', qop="auth"'
    challenge = digest_challenge("MD5" if algorithm == "old" else algorithm, qop)
    return Reply(401, (("WWW-Authenticate", challenge),), body=b"who are you\n")


def either(request):
    """Basic or Digest, as the client likes."""
    given = request.field("authorization") or ""
    if given.startswith("Basic "):
        return basic(request)
    if given and digest_is_right(given, request.method):
        return Reply(body=b"welcome\n")
    both = ('Basic realm="test"', digest_challenge("MD5"))
    return Reply(401, tuple(("WWW-Authenticate", b) for b in both), body=b"who are you\n")


def early(request, status):
    return Reply(int(status), body=b"no\n", early=True, then="close")


def count(request):
    return Reply(body=f"request {request.number} of this connection\n".encode())


PATTERNS = [
    (r"/status/(\d+)", lambda r, s: Reply(int(s), body=f"status {s}\n".encode())),
    (r"/redirect/(\d+)", lambda r, s: redirect(r, s, "/hello")),
    (r"/redirect/(\d+)/to/(\w+)(/.*)", elsewhere),
    (r"/redirect/(\d+)/here(/.*)", lambda r, s, p: redirect(r, s, p)),
    (r"/redirect/(\d+)/text/(.*)", lambda r, s, t: redirect(r, s, urllib.parse.unquote(t))),
    (r"/chain/(\d+)", chain),
    (r"/bytes/(\d+)", bytes_of),
    (r"/echo(?:/.*)?", echo),
    (r"/file/.*", file),
    (r"/whole/.*", lambda r: Reply(body=FILE)),
    (r"/fails/(\d+)/(\d+)/(\w+)", failing),
    (r"/vanishes/(\d+)/(\w+)", vanishing),
    (r"/cookies(?:/.*)?", cookies),
    (r"/disposition(?:/.*)?", disposition),
    (r"/basic(?:/.*)?", basic),
    (r"/bearer", bearer),
    (r"/digest/([\w-]+)", digest),
    (r"/either", either),
    (r"/early/(\d+)", early),
    (r"/count", count),
]


def reply_to(request):
    """The reply that the case gives for the path, or else the tables above."""
    given = request.place.given_reply(request.path)
    if given is not None:
        return given
    for pattern, make in PATTERNS:
        found = re.fullmatch(pattern, request.path)
        if found:
            return make(request, *found.groups())
    return PLAIN.get(request.path) or Reply(404, body=b"not here\n")
