"""Byte streams that servers read requests from, and the record of what was read."""
import socket
import ssl
import struct

LONGEST_WAIT = 20  # seconds; only a broken test waits that long


class Record:
    """What one connection received: bytes, and notes of what else happened, in order. A
    part ends where a request ends."""

    def __init__(self):
        self.parts = []
        self.open = False

    def note(self, text):
        self.parts.append(f"[{text}]\n".encode())
        self.open = False

    def data(self, data):
        if self.open:
            self.parts[-1] += data
        else:
            self.parts.append(data)
            self.open = True

    def end_request(self):
        self.open = False


class SocketStream:
    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(LONGEST_WAIT)

    def receive(self):
        """Some bytes; none at the end, however it came."""
        try:
            return self.sock.recv(65536)
        except OSError:
            return b""

    def send(self, data):
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def finish(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        """Ends the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class TlsStream:
    """TLS on top of any stream, so that it can be inside TLS."""

    def __init__(self, below, context):
        self.below = below
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def _flush(self):
        data = self.outgoing.read()
        return not data or self.below.send(data)

    def _run(self, step):
        """What `step` returns, or None if TLS or the connection failed."""
        while True:
            try:
                result = step()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.below.receive()
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
            except ssl.SSLError:
                self._flush()
                return None

    def handshake(self):
        def step():
            self.tls.do_handshake()
            return True
        return self._run(step) is not None

    def receive(self):
        return self._run(lambda: self.tls.read(65536)) or b""

    def send(self, data):
        return bool(self._run(lambda: self.tls.write(data))) if data else True

    def finish(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()
        self.below.finish()

    def reset(self):
        self.below.reset()


class Reader:
    """Reads a stream by what a protocol needs, recording all it takes."""

    def __init__(self, stream, record):
        self.stream = stream
        self.record = record
        self.buffer = b""

    def _more(self):
        data = self.stream.receive()
        self.buffer += data
        return bool(data)

    def _take(self, count):
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        if taken:
            self.record.data(taken)
        return taken

    def next_byte(self):
        """The next byte, which stays to be read; none at the end."""
        while not self.buffer and self._more():
            pass
        return self.buffer[:1]

    def exactly(self, count):
        """That many bytes; fewer only at the end of the stream."""
        while len(self.buffer) < count and self._more():
            pass
        return self._take(count)

    def through(self, end):
        """Up to and with `end`; what there is at the end of the stream, None for nothing."""
        while end not in self.buffer:
            if not self._more():
                return self._take(len(self.buffer)) or None
        return self._take(self.buffer.index(end) + len(end))

    def rest(self):
        """All until the client closes."""
        while self._more():
            self._take(len(self.buffer))
        self._take(len(self.buffer))
