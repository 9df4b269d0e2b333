#!/usr/bin/env python3
"""Writes the counts of Tests/README.md, between its markers: test methods of each target, and the seeded faults.

usage: count_tests.py [--check]     (--check writes nothing and fails where a count is not what the file says)

A test method is what XCTest finds: `func test…()` of an instance, without arguments and a result, not private.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "Tests" / "README.md"
BEGIN, END = "<!-- counted by scripts/count_tests.py -->\n", "<!-- end of counts -->\n"
METHOD = re.compile(
    r"^ +(?:@\w+ +)*(?:(?:override|final|public|package|internal) +)*func test\w*\(\)(?: +async)?(?: +throws)? +\{",
    re.MULTILINE)


def counts() -> str:
    lines, total = ["| target | test methods |\n", "| --- | ---: |\n"], 0
    for folder in sorted((ROOT / "Tests").glob("*Tests")):
        count = sum(len(METHOD.findall(file.read_text())) for file in sorted(folder.rglob("*.swift")))
        lines.append(f"| `{folder.name}` | {count} |\n")
        total += count
    lines.append(f"| all | {total} |\n")
    mutants = (ROOT / "scripts" / "mutants.toml").read_text()
    faults, slow = (len(re.findall(line, mutants, re.MULTILINE)) for line in (r"^\[\[mutant\]\]$", r"^guard = "))
    lines.append(f"\nSeeded faults in `scripts/mutants.toml`: {faults}, of which {slow} make code slow, not wrong.\n")
    return "".join(lines)


def main() -> None:
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    text = README.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"count_tests: {README.name} has not the markers {BEGIN.strip()} and {END.strip()} once each")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    fresh = f"{before}{BEGIN}{counts()}{END}{after}"
    if fresh == text:
        return
    if sys.argv[1:]:
        sys.exit("count_tests: the counts of Tests/README.md are old: run scripts/count_tests.py")
    README.write_text(fresh)


if __name__ == "__main__":
    main()
