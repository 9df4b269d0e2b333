"""Markdown of what was measured."""

from bench import OURS
from statistic import STATES


def number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def span(stated: dict) -> str:
    return f"{number(stated['median'])} ({number(stated['min'])}–{number(stated['max'])})"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def case_line(name: str, result: dict) -> str:
    """One line for the terminal."""
    if OURS not in result["sides"]:
        return f"{name}: FAILED"
    ours = span(result["sides"][OURS]["ms"])
    if not result["ratios"]:
        return f"{name}: {ours} ms, no peer"
    peers = [f"{r['fastest']} {span(r['fastest_ms'])} ms, ratio {verdict(r)}" for r in result["ratios"]]
    return f"{name}: {ours} ms, {'; '.join(peers)}; {states(result)}"


def verdict(ratio: dict) -> str:
    text = f"{ratio['ratio']:.3f} ({ratio['ratio_min']:.2f}–{ratio['ratio_max']:.2f})"
    if "keeps" in ratio:
        text += f", {'keeps' if ratio['keeps'] else 'MISSES'} {ratio['target']}"
    return text


def states(result: dict) -> str:
    """In which the runs were: "far", or "near 4, far 2"."""
    counted = result["states"]
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{state} {counted[state]}" for state in STATES if state in counted) or "state unknown"


def against_fastest(results: dict[str, dict]) -> str:
    """A row for each target of each case."""
    rows = []
    for name, result in results.items():
        memory = "–"
        if "memory_ratio" in result:
            memory = f"{result['memory_ratio']:.2f}, {'keeps' if result['keeps_memory'] else 'MISSES'}"
        for ratio in result["ratios"]:
            ours, theirs = span(ratio["ours_ms"]), span(ratio["fastest_ms"])
            rows.append([name, ours, ratio["fastest"], theirs, verdict(ratio), memory, states(result)])
    return table(["", "Colonnade, ms", "fastest peer", "its ms", "ratio", "memory ratio", "processors"], rows)


def by_state(results: dict[str, dict]) -> str | None:
    """The same for near and far processors, a column each; None where only one of both occurred."""
    found = {state for result in results.values() for state in result["states"]}
    if not found.issuperset(STATES):
        return None
    rows = []
    for name, result in results.items():
        for ratio in result["ratios"]:
            cells = []
            for part in (ratio["states"][state] for state in STATES):
                if part:
                    times = f"{span(part['ours_ms'])}, {part['fastest']} {span(part['fastest_ms'])}"
                    cells += [times, f"{part['ratio']:.3f}"]
                else:
                    cells += ["–", "–"]
            rows.append([name, *cells])
    return table(["", *(head for state in STATES for head in [f"{state}, ms", "ratio"])], rows)


def all_sides(results: dict[str, dict], sides: list[str], cell) -> str:
    """A row a case, a column a side that has any."""
    sides = [side for side in sides if any(side in result["sides"] for result in results.values())]
    rows = [
        [name, *(cell(result["sides"][side]) if side in result["sides"] else "–" for side in sides)]
        for name, result in results.items()
    ]
    return table(["", *sides], rows)


def comparison(document: dict) -> str:
    """The whole report of a comparison."""
    results, sides = document["cases"], document["sides"]
    inference = {name: result for name, result in results.items() if result["task"] == "inference"}
    parts = [
        conditions(document),
        "Ratio of medians to the fastest peer's (range of the rounds' own ratios); peak memory to ONNX Runtime's "
        "in inference and to the fastest peer's in training:",
        against_fastest(results),
    ]
    if both := by_state(results):
        parts += ["The same by how near the two processors were to each other just before:", both]
    parts += [
        "Milliseconds, median over rounds (range):",
        all_sides(results, sides, lambda side: span(side["ms"])),
        "Peak memory of the process, MiB, interpreter and libraries included:",
        all_sides(results, sides, lambda side: number(side["peak_mib"])),
    ]
    if inference:
        parts += [
            "Logits against float64, max|Δ| relative to the largest:",
            all_sides(inference, sides, lambda side: f"{side['deviation']:.1e}"),
        ]
    return "\n\n".join(parts) + "\n"


def conditions(document: dict) -> str:
    """Under what the numbers came to be."""
    lines = [f"`{document['command']}`", "", document["machine"], ""]
    for name, rates in document["probe"].items():
        lines.append(
            f"- {name} between the runs: median {number(rates['median'])}, p10 {number(rates['p10'])}, "
            f"p90 {number(rates['p90'])} ({rates['count']} probes)"
        )
    if document["foreign"]:
        foreign = document["foreign"]
        lines.append(
            f"- other processes used {foreign['median']:.2f} processors meanwhile (median of the runs; "
            f"p90 {foreign['p90']:.2f}, most {foreign['max']:.2f})"
        )
    lines += [f"- {name} skipped: {why}" for name, why in document["skipped"].items()]
    lines += [f"- failed: {what}: {' '.join(why.split())}" for what, why in document["failures"].items()]
    if document["versions"]:
        lines.append("- " + ", ".join(f"{name} {version}" for name, version in document["versions"].items()))
    return "\n".join(lines)
