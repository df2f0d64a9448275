#!/usr/bin/env python3
"""Holds the recipes for package managers, and the workflow, against the repository. Neither
vcpkg nor Conan is needed: the portfile is run with stand-ins for vcpkg's functions
(recipes/vcpkg.cmake), the Conan recipe with stand-ins for conan's modules below, both of which
call the real cmake. That is as far as they are tested.
Usage: recipes.py CHECK REPOSITORY DIRECTORY COMPILER [CMAKE_OPTION...]
CHECK is manifest, port, conan, workflow or version."""
import fnmatch
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import types

sys.dont_write_bytecode = True  # nothing is left in the repository
import packages  # noqa: E402

run = packages.run


def fresh(directory):
    """A build directory without a cache: cmake forgets options when the compiler changes."""
    shutil.rmtree(directory, ignore_errors=True)
    return directory


def versions(repository):
    """The version's text, and the numbers it is made of, as config.hpp says them."""
    config = (repository / "include/xfer/config.hpp").read_text()
    text = re.search(r'XFER_VERSION_STRING "([^"]+)"', config).group(1)
    numbers = [re.search(rf"define XFER_VERSION_{part} (\d+)", config).group(1)
               for part in ("MAJOR", "MINOR", "PATCH")]
    return text, numbers, config


def cmake_facts(repository):
    """What the project asks for (package -> version or ""), and the options that it has."""
    files = [repository / "CMakeLists.txt", *(repository / "cmake").glob("*.cmake")]
    text = "".join(re.sub(r"#.*", "", file.read_text()) for file in files)
    needed = dict(re.findall(r"find_package\((\w+) ?([\d.]*) ?REQUIRED", text))
    if re.search(r"find_path\(XFER_ASIO_INCLUDE_DIR asio/version.hpp REQUIRED", text):
        needed["Asio"] = re.search(
            r"Asio (\d+\.\d+) or newer", (repository / "README.md").read_text()).group(1)
    options = set(re.findall(r"(?:option|set|find_path)\((XFER_\w+)", text))
    options |= {f"XFER_WITH_{name}" for name in re.findall(r"xfer_optional\((\w+) \w+[./]", text)}
    return needed, options


def libraries_needed(repository):
    # Threads are the system's, not a package.
    needed, _ = cmake_facts(repository)
    return {name.lower(): version for name, version in needed.items() if name != "Threads"}


def check_options(repository, text, where):
    _, known = cmake_facts(repository)
    unknown = set(re.findall(r"-D(XFER_\w+)", text)) - known - {
        "XFER_FROM", "XFER_SOURCE", "XFER_TARGETS"}  # of tests/packages
    assert not unknown, f"{where}: CMakeLists.txt has no {unknown}"


# vcpkg's manifest.

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SEMVER = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?")
MANIFEST = {"name", "version-semver", "port-version", "description", "homepage", "documentation",
            "license", "supports", "dependencies", "features", "default-features", "maintainers"}
DEPENDENCY = {"name", "host", "features", "default-features", "platform", "version>="}
FEATURE = {"description", "dependencies", "supports", "license"}


def check_dependencies(dependencies):
    for dependency in dependencies:
        entry = dependency if isinstance(dependency, dict) else {"name": dependency}
        assert set(entry) <= DEPENDENCY, entry
        assert IDENTIFIER.fullmatch(entry["name"]), entry
        assert isinstance(entry.get("host", False), bool), entry


def read_manifest(path, version):
    def no_twins(pairs):
        assert len(pairs) == len(dict(pairs)), f"{path}: a key stands twice"
        return dict(pairs)

    manifest = json.loads(path.read_text(), object_pairs_hook=no_twins)
    assert set(manifest) <= MANIFEST, set(manifest) - MANIFEST
    assert IDENTIFIER.fullmatch(manifest["name"]) and manifest["name"] == "xfer"
    assert SEMVER.fullmatch(manifest["version-semver"]), manifest["version-semver"]
    assert manifest["version-semver"] == version, f"{path}: {manifest['version-semver']}"
    assert manifest["license"] == "BSL-1.0" and manifest["description"]
    check_dependencies(manifest["dependencies"])
    for name, feature in manifest.get("features", {}).items():
        assert IDENTIFIER.fullmatch(name) and set(feature) <= FEATURE and feature["description"]
        check_dependencies(feature.get("dependencies", []))
    return manifest


def target_names(manifest):
    return {d for d in manifest["dependencies"] if isinstance(d, str)}


def manifest(repository, directory, options):
    version, _, _ = versions(repository)
    port = repository / "packaging/vcpkg/ports/xfer"
    needed = set(libraries_needed(repository))
    for path in repository / "vcpkg.json", port / "vcpkg.json":
        assert target_names(read_manifest(path, version)) == needed, (path, needed)
    portfile = (port / "portfile.cmake").read_text()
    check_options(repository, portfile, "portfile.cmake")
    # A host dependency for each helper that the portfile calls, and no other.
    hosts = {d["name"] for d in json.loads((port / "vcpkg.json").read_text())["dependencies"]
             if isinstance(d, dict) and d.get("host")}
    helpers = {"vcpkg-cmake": "vcpkg_cmake_configure", "vcpkg-cmake-config": "vcpkg_cmake_config_"}
    assert hosts == {name for name, call in helpers.items() if call in portfile}, hosts
    print(f"vcpkg: version {version}, needs {sorted(needed)}")


def installed_by_port(repository, directory, features, options):
    """Runs the portfile; returns what it installed, as paths."""
    name = "port_" + features.replace(";", "_")
    package = directory / f"{name}_package"
    for old in package, *directory.glob(f"{name}_[RD]e*"):
        shutil.rmtree(old, ignore_errors=True)
    portfile = repository / "packaging/vcpkg/ports/xfer/portfile.cmake"
    run("cmake", f"-DPORTFILE={portfile}", f"-DFEATURES={features}",
        f"-DCURRENT_PACKAGES_DIR={package}", f"-DBUILD_DIRECTORY={directory / name}",
        "-DCONFIGURE_OPTIONS=" + ";".join(map(str, options)),
        "-P", repository / "tests/recipes/vcpkg.cmake")
    files = {p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()}
    empty = [d for d in package.rglob("*") if d.is_dir() and not any(d.iterdir())]
    assert not empty, f"empty directories, which vcpkg refuses: {empty}"
    for file in ("include/xfer.hpp", "include/xfer/impl/multi.ipp", "share/xfer/copyright",
                 "share/xfer/usage", "share/xfer/xferConfig.cmake", "lib/pkgconfig/xfer.pc"):
        assert file in files, f"{features}: no {file}"
    bad = [f for f in files if f.startswith(("debug/include", "debug/share", "lib/cmake"))]
    assert not bad, f"{features}: {bad} must not be installed"
    return package, files


def port(repository, directory, options):
    # The same flags for debug and release: the build is to be shown, not the optimizer.
    options = [*options, "-DCMAKE_CXX_FLAGS_RELEASE=-O0"]
    # An Asio that is not the system's, as vcpkg's is not: its place must stay unknown.
    asio = next(o.split("=", 1)[1] for o in options if o.startswith("-DXFER_ASIO_INCLUDE_DIR="))
    other = fresh(directory / "port_asio")
    other.mkdir()
    for part in "asio", "asio.hpp":
        (other / part).symlink_to(pathlib.Path(asio) / part)
    package, files = installed_by_port(
        repository, directory, "core", [*options, f"-DXFER_ASIO_INCLUDE_DIR={other}"])
    assert not any(f.endswith(".a") or f.startswith("debug/") for f in files), files
    named = [f for f in files if str(directory) in (package / f).read_text(errors="replace")]
    assert not named, f"paths of this machine are in {named}"
    package, files = installed_by_port(repository, directory, "core;compiled", options)
    assert {"lib/libxfer.a", "debug/lib/libxfer.a"} <= files, files
    # A user's project finds it, and both targets are what the file "usage" says.
    usage = (package / "share/xfer/usage").read_text()
    wanted = re.findall(r"xfer::(\w+)\)", usage)
    assert sorted(wanted) == ["compiled", "xfer"], wanted
    build = fresh(directory / "port_consumer")
    run("cmake", "-S", repository / "tests/packages", "-B", build, "-DXFER_FROM=package",
        f"-DXFER_TARGETS={';'.join(wanted)}", f"-DCMAKE_PREFIX_PATH={package}",
        "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF", *options)
    run("cmake", "--build", build)
    for target in wanted:
        packages.check_program(build / f"with_{target}")
    cache = (build / "CMakeCache.txt").read_text()
    assert f"xfer_DIR:PATH={package}/share/xfer" in cache, "another xfer was found"


# Conan's modules.

class Options:
    def __init__(self, defaults):
        self.__dict__.update(defaults)

    def rm_safe(self, name):
        self.__dict__.pop(name, None)


class Settings:
    def __init__(self, options):
        compiler = next(o for o in options if o.startswith("-DCMAKE_CXX_COMPILER="))
        self.values = {"os": "Linux", "arch": "x86_64", "build_type": "Debug",
                       "compiler": "clang" if "clang" in compiler else "gcc"}

    def get_safe(self, name):
        return self.values.get(name)


class Component:
    def __init__(self):
        self.properties = {}
        self.requires, self.defines, self.libs, self.system_libs = [], [], [], []
        self.includedirs, self.libdirs, self.bindirs = ["include"], ["lib"], ["bin"]

    def set_property(self, name, value):
        self.properties[name] = value


class Components(dict):
    def __missing__(self, name):
        self[name] = Component()
        return self[name]


class Recipe:
    """What a recipe is derived from."""

    def requires(self, reference, **traits):
        assert set(traits) <= {"transitive_headers", "transitive_libs"}, traits
        self.required.append(reference)


def conan_modules(state):
    """Stand-ins for the modules that the recipe imports; cmake is the real one."""

    class CMake:
        def __init__(self, recipe):
            self.recipe = recipe

        def configure(self):
            cache = [f"-D{name}={value}" for name, value in state["toolchain"].items()]
            run("cmake", "-S", state["source"], "-B", state["build"], *cache, *state["options"])

        def build(self):
            run("cmake", "--build", state["build"])

        def install(self):
            run("cmake", "--install", state["build"], "--prefix", self.recipe.package_folder)

    class CMakeToolchain:
        def __init__(self, recipe):
            self.cache_variables = {}

        def generate(self):
            state["toolchain"] = dict(self.cache_variables)

    class CMakeDeps:
        def __init__(self, recipe):
            self.generate = lambda: None

    def copy(recipe, pattern, source, destination):
        pathlib.Path(destination).mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path(source) / pattern, destination)

    def module(name, **contents):
        made = types.ModuleType(name)
        made.__dict__.update(contents)
        return name, made

    return dict([
        module("conan", ConanFile=Recipe),
        module("conan.tools"),
        module("conan.tools.build", check_min_cppstd=lambda recipe, std: state.update(std=std),
               can_run=lambda recipe: True),
        module("conan.tools.cmake", CMake=CMake, CMakeDeps=CMakeDeps,
               CMakeToolchain=CMakeToolchain, cmake_layout=lambda recipe: None),
        module("conan.tools.files", copy=copy,
               load=lambda recipe, path: pathlib.Path(path).read_text(),
               rmdir=lambda recipe, path: shutil.rmtree(path, ignore_errors=True)),
    ])


def load_recipe(path, base):
    spec = importlib.util.spec_from_file_location(f"recipe_{path.parent.name}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    classes = [c for c in vars(loaded).values()
               if isinstance(c, type) and issubclass(c, base) and c is not base]
    assert len(classes) == 1, f"{path}: {classes}"
    return classes[0]


def tracked_files(repository):
    """The files that git would put into a clone, or all where there is no git."""
    listed = subprocess.run(
        ["git", "-C", repository, "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True)
    if listed.returncode == 0:
        return listed.stdout.splitlines()
    return [p.relative_to(repository).as_posix() for p in repository.rglob("*") if p.is_file()]


def export(repository, recipe, source):
    """Copies what the recipe exports, and nothing else."""
    fresh(source)
    files = tracked_files(repository)
    patterns = [*recipe.exports_sources, recipe.exports]
    for pattern in patterns:
        found = fnmatch.filter(files, pattern)
        assert found, f"conanfile.py exports {pattern}: there is no such file"
        for file in found:
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / file, source / file)


def definitions_of(pc):
    return set(re.findall(r"-D(\S+)", re.search(r"^Cflags: (.*)$", pc.read_text(), re.M).group(1)))


def run_recipe(repository, directory, header_only, options):
    """A recipe's life as far as package_info; only the compiling of the library is left out,
    which `packages: install` does with the same options."""
    name = "headers" if header_only else "compiled"
    state = {"source": directory / f"conan_{name}_source", "build": fresh(directory / f"conan_{name}"),
             "options": options, "toolchain": {}}
    sys.modules.update(conan_modules(state))
    recipe = load_recipe(repository / "conanfile.py", Recipe)()
    export(repository, recipe, state["source"])
    recipe.required = []
    recipe.settings = Settings(options)
    recipe.recipe_folder = str(state["source"])
    recipe.source_folder = str(state["source"])
    recipe.package_folder = str(directory / f"conan_{name}_package")
    fresh(pathlib.Path(recipe.package_folder))
    assert set(recipe.default_options) == set(recipe.options)
    recipe.options = Options({**recipe.default_options, "header_only": header_only})
    asio = next(o.split("=", 1)[1] for o in options if o.startswith("-DXFER_ASIO_INCLUDE_DIR="))
    about = types.SimpleNamespace(aggregated_components=lambda: about, includedirs=[asio])
    recipe.dependencies = {"asio": types.SimpleNamespace(cpp_info=about)}
    recipe.set_version()
    recipe.configure()
    recipe.layout()
    recipe.requirements()
    recipe.validate()
    recipe.generate()
    _, known = cmake_facts(repository)
    assert set(state["toolchain"]) <= known, state["toolchain"]
    if header_only:
        recipe.build()
        recipe.package()
    else:
        run("cmake", "-S", state["source"], "-B", state["build"],
            *(f"-D{n}={v}" for n, v in state["toolchain"].items()), *options)
    recipe.cpp_info = types.SimpleNamespace(components=Components())
    recipe.package_info()
    return recipe, state


def conan(repository, directory, options):
    version, _, _ = versions(repository)
    needed = libraries_needed(repository)
    for header_only in True, False:
        recipe, state = run_recipe(repository, directory, header_only, options)
        assert recipe.name == "xfer" and recipe.version == version, recipe.version
        assert state["std"] == 20 and recipe.license == "BSL-1.0"
        required = dict(re.fullmatch(r"(\w+)/\[>=([\d.]+)\]", r).groups() for r in recipe.required)
        assert required == needed, (required, needed)
        parts = recipe.cpp_info.components
        named = {part.properties["cmake_target_name"] for part in parts.values()}
        expected = {"xfer::xfer"} if header_only else {"xfer::xfer", "xfer::compiled"}
        assert named == expected, named
        # What CMake and pkg-config give to a file.
        headers = definitions_of(state["build"] / "xfer.pc")
        assert set(parts["headers"].defines) == headers, (parts["headers"].defines, headers)
        assert {r.split("::")[0] for r in parts["headers"].requires} == set(needed)
        if header_only:
            package = pathlib.Path(recipe.package_folder)
            assert (package / "include/xfer.hpp").exists()
            assert (package / "licenses/LICENSE").exists()
            assert not list(package.rglob("*.cmake")) and not list(package.rglob("*.pc"))
        else:
            compiled = definitions_of(state["build"] / "xfer-compiled.pc")
            assert headers | set(parts["compiled"].defines) == compiled, compiled
            linked = re.findall(r" -l(\S+)", (state["build"] / "xfer-compiled.pc").read_text())
            assert parts["compiled"].libs == linked, linked
    # The package's own test: importable, and its program compiles against the headers.
    folder = repository / "packaging/conan/test_package"
    tested = load_recipe(folder / "conanfile.py", Recipe)
    assert {"requirements", "build", "test"} <= set(vars(tested))
    lists = (folder / "CMakeLists.txt").read_text()
    assert "find_package(xfer CONFIG REQUIRED)" in lists
    for source in re.findall(r"[\w.]+\.cpp", lists):
        assert (folder / source).exists(), source
    build = fresh(directory / "conan_test_package")
    package = fresh(directory / "conan_test_package_prefix")
    run("cmake", "--install", directory / "conan_headers", "--prefix", package)
    run("cmake", "-S", folder, "-B", build, f"-DCMAKE_PREFIX_PATH={package}", *options)
    run("cmake", "--build", build)
    packages.check_program(build / "with_xfer")


# The workflow.

def workflow(repository, directory, options):
    import yaml
    text = (repository / ".github/workflows/ci.yml").read_text()
    assert "\t" not in text
    parsed = yaml.safe_load(text)
    assert {"push", "pull_request"} <= set(parsed[True])  # YAML 1.1 reads "on" as true
    commands = []
    for name, job in parsed["jobs"].items():
        assert job["runs-on"] and job["steps"], name
        entries = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        for entry in entries:
            whole = json.dumps(job)
            for key in re.findall(r"\$\{\{ matrix\.(\w+) \}\}", whole):
                assert key in entry, f"{name}: the matrix has no {key} in {entry}"
            for step in job["steps"]:
                assert ("uses" in step) != ("run" in step), step
                command = step.get("run", "")
                for key, value in entry.items():
                    command = command.replace("${{ matrix.%s }}" % key, value)
                subprocess.run(["bash", "-n", "-c", command], check=True)
                commands.append(command)
    everything = "\n".join(commands)
    scripts = re.findall(r"(?<!\S)\./(\S+)", everything)
    assert "tests/run.sh" in scripts, scripts
    for script in scripts:
        assert os.access(repository / script, os.X_OK), f"ci.yml: {script} cannot be run"
    for script in set(scripts):
        usage = run(repository / script, "--help", capture_output=True).stdout
        for option in re.findall(rf"{re.escape(script)}(?: (--\S+))+", everything):
            assert option in usage, f"ci.yml: {script} has no {option}"
    presets = json.loads((repository / "CMakePresets.json").read_text())
    names = {p["name"] for p in presets["configurePresets"] if not p.get("hidden")}
    # Those that the scripts run by the workflow name count as well.
    named = set(re.findall(r"--preset (\w+)", everything))
    for script in scripts:
        named |= set(re.findall(r"(?:--preset|^\s*build|^\s*run_tests) (\w+)",
                                (repository / script).read_text(), re.M))
    assert named and named <= names, (named, names)
    for folder in re.findall(r"-S (\S+)", everything):
        assert (repository / folder / "CMakeLists.txt").exists(), folder
    check_options(repository, everything, "ci.yml")
    print(f"{len(parsed['jobs'])} jobs, presets {sorted(named)}, scripts {sorted(set(scripts))}")


def version(repository, directory, options):
    """All that says which version this is says the same, and find_package refuses another."""
    text, numbers, config = versions(repository)
    assert text == ".".join(numbers), (text, numbers)
    spaces = re.findall(r"define XFER_NAMESPACE xfer::inline (\w+)", config)
    expected = f"v{numbers[0]}_{numbers[1]}"
    assert sorted(spaces) == [expected, f"{expected}_compiled"], spaces
    changes = (repository / "CHANGELOG.md").read_text()
    assert f"## [{text}]" in changes, "CHANGELOG.md does not know this version"
    major, minor, patch = map(int, numbers)
    good = [text, f"{major}.{minor}"]
    # Before 1.0 a minor version may break what was.
    bad = [f"{major}.{minor + 1}", f"{major + 1}.0", f"{major}.{minor}.{patch + 1}"]
    bad += [f"{major}.{minor - 1}"] if minor else []
    project = directory / "version"
    project.mkdir(parents=True, exist_ok=True)
    (project / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(version LANGUAGES CXX)
foreach(wanted IN ITEMS {' '.join(bad)})
    find_package(xfer ${{wanted}} CONFIG QUIET)
    if(xfer_FOUND OR NOT "{text}" IN_LIST xfer_CONSIDERED_VERSIONS)
        message(FATAL_ERROR "${{wanted}} was not refused: '${{xfer_CONSIDERED_VERSIONS}}'")
    endif()
endforeach()
foreach(wanted IN ITEMS {' '.join(good)})
    find_package(xfer ${{wanted}} CONFIG REQUIRED)
    if(NOT xfer_VERSION VERSION_EQUAL "{text}")
        message(FATAL_ERROR "${{wanted}}: found ${{xfer_VERSION}}")
    endif()
endforeach()
""")
    run("cmake", "-S", project, "-B", fresh(project / "build"),
        f"-DCMAKE_PREFIX_PATH={directory / 'prefix'}", *options)
    print(f"{text}: found as {good}, refused as {bad}")


CHECKS = {"manifest": manifest, "port": port, "conan": conan, "workflow": workflow,
          "version": version}

if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    place = pathlib.Path(sys.argv[3]).absolute()
    place.mkdir(parents=True, exist_ok=True)
    CHECKS[sys.argv[1]](
        pathlib.Path(sys.argv[2]).absolute(), place,
        [f"-DCMAKE_CXX_COMPILER={sys.argv[4]}", "-DCMAKE_BUILD_TYPE=Debug",
         "-DCMAKE_CXX_FLAGS_DEBUG=-O0", *sys.argv[5:]])
