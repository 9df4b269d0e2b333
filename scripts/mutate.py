#!/usr/bin/env python3
"""Applies the seeded faults of mutants.toml one at a time and sees that the tests notice each.

usage: mutate.py [--scratch DIR] [--only TEXT ...] [--missing] [--check | --table]

Works on HEAD in a worktree of its own. Each test target is built in a package of its own that has only the targets it
needs. For a fault its file alone is compiled anew and the tests are linked, which is a build's result where nothing of the
file is inlined elsewhere; a fault that survives so, or does not compile, is built by SwiftPM and tried again. A mutant's
tests stop at the first failure. A mutant with `guard` in place of `test` makes code slow, not wrong: Benchmarks/guard.sh
must notice it in those cases. Writes what was found into Tests/mutations.md, whose other rows stay; faults that are no
longer there go. Fails where a mutant survives or does not compile, where a text to replace is not there exactly once, and
where the tests fail without a fault. Each row is written when it is found, so that a run that is stopped loses none, and
two runs may go on side by side.

  --scratch DIR  where to work; builds in it are kept and used again. Default: a temporary folder.
  --only TEXT    only mutants with this text in their name or file.
  --missing      only mutants that have no row in the table yet.
  --check        only see that every text is there exactly once, and say which faults have no row in the table.
  --table        only write the table again, for faults that were renamed, moved to other files, or removed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "Tests" / "mutations.md"
LEAST = 25
TIMEOUT = 300
# Files are compiled one by one, so that a fault builds one file anew. Those of these targets, whose loops are short, not optimized.
PLAIN = ["Datasets", "Models", "Training"]
EXCESS = re.compile(r"guard: (\S+) executes .*: (\+\S+ %)")
FAILURE = re.compile(r"error: (\w+\.\w+) :|Test Case '([\w.]+)' failed")


def run(*command, cwd=ROOT) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def load() -> list[dict]:
    """The mutants, after seeing that each can be applied."""
    mutants = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text())["mutant"]
    faults = []
    if len(mutants) < LEAST:
        faults.append(f"{len(mutants)} mutants; at least {LEAST} are wanted")
    if len({m["name"] for m in mutants}) < len(mutants):
        faults.append("two mutants have the same name")
    for mutant in mutants:
        try:
            found = run("git", "show", f"HEAD:{mutant['file']}").count(mutant["old"])
        except subprocess.CalledProcessError:
            found = 0
        if found != 1:
            faults.append(f"{mutant['name']}: the text stands {found} times in {mutant['file']} of HEAD")
        if mutant["old"] == mutant["new"]:
            faults.append(f"{mutant['name']}: changes nothing")
    if faults:
        sys.exit("mutate: " + "\nmutate: ".join(faults))
    return mutants


def swift(value) -> str:
    return json.dumps(value)


def declaration(target: dict) -> str:
    """A target in a package manifest, from `swift package dump-package`."""
    arguments = [f"name: {swift(target['name'])}"]
    if target["type"] == "system":
        if target.get("pkgConfig"):
            arguments.append(f"pkgConfig: {swift(target['pkgConfig'])}")
        return f".systemLibrary({', '.join(arguments)})"
    arguments.append(f"dependencies: {swift([name for name in dependencies(target)])}")
    if target.get("path"):
        arguments.append(f"path: {swift(target['path'])}")
    if target["resources"]:
        copies = ", ".join(f".copy({swift(r['path'])})" for r in target["resources"])
        arguments.append(f"resources: [{copies}]")
    flags = ["-no-whole-module-optimization", *(["-Onone"] if target["name"] in PLAIN else [])]
    arguments.append(f"swiftSettings: [.unsafeFlags({swift(flags)})]")
    kind = {"regular": "target", "test": "testTarget"}[target["type"]]
    return f".{kind}({', '.join(arguments)})"


def dependencies(target: dict) -> list[str]:
    return [d["byName"][0] for d in target["dependencies"] if "byName" in d]


def make_package(worktree: pathlib.Path, targets: dict, test: str) -> pathlib.Path:
    """A package with one test target and what it needs, over the worktree's sources."""
    needed, pending = [], [test]
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.append(name)
            pending += dependencies(targets[name])
    package = worktree / ".mutants" / test
    package.mkdir(parents=True, exist_ok=True)
    for folder in ("Sources", "Tests"):
        (package / folder).mkdir(exist_ok=True)
    for name in needed:
        path = targets[name].get("path") or f"{'Tests' if targets[name]['type'] == 'test' else 'Sources'}/{name}"
        link = package / path
        if not link.is_symlink():
            link.symlink_to(worktree / path)
    lines = ",\n    ".join(declaration(targets[name]) for name in sorted(needed))
    (package / "Package.swift").write_text(
        "// swift-tools-version: 6.1\nimport PackageDescription\n\n"
        "let package = Package(\n"
        '  name: "colonnade", platforms: [.macOS(.v15)],\n'
        f"  targets: [\n    {lines},\n  ],\n  swiftLanguageModes: [.v6])\n"
    )
    return package


def build(package: pathlib.Path, what: list[str]) -> str | None:
    """What the compiler says where it fails."""
    done = subprocess.run(["swift", "build", "-c", "release", *what], cwd=package, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    errors = [line for line in (done.stdout + done.stderr).splitlines() if "error:" in line]
    return errors[0] if errors else "the build failed"


def commands(package: pathlib.Path) -> dict[str, list[str]]:
    """By what SwiftPM compiles each module of a package that has been built, and links its tests (under the name `test`)."""
    found = {}
    for command in (package / ".build" / "release.yaml").read_text().split("\n\n"):
        name = re.match(r'  "C\.(\w+)-[^"]*\.(module|test)":', command)
        if name and (line := re.search(r"^    args: (\[.*\])$", command, re.MULTILINE)):
            found["test" if name[2] == "test" else name[1]] = json.loads(line[1])
    return found


def compilation(package: pathlib.Path, file: pathlib.Path) -> list[str]:
    """By what the compiler compiles one file of a module."""
    module = commands(package)[file.relative_to(package / "Sources").parts[0]]
    jobs = run(*(a for a in module if a != "-parseable-output"), "-driver-print-jobs", cwd=package)
    for job in map(shlex.split, jobs.splitlines()):
        if any(option == "-primary-file" and file.samefile(path) for option, path in zip(job, job[1:])):
            return job
    sys.exit(f"mutate: nothing compiles {file}")


@contextlib.contextmanager
def changed(file: pathlib.Path, content: bytes | None = None):
    """A file that has, or gets, another content for a while; afterwards a build sees no change."""
    kept, times = file.read_bytes(), file.stat()
    try:
        if content is not None:
            file.write_bytes(content)
        yield
    finally:
        file.write_bytes(kept)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


@contextlib.contextmanager
def relinked(package: pathlib.Path, file: pathlib.Path):
    """The tests with one file compiled anew; false where that fails."""
    job = compilation(package, file)
    with changed(pathlib.Path(job[job.index("-o") + 1])):
        yield all(
            subprocess.run(command, cwd=package, capture_output=True).returncode == 0
            for command in (job, commands(package)["test"]))


def first_failure(package: pathlib.Path, test: str) -> tuple[str | None, int]:
    """The first test to fail, nil where all pass, and how many passed before."""
    process = subprocess.Popen(
        ["swift", "test", "-c", "release", "--skip-build", "--disable-swift-testing", "--filter", test],
        cwd=package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    started = time.monotonic()
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(TIMEOUT)
    running, passed = "", 0
    try:
        for line in process.stdout:
            if match := re.search(r"Test Case '([\w.]+)' started", line):
                running = match[1]
            passed += bool(re.search(r"Test Case '[\w.]+' passed", line))
            if match := FAILURE.search(line):
                return match[1] or match[2], passed
        if process.wait() == 0:
            return None, passed
        late = time.monotonic() - started >= TIMEOUT
        return f"{running or test} ({'did not end' if late else 'crashed'})", passed
    finally:
        signal.alarm(0)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def excess(benchmarks: pathlib.Path, cases: list[str]) -> str | None:
    """Which cases execute too many instructions, and how many per cent; nil where none does."""
    done = subprocess.run([benchmarks / "guard.sh", *cases], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    found = EXCESS.findall(done.stdout)
    if not found:
        sys.exit(f"mutate: guard.sh: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    return ", ".join(f"{case} {percent}" for case, percent in found)


def known() -> dict[str, tuple[str, str]]:
    """What the table says of each fault: by what it was noticed, and the seconds."""
    if not TABLE.exists():
        return {}
    cells = re.findall(r"^\| (.+?) \| `.+?` \| (.+) \| (\S+) \|$", TABLE.read_text(), re.MULTILINE)
    return {name: (result, seconds) for name, result, seconds in cells}


def write_table(mutants: list[dict], results: dict[str, tuple[str, str]]) -> None:
    """One row for each of `mutants` that has a result."""
    ordered = sorted(mutants, key=target_of)
    found = [(mutant, *results[mutant["name"]]) for mutant in ordered if mutant["name"] in results]
    noticed = sum(not result.startswith(("SURVIVED", "does not compile")) for _, result, _ in found)
    absent = len(mutants) - len(found)
    TABLE.write_text(
        "# Mutations\n\n"
        "Written by `scripts/mutate.py`: faults that it put into the sources one at a time, the test that noticed each "
        "first, and the seconds of its build and tests (–: put in by hand).\nA fault with `guard` in place of `test` in `scripts/mutants.toml` makes "
        "code slow, not wrong: what noticed it are cases of `Benchmarks/guard.sh`, by so many per cent more "
        f"instructions.\n\n{noticed} of {len(found)} were noticed"
        f"{f'; {absent} more have not been run' if absent else ''}. A row is as old as the last run of its fault.\n\n"
        "| fault | file | noticed by | s |\n| --- | --- | --- | ---: |\n"
        + "".join(
            f"| {mutant['name']} | `{mutant['file'].removeprefix('Sources/')}` | {result} | {seconds} |\n"
            for mutant, result, seconds in found))


def target_of(mutant: dict) -> str:
    return mutant["test"].split(".")[0] if "test" in mutant else "guard"


def work(worktree: pathlib.Path, mutants: list[dict], everything: list[dict]) -> list[str]:
    """Writes for each fault what noticed it and the seconds; the names of mutants that were not killed."""
    description = json.loads(run("swift", "package", "dump-package", cwd=worktree))
    targets = {target["name"]: target for target in description["targets"]}
    survivors, ready = [], {}
    # One target after another, so that each fault's build follows one of the same package.
    for mutant in sorted(mutants, key=target_of):
        target = target_of(mutant)
        what = ["--build-tests"] if "test" in mutant else ["--product", "instructions"]
        if target == "guard" and target not in ready:
            package = ready[target] = worktree / "Benchmarks"
            print("guard: without a fault", flush=True)
            if fault := build(package, what) or excess(package, [c for m in mutants for c in m.get("guard", [])]):
                sys.exit(f"mutate: without a fault, guard.sh: {fault}")
        elif target not in ready:
            package = ready[target] = make_package(worktree, targets, target)
            print(f"{target}: build without a fault", flush=True)
            if fault := build(package, what):
                sys.exit(f"mutate: {target} does not build: {fault}")
            for test in sorted({m["test"] for m in mutants if target_of(m) == target}):
                failure, passed = first_failure(package, test)
                if failure or passed == 0:
                    sys.exit(f"mutate: without a fault, {test}: {failure or 'no test ran'}")
        package = ready[target]
        file = worktree / mutant["file"]
        faulty = file.read_text().replace(mutant["old"], mutant["new"]).encode()
        started, failure, fault = time.monotonic(), None, None
        with changed(file, faulty):
            if "test" in mutant:
                with relinked(package, package / mutant["file"]) as is_built:
                    failure = first_failure(package, mutant["test"])[0] if is_built else None
            is_built_whole = not failure
            if is_built_whole and not (fault := build(package, what)):
                failure = (
                    first_failure(package, mutant["test"])[0] if "test" in mutant else excess(package, mutant["guard"]))
        # The next fault is linked with what the last whole build left.
        if "test" in mutant and is_built_whole and build(package, what):
            sys.exit(f"mutate: {target} does not build without a fault any more")
        result = f"does not compile: {fault}" if fault else f"`{failure}`" if failure else "SURVIVED"
        if fault or not failure:
            survivors.append(mutant["name"])
        seconds = f"{time.monotonic() - started:.0f}"
        print(f"{mutant['name']}: {result}, {seconds} s", flush=True)
        write_table(everything, known() | {mutant["name"]: (result, seconds)})
    return survivors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    everything = mutants = load()
    if arguments.only:
        mutants = [m for m in mutants if any(text in m["name"] or text in m["file"] for text in arguments.only)]
        if not mutants:
            sys.exit("mutate: no mutant has that in its name or file")
    if arguments.missing:
        mutants = [m for m in mutants if m["name"] not in known()]
    if arguments.check:
        print(f"{len(mutants)} mutants can be applied to HEAD")
        if absent := [mutant["name"] for mutant in mutants if mutant["name"] not in known()]:
            print("without a row in Tests/mutations.md: " + "; ".join(absent))
        return
    if arguments.table:
        return write_table(everything, known())

    with tempfile.TemporaryDirectory(prefix="colonnade-mutants-") as temporary:
        worktree = (arguments.scratch or pathlib.Path(temporary) / "worktree").resolve()
        if worktree.exists():
            run("git", "checkout", "--quiet", "--force", "--detach", run("git", "rev-parse", "HEAD").strip(), cwd=worktree)
        else:
            run("git", "worktree", "add", "--detach", str(worktree), "HEAD")
        started = time.monotonic()
        try:
            survivors = work(worktree, mutants, everything)
        finally:
            if not arguments.scratch:
                run("git", "worktree", "remove", "--force", str(worktree))
    minutes = (time.monotonic() - started) / 60
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed in {minutes:.0f} minutes")
    if survivors:
        sys.exit("mutate: survived: " + "; ".join(survivors))


if __name__ == "__main__":
    main()
