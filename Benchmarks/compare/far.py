"""A network of small layers and many pictures, where the hand-over between processors shows most: near, and far."""

from collections.abc import Callable

from bench import OURS, Bench
from cases import TARGETS, make_case
from placement import placements
from statistic import STATES, counted, summary

FAR_NETWORK, BATCH = "resnet20", 250
PEER = "onnxruntime"
LIMITS = TARGETS["company"]


def far(bench: Bench, sides: list[str], arguments, say: Callable) -> dict:
    """Each run counts for the state that the probe before it found, whatever was meant to be provoked."""
    places = placements() or {"as found": []}
    ways = [(side, threads) for threads in (arguments.threads, 1) for side in sides]
    runs = {way: [] for way in ways}
    for index in range(arguments.rounds):
        for meant, placement in places.items():
            for side, threads in ways:
                case = make_case("inference", FAR_NETWORK, BATCH, threads, arguments.budget)
                if run := bench.run(side, case, placement):
                    runs[side, threads].append(run)
                    title = f"{case}, {threads} threads, {meant}"
                    say(f"  round {index + 1}: {title}: {side} {run['median_ms']:.1f} ms ({run['state']})")
    return far_summary(runs, arguments.threads, list(places))


def far_summary(runs: dict[tuple, list[dict]], threads: int, places: list[str]) -> dict:
    result = {"network": FAR_NETWORK, "batch": BATCH, "places": places, "ms": {}, "to_peer": {}}
    for state in STATES:
        result["ms"][state] = {
            side: {count: summary(times) for (other, count), own in runs.items() if other == side
                   if (times := [run["median_ms"] for run in own if run["state"] == state])}
            for side in (OURS, PEER)
        }  # fmt: skip
        ours, theirs = (result["ms"][state][side].get(threads) for side in (OURS, PEER))
        if ours and theirs:
            result["to_peer"][state] = ours["median"] / theirs["median"]
    near, far = (result["ms"][state][OURS].get(threads) for state in STATES)
    if near and far:
        result["far_to_near"] = far["median"] / near["median"]
    reached = [
        result["far_to_near"] <= LIMITS["far_to_near"] if near and far else False,
        result["to_peer"]["far"] <= LIMITS["far_to_peer"] if "far" in result["to_peer"] else False,
    ]
    result["keeps"] = any(reached) or not far
    result["states"] = counted([run for own in runs.values() for run in own])
    return result
