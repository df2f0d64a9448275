"""Reads the tables of cases and of differences."""
import dataclasses
import fnmatch
import pathlib
import re
import shlex
import tomllib

import replies

HERE = pathlib.Path(__file__).resolve().parent
MOST_DIFFERENCES = 40
ASPECTS = ("exit", "stdout", "stderr", "files", "wire")


@dataclasses.dataclass
class Case:
    """One line of a table. What is not about the command itself says how it is compared,
    or, in direct.toml, what is expected."""

    name: str
    args: str
    files: dict = dataclasses.field(default_factory=dict)  # there before, by name
    folders: list = dataclasses.field(default_factory=list)
    stdin: str = None  # a text, through a pipe
    input: str = None  # the name of a file that is standard input
    env: dict = dataclasses.field(default_factory=dict)
    replies: dict = dataclasses.field(default_factory=dict)  # by path
    quiet: bool = True  # -sS is put in front
    ignore: list = dataclasses.field(default_factory=list)  # aspects that have no meaning here
    stderr: str = "codes"  # or whole, or verbose: the lines with < and >
    ipv6: bool = False  # it needs [::1]
    modes: bool = False  # the files' modes are compared
    times: bool = False  # and their dates
    unordered: bool = False  # transfers end in any order
    # Expectations, of direct.toml.
    exit: int = 0
    stdout: str = None
    has: list = dataclasses.field(default_factory=list)  # in stdout and stderr together
    sent: list = dataclasses.field(default_factory=list)  # in the requests
    unsent: list = dataclasses.field(default_factory=list)
    requests: int = None  # how many
    left: dict = dataclasses.field(default_factory=dict)  # files that are there after
    gone: list = dataclasses.field(default_factory=list)  # files that are not

    def words(self):
        return (["-sS"] if self.quiet else []) + shlex.split(self.args)

    def given_replies(self, fill):
        """The replies by path; `fill` puts the servers' names in."""
        return {path: [reply(r, fill) for r in (rs if isinstance(rs, list) else [rs])]
                for path, rs in self.replies.items()}


def reply(given, fill):
    """A reply as a table has it: the text, or a table of raw text and what follows. Lines
    of the head may end in LF alone."""
    if isinstance(given, str):
        given = {"raw": given}
    head, gap, body = given["raw"].partition("\n\n")
    wire = fill(head).replace("\n", "\r\n") + ("\r\n\r\n" if gap else "") + body
    return replies.Reply(raw=wire.encode("latin-1"), then=given.get("then", "keep"))


def cases_of(path):
    """All cases of a table, by name. A group's "*" has what holds for all of it."""
    found = {}
    for group, lines in tomllib.loads(path.read_text()).items():
        common = lines.pop("*", {})
        for name, line in lines.items():
            line = {"args": line} if isinstance(line, str) else line
            found[f"{group}/{name}"] = Case(f"{group}/{name}", **{**common, **line})
    return found


@dataclasses.dataclass
class Difference:
    """What differs on purpose: in the cases that the patterns match, in these aspects. With
    `lines`, only lines that match one of these expressions."""

    name: str
    cases: list
    aspects: list
    reason: str
    lines: list = dataclasses.field(default_factory=list)
    used: set = dataclasses.field(default_factory=set)  # the cases where it was seen

    def matches(self, case):
        return any(fnmatch.fnmatchcase(case, pattern) for pattern in self.cases)

    def allows(self, line):
        """Whether a line may differ."""
        return not self.lines or any(re.search(p, line) for p in self.lines)


def uncovered(rows, case, aspect, diff):
    """Whether something differs, given as lines of a unified diff, that no row allows.
    Notes in the rows that they were used."""
    rows = [row for row in rows if aspect in row.aspects and row.matches(case)]
    changed = [line[1:] for line in diff if re.match(r"[+-](?!\+\+|--)", line)]
    left = False
    for line in changed:
        allowing = [row for row in rows if row.allows(line)]
        for row in allowing:
            row.used.add(case)
        left = left or not allowing
    return left


def differences():
    """All rows of differences.toml, checked for their form."""
    rows = tomllib.loads((HERE / "differences.toml").read_text())
    found = [Difference(name, **row) for name, row in rows.items()]
    if len(found) > MOST_DIFFERENCES:
        raise SystemExit(f"differences.toml: {len(found)} rows, at most {MOST_DIFFERENCES}")
    for row in found:
        if not row.reason.strip() or not set(row.aspects) <= set(ASPECTS):
            raise SystemExit(f"differences.toml: {row.name}: no reason, or an unknown aspect")
    return found
