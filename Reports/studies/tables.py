#!/usr/bin/env python3
"""Prints a section of README.md for each study: its sentences and tables as Markdown, and what it did them with.

usage: tables.py FOLDER [STUDY ...]

FOLDER is run.sh's, or this one: STUDY.json is what `colonnade reproduce STUDY --json` printed. Without a STUDY all that are
there, by name.
"""

import json
import pathlib
import sys

# What a unit's numbers are multiplied by, the format of those below a thousand, and their sign.
UNITS = {
    "share": (100, ".2f", " %"), "seconds": (1e3, ".4g", " ms"), "duration": (1, ".3g", " s"),
    "count": (1, ".0f", ""), "bytes": (1e-6, ".1f", " MB"), "number": (1, ".4g", ""),
}  # fmt: skip


def text(value, unit: str) -> str:
    """A cell; of several seeds the mean and the sample deviation."""
    if value is None or isinstance(value, str):
        return value or "–"
    factor, form, sign = UNITS[unit]
    numbers = [value["mean"], value.get("deviation")] if isinstance(value, dict) else [value]
    scaled = [factor * number for number in numbers if number is not None]
    large = ".0f" if unit == "number" else ",.0f"  # A year is a number.
    return " ± ".join(f"{number:{form if abs(number) < 1000 else large}}" for number in scaled) + sign


def table(one: dict) -> list[str]:
    columns = one["columns"]
    titles = [c["title"] + (" (published)" if c["isPublished"] else "") for c in columns]
    lines = [f"{one['title']}:", "", "| " + " | ".join(titles) + " |"]
    lines.append("| " + " | ".join("---" if c["unit"] == "text" else "---:" for c in columns) + " |")
    for row in one["rows"]:
        cells = [text(cell, column["unit"]) for cell, column in zip(row, columns)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, "", one["note"], ""] if one.get("note") else [*lines, ""]


def section(study: dict) -> list[str]:
    name, environment = study["study"], study["environment"]
    lines = [f"## [{name}]({name}.html)", "", study["question"], "", f"    {study['command']}", ""]
    for paragraph in study["paragraphs"]:
        lines += [paragraph, ""]
    for one in study["tables"]:
        lines += table(one)
    lines += ["In what it is not the published experiment:", "", *[f"- {one}" for one in study["differences"]], ""]
    threads = environment["threads"]
    lines.append(
        f"{environment['processor']}, {threads} thread{'s' if threads > 1 else ''}, {environment['date']}, "
        f"{text(study['seconds'], 'duration')} of work.")
    return [*lines, ""]


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or sorted(path.stem for path in folder.glob("*.json")):
        for study in json.loads((folder / f"{name}.json").read_text()):
            print("\n".join(section(study)))


main()
