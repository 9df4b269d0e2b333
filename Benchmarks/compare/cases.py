"""What is measured: cases with their targets, as targets.toml lists them."""

import dataclasses
import pathlib
import tomllib

TARGETS = tomllib.loads((pathlib.Path(__file__).parent / "targets.toml").read_text())
NETWORKS = [entry["network"] for entry in TARGETS["inference"]]
SIZE = 224
REPETITIONS = (2, 30)


@dataclasses.dataclass(frozen=True)
class Case:
    """One network at one batch: the same work for every side."""

    task: str  # "inference" or "training"
    network: str
    batch: int
    threads: int
    repeat: int  # timed repetitions in each process
    size: int = SIZE
    target: float | None = None  # ratio to the fastest peer, at most

    def __str__(self) -> str:
        size = "" if self.size == SIZE else f", {self.size}×{self.size}"
        return f"{self.network}, {self.task}, batch {self.batch}{size}"


def make_case(task: str, network: str, batch: int, threads: int, seconds: float, size: int = SIZE) -> Case:
    """A case whose repetitions take about `seconds`, were they the fastest peer's."""
    known = next((entry for entry in TARGETS[task] if entry["network"] == network), None)
    target, usual = None, 50.0 * batch
    if known:
        targets = dict(zip(known["batches"], known["ratios"]))
        times = dict(zip(known["batches"], known["usual_ms"]))
        nearest = min(times, key=lambda other: abs(other - batch))
        target = targets.get(batch) if size == SIZE else None
        usual = times[nearest] * batch / nearest
    usual *= (size / SIZE) ** 2
    least, most = REPETITIONS
    repeat = min(most, max(least, round(seconds * 1e3 / usual)))
    return Case(task, network, batch, threads, repeat, size, target)


def planned(task: str, networks: list[str], batches: list[int] | None, threads: int, seconds: float) -> list[Case]:
    """The cases of one task: those with targets, or those of `batches`."""
    cases = []
    for network in networks:
        known = [entry["batches"] for entry in TARGETS[task] if entry["network"] == network]
        for batch in batches or (known[0] if known else [1]):
            cases.append(make_case(task, network, batch, threads, seconds))
    return cases
