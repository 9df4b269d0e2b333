"""Markdown of what was measured of detection."""

from bench import OURS
from tables import all_sides, conditions, number, span, states, table

STAGES = ["preparation", "trunk", "proposals", "head", "suppression"]
# Seconds a picture over VGG-16, without proposals (Girshick 2015, "Fast R-CNN", table 4: R-CNN 47.0, Fast R-CNN 0.32, with
# truncated layers 0.22), and with them (Ren et al. 2015, "Faster R-CNN", table 5, VGG with selective search and with the RPN).
PAPERS = {"rcnn / fast": 146, "rcnn / fast, truncated": 213, "fast / faster": 1830 / 198}


def report(document: dict) -> str:
    results, sides = document["cases"], document["sides"]
    compared = {name: result for name, result in results.items() if "sides" in result}
    parts = [conditions(document)]
    if compared:
        parts += [
            "Whole detection of a picture, or a training step; ratio of medians to the fastest peer's (range of the "
            "rounds' own ratios), and of peak memory to that peer's:",
            against_fastest(compared),
            "Milliseconds, median over rounds (range):",
            all_sides(compared, sides, lambda side: span(side["ms"])),
        ]
        networks = with_key(compared, "network_ms")
        if networks:
            parts += [
                "Of these the network alone, without decoding and suppression (OpenCV's decodes where it reads darknet's files):",
                all_sides(networks, sides, lambda side: span(side["network_ms"]) if "network_ms" in side else "–"),
            ]
        parts += [
            "Peak memory of the process, MiB, interpreter and libraries included:",
            all_sides(compared, sides, lambda side: number(side["peak_mib"])),
        ]
        if found := with_key(compared, "unpaired"):
            parts += [
                "Detections against float64: how many of how many, and how far edges (pixels) and scores are apart at most:",
                all_sides(found, sides, agreement),
            ]
        if losses := with_key(compared, "losses"):
            parts += ["Losses of the first step (each side draws its own sample):", all_sides(losses, sides, losses_of)]
        if staged := {name: r for name, r in compared.items() if "stages" in r["sides"].get(OURS, {})}:
            parts += ["Colonnade's by stage, ms:", by_stage({n: r["sides"][OURS]["stages"] for n, r in staged.items()})]
    for result in results.values():
        if "families" in result:
            parts += families(result)
    return "\n\n".join(parts) + "\n"


def with_key(results: dict, key: str) -> dict:
    return {name: result for name, result in results.items() if any(key in side for side in result["sides"].values())}


def against_fastest(results: dict) -> str:
    rows = []
    for name, result in results.items():
        ratio = result["ratio"]
        if not ratio:
            continue
        verdict = "keeps" if ratio["ratio"] <= result["target"] else "MISSES"
        text = f"{ratio['ratio']:.3f} ({ratio['ratio_min']:.2f}–{ratio['ratio_max']:.2f}), {verdict} {result['target']}"
        times = [span(ratio["ours_ms"]), ratio["fastest"], span(ratio["fastest_ms"])]
        rows.append([name, *times, text, f"{result['memory_ratio']:.2f}", states(result)])
    return table(["", "Colonnade, ms", "fastest peer", "its ms", "ratio", "memory ratio", "processors"], rows)


def agreement(side: dict) -> str:
    if "unpaired" not in side:
        return "–"
    paired = round((1 - side["unpaired"]) * (side["expected"] + side["found"]) / 2)
    return f"{paired} of {side['expected']}, found {side['found']}; {side['pixels']:.1e}, {side['score']:.1e}"


def losses_of(side: dict) -> str:
    short = {"loss_objectness": "objects", "loss_rpn_box_reg": "proposals", "loss_classifier": "classes",
             "loss_box_reg": "boxes"}  # fmt: skip
    return ", ".join(f"{short.get(name, name)} {side['losses'][name]:.3f}" for name in sorted(side.get("losses", {})))


def by_stage(stages: dict[str, dict]) -> str:
    rows = []
    for name, own in stages.items():
        cells = [number(own[stage]) if own.get(stage) else "–" for stage in STAGES]
        rows.append([name, *cells, number(sum(own.values()))])
    return table(["", *STAGES, "all"], rows)


def families(result: dict) -> list[str]:
    stages = result["families"]
    own = {name: sum(ms for stage, ms in parts.items() if stage != "proposals") for name, parts in stages.items()}
    whole = {name: sum(parts.values()) for name, parts in stages.items()}
    ratios = {
        "rcnn / fast": own["rcnn"] / own["fast"],
        "rcnn / fast, truncated": own["rcnn"] / own["fast, truncated"],
        "fast / faster": whole["fast"] / whole["faster"],
    }
    rows = [[name, f"{ratio:.1f}", f"{PAPERS[name]:.1f}"] for name, ratio in ratios.items()]
    return [
        f"Three generations over VGG-16, {result['proposals']:,} regions of selective search (R-CNN's time in the trunk is that of "
        f"{result['regions']} of them, multiplied) and 300 of the RPN, ms by stage ({states(result)}):",
        by_stage(stages),
        "Ratios of time beside the papers' (on their GPUs); the first two without proposals, the last one with:",
        table(["", "here", "papers"], rows),
    ]
