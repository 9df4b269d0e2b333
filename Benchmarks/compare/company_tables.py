"""Markdown of what company.py measured."""

from bench import OURS
from statistic import STATES
from tables import conditions, number, span, states, table

PEER = "onnxruntime"


def report(document: dict) -> str:
    parts = [conditions(document)]
    for part, result in document["cases"].items():
        title, rows = WRITERS[part](result)
        seen = f" Processors: {states(result)}." if "states" in result else ""
        parts += [f"**{part}**: {title}{seen}", rows]
    return "\n\n".join(parts) + "\n"


def verdict(result: dict) -> str:
    return "keeps" if result["keeps"] else "MISSES"


def spanned(stated: dict | None) -> str:
    return span(stated) if stated else "–"


def callers(result: dict) -> tuple[str, str]:
    rows = []
    for network, entry in result["networks"].items():
        for row, sides in entry["rows"].items():
            cells = []
            for side in (OURS, PEER):
                own = sides.get(side)
                cells += [spanned(own["pictures_per_second"]), spanned(own["of_serial"])] if own else ["–", "–"]
            rows.append([f"{network}, {row}", *cells, verdict(sides)])
    title = "pictures/s of callers of one model at once, and their ratio to one caller after the other with all threads."
    return title, table(["", "Colonnade", "of serial", "ONNX Runtime", "of serial", ""], rows)


def processes(result: dict) -> tuple[str, str]:
    rows = []
    for network, entry in result["networks"].items():
        cells = [spanned(entry["totals"].get(side, {}).get(count)) for count in (1, 4) for side in (OURS, PEER)]
        rows.append([network, *cells, spanned(entry["ratio"]), verdict(entry)])
    title = "pictures/s of one process and of four at once together, each with its default threads."
    header = ["", "Colonnade, one", "ONNX Runtime, one", "Colonnade, four", "ONNX Runtime, four", "ratio of four", ""]
    return title, table(header, rows)


def neighbours(result: dict) -> tuple[str, str]:
    rows = []
    for network, entry in result["networks"].items():
        cells = []
        for side in (OURS, PEER):
            own = entry["sides"].get(side, {"quiet_ms": None, "slowdown": {1: None, 2: None}})
            cells += [spanned(own["quiet_ms"]), *(spanned(own["slowdown"][count]) for count in (1, 2))]
        rows.append([network, *cells, verdict(entry)])
    title = "mean ms of a picture alone, and how many times longer it takes beside one and two busy processes."
    header = ["", "Colonnade, ms", "beside one", "beside two", "ONNX Runtime, ms", "beside one", "beside two", ""]
    return title, table(header, rows)


def one_processor(result: dict) -> tuple[str, str]:
    rows = []
    for network, entry in result["networks"].items():
        cells = []
        for side in (OURS, PEER):
            own = entry["sides"].get(side)
            times = [spanned(own["ms"].get(way)) for way in ("default", "one thread")] if own else ["–", "–"]
            cells += [*times, *((spanned(own["to_one_thread"]), spanned(own["to_free"])) if own else ["–", "–"])]
        rows.append([network, *cells, verdict(entry)])
    title = (
        "mean ms of a picture under `taskset` on one processor, with default threads and with one thread, and the "
        "ratio of the first to the second and to one thread that may run on any processor."
    )
    side = ["default, ms", "1 thread, ms", "ratio", "to 1 thread anywhere"]
    header = ["", *(f"{name}: {head}" for name in ("Colonnade", "ONNX Runtime") for head in side), ""]
    return title, table(header, rows)


def little_memory(result: dict) -> tuple[str, str]:
    rows = [
        [f"{limit:,} KiB", *(outcome(sides[side]) if side in sides else "–" for side in (OURS, PEER)),
         "keeps" if is_clear(sides[OURS]) else "MISSES"]
        for limit, sides in result["outcomes"].items()
    ]  # fmt: skip
    title = (
        f"how one run of {result['network']} on one picture ends under `ulimit -v`. ONNX Runtime's process is Python's, "
        "whose interpreter and packages take address space of their own."
    )
    return title, table(["", "Colonnade", "ONNX Runtime", ""], rows)


def outcome(ended: dict) -> str:
    status, lines = ended["status"], ended["complaint"]
    last = lines[-1][:160] if lines else ""
    if status is None:
        return f"HANGS, stopped after {ended['seconds']:.0f} s with {ended['own_seconds']:.0f} of processors used"
    if status == 0:
        return f"logits, {ended['seconds']:.1f} s" if ended["agrees"] else "WRONG logits"
    if status < 0:
        # Swift says first why it ends, then where.
        return f"signal {-status}, {len(lines)} lines: {lines[0][:160] if lines else ''}"
    return f"one line: {last}" if len(lines) == 1 else f"status {status}, {len(lines)} lines: {last}"


def is_clear(ended: dict) -> bool:
    """Whether it ended in right logits, or in one line."""
    if ended["status"] == 0:
        return ended["agrees"]
    return ended["status"] is not None and ended["status"] > 0 and len(ended["complaint"]) == 1


def far(result: dict) -> tuple[str, str]:
    rows = []
    for state in STATES:
        times = result["ms"][state]
        counts = sorted(times[OURS], reverse=True)
        for count in counts:
            both = [times[side].get(count) for side in (OURS, PEER)]
            ratio = number(both[0]["median"] / both[1]["median"]) if all(both) else "–"
            rows.append([state, str(count), *map(spanned, both), ratio])
    provoked = "provoked by `taskset`" if len(result["places"]) > 1 else "as it was found: only the host can change it"
    ratio = f"far takes {number(result['far_to_near'])} of near" if "far_to_near" in result else "not both were seen"
    judged = verdict(result) if result["ms"]["far"][OURS] else "far was not seen"
    title = f"ms of {result['network']} at batch {result['batch']}; the state {provoked}; {ratio}; {judged}."
    return title, table(["processors", "threads", "Colonnade", "ONNX Runtime", "ratio"], rows)


WRITERS = {
    "callers": callers, "processes": processes, "neighbours": neighbours, "one-processor": one_processor,
    "little-memory": little_memory, "far": far,
}  # fmt: skip
