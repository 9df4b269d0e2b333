"""Detectors of ours and of the peers on the same weights and pictures, A B A B; and R-CNN, Fast and Faster R-CNN of ours."""

import os
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable

import detection_peers
import measure
from bench import HERE, OURS, ROOT, Bench
from detection_cases import CASES, LIMITS, SCORE, DetectionCase, disagreement
from statistic import counted, ratio_to_fastest, side_summary, summary

PARTS = list(CASES)
NETWORKS = {"yolo": "yolov3-tiny", "find": "fasterrcnn_resnet50_fpn"}


def data_folder() -> pathlib.Path:
    """With the published weights and pictures: COLONNADE_DATA, or ../shared/data beside the project."""
    return pathlib.Path(os.environ.get("COLONNADE_DATA", ROOT.parent / "shared/data"))


def files(case: DetectionCase) -> list[str]:
    return {
        "yolo": ["yolo_input.safetensors", "yolo.cfg", "yolo_network.onnx", "yolo.onnx", "yolo_expected.json"],
        "find": ["find_resnet50.safetensors", "find.png", "find_resnet50.onnx", "find_expected.json"],
        "train": ["train_resnet50.safetensors", "train_mobilenet_v2.safetensors", "train_input.safetensors"],
    }[case.export]  # fmt: skip


def prepare(bench: Bench, case: DetectionCase) -> None:
    """Writes what is absent; a side says itself what it lacks."""
    if not all((bench.directory / name).exists() for name in files(case)):
        command = [sys.executable, HERE / "detection_export.py", bench.directory, case.export, "--data", data_folder()]
        subprocess.run(command, check=False, stdout=sys.stderr)


def command(bench: Bench, side: str, case: DetectionCase, output: pathlib.Path) -> list:
    options = ["--threads", bench.runner.threads, "--repeat", case.repeat]
    written = [] if case.trains else ["--output", output]
    if side != OURS:
        worker = [sys.executable, HERE / "detection_worker.py", side, case.task, bench.directory]
        return worker + ["--data", data_folder()] + options + written
    if case.trains:
        weights, picture = bench.directory / f"{case.task}.safetensors", bench.directory / "train_input.safetensors"
        return [bench.detection, "train", "--trunk", case.trunk, "--weights", weights, "--input", picture, *options]
    if case.task == "yolo":
        weights, picture = data_folder() / "weights/yolov3-tiny.weights", bench.directory / "yolo_input.safetensors"
        options += ["--score", SCORE]
    else:
        weights, picture = bench.directory / "find_resnet50.safetensors", bench.directory / "find.png"
    network = ["--network", NETWORKS[case.task], "--weights", weights, "--input", picture]
    return [bench.detection, "find", *network, *options, *written]


def run(bench: Bench, side: str, case: DetectionCase) -> dict | None:
    """One process; None where it fails, which does not end the comparison."""
    output = bench.scratch / "found.json"
    output.unlink(missing_ok=True)
    try:
        result = bench.runner.run(command(bench, side, case, output), bench.runner.threads)
    except measure.Failure as failure:
        bench.fail(side, case.title, failure)
        return None
    if not case.trains:
        result["agreement"] = disagreement(bench.directory / f"{case.task}_expected.json", output)
    return result


def case_summary(case: DetectionCase, results: dict[str, list[dict | None]]) -> dict:
    complete = {name: runs for name, runs in results.items() if runs and None not in runs}
    sides = {name: detection_side(runs) for name, runs in complete.items()}
    wrong = [name for name, side in sides.items() if side.get("unpaired", 0) > LIMITS["unpaired"]]
    states = counted([run for runs in complete.values() for run in runs])
    result = {"task": case.task, "target": case.target, "sides": sides, "disagrees": wrong, "states": states}
    rivals = [name for name in sides if name not in [OURS, *wrong]]
    result["ratio"] = ratio = ratio_to_fastest(complete, rivals)
    if ratio:
        result["memory_ratio"] = sides[OURS]["peak_mib"] / sides[ratio["fastest"]]["peak_mib"]
    result["keeps"] = not wrong and OURS in sides and (not ratio or ratio["ratio"] <= case.target)
    return result


def detection_side(runs: list[dict]) -> dict:
    """As side_summary, with what detectors have beside it."""
    side = side_summary(runs)
    if "network_ms" in runs[0] and runs[0]["network_ms"] is not None:
        side["network_ms"] = summary([run["network_ms"] for run in runs])
    if "agreement" in runs[0]:
        side |= {key: max(run["agreement"][key] for run in runs) for key in runs[0]["agreement"]}
    if "stages" in runs[0]:
        side["stages"] = {
            stage: statistics.median(run["stages"][stage] for run in runs) for stage in runs[0]["stages"]
        }  # fmt: skip
    if "losses" in runs[0]:
        side["losses"] = runs[0]["losses"]
    return side


def families(bench: Bench, rounds: int, say: Callable) -> dict:
    """Of ours alone: each stage's median over the rounds."""
    picture = bench.directory / "find.png"
    runs = []
    for index in range(rounds):
        command = [bench.detection, "families", "--picture", picture, "--threads", bench.runner.threads, "--repeat", 2]
        run = bench.runner.run(command, bench.runner.threads)
        runs.append(run)
        totals = {name: sum(stages.values()) for name, stages in run["families"].items()}
        say(f"  round {index + 1}/{rounds}: " + ", ".join(f"{name} {ms:,.0f} ms" for name, ms in totals.items()))
    stages = {
        name: {stage: statistics.median(run["families"][name][stage] for run in runs) for stage in first}
        for name, first in runs[0]["families"].items()
    }
    found = {key: runs[0][key] for key in ("proposals", "regions")}
    states = counted(runs)
    peak = max(run["peak_mib"] for run in runs)
    return {"task": "families", "families": stages, **found, "states": states, "peak_mib": peak, "keeps": True}


def detection(bench: Bench, sides: list[str], arguments, say: Callable, keep: Callable) -> None:
    """Measures part by part; `keep` gets the name and result of each case."""
    if not data_folder().is_dir():
        raise SystemExit(f"compare: {data_folder()} is not there: COLONNADE_DATA names the folder with weights and pictures")
    for part in arguments.detection:
        for case in CASES[part]:
            prepare(bench, case)
            doers = [side for side in sides if side == OURS or case.task in detection_peers.PEERS[side].tasks]
            results = {side: [] for side in doers}
            for index in range(arguments.rounds):
                for side, runs in results.items():
                    if None in runs:
                        continue
                    runs.append(run(bench, side, case))
                    time = f"{runs[-1]['median_ms']:.1f} ms" if runs[-1] else "FAILED"
                    say(f"  round {index + 1}/{arguments.rounds}: {case.title}: {side} {time}")
            result = case_summary(case, results)
            keep(case.title, result | {"runs": results})
        if part == "families":
            prepare(bench, CASES["find"][0])
            title = "R-CNN, Fast R-CNN, Faster R-CNN"
            try:
                keep(title, families(bench, arguments.rounds, say))
            except measure.Failure as failure:  # the parts before it are told all the same
                bench.fail(OURS, title, failure)
                say(f"  {title}: FAILED: {failure}")
