"""Colonnade beside the peers that are installed, in one run: same weights, same input, same threads.

usage: python Benchmarks/compare DIR [--networks alexnet …] [--peers torch onnxruntime …] [--only inference|training] …

DIR holds the files of `python -m goldens weights DIR` and the models that export.py makes of them; what is
absent is written. Each round starts one process a side, A B A B, so that a machine whose speed drifts drifts for all;
each process holds the benchmark lock, warms up and gives the median of its repetitions. Every side's logits are held
against a float64 run. Printed are medians over rounds with the range, ratios to the fastest peer, peak memory, and
what a probe of the machine gave between the runs and how busy other processes were.

Exit status 1 where a target of targets.toml is missed or logits deviate. With --scaling: time against batch and size,
and the gain by a second thread beside the peers' and the probes' own. With --company: several callers and processes,
busy neighbours, one processor, little memory, processors far from each other, beside ONNX Runtime. With --detection:
detectors, and steps of their training. With --before: inference beside another build of ours, at most 1.02 of its
time. Needs Python 3.11 and requirements.txt; a peer that is not installed is skipped.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import shlex
import sys
import tempfile
from collections.abc import Callable

import company
import company_tables
import detection
import detection_peers
import detection_tables
import scaling
import tables
from bench import OURS, Bench
from cases import BEFORE, NETWORKS, planned
from compare import compare
from measure import benchmark_lock, execute
from peers import PEERS
from statistic import summary

PACKAGES = ["torch", "torchvision", "onnxruntime", "openvino", "ncnn", "opencv-python-headless"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--networks", nargs="+", default=NETWORKS, help="--company has its own")
    parser.add_argument("--batches", nargs="+", type=int, help="default: those that have targets")
    parser.add_argument("--only", choices=["inference", "training"])
    known = list(dict.fromkeys([*PEERS, *detection_peers.PEERS]))
    parser.add_argument("--peers", nargs="*", choices=known, help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--budget", type=float, default=1.5, help="seconds of timing in each process, about")
    parser.add_argument("--scaling", nargs="*", choices=scaling.PARTS, help="instead: growth and threads, or one of them")
    parser.add_argument("--company", nargs="*", choices=company.PARTS, help="instead: in company, or parts of it")
    parser.add_argument("--detection", nargs="*", choices=detection.PARTS, help="instead: detectors, or parts of it")
    parser.add_argument(
        "--before", type=pathlib.Path, metavar="PROGRAM",
        help="another build's colonnade: inference is held against it, and against no peer that is not named",
    )  # fmt: skip
    parser.add_argument("--json", type=pathlib.Path, help="write all that was measured, case by case")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the report, case by case")
    arguments = parser.parse_args()
    if arguments.scaling == []:
        arguments.scaling = scaling.PARTS
    if arguments.company == []:
        arguments.company = company.PARTS
    if arguments.detection == []:
        arguments.detection = detection.PARTS
    if arguments.before:
        arguments.only, arguments.peers = "inference", arguments.peers or []
    peers = detection_peers.PEERS if arguments.detection else PEERS
    arguments.peers = [name for name in peers if arguments.peers is None or name in arguments.peers]
    if arguments.company:
        arguments.networks = company.networks(arguments.company)
        arguments.peers = [name for name in arguments.peers if name == company.PEER]
    return arguments


def machine(bench: Bench, threads: int) -> str:
    """Processor, threads, and BLAS library."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    with benchmark_lock():
        library = execute(bench.runner.probe_command, threads)["library"]
    return f"{processor}, {os.cpu_count()} processors, {threads} threads; {library}; {platform.system()}"


def versions() -> dict[str, str]:
    installed = {}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return installed


class Report:
    """What was measured so far, written anew after each case: an interrupted run keeps what it has."""

    def __init__(self, arguments: argparse.Namespace, bench: Bench, sides: list[str], skipped: dict[str, str]):
        self.arguments, self.bench = arguments, bench
        self.document = {
            "command": "python " + shlex.join(sys.argv), "machine": machine(bench, arguments.threads),
            "versions": versions(), "threads": arguments.threads, "rounds": arguments.rounds,
            "sides": sides, "skipped": skipped, "failures": bench.failures, "cases": {},
        }  # fmt: skip
        self.text = ""

    def keep(self, name: str, result: dict) -> None:
        runner, document, threads = self.bench.runner, self.document, self.arguments.threads
        document["cases"][name] = result
        document["foreign"] = summary(runner.foreign) if runner.foreign else None
        rates = {"fma_gflops": "GFLOP/s of multiply-adds", "triad_gbs": "GB/s of triad"}
        rates = {key: label for key, label in rates.items() if key in runner.probes[0]["rates"][0]}
        document["probe"] = {label: summary(runner.rates(key, threads)) for key, label in rates.items()}
        handovers = {"pingpong_ns": "ns of a ping-pong, one way", "handover_gbs": "GB/s of reading what the other wrote"}
        for key, label in handovers.items():
            if taken := runner.handovers(key):
                document["probe"][label] = summary(taken)
        if self.arguments.scaling:
            document["probe_ratio"] = {key: scaling.probe_ratio(self.bench, key, threads) for key in rates}
            scaling.judge(document)
        self.text = self.write(document)
        if self.arguments.json:
            self.arguments.json.write_text(json.dumps(document, indent=1))
        if self.arguments.markdown:
            self.arguments.markdown.write_text(self.text)

    @property
    def write(self) -> Callable[[dict], str]:
        if self.arguments.detection:
            return detection_tables.report
        if self.arguments.scaling:
            return scaling.report
        return company_tables.report if self.arguments.company else tables.comparison

    @property
    def keeps(self) -> bool:
        cases = self.document["cases"].values()
        if self.arguments.company or self.arguments.detection:
            return OURS not in self.bench.failed and all(part["keeps"] for part in cases)
        if self.arguments.scaling:
            return all(part["keeps"] for case in cases for part in case.values())
        kept = all(case.get(target, True) for case in cases for target in ["keeps", "keeps_memory"])
        return kept and not any(case["disagrees"] for case in cases)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    arguments = parse()
    skipped = {}
    peers = detection_peers.PEERS if arguments.detection else PEERS
    for name in arguments.peers:
        if missing := peers[name].missing():
            skipped[name] = f"not installed: {', '.join(missing)}"
            say(f"{name} is skipped: {skipped[name]}")
    sides = [OURS] + [BEFORE] * bool(arguments.before) + [name for name in arguments.peers if name not in skipped]
    tasks = [arguments.only] if arguments.only else ["inference", "training"]
    plan = (arguments.batches, arguments.threads, arguments.budget)
    cases = [case for task in tasks for case in planned(task, arguments.networks, *plan)]
    if arguments.before:
        cases = [case.against_before() for case in cases]

    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(
            arguments.directory, pathlib.Path(scratch), arguments.threads, bool(arguments.scaling), arguments.before
        )  # fmt: skip
        if not arguments.detection:
            bench.prepare(arguments.networks, sides)
        report = Report(arguments, bench, sides, skipped)
        if arguments.detection:
            detection.detection(bench, sides, arguments, say, report.keep)
        elif arguments.company:
            company.company(bench, sides, arguments, say, report.keep)
        elif arguments.scaling:
            scaling.scaling(bench, arguments.networks, sides, arguments, say, report.keep)
        else:
            compare(bench, cases, sides, arguments.rounds, say, report.keep)
    print(report.text)
    return 0 if report.keeps else 1


if __name__ == "__main__":
    sys.exit(main())
