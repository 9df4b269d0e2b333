"""Medians with their spread, and what follows from them."""

import collections
import math
import statistics

from bench import OURS
from cases import TARGETS, Case, Target

STATES = ["near", "far"]  # of the machine's processors to each other


def quantile(values: list[float], fraction: float) -> float:
    """Linear between the two values that the quantile falls between."""
    ordered = sorted(values)
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def summary(values: list[float]) -> dict:
    return {
        "median": statistics.median(values),
        "p10": quantile(values, 0.1),
        "p90": quantile(values, 0.9),
        "min": min(values),
        "max": max(values),
        "count": len(values),
    }


def side_summary(runs: list[dict]) -> dict:
    """Of one side in one case: time and peak memory over the rounds, and the largest deviation of its logits."""
    result = {"ms": summary([run["median_ms"] for run in runs])}
    result["peak_mib"] = max(run["peak_mib"] for run in runs)
    deviations = [run["deviation"] for run in runs if "deviation" in run]
    if deviations:
        result["deviation"] = max(deviations)
    return result


def ratio_to_fastest(runs: dict[str, list[dict]], rivals: list[str]) -> dict:
    """Ours against the fastest of `rivals`: ratio of medians, and range of the rounds' ratios. Empty without one."""
    times = {name: [run["median_ms"] for run in runs[name]] for name in [OURS, *rivals] if runs.get(name)}
    if OURS not in times or len(times) == 1:
        return {}
    medians = {name: statistics.median(values) for name, values in times.items()}
    fastest = min((name for name in times if name != OURS), key=medians.get)
    by_round = [ours / theirs for ours, theirs in zip(times[OURS], times[fastest])]
    return {
        "fastest": fastest,
        "ours_ms": summary(times[OURS]),
        "fastest_ms": summary(times[fastest]),
        "ratio": medians[OURS] / medians[fastest],
        "ratio_min": min(by_round),
        "ratio_max": max(by_round),
    }


def in_state(runs: dict[str, list[dict]], state: str) -> dict[str, list[dict]]:
    return {name: [run for run in own if run["state"] == state] for name, own in runs.items()}


def counted(runs: list[dict]) -> dict[str, int]:
    """How many runs there were in each state, of those that tell."""
    return dict(collections.Counter(run["state"] for run in runs if run["state"]))


def case_summary(case: Case, results: dict[str, list[dict | None]]) -> dict:
    """Ours against the fastest of the peers whose logits agree, a ratio for each target, and by the machine's state."""
    complete = {name: runs for name, runs in results.items() if runs and None not in runs}
    sides = {name: side_summary(runs) for name, runs in complete.items()}
    wrong = [name for name, side in sides.items() if not side.get("deviation", 0) <= TARGETS["agreement"]]
    states = counted([run for runs in complete.values() for run in runs])
    result = {"sides": sides, "disagrees": wrong, "states": states, "ratios": []}
    if OURS not in sides:
        return result | {"keeps": False}

    rivals = [name for name in sides if name != OURS and name not in wrong]
    for target in case.targets or [Target(math.inf)]:
        chosen = [name for name in rivals if target.against is None or name in target.against]
        if not (ratio := ratio_to_fastest(complete, chosen)):
            continue
        ratio["against"] = target.against
        ratio["states"] = {state: ratio_to_fastest(in_state(complete, state), chosen) for state in STATES}
        if target.ratio < math.inf:
            ratio |= {"target": target.ratio, "keeps": ratio["ratio"] <= target.ratio}
        result["ratios"].append(ratio)
    result["keeps"] = all(ratio.get("keeps", True) for ratio in result["ratios"])

    overall = ratio_to_fastest(complete, rivals).get("fastest")
    frugal = overall if case.task == "training" else "onnxruntime"
    if frugal in sides:
        result["memory_ratio"] = sides[OURS]["peak_mib"] / sides[frugal]["peak_mib"]
        result["keeps_memory"] = result["memory_ratio"] <= TARGETS["memory"]
    return result
