"""Medians and spread: the table, JSON and plots."""
import collections
import json
import shutil
import statistics
import subprocess


# The load average above which other programs disturb the figures.
QUIET = 0.5
RECORD = ("<!-- recorded by benchmarks/run.sh -->\n", "<!-- end of the record -->\n")


class Results:
    def __init__(self):
        self.workloads = {}  # by name, in their order
        self.runs = collections.defaultdict(list)  # by workload's and client's name
        self.cannot = {}
        self.failed = {}
        self.instructions = {}
        self.raw_is_void = False
        self.facts = {}

    def add(self, workload, client, run):
        self.workloads[workload.name] = workload
        self.runs[workload.name, client].append(run)

    @property
    def clients(self):
        return list(self.facts["clients"])


class Sample:
    """The values of one quantity in all rounds."""

    def __init__(self, values):
        self.values = values
        self.median = statistics.median(values)

    def __str__(self):
        return f"{short(self.median)} | {short(min(self.values))} .. {short(max(self.values))}"


def short(x):
    """Three digits that count."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


class Row:
    """One quantity of one workload, for all clients."""

    def __init__(self, results, name, workload, unit, value, wall=None):
        self.name, self.workload, self.unit = name, workload, unit
        self.samples, self.walls = {}, {}
        for client in results.clients:
            runs = results.runs.get((workload.name, client))
            if runs:
                self.samples[client] = Sample([value(r) for r in runs])
                if wall:
                    self.walls[client] = Sample([wall(r) for r in runs])

    def best(self, is_one):
        medians = [s.median for c, s in self.samples.items() if is_one(c)]
        return min(medians, default=None)

    @property
    def raw(self):
        return self.best(lambda c: c == "raw")

    @property
    def libcurl(self):
        return self.best(is_libcurl)

    @property
    def xfer(self):
        return self.best(lambda c: c == "xfer, perform")


def is_libcurl(client):
    return client.endswith(", perform") and not client.startswith("xfer") \
        or client.endswith(", socket_action")


def rows(results):
    for name, w in results.workloads.items():
        if w.verb == "idle":
            yield Row(results, f"{name}: memory of each", w, "KiB", lambda r: r["kib_each"])
            yield Row(results, f"{name}: one turn with nothing ready", w, "us of CPU", lambda r: r["turn_us"])
        else:
            scale = 1e3 if w.unit.startswith("ms") else 1e6
            yield Row(
                results, name, w, w.unit,
                lambda r, s=scale: (r["user"] + r["system"]) / r["requests"] * s,
                lambda r, s=scale: r["wall"] / r["requests"] * s)


def ratio(median, bound):
    return f"{median / bound:.2f}" if bound else ""


def table(results):
    lines = [
        "| workload | client | unit | median | min .. max | to raw | to the better libcurl | wall |",
        "|---|---|---|---:|---|---:|---:|---:|"]
    if results.instructions:
        name, raw = "instructions of a keep-alive GET, 100 parallel", results.instructions.get("raw")
        curl = min((n for c, n in results.instructions.items() if is_libcurl(c)), default=None)
        for client, n in results.instructions.items():
            lines.append(
                f"| {name} | {client} | | {n:,.0f} | | {to_raw(results, n, raw)} | {ratio(n, curl)} | |")
            name = ""
    for row in rows(results):
        name = row.name
        for client in results.clients:
            if client in row.samples:
                s = row.samples[client]
                wall = row.walls.get(client)
                lines.append(
                    f"| {name} | {client} | {row.unit} | {s} | {to_raw(results, s.median, row.raw)}"
                    f" | {ratio(s.median, row.libcurl)} | {short(wall.median) if wall else ''} |")
            else:
                lines.append(f"| {name} | {client} | | | {missing(results, row, client)} | | | |")
            name = ""
    return "\n".join(lines)


def to_raw(results, median, raw):
    return "void" if results.raw_is_void else ratio(median, raw)


def missing(results, row, client):
    key = row.workload.name, client
    if key in results.failed:
        return "failed: " + results.failed[key].replace("|", "/").splitlines()[-1]
    return results.cannot.get(key, "")


def claims(results):
    """What xfer promises, and whether this run shows it. Wall time has no part in it."""
    by_name = {row.name: row for row in rows(results)}

    def claim(text, row_name, value, most):
        row = by_name.get(row_name)
        v = value(row) if row and row.xfer else None
        if v is None:
            return f"- {text}: not measured"
        return f"- {text}: {v:.3g}, {'met' if v <= most else 'MISSED'} (at most {most:.3g})"

    def against_raw(row):
        return row.xfer / row.raw if row.raw and not results.raw_is_void else None

    def against_libcurl(row):
        return row.xfer / row.libcurl if row.libcurl else None

    return "\n".join([
        claim("CPU against raw at 100 parallel", "1 KiB, keep-alive, 100 parallel", against_raw, 1.35),
        claim("CPU against the better libcurl at 100 parallel",
              "1 KiB, keep-alive, 100 parallel", against_libcurl, 1 / 2),
        claim("CPU against the better libcurl at 1000 parallel",
              "1 KiB, keep-alive, 1000 parallel", against_libcurl, 1 / 3.5),
        claim("us of one perform() with 10,000 idle",
              "10,000 waiting: one turn with nothing ready", lambda row: row.xfer, 20)])


def preamble(results):
    facts = [f"- {k}: {v}" for k, v in results.facts.items() if k != "clients"]
    versions = [f"- {c}: {v}" for c, v in results.facts["clients"].items()]
    notes = []
    if results.facts["load when it began"] > QUIET:
        notes.append("The machine was not quiet when it began: do not trust the figures.")
    notes += [f"FAILED in one round, and not tried again: {client}, {what}: {why}"
              for (what, client), why in results.failed.items()]
    if "raw" in results.instructions:
        n = results.instructions["raw"]
        notes.append(
            f"raw takes {n:,.0f} instructions per request at 100 parallel: "
            + ("more than 1,700, so it is void as a bound." if results.raw_is_void
               else "at most 1,700, so it counts as a bound."))
    else:
        notes.append("The instructions of raw were not counted: it is void as a bound.")
    return "\n".join([*facts, *versions, "", "\n\n".join(notes)])


def write(results, directory, record=None):
    """Writes into the directory; and into the page `record`, if there is one."""
    directory.mkdir(parents=True, exist_ok=True)
    text = f"{preamble(results)}\n\n{table(results)}\n\n{claims(results)}\n"
    (directory / "table.md").write_text(text)
    (directory / "results.json").write_text(json.dumps(as_json(results), indent=1) + "\n")
    plot(results, directory)
    print("\n" + text)
    if record:
        write_record(text, directory, record)
    print(f"Written to {directory}: " + ", ".join(sorted(f.name for f in directory.iterdir())))


def write_record(text, directory, page):
    """Replaces what was recorded in the page before, and the plots next to it."""
    begin, end = RECORD
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    plots = sorted(directory.glob("*.svg"))
    place = page.parent / "benchmarks"
    place.mkdir(exist_ok=True)
    for p in plots:
        shutil.copy(p, place)
    images = "".join(f"![{p.stem}](benchmarks/{p.name})\n" for p in plots)
    page.write_text(f"{before}{begin}\n{text}\n{images}\n{end}{after}")


def as_json(results):
    return results.facts | {
        "instructions": results.instructions,
        "raw_is_void": results.raw_is_void,
        "cannot": {f"{w}: {c}": why for (w, c), why in results.cannot.items()},
        "failed": {f"{w}: {c}": why for (w, c), why in results.failed.items()},
        "rows": [
            {"name": row.name, "unit": row.unit, "client": client, "median": s.median,
             "min": min(s.values), "max": max(s.values), "values": s.values,
             "wall": row.walls[client].values if client in row.walls else None}
            for row in rows(results) for client, s in row.samples.items()],
        "runs": [
            {"workload": w, "client": c, "runs": runs} for (w, c), runs in results.runs.items()],
    }


PLOT = """
set terminal svg size 760,460 font "sans-serif,12" background "white"
set output "{file}"
set logscale x 10
set logscale y {base}
set format x "%.0f"
set xlabel "transfers in parallel"
set ylabel "{label}"
set xrange [0.7:14000]
set grid
set key left top noenhanced
plot {curves}
"""


def plot(results, directory):
    """CPU over parallelism, with the spread as bars; and the same against raw."""
    fan_out = [row for row in rows(results) if row.workload.is_fan_out]
    gnuplot = shutil.which("gnuplot")
    if len(fan_out) < 2 or not gnuplot:
        return
    files = [("fan-out.svg", "CPU per request in us", 10, lambda row: 1)]
    if not results.raw_is_void and all(row.raw for row in fan_out):
        files.append(("fan-out-to-raw.svg", "CPU of raw = 1", 2, lambda row: row.raw))
    for file, label, base, unit in files:
        data, curves = [], []
        for i, client in enumerate(results.clients):
            points = [
                (row.workload.parallel, s.median / unit(row), min(s.values) / unit(row),
                 max(s.values) / unit(row))
                for row in fan_out if (s := row.samples.get(client))]
            if points:
                block = "\n".join(" ".join(map(str, p)) for p in points)
                data.append(f"$client{i} << END\n{block}\nEND\n")
                curves.append(f'$client{i} with yerrorlines linewidth 2 title "{client}"')
        script = "".join(data) + PLOT.format(
            file=directory / file, label=label, base=base, curves=", ".join(curves))
        subprocess.run([gnuplot], input=script, text=True, check=True)
