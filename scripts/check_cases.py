#!/usr/bin/env python3
"""Checks Tests/cases.md: every test that it names is there, and each kind of situation has at least two rows of its own (+).

usage: check_cases.py
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "Tests" / "cases.md"
OWN = 2


def methods() -> set[str]:
    """Tests as `Class.testName`, by what the sources declare."""
    found = set()
    for file in (ROOT / "Tests").glob("*Tests/**/*.swift"):
        text = file.read_text()
        for match in re.finditer(r"^(?:final )?class (\w+)\b.*?^\}", text, re.MULTILINE | re.DOTALL):
            names = re.findall(r"^ +func (test\w*)\(\)", match[0], re.MULTILINE)
            found |= {f"{match[1]}.{name}" for name in names}
    return found


def main() -> None:
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    known, faults, own = methods(), [], {}
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")][2:]
    for row in rows:
        # A bar inside a cell is written \\|.
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        if len(cells) != 4:
            faults.append(f"not four cells: {row}")
            continue
        kind = cells[0].removesuffix("+").strip()
        own[kind] = own.get(kind, 0) + cells[0].endswith("+")
        tests = re.findall(r"`(\w+\.test\w+)`", cells[3])
        if not tests:
            faults.append(f"no test of: {cells[1]}")
        faults += [f"there is no test {test}, of: {cells[1]}" for test in tests if test not in known]
    faults += [f"{count} rows of its own of: {kind}" for kind, count in own.items() if count < OWN]
    if len(rows) < 60:
        faults.append(f"only {len(rows)} rows")
    for fault in faults:
        print(f"check_cases: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
