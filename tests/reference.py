#!/usr/bin/env python3
"""Makes the API reference and checks that every public name of the public headers is
documented and that doxygen has nothing to say against it.
Usage: reference.py DOXYGEN DOXYFILE DIRECTORY"""
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

# One name of each kind without documentation, and one with: what the check must find.
CANARY = """// A file.
#pragma once
#define XFER_CANARY 1
namespace XFER_NAMESPACE {
/// Documented.
struct good {
    int member;
    void function();
    /// Documented.
    void function(int);
 private:
    int hidden;
};
struct empty {};
enum class kind { first, /** Documented. */ second };
using alias = int;
XFER_DECL void free_function();
template <class T> concept idea = true;
namespace detail { struct inner {}; }
}
"""
FOUND_IN_CANARY = {
    "xfer", "XFER_CANARY", "xfer::good::member", "xfer::good::function()", "xfer::empty",
    "xfer::kind", "xfer::kind::first", "xfer::alias", "xfer::free_function()", "xfer::idea",
}


def run_doxygen(doxygen, doxyfile, directory, *settings):
    """Runs it on a configuration with some of its lines said anew; returns its warnings."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    changed = directory / "Doxyfile"
    log = directory / "warnings"
    changed.write_text("\n".join([
        f"@INCLUDE = {doxyfile}", f"OUTPUT_DIRECTORY = {directory}", f"WARN_LOGFILE = {log}",
        "GENERATE_XML = YES", *settings, ""]))
    done = subprocess.run([doxygen, changed], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line for line in (done.stderr + log.read_text()).splitlines() if line.strip()]


def is_documented(element):
    return any(
        "".join(part.itertext()).strip()
        for name in ("briefdescription", "detaileddescription")
        for part in element.findall(name))


def public_names(directory):
    """(name, whether it is documented) of all that the reference shows."""
    for file in sorted((directory / "xml").glob("*.xml")):
        for compound in xml.parse(file).getroot().iter("compounddef"):
            name = compound.findtext("compoundname")
            hidden = compound.get("prot") == "private"
            foreign = compound.get("kind") == "namespace" and not name.startswith("xfer")
            if compound.get("kind") in ("page", "dir") or hidden or foreign:
                continue
            if not name.endswith(".md"):
                yield name, is_documented(compound)
            for member in compound.iter("memberdef"):
                # Only names: a friend class is none of its own.
                if member.get("prot") != "public" or member.get("kind") == "friend":
                    continue
                whole = member.findtext("qualifiedname") or member.findtext("name")
                yield whole + (member.findtext("argsstring") or ""), is_documented(member)
                for value in member.findall("enumvalue"):
                    yield f"{whole}::{value.findtext('name')}", is_documented(value)


def undocumented(directory):
    return sorted({name for name, documented in public_names(directory) if not documented})


def check_canary(doxygen, doxyfile, directory):
    """Whether what is missing is noticed at all."""
    header = directory.with_name(directory.name + "_canary.hpp")
    header.write_text(CANARY)
    run_doxygen(doxygen, doxyfile, directory, f"INPUT = {header}", "GENERATE_HTML = NO")
    found = set(undocumented(directory))
    assert found == FOUND_IN_CANARY, found ^ FOUND_IN_CANARY


def main(doxygen, doxyfile, directory):
    directory.mkdir(parents=True, exist_ok=True)
    check_canary(doxygen, doxyfile, directory / "canary")
    reference = directory / "reference"
    bad = run_doxygen(doxygen, doxyfile, reference)
    bad += [f"{name} is not documented" for name in undocumented(reference)]
    names = {name for name, _ in public_names(reference)}
    for expected in ("xfer::multi", "xfer::request", "xfer::options", "xfer::testing::server",
                     "xfer::status", "XFER_VERSION", "xfer::error::url_malformed"):
        if expected not in names:
            bad.append(f"the reference has lost {expected}")
    bad += [f"{name} is no part of the interface" for name in sorted(names)
            if re.match(r"xfer::(detail|engine|net|http|proto)(::|$)", name)]
    if not (reference / "html/index.html").exists():
        bad.append("there is no html/index.html")
    print("\n".join(bad) or f"{len(names)} public names, all documented")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(pathlib.Path(p).absolute() for p in sys.argv[2:4])))
