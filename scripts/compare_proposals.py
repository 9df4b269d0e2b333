#!/usr/bin/env python3
"""Holds `colonnade propose` against OpenCV's selective search on pictures with boxes in Pascal VOC's form:

    scripts/compare_proposals.py FOLDER [--set test] [--pictures 72] [--mode fast] [--check]

FOLDER has JPEGImages, Annotations and ImageSets/Main. For both it prints the recall of objects at IoU 0.5 by the first 100,
500, 1,000, 2,000 and all proposals; MABO, the mean over classes of the mean IoU of an object with the best of the first
2,000 and of all; how many proposals there are; and the seconds a picture takes, decoding included: the least of --rounds
runs on one thread each, ours as a process of its own, the two in turn.

--check fails where ours is outside the band: recall by the first 2,000 or MABO by the first 2,000 below OpenCV's by more
than 0.02, or more time. A box counts as Pascal VOC has it, both ends included. The Python that runs this needs
opencv-contrib-python-headless and NumPy; COLONNADE names the command (default: the release build).
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
COUNTS = (100, 500, 1000, 2000, None)
BAND = 0.02


def objects(path):
    """(class, box) of an annotation; boxes as left, top, right, bottom in continuous pixels."""
    for item in ElementTree.parse(path).iter("object"):
        box = [float(item.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")]
        yield item.findtext("name"), np.array([box[0] - 1, box[1] - 1, box[2], box[3]])


def overlaps(box, boxes):
    size = np.clip(np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2]), 0, None)
    common = size[:, 0] * size[:, 1]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return common / ((box[2] - box[0]) * (box[3] - box[1]) + areas - common)


def ours(command, path, mode):
    start = time.perf_counter()
    output = subprocess.run(
        [command, "propose", path, "--mode", mode, "--json", "--threads", "1"], check=True, capture_output=True).stdout
    seconds = time.perf_counter() - start
    return np.array(json.loads(output)[0]["proposals"], dtype=np.float64), seconds


def opencv(path, mode):
    start = time.perf_counter()
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(cv2.imread(str(path)))
    if mode == "fast":
        search.switchToSelectiveSearchFast()
    else:
        search.switchToSelectiveSearchQuality()
    boxes = search.process().astype(np.float64)
    seconds = time.perf_counter() - start
    boxes[:, 2:] += boxes[:, :2]
    return boxes, seconds


def measure(found, truth):
    """found: boxes by picture; truth: (class, box) by picture."""
    result = {"proposals": np.mean([len(boxes) for boxes in found])}
    classes = sorted({name for items in truth for name, _ in items})
    for count in COUNTS:
        best = {name: [] for name in classes}
        for boxes, items in zip(found, truth):
            for name, box in items:
                best[name].append(overlaps(box, boxes[:count]).max())
        label = count or "all"
        everything = np.concatenate(list(best.values()))
        result[f"recall@{label}"] = (everything >= 0.5).mean()
        result[f"MABO@{label}"] = np.mean([np.mean(values) for values in best.values()])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--set", default="test")
    parser.add_argument("--pictures", type=int, help="the first so many of the set")
    parser.add_argument("--mode", default="fast", choices=("fast", "quality"))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    command = os.environ.get("COLONNADE", ROOT / ".build/release/colonnade")
    names = (arguments.folder / f"ImageSets/Main/{arguments.set}.txt").read_text().split()[:arguments.pictures]
    truth = [list(objects(arguments.folder / f"Annotations/{name}.xml")) for name in names]
    found = {"Colonnade": [], "OpenCV": []}
    seconds = {"Colonnade": [], "OpenCV": []}
    for name in names:
        path = arguments.folder / f"JPEGImages/{name}.jpg"
        runs = {
            "Colonnade": lambda: ours(command, path, arguments.mode), "OpenCV": lambda: opencv(path, arguments.mode)}
        best = dict.fromkeys(runs, float("inf"))
        for round in range(arguments.rounds):
            for side, run in runs.items():
                boxes, time_taken = run()
                best[side] = min(best[side], time_taken)
                if round == 0:
                    found[side].append(boxes)
        for side in runs:
            seconds[side].append(best[side])
    results = {side: measure(found[side], truth) | {"seconds": np.mean(seconds[side])} for side in found}
    print(f"{len(names)} pictures, {sum(map(len, truth))} objects, mode {arguments.mode}")
    print(f"{'':12s}" + "".join(f"{side:>12s}" for side in results))
    for key in results["OpenCV"]:
        print(f"{key:12s}" + "".join(f"{result[key]:12.3f}" for result in results.values()))
    if arguments.check:
        (a, b) = results.values()
        failures = [key for key in ("recall@2000", "MABO@2000") if a[key] < b[key] - BAND]
        failures += ["seconds"] if a["seconds"] > b["seconds"] else []
        if failures:
            sys.exit(f"outside the band: {', '.join(failures)}")


if __name__ == "__main__":
    main()
