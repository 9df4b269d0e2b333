"""Pairs of processors that are near each other, or far, by what the system says of their last-level caches."""

import os
import pathlib

SYSTEM = pathlib.Path("/sys/devices/system/cpu")


def listed(text: str) -> list[int]:
    """Numbers in the system's way of writing them, such as 0-3,8."""
    numbers = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def placements(system: pathlib.Path = SYSTEM, allowed: list[int] | None = None) -> dict[str, list]:
    """Commands that start another on two near processors, and on two far ones.

    Empty where the allowed processors are of one last-level cache by what the system says: a guest of a shared machine
    is told so wherever the host runs its processors, and cannot provoke what the host does.
    """
    try:
        allowed = sorted(os.sched_getaffinity(0)) if allowed is None else allowed
        cache, core = {}, {}
        for processor in allowed:
            folder = system / f"cpu{processor}"
            last = max(folder.glob("cache/index*"), key=lambda index: int((index / "level").read_text()))
            cache[processor] = listed((last / "shared_cpu_list").read_text())
            core[processor] = listed((folder / "topology/thread_siblings_list").read_text())
    except (AttributeError, OSError, ValueError):
        return {}
    pairs = [(a, b) for a in allowed for b in allowed if a < b and b not in core[a]]
    near = next((pair for pair in pairs if pair[1] in cache[pair[0]]), None)
    far = next((pair for pair in pairs if pair[1] not in cache[pair[0]]), None)
    if not (near and far):
        return {}
    return {name: ["taskset", "-c", f"{a},{b}"] for name, (a, b) in [("near", near), ("far", far)]}
