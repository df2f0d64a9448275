#!/usr/bin/env python3
"""Checks what g++ 12 destroys twice: inside a co_await expression there is no lambda with
captures, no braced temporary, no initializer list and no `?:`, in the sources, the tests,
the examples, the benchmarks and the code blocks of the pages. `xfer::options`, held
trivially destructible by a static_assert, and built-in types may stand in braces.

A line is let pass with the reason in a comment on it or above it: `// co_await: why`.

Usage: co_await.py REPOSITORY"""
import pathlib
import re
import sys

FOLDERS = ("include", "tests", "examples", "benchmarks")
# Here the bad forms stand on purpose, to be refused by the compiler.
ON_PURPOSE = "tests/compile_fail/"
TRIVIAL = re.compile(
    r"(?:std::)?(?:u?int(?:8|16|32|64)_t|size_t|ptrdiff_t|byte)"
    r"|int|long|short|unsigned|char|bool|double|float"
)
ALLOWED = re.compile(r"//\s*co_await: *\S.*")
CLOSING = {"(": ")", "[": "]", "{": "}"}


def blank(text):
    """The text with comments, strings and characters made blank, at the same places."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
        re.S,
    )
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def closing(text, at):
    """Where the bracket that opens at `at` is closed."""
    depth = 0
    for i in range(at, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i
    return len(text) - 1


def end_of_expression(text, at):
    while at < len(text) and text[at] not in ";,)]}":
        at = closing(text, at) + 1 if text[at] in "([{" else at + 1
    return at


def body_of_lambda(text, at):
    """(begin, end) of the body of the lambda whose captures end before `at`; None where
    there is no lambda."""
    head = re.compile(r"\s*(?:mutable|noexcept|constexpr|->\s*[\w:<>,&* ]+)?").match
    while True:
        at = head(text, at).end()
        if text[at : at + 1] == "(":
            at = closing(text, at) + 1
        elif text[at : at + 1] == "{":
            return at, closing(text, at)
        elif not re.match(r"mutable|noexcept|constexpr|->", text[at:]):
            return None


def faults(text, begin, end, options):
    """(position, what) of each bad form in the expression."""
    at = begin
    while at < end:
        before = text[begin:at].rstrip() if text[at] in "[{" else ""
        if text[at] == "[" and not re.search(r"[\w)\]]$", before):
            captures = closing(text, at)
            body = body_of_lambda(text, captures + 1)
            if body:
                if text[at + 1 : captures].strip():
                    yield at, "a lambda with captures"
                at = body[1]
        elif text[at] == "{":
            type_name = re.search(r"[\w:]*(?:<[^;{}()]*>)?$", before).group(0)
            inside = text[at + 1 : closing(text, at)].strip()
            first = re.match(r"\.(\w+)", inside)
            trivial = TRIVIAL.fullmatch(type_name) or (
                type_name in ("", "options", "xfer::options")
                and first and first.group(1) in options
            )  # fmt: skip
            if not trivial:
                yield at, f"'{type_name}{{' in braces"
        elif text[at] == "?":
            yield at, "a choice by ?:"
        at += 1


def check(text, options):
    """(line number, what) of each fault in a source text."""
    lines = text.split("\n")
    code = blank(text)
    for found in re.finditer(r"\bco_await\b", code):
        for at, what in faults(code, found.end(), end_of_expression(code, found.end()), options):
            line = code.count("\n", 0, at)
            if not any(ALLOWED.search(l) for l in lines[max(line - 1, 0) : line + 1]):
                yield line + 1, what


BAD = [
    "co_await f([x] { g(x); });",
    "co_await f([&](int i) mutable noexcept { g(i); });",
    "auto r = co_await\n    m.async_fetch({.url = \"x\"});",
    "use(co_await f(std::string{\"x\"}));",
    "co_await f(a, {1, 2, 3});",
    "co_await wait_op{socket};",
    "co_await f(std::vector<int>{1, 2});",
    "co_await f([] { return [x] { }; }, {});",
    "co_await (co_await g(std::string{})).h();",
    "co_await m.async_fetch(cheap ? xfer::head(url) : xfer::get(url));",
]
GOOD = [
    "co_await f([] { g(std::string{}); });",
    "co_await f(std::size_t{64} * 1024);",
    "auto l = [x] { g(x); }; co_await f(l);",
    "co_await m.async_fetch(xfer::get(url, {.total_timeout = 5s}));",
    "co_await f(a[i], b); g({1, 2});",
    "if (co_await f()) { g(std::string{}); }",
    "// co_await f([x] {});",
    "g(\"co_await f({1})\");",
    "co_await f({}); // co_await: an empty span has no destructor",
    "co_await f(1'000, '{');",
    "cheap ? co_await f(a) : co_await f(b);",
    "co_await f(\"?\");",
]


def self_check(options):
    for sample in BAD:
        assert list(check(sample, options)), f"not found: {sample}"
    for sample in GOOD:
        assert not list(check(sample, options)), f"found for nothing: {sample}"


def texts(root):
    """(path, line of its first line, text) of everything that is looked at."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in (".hpp", ".ipp", ".cpp") and not path.startswith(ON_PURPOSE):
                yield path, 1, file.read_text()
    for page in sorted(root.glob("*.md")) + sorted((root / "docs").rglob("*.md")):
        text = page.read_text()
        for block in re.finditer(r"^```cpp\n(.*?)^```$", text, re.M | re.S):
            line = text.count("\n", 0, block.start(1)) + 1
            yield page.relative_to(root).as_posix(), line, block.group(1)


def main(root):
    header = (root / "include/xfer/options.hpp").read_text()
    options = set(re.findall(r"(\w+)(?: =[^;]*|\{[^;]*)?;", blank(header)))
    assert {"total_timeout", "fail_on_error"} <= options, "options.hpp could not be read"
    assert "is_trivially_destructible" in header, "options are no longer held trivial"
    self_check(options)
    bad, count = [], 0
    for path, first, text in texts(root):
        count += len(re.findall(r"\bco_await\b", blank(text)))
        bad += [f"{path}:{first + line - 1}: {what}" for line, what in check(text, options)]
    assert count > 200, f"only {count} co_await: the coroutines have moved"
    print("\n".join(bad) or f"{count} co_await expressions, nothing in them to destroy twice")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).absolute()))
