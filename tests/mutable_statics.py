#!/usr/bin/env python3
"""Checks that the library has no mutable variable that outlives a call: at namespace scope,
static in a function or a class, or thread_local. Two multis, or two threads, share nothing.

It looks at the symbols of programs and objects that were linked or compiled from the
headers: every variable that they use and that can be written. Constants that are made at
run time lie there too, which only their declaration tells: `static const`. And, for what
none of the programs uses, it looks at the declarations in the headers.

Usage: mutable_statics.py INCLUDE_DIR COMPILER FILE..."""
import pathlib
import re
import subprocess
import sys
import tempfile

# What may be there all the same, and why.
ALLOWED = {
    # Asio compares the addresses of these; nobody writes to them.
    "xfer::engine::loop_service::id": "static inline asio::execution_context::id id;",
}
# Variables of namespace xfer, their guards and what initializes them; not Asio's that have a
# type of xfer's for their argument.
OURS = re.compile(r"_Z(?:GV|TH|TW|GR)?Z*N?[VKRO]*4xfer")
WRITABLE = re.compile(r"\.(?:t?data|t?bss)\b(?!\.rel\.ro)")
DECLARATION = re.compile(
    r"^\s*(?:(?:inline|static|thread_local|constinit|extern)\s+)+"
    r"(?!.*\b(?:const|constexpr|namespace|friend|using)\b)"
    r"[\w:]+(?:<.*>)?[\w:*& ]*[ *&]\w+(?:\[\w*\])?\s*(?:;|=|\{.*\};)"
)


def symbols(file):
    """(name, section) of each variable in an object, an archive or a program."""
    done = subprocess.run(["objdump", "--syms", file], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        # address, seven flags, section, size, name
        found = re.match(r"[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(?:\.\w+ )?(\S+)", line)
        if found and "F" not in found.group(1):
            yield found.group(3), found.group(2)


def demangled(names):
    done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True)
    # The inline namespaces of the version and the options say nothing here.
    return [re.sub(r"xfer::v\w+::(?:with_\w+::)*|\[abi:cxx11\]", lambda m: "xfer::" if m[0][0] == "x" else "", name) for name in done.stdout.splitlines()]


def in_symbols(files, constants=frozenset()):
    """The variables in the files that can be written, less those with a constant's name."""
    names = {
        name for file in files for name, section in symbols(file)
        if OURS.match(name) and WRITABLE.match(section)
    }  # fmt: skip
    found = (name.removeprefix("guard variable for ") for name in demangled(sorted(names)))
    return sorted({f for f in found if f not in ALLOWED and f.split("::")[-1] not in constants})


def constants_of(text):
    """The names of the constants that are made at run time."""
    return set(re.findall(r"^\s*static const [\w:<>, *&]+[ *&](\w+)(?:;|\{.*\};| =)", text, re.M))


def in_text(text):
    """(line number, declaration) of each suspicious one."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        line = re.sub(r"//.*", "", line)
        if DECLARATION.match(line) and line.strip() not in ALLOWED.values():
            yield number, line.strip()


BAD = {
    "xfer::count": "inline int count = 0;",
    "xfer::buffer": "thread_local char buffer[16] = {};",
    "xfer::table::members": "struct table { static inline long members; };",
    "xfer::name()::last": "inline int& name() { static int last = 1; return last; }",
    "xfer::twice()::last": "inline int& twice() { static int last = f(); return last; }",
    "xfer::made": "inline std::string made;",
}
GOOD = [
    "inline constexpr int most = 3;",
    "inline const char* const names[] = {\"a\", \"b\"};",
    "struct base { virtual int v() const { return 1; } };",
    "struct derived final : base { int v() const override { return most; } };",
    "static constexpr derived kind;",
    "inline const base& one() { static const derived d; return d; }",
    "inline int once() {\n static const int first = f();\n return first; }",
    "inline const char* word(int i) { static constexpr std::string_view w[] = {\"x\", \"y\"}; return w[i].data(); }",
]
USES_BAD = """int f();
int use() { return count + buffer[0] + int(table::members) + name() + twice() + int(made.size()); }
"""
USES_GOOD = """int use() { return most + *names[0] + kind.v() + one().v() + *word(1) + once(); }
"""


def self_check(compiler):
    def compiled(lines, uses, constants=frozenset()):
        text = "#include <string>\n#include <string_view>\nnamespace xfer {\nint f();\n"
        text += "\n".join(lines) + f"\n{uses}}}\n"
        with tempfile.TemporaryDirectory() as directory:
            out = pathlib.Path(directory) / "sample.o"
            command = [compiler, "-std=c++20", "-x", "c++", "-c", "-", "-o", out]
            subprocess.run(command, input=text, text=True, check=True)
            return in_symbols([out], constants)

    found = compiled(BAD.values(), USES_BAD)
    for name in BAD:
        assert name in found, f"{name} was not found among {found}"
    found = compiled(GOOD, USES_GOOD, constants_of("\n".join(GOOD)))
    assert not found, f"found for nothing: {found}"
    for line in ("inline int count = 0;", "    static thread_local std::vector<char> v;",
                 "    static inline std::mutex m;", "static int last;"):
        assert list(in_text(line)), f"not found: {line}"
    for line in ("static constexpr int n = 3;", "    static int answer(char* buffer, int size);",
                 "inline int f() { return 1; }", "// static int last;",
                 "static const char* const names[] = {};", "extern template class f<int>;"):
        assert not list(in_text(line)), f"found for nothing: {line}"


def main(include, compiler, *files):
    self_check(compiler)
    files = [f for f in files if pathlib.Path(f).exists()]  # what was built this time
    headers = {
        f.relative_to(include).as_posix(): f.read_text()
        for f in sorted(include.rglob("*")) if f.suffix in (".hpp", ".ipp")
    }  # fmt: skip
    constants = set().union(*map(constants_of, headers.values()))
    bad = [f"a mutable variable: {name}" for name in in_symbols(files, constants)]
    for path, text in headers.items():
        bad += [f"{path}:{line}: {found}" for line, found in in_text(text)]
    seen = {name for file in files for name, _ in symbols(file) if OURS.match(name)}
    # clang leaves fewer than GCC does.
    assert len(seen) > 50, "the programs have no symbols of the library"
    print("\n".join(bad) or f"{len(seen)} variables, tables and types in {len(files)} files and"
          f" {len(headers)} headers: none can be written")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), *sys.argv[2:]))
