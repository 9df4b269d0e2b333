#!/usr/bin/env python3
"""Loads a folder of JPEGs with Colonnade and with torchvision's ImageFolder and PyTorch's DataLoader, in turn, and compares
pictures a second from the files to a normalized batch.

usage: compare_loader.py [DIR] [--side 1024 --pictures 200] [--recipes train evaluate] [--rounds 5] [--workers 2] [--batch 32]

DIR is a folder with a folder a class; without it imagenette/val of COLONNADE_DATA or ../shared/data. With --side the first
pictures of each class are made so large (shorter side, quality 90) in a temporary folder: photographs as cameras make them,
where scaled decoding has something to save. The recipes are a random resized crop to 224 with a flip (train), and the shorter
side to 256 with the middle 224 (evaluate), both normalized. Every round has an epoch of each side, the files in the cache of
the system. What both make of a folder by the recipe that is not random must have the same mean within 10⁻³ of a deviation. The
exit status is 1 where Colonnade without scaled decoding has less than 1.5 times torchvision's pictures a second.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

HERE = Path(__file__).resolve().parent
TARGET = 1.5
NORMALIZED = [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
RECIPES = {
    "train": [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), *NORMALIZED],
    "evaluate": [transforms.Resize(256), transforms.CenterCrop(224), *NORMALIZED],
}


def build():
    arguments = ["swift", "build", "--package-path", str(HERE), "-c", "release"]
    subprocess.run([*arguments, "--product", "loading"], check=True, stdout=sys.stderr)
    folder = subprocess.run([*arguments, "--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(folder.strip()) / "loading"


def enlarge(source, target, side, count):
    """The first pictures of each class, as many of each, with a shorter side of that many pixels."""
    classes = sorted(path for path in source.iterdir() if path.is_dir())
    for folder in classes:
        (target / folder.name).mkdir()
        for file in sorted(folder.iterdir())[: -(-count // len(classes))]:
            with Image.open(file) as image:
                scale = side / min(image.size)
                size = [round(extent * scale) for extent in image.size]
                large = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
            large.save(target / folder.name / f"{file.stem}.jpg", quality=90)


class Ours:
    def __init__(self, program, folder, recipe, arguments, scaled):
        self.command = [program, folder, "--recipe", recipe, "--workers", str(arguments.workers),
                        "--batch", str(arguments.batch), *(["--scaled-decoding"] if scaled else [])]

    def epoch(self):
        output = subprocess.run(self.command, check=True, stdout=subprocess.PIPE, text=True).stdout
        result = json.loads(output)
        self.mean = result["mean"]
        return result["pictures"] / result["seconds"][0]


class Theirs:
    """Its workers stay between epochs, so that their start is not timed."""

    def __init__(self, folder, recipe, arguments):
        self.data = ImageFolder(folder, transforms.Compose(RECIPES[recipe]))
        self.loader = DataLoader(
            self.data, batch_size=arguments.batch, num_workers=arguments.workers, persistent_workers=True)
        total, count = torch.zeros(3, dtype=torch.float64), 0
        for images, _ in self.loader:
            total += images.double().sum(dim=(0, 2, 3))
            count += images.numel() // 3
        self.mean = (total / count).tolist()

    def epoch(self):
        start = time.perf_counter()
        for _ in self.loader:
            pass
        return len(self.data) / (time.perf_counter() - start)


def compare(program, folder, recipe, arguments):
    sides = {
        "Colonnade": Ours(program, folder, recipe, arguments, scaled=False),
        "Colonnade, scaled decoding": Ours(program, folder, recipe, arguments, scaled=True),
        "torchvision": Theirs(folder, recipe, arguments),
    }
    rates = {name: [] for name in sides}
    for turn in range(arguments.rounds):
        for name, side in sides.items():
            rates[name].append(side.epoch())
    if recipe == "evaluate":
        means = [sides[name].mean for name in ("Colonnade", "torchvision")]
        if max(abs(ours - theirs) for ours, theirs in zip(*means)) > 1e-3:
            sys.exit(f"compare_loader: the means of what they load are {means}")
    print(f"\n{recipe}: {len(sides['torchvision'].data)} pictures, {arguments.workers} workers, batches of "
          f"{arguments.batch}, {arguments.rounds} rounds")
    theirs = rates["torchvision"]
    for name, values in rates.items():
        ratios = [value / other for value, other in zip(values, theirs)]
        ratio = "" if values is theirs else (
            f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")
        print(f"{name:27} {statistics.median(values):7.1f} pictures/s ({min(values):.1f}–{max(values):.1f}){ratio}")
    return statistics.median(ours / other for ours, other in zip(rates["Colonnade"], theirs)) >= TARGET


def main():
    data = Path(os.environ.get("COLONNADE_DATA", HERE.parent.parent / "shared" / "data"))
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", default=data / "imagenette" / "val")
    parser.add_argument("--side", type=int, metavar="PIXELS", help="make the pictures so large first (shorter side)")
    parser.add_argument("--pictures", type=int, default=200, help="with --side: how many (200)")
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="threads of Colonnade, processes of PyTorch")
    parser.add_argument("--batch", type=int, default=32)
    arguments = parser.parse_args()
    program = build()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder
        if arguments.side:
            folder = Path(temporary)
            enlarge(arguments.folder, folder, arguments.side, arguments.pictures)
        held = [compare(program, folder, recipe, arguments) for recipe in arguments.recipes]
    print(f"\nwanted of Colonnade without scaled decoding: {TARGET} times torchvision's pictures a second")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
