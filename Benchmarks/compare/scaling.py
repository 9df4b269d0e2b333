"""How time grows with the batch and the size of pictures, and what a second thread gives, beside what it can give."""

import statistics
from collections.abc import Callable

from bench import OURS, Bench
from cases import TARGETS, make_case
from compare import interleave
from measure import Failure
from statistic import summary
from tables import conditions, number, span, table

BATCHES = [1, 2, 4, 8, 16, 32, 64]
SIZES = [112, 160, 224, 320, 448, 640, 896]
PARTS = ["batch", "size", "threads"]
LIMITS = TARGETS["scaling"]


def growth(bench: Bench, network: str, kind: str, arguments, say: Callable) -> dict:
    """Ours at growing batches or sizes: time, and time for one picture or pixel relative to the cheapest smaller."""
    points = BATCHES if kind == "batch" else SIZES
    cases = {
        point: make_case("inference", network, point if kind == "batch" else 1, arguments.threads,
                         arguments.budget, 224 if kind == "batch" else point)
        for point in points
    }  # fmt: skip
    results = interleave(bench, [(OURS, case) for case in cases.values()], arguments.rounds, say)
    if any(None in runs for runs in results.values()):
        raise Failure(f"{network}: {bench.failures}")
    times = {point: summary([run["median_ms"] for run in results[OURS, case]]) for point, case in cases.items()}
    work = {point: point if kind == "batch" else point**2 for point in points}
    cost = {point: times[point]["median"] / work[point] for point in points}
    relative = {
        point: cost[point] / min(cost[smaller] for smaller in points if smaller < point) for point in points[1:]
    }
    return {"ms": times, "relative_cost": relative, "keeps": max(relative.values()) <= LIMITS["growth"]}


def threads(bench: Bench, network: str, sides: list[str], arguments, say: Callable) -> dict:
    """Ratio of one thread's time to that of several, a picture at a time, for every side."""
    one, many = (make_case("inference", network, 1, count, arguments.budget) for count in (1, arguments.threads))
    able = [side for side in sides if bench.can(side, one)]
    results = interleave(bench, [(side, case) for side in able for case in (one, many)], arguments.rounds, say)
    ratios = {}
    if any(None in results[OURS, case] for case in (one, many)):
        raise Failure(f"{network}: {bench.failures}")
    for side in able:
        alone, together = results[side, one], results[side, many]
        if None not in alone + together:
            ratios[side] = summary([a["median_ms"] / b["median_ms"] for a, b in zip(alone, together)])
    peers = [ratio["median"] for side, ratio in ratios.items() if side != OURS]
    return {"ratios": ratios, "best_peer": max(peers) if peers else None}


def scaling(bench: Bench, networks: list[str], sides: list[str], arguments, say: Callable, keep: Callable) -> None:
    def measure(part: str, network: str) -> dict:
        if part == "threads":
            return threads(bench, network, sides, arguments, say)
        return growth(bench, network, part, arguments, say)

    for network in networks:
        keep(network, {part: measure(part, network) for part in arguments.scaling})


def probe_ratio(bench: Bench, name: str, count: int) -> float:
    pairs = zip(bench.runner.rates(name, 1), bench.runner.rates(name, count))
    return statistics.median(many / one for one, many in pairs if one > 0)


def judge(document: dict) -> None:
    """Holds the gain by threads against that of the probes, when all of them are taken."""
    limits = document["probe_ratio"]
    for network, result in document["cases"].items():
        if "threads" not in result:
            continue
        threads = result["threads"]
        bound = "triad_gbs" if network in LIMITS["bound_by_memory"] else "fma_gflops"
        ours = threads["ratios"][OURS]["median"]
        threads["share"] = {name: ours / ratio for name, ratio in limits.items()}
        threads["keeps"] = threads["share"][bound] >= LIMITS["threads"] and ours >= (threads["best_peer"] or 0)


def report(document: dict) -> str:
    """Markdown."""
    measured = next(iter(document["cases"].values()))
    parts = [conditions(document)]
    if "batch" in measured:
        parts += grown(document, "batch", BATCHES, "picture")
    if "size" in measured:
        parts += grown(document, "size", SIZES, "pixel")
    if "threads" in measured:
        parts += gained(document)
    return "\n\n".join(parts) + "\n"


def grown(document: dict, kind: str, points: list[int], unit: str) -> list[str]:
    rows = []
    for network, result in document["cases"].items():
        times, relative = result[kind]["ms"], result[kind]["relative_cost"]
        rows.append([f"{network}, ms", *(span(times[point]) for point in points), ""])
        verdict = "linear" if result[kind]["keeps"] else "GROWS FASTER"
        rows.append([f"a {unit}, relative", "", *(f"{relative[point]:.2f}" for point in points[1:]), verdict])
    title = (
        f"Colonnade's time against the {kind}, and time for a {unit} relative to the cheapest of the smaller "
        f"(linear: at most {LIMITS['growth']}):"
    )
    return [title, table([kind, *map(str, points), ""], rows)]


def gained(document: dict) -> list[str]:
    names, rows = document["sides"], []
    for network, result in document["cases"].items():
        ratios, share = result["threads"]["ratios"], result["threads"]["share"]
        cells = [span(ratios[side]) if side in ratios else "–" for side in names]
        shares = [f"{share[name]:.2f}" for name in document["probe_ratio"]]
        rows.append([network, *cells, *shares, "keeps" if result["threads"]["keeps"] else "MISSES"])
    limits = ", ".join(f"{name} {number(ratio)}" for name, ratio in document["probe_ratio"].items())
    title = (
        f"Time on 1 thread over time on {document['threads']}, one picture (the probes' own ratios: {limits}), and the "
        f"share of the probes' ratios that Colonnade reaches (at least {LIMITS['threads']}, and no less than the best peer):"
    )
    return [title, table(["", *names, *document["probe_ratio"], ""], rows)]
