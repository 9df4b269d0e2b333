#!/usr/bin/env python3
"""Draws the figures of this folder from the runs that run.sh made, and prints their tables as Markdown.

usage: figures.py FOLDER

FOLDER is run.sh's. Written are curves.svg (mAP at an IoU of 0.5 on val by epoch), precision-recall.svg (on test, of each detector
and class) and lambda.svg (the two parts of the loss on val, unweighted, and mAP on test by λ); what a run is missing is left out.
"""

import html
import json
import math
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NAMES = {"rcnn": "R-CNN", "fast": "Fast R-CNN", "faster": "Faster R-CNN", "yolo": "YOLO"}
COLOURS = ["#1f5fbf", "#c2571a", "#2b8a57", "#8a3d94", "#6b6b6b"]
RANKS = [0, 256, 64, 16]
LAMBDAS = ["0", "0.5", "1", "2", "5"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 440, 300, 56, 14, 34, 44


class Chart:
    """A line chart as SVG; axes from 0 to the greatest value."""

    def __init__(self, title: str, across: str, x_range: tuple[float, float], y_range: tuple[float, float]):
        self.title, self.across = title, across
        self.x_range, self.y_range = x_range, y_range
        self.parts: list[str] = []
        self.names: list[tuple[str, str]] = []

    def place(self, x: float, y: float) -> tuple[float, float]:
        def share(value, limits):
            return (value - limits[0]) / (limits[1] - limits[0] or 1)

        return (
            LEFT + share(x, self.x_range) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share(y, self.y_range) * (HEIGHT - TOP - BOTTOM),
        )

    def line(self, name: str, points: list[tuple[float, float]], dots: bool = True) -> None:
        colour = COLOURS[len(self.names) % len(COLOURS)]
        self.names.append((name, colour))
        placed = [self.place(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        if dots:
            self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"/>' for x, y in placed]

    def svg(self, x: float, y: float, x_ticks: list, y_ticks: list) -> str:
        out = [f'<g transform="translate({x},{y})" font-family="sans-serif" font-size="11" fill="#333">']
        out.append(f'<text x="{LEFT}" y="14" font-size="13" font-weight="bold">{html.escape(self.title)}</text>')
        for tick in y_ticks:
            _, at = self.place(self.x_range[0], tick)
            out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>')
        for tick in x_ticks:
            at, _ = self.place(tick, self.y_range[0])
            out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:g}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        out.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{html.escape(self.across)}</text>')
        for index, (name, colour) in enumerate(self.names):
            at = LEFT + index * (WIDTH - LEFT - RIGHT) / max(len(self.names), 1)
            out.append(f'<rect x="{at:.1f}" y="20" width="10" height="4" fill="{colour}"/>')
            out.append(f'<text x="{at + 14:.1f}" y="26">{html.escape(name)}</text>')
        return "\n".join(out + self.parts + ["</g>"])


def write(name: str, charts: list[str], columns: int) -> None:
    rows = -(-len(charts) // columns)
    width, height = columns * WIDTH, rows * HEIGHT
    (HERE / name).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n' + "\n".join(charts) + "\n</svg>\n")


def at(index: int, columns: int) -> tuple[float, float]:
    return index % columns * WIDTH, index // columns * HEIGHT


def log(folder: pathlib.Path) -> list[dict]:
    path = folder / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def measures(folder: pathlib.Path, name: str) -> dict | None:
    path = folder / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def mean(values: list) -> float:
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else float("nan")


def curves(folder: pathlib.Path) -> None:
    runs = {name: log(folder / name) for name in NAMES}
    epochs = max((len(lines) for lines in runs.values()), default=0)
    chart = Chart("mAP at an IoU of 0.5 on val", "epoch", (0, max(epochs, 1)), (0, 1))
    for name, lines in runs.items():
        if lines:
            chart.line(NAMES[name], [(line["epoch"], line["validationMetrics"].get("map50", 0)) for line in lines])
    write("curves.svg", [chart.svg(0, 0, list(range(0, epochs + 1, 5)), [0, 0.2, 0.4, 0.6, 0.8, 1])], 1)


def precision_recall(folder: pathlib.Path) -> None:
    charts = []
    for name, title in NAMES.items():
        if found := measures(folder, name):
            chart = Chart(f"{title} on test", "recall (precision upwards)", (0, 1), (0, 1))
            for one in found["classes"]:
                curve = one["curve"]
                chart.line(one["name"], list(zip(curve["recall"], curve["precision"])), dots=False)
            ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
            charts.append(chart.svg(*at(len(charts), 2), ticks, ticks))
    write("precision-recall.svg", charts, 2)


def table(folder: pathlib.Path) -> None:
    print("| detector | epochs | trained in, s | mAP@0.5, VOC area | VOC07 | COCO AP | Platelets | RBC | WBC |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, title in NAMES.items():
        found = measures(folder, name)
        if not found:
            continue
        areas = [one.get("vocArea") for one in found["classes"]]
        cells = [mean(areas), mean([one.get("voc07") for one in found["classes"]]), found["coco"]["ap"], *areas]
        print(f"| {title} | {len(log(folder / name)) or '–'} | {seconds(folder, name)} | "
              + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


def seconds(folder: pathlib.Path, name: str) -> str:
    """What run.sh says that it took, as the last number of the text beside the results."""
    path = folder / f"{name}.txt"
    found = re.findall(r"(?:trained|measured) in (\d+) s", path.read_text()) if path.exists() else []
    return found[-1] if found else "–"


def compressed(folder: pathlib.Path) -> None:
    """Fast R-CNN's head by the ranks of its two layers; 0 is as trained."""
    rows = [(rank, measures(folder, f"fast-{rank}")) for rank in RANKS]
    if all(found is None for _, found in rows):
        return
    print("\n| singular values of each layer | measuring 72 pictures, s | mAP@0.5 | COCO AP |")
    print("| ---: | ---: | ---: | ---: |")
    for rank, found in rows:
        if found:
            area = mean([one.get("vocArea") for one in found["classes"]])
            print(f"| {rank or 'all'} | {seconds(folder, f'fast-{rank}')} | {area:.3f} | {found['coco']['ap']:.3f} |")


def sweep(folder: pathlib.Path) -> None:
    rows = []
    for value in LAMBDAS:
        lines, found = log(folder / f"lambda-{value}"), measures(folder, f"lambda-{value}")
        if lines and found:
            parts = lines[-1]["validationLossParts"]
            rows.append((float(value), parts["loss_classifier"], parts["loss_box_reg"], found))
    if not rows:
        return
    print("\n| λ | L_cls on val | L_reg on val | mAP@0.5 on test | COCO AP | AP@0.75 |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for value, classes, boxes, found in rows:
        area = mean([one.get("vocArea") for one in found["classes"]])
        print(f"| {value:g} | {classes:.3f} | {boxes:.3f} | {area:.3f} | {found['coco']['ap']:.3f} | {found['coco']['ap75']:.3f} |")
    ticks = [row[0] for row in rows]
    steps = [tenths / 10 for tenths in range(math.ceil(10 * max(max(row[1:3]) for row in rows)) + 1)]
    losses = Chart("The loss's parts on val, last epoch", "λ", (0, 5), (0, steps[-1]))
    losses.line("L_cls", [(row[0], row[1]) for row in rows])
    losses.line("L_reg", [(row[0], row[2]) for row in rows])
    found = Chart("Average precision on test", "λ", (0, 5), (0, 1))
    found.line("mAP@0.5", [(row[0], mean([one.get("vocArea") for one in row[3]["classes"]])) for row in rows])
    found.line("AP@0.75", [(row[0], row[3]["coco"]["ap75"]) for row in rows])
    write("lambda.svg", [losses.svg(*at(0, 2), ticks, steps), found.svg(*at(1, 2), ticks, [0, 0.2, 0.4, 0.6, 0.8, 1])], 2)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    curves(folder)
    precision_recall(folder)
    table(folder)
    compressed(folder)
    sweep(folder)


main()
