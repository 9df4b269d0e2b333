#!/usr/bin/env python3
"""Prints a section of README.md for each study: its sentences and tables as Markdown, and what it did them with.

usage: tables.py FOLDER [STUDY ...]

FOLDER is run.sh's, or this one: STUDY.json is what `colonnade reproduce STUDY --json` printed.
"""

import json
import pathlib
import sys

STUDIES = (
    "error inference batchnorm baseline robustness augmentation depth bias transfer selfsupervision".split())


def number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def text(value, unit: str) -> str:
    """A cell; of several seeds the mean and the sample deviation."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        deviation = value.get("deviation")
        mean = text(value["mean"], unit)
        if deviation is None:
            return mean
        return mean.removesuffix(" %").removesuffix(" s") + " ± " + text(deviation, unit)
    if unit == "share":
        return f"{100 * value:.2f} %"
    if unit == "duration":
        return f"{value:.3g} s" if value < 1000 else f"{value:,.0f} s"
    return number(value)


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
    lines.append(
        f"{environment['processor']}, {environment['threads']} threads, {environment['date']}, "
        f"{study['seconds'] / 60:.0f} minutes of work.")
    return [*lines, ""]


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or STUDIES:
        path = folder / f"{name}.json"
        if path.exists():
            for study in json.loads(path.read_text()):
                print("\n".join(section(study)))


main()
