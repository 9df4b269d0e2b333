"""Medians with their spread, and what follows from them."""

import statistics

from bench import OURS
from cases import TARGETS, Case


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


def case_summary(case: Case, results: dict[str, list[dict | None]]) -> dict:
    """Ours against the fastest of the peers whose logits agree: ratio of medians, and range of the rounds' ratios."""
    complete = {name: runs for name, runs in results.items() if runs and None not in runs}
    sides = {name: side_summary(runs) for name, runs in complete.items()}
    wrong = [name for name, side in sides.items() if not side.get("deviation", 0) <= TARGETS["agreement"]]
    result = {"sides": sides, "disagrees": wrong, "target": case.target}
    rivals = [name for name in sides if name != OURS and name not in wrong]
    if not rivals:
        return result

    fastest = min(rivals, key=lambda name: sides[name]["ms"]["median"])
    pairs = zip(complete[OURS], complete[fastest])
    by_round = [ours["median_ms"] / theirs["median_ms"] for ours, theirs in pairs]
    ratio = sides[OURS]["ms"]["median"] / sides[fastest]["ms"]["median"]
    result |= {"fastest": fastest, "ratio": ratio, "ratio_min": min(by_round), "ratio_max": max(by_round)}
    if case.target is not None:
        result["keeps"] = ratio <= case.target
    frugal = fastest if case.task == "training" else "onnxruntime"
    if frugal in sides:
        result["memory_ratio"] = sides[OURS]["peak_mib"] / sides[frugal]["peak_mib"]
        result["keeps_memory"] = result["memory_ratio"] <= TARGETS["memory"]
    return result
