#!/usr/bin/env python3
"""Lists a folder of class folders with Colonnade and with torchvision's ImageFolder, in turn, and compares the times.

usage: compare_listing.py [DIR] [--files 200000] [--classes 1000] [--rounds 7]

DIR is filled with empty files where it is absent; without it a temporary folder is made and taken away. Files are spread
evenly over the classes. What each side finds must be equal. The exit status is 1 where Colonnade's median is more than 1.5
times torchvision's.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from torchvision.datasets import ImageFolder

HERE = Path(__file__).resolve().parent
LIMIT = 1.5


def make(root, files, classes):
    print(f"making {files} files in {classes} folders", file=sys.stderr)
    for label in range(classes):
        folder = root / f"n{label:08d}"
        folder.mkdir(parents=True)
        for index in range(label, files, classes):
            os.close(os.open(folder / f"n{label:08d}_{index}.JPEG", os.O_CREAT | os.O_WRONLY))


def build():
    arguments = ["swift", "build", "--package-path", str(HERE), "-c", "release"]
    subprocess.run([*arguments, "--product", "listing"], check=True, stdout=sys.stderr)
    folder = subprocess.run([*arguments, "--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(folder.strip()) / "listing"


def ours(program, root):
    output = subprocess.run([program, root, "--rounds", "1"], check=True, stdout=subprocess.PIPE, text=True).stdout
    count, classes, milliseconds = output.split()
    return (int(count), int(classes)), float(milliseconds)


def theirs(root):
    start = time.perf_counter()
    dataset = ImageFolder(root)
    milliseconds = 1e3 * (time.perf_counter() - start)
    return (len(dataset.samples), len(dataset.classes)), milliseconds


def compare(root, rounds):
    program = build()
    times = {"Colonnade": [], "torchvision": []}
    for turn in range(rounds + 1):
        found = {}
        for name, run in [("Colonnade", lambda: ours(program, root)), ("torchvision", lambda: theirs(root))]:
            found[name], milliseconds = run()
            if turn > 0:  # The first reads from the disk.
                times[name].append(milliseconds)
        if found["Colonnade"] != found["torchvision"]:
            sys.exit(f"compare_listing: they find {found}")
    print("{} files in {} classes".format(*found["Colonnade"]))
    for name, values in times.items():
        print(f"{name:12} median {statistics.median(values):7.1f} ms ({min(values):.1f}–{max(values):.1f})")
    ratio = statistics.median(times["Colonnade"]) / statistics.median(times["torchvision"])
    print(f"ratio {ratio:.2f}, allowed {LIMIT}")
    return 0 if ratio <= LIMIT else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.folder or Path(temporary) / "pictures"
        if not root.exists():
            make(root, arguments.files, arguments.classes)
        return compare(root, arguments.rounds)


if __name__ == "__main__":
    sys.exit(main())
