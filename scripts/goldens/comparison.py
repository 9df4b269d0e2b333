"""Holds files that were written anew against those that are committed."""

import json
import math
import pathlib

# Of the largest number in the same list or entry. PyTorch adds in another order on another processor.
TOLERANCE = 1e-5
# What rounding did on the machine that wrote the fixture, and with what it was written.
OF_THE_MACHINE = {"error", "normError", "lossError", "statisticsError", "torch", "torchvision"}


def difference(old, new, largest: float = 0) -> float:
    """The largest difference of two numbers in the same place, relative to the largest in the list; infinite where
    something else differs."""
    if isinstance(old, bool) or isinstance(new, bool) or isinstance(old, str) or old is None:
        return 0 if old == new else math.inf
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return 0 if old == new else abs(old - new) / max(abs(old), largest)
    if type(old) is not type(new) or len(old) != len(new):
        return math.inf
    if isinstance(old, dict):
        if list(old) != list(new):
            return math.inf
        pairs = [(old[key], new[key]) for key in old if key not in OF_THE_MACHINE]
        return max((difference(a, b) for a, b in pairs), default=0)
    largest = max((abs(v) for v in old if isinstance(v, (int, float))), default=0)
    return max((difference(a, b, largest) for a, b in zip(old, new)), default=0)


def compared(old: pathlib.Path, new: pathlib.Path) -> tuple[bool, str]:
    """Whether they agree, and what to say of them; nothing where they are the same bytes."""
    if not old.exists():
        return False, "is not committed"
    if old.read_bytes() == new.read_bytes():
        return True, ""
    if new.suffix != ".json":
        return False, "differs"
    apart = difference(json.loads(old.read_text()), json.loads(new.read_text()))
    if apart == math.inf:
        return False, "differs in more than numbers"
    return apart <= TOLERANCE, f"numbers differ by {apart:.1e}" if apart else "differs in what is the machine's alone"


def report(fresh: pathlib.Path, committed: pathlib.Path) -> int:
    """Compares all files below `fresh`; 1 where one does not agree."""
    paths = sorted(path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file())
    same, failed = 0, 0
    for path in paths:
        agrees, remark = compared(committed / path, fresh / path)
        failed += not agrees
        same += not remark
        if remark:
            print(f"{path}: {remark}{'' if agrees else ' (FAIL)'}")
    print(f"goldens: {len(paths)} files, {same} the same bytes, {failed} do not agree")
    return int(failed > 0)
