"""What is measured."""
import dataclasses

# Rounds of what takes long.
LONG_ROUNDS = 3

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    verb: str  # the client's first argument
    server: str  # of servers.NGINX_SERVERS, or "holder", or "holder, TLS"
    size: int  # of each body
    total: int
    parallel: int
    unit: str = "us of CPU per request"
    is_long: bool = False  # and is run in fewer rounds

    @property
    def is_fan_out(self):
        return self.server == "http" and self.verb == "get"

    @property
    def descriptors(self):
        return self.parallel + 200

    @property
    def requests(self):
        """What the server sees: with those that are not timed (clients/common.hpp)."""
        return self.total + {"get": 2 * self.parallel, "idle": 100}.get(self.verb, 0)


def workloads(quick):
    """--quick has less of everything but parallelism."""
    def count(n, quick_n):
        return quick_n if quick else n

    large = count(GIB, 256 * MIB)
    large_name = count("1 GiB", "256 MiB")
    fan_out = [
        Workload(f"1 KiB, keep-alive, {parallel} parallel", "get", "http", KIB, total, parallel,
                 is_long=parallel >= 10_000)
        for parallel, total in (
            (1, count(5_000, 2_000)),
            (10, count(30_000, 10_000)),
            (100, count(30_000, 10_000)),
            (1_000, count(30_000, 10_000)),
            (10_000, count(15_000, 5_000)))]
    return fan_out + [
        Workload("1 KiB, a new connection each, 10 parallel", "get", "http, new connections",
                 KIB, count(5_000, 1_000), 10),
        Workload("1 KiB, TLS, keep-alive, 100 parallel", "get", "https",
                 KIB, count(20_000, 5_000), 100),
        Workload("1 KiB, TLS, a full handshake each, 10 parallel", "get", "https, full handshakes",
                 KIB, count(1_000, 200), 10),
        Workload("1 KiB, TLS, a resumed session each, 10 parallel", "get", "https, resumed",
                 KIB, count(1_000, 200), 10),
        Workload(f"{large_name}, to nowhere", "download", "http", large, 1, 1, "ms of CPU"),
        Workload(f"{large_name}, to a file", "save", "http", large, 1, 1, "ms of CPU", True),
        Workload(f"{large_name}, TLS, to nowhere", "download", "https", large, 1, 1, "ms of CPU"),
        Workload(f"{large_name}, TLS, to a file", "save", "https", large, 1, 1, "ms of CPU", True),
        Workload("10,000 waiting", "idle", "holder", 0, 10_000, 10_000, is_long=True),
        Workload("1,000 waiting, TLS", "idle", "holder, TLS", 0, 1_000, 1_000, is_long=True),
    ]


# The clients by the names that the table has for them; what each cannot do.
CLIENTS = {
    "raw": "raw",
    "xfer, perform": "xfer_perform",
    "xfer, io_context": "xfer_loop",
    "libcurl, perform": "curl_perform",
    "libcurl, socket_action": "curl_socket",
    "Beast": "beast",
}
CANNOT = {
    ("Beast", "https, resumed"): "Beast has no session cache; its users write one",
}
