"""Markdown of what was measured."""

from bench import OURS


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
    ours = result["sides"][OURS]["ms"]
    if "ratio" not in result:
        return f"{name}: {span(ours)} ms, no peer"
    theirs = result["sides"][result["fastest"]]["ms"]
    return f"{name}: {span(ours)} ms, {result['fastest']} {span(theirs)} ms, ratio {verdict(result)}"


def verdict(result: dict) -> str:
    text = f"{result['ratio']:.3f} ({result['ratio_min']:.2f}–{result['ratio_max']:.2f})"
    if "keeps" in result:
        text += f", {'keeps' if result['keeps'] else 'MISSES'} {result['target']}"
    return text


def against_fastest(results: dict[str, dict]) -> str:
    rows = []
    for name, result in results.items():
        if "ratio" not in result:
            continue
        sides, fastest = result["sides"], result["fastest"]
        memory = "–"
        if "memory_ratio" in result:
            memory = f"{result['memory_ratio']:.2f}, {'keeps' if result['keeps_memory'] else 'MISSES'}"
        rows.append(
            [name, span(sides[OURS]["ms"]), fastest, span(sides[fastest]["ms"]), verdict(result), memory]
        )
    return table(["", "Colonnade, ms", "fastest peer", "its ms", "ratio", "memory ratio"], rows)


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
