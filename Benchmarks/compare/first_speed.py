#!/usr/bin/env python3
"""Colonnade beside PyTorch eager (fp32, same threads, same weights, same input), measured in one run.

usage: first_speed.py DIR [--rounds 5] [--threads 2] [--only inference|training] …

DIR holds the golden files of scripts/make_network_goldens.py (written where absent). Each round starts one process a
side, A B A B, so that a machine whose speed drifts drifts for all; each process warms up and gives the median of its
repetitions. Printed are medians over rounds with the range, and the ratio to PyTorch's faster memory format, taken
within each round. Exit status 1 where a target is missed: batch-1 inference at most 1.0, a ResNet-50 training step at
most 1.2. Needs the Python packages of scripts/requirements.txt.
"""

import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORKS = ["alexnet", "vgg16", "googlenet", "resnet50"]
FORMATS = ["contiguous", "channels_last"]
INFERENCE_TARGET = 1.0
TRAINING_TARGET = 1.2


@contextlib.contextmanager
def benchmark_lock():
    """One benchmark at a time on this machine."""
    with open(pathlib.Path(tempfile.gettempdir()) / "bench.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def busy_seconds() -> float:
    """Processor seconds that all processes have used, 0 where the system does not tell."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, open("/proc/stat").readline().split()[1:])
    except OSError:
        return 0
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Runner:
    """Starts workers under the lock and notes how busy others were meanwhile."""

    def __init__(self, threads: int):
        self.environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        self.foreign = 0.0

    def run(self, command: list) -> dict:
        with benchmark_lock():
            begin, busy, own = time.time(), busy_seconds(), os.times()
            result = subprocess.run(
                [str(word) for word in command], capture_output=True, text=True, env=self.environment
            )
            elapsed, end = time.time() - begin, os.times()
            used = end.children_user + end.children_system - own.children_user - own.children_system
            self.foreign = max(self.foreign, (busy_seconds() - busy - used) / elapsed)
        if result.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{result.stderr.strip()}")
        lines = result.stdout.strip()
        return json.loads(lines if lines.startswith("{\n") else lines.splitlines()[-1])


def span(values: list[float], form: str = "{:.1f}") -> str:
    low, middle, high = (form.format(value) for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low}–{high})"


def compare(title: str, ours, peers: dict, rounds: int, target: float) -> bool:
    """Runs all sides in turn `rounds` times and prints a row each; true where the ratio keeps the target."""
    sides = {"colonnade": ours} | {f"torch {name}": peer for name, peer in peers.items()}
    results = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            results[name].append(side())
    times = {name: [entry["median_ms"] for entry in entries] for name, entries in results.items()}
    best = min((name for name in times if name != "colonnade"), key=lambda name: statistics.median(times[name]))
    ratios = [ours / theirs for ours, theirs in zip(times["colonnade"], times[best])]
    keeps = statistics.median(ratios) <= target

    print(f"\n{title}")
    for name, entries in results.items():
        memory = ""
        if "peak_mib" in entries[0]:
            peak = statistics.median(entry["peak_mib"] for entry in entries)
            before = statistics.median(entry["before_mib"] for entry in entries)
            memory = f"   peak memory {peak:7.0f} MiB, of it {before:5.0f} before the first step"
        print(f"  {name:20s} {span(times[name]):>30s} ms{memory}")
    verdict = "keeps" if keeps else "MISSES"
    print(f"  {'ratio':20s} {span(ratios, '{:.3f}'):>30s} to {best}: {verdict} {target}", flush=True)
    return keeps


def inference(arguments, runner: Runner, colonnade: str, scratch: pathlib.Path) -> bool:
    keeps = True
    for network in arguments.networks:
        picture = scratch / f"{network}_input.safetensors"
        save_file({"input": load_file(arguments.directory / f"{network}_io.safetensors")["input"][:1].copy()}, picture)

        def ours() -> dict:
            return runner.run(
                [colonnade, "run", "--network", network, "--weights", arguments.directory / f"{network}.safetensors",
                 "--input", picture, "--output", scratch / f"{network}_output_{time.time_ns()}.safetensors",
                 "--threads", arguments.threads, "--repeat", arguments.repeat, "--json"]
            )  # fmt: skip

        def peer(layout: str):
            return lambda: runner.run(
                [sys.executable, HERE / "peer.py", "infer", network, arguments.directory, layout,
                 arguments.threads, arguments.repeat]
            )  # fmt: skip

        keeps &= compare(
            f"{network}: inference of one picture, {arguments.threads} threads",
            ours, {layout: peer(layout) for layout in FORMATS}, arguments.rounds, INFERENCE_TARGET,
        )  # fmt: skip
    return keeps


def training(arguments, runner: Runner, step: str) -> bool:
    network, batch, repeat = "resnet50", arguments.batch, max(3, arguments.repeat // 3)

    def ours() -> dict:
        return runner.run(
            [step, "--network", network, "--weights", arguments.directory / f"{network}.safetensors",
             "--batch", batch, "--threads", arguments.threads, "--repeat", repeat, "--json"]
        )  # fmt: skip

    def peer(layout: str):
        return lambda: runner.run(
            [sys.executable, HERE / "peer.py", "train", network, arguments.directory, layout,
             arguments.threads, repeat, batch]
        )  # fmt: skip

    return compare(
        f"{network}: training step (forward, backward, SGD) at batch {batch}, {arguments.threads} threads",
        ours, {layout: peer(layout) for layout in FORMATS}, arguments.rounds, TRAINING_TARGET,
    )  # fmt: skip


def build(package: pathlib.Path, product: str) -> str:
    """Builds a product in release; the path of its executable."""
    command = ["swift", "build", "-c", "release", "--package-path", package, "--product", product]
    subprocess.run(command, check=True, stdout=sys.stderr)
    where = subprocess.run(command + ["--show-bin-path"], check=True, capture_output=True, text=True)
    return f"{where.stdout.strip()}/{product}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=15, help="repetitions in each process, after warm-up")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16, help="of the training step")
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--only", choices=["inference", "training"])
    arguments = parser.parse_args()
    subprocess.run([ROOT / "scripts/setup.sh"], check=True)

    needed = set(arguments.networks) | {"resnet50"}
    missing = sorted(name for name in needed if not (arguments.directory / f"{name}_io.safetensors").exists())
    if missing:
        subprocess.run(
            [sys.executable, ROOT / "scripts/make_network_goldens.py", arguments.directory, *missing], check=True
        )
    runner = Runner(arguments.threads)
    keeps = True
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.only != "training":
            keeps &= inference(arguments, runner, build(ROOT, "colonnade"), pathlib.Path(scratch))
        if arguments.only != "inference":
            keeps &= training(arguments, runner, build(HERE.parent, "training-step"))
    print(f"\nother processes used up to {runner.foreign:.2f} processors meanwhile")
    return 0 if keeps else 1


if __name__ == "__main__":
    sys.exit(main())
