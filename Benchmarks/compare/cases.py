"""What is measured: cases with their targets, as targets.toml lists them."""

import dataclasses
import pathlib
import tomllib

TARGETS = tomllib.loads((pathlib.Path(__file__).parent / "targets.toml").read_text())
NETWORKS = [entry["network"] for entry in TARGETS["inference"]]
BEFORE = "before"  # the side that another build of ours is
SIZE = 224
SMALL_NETWORKS = ("resnet20", "resnet32", "resnet44", "resnet56")  # made for 32×32
REPETITIONS = (2, 30)


def native_size(network: str) -> int:
    """Height and width of the pictures that the network was made for, and that its golden file holds."""
    return 32 if network in SMALL_NETWORKS else SIZE


@dataclasses.dataclass(frozen=True)
class Target:
    """The ratio to the fastest of some peers, at most."""

    ratio: float
    against: tuple[str, ...] | None = None  # None: all


@dataclasses.dataclass(frozen=True)
class Case:
    """One network at one batch: the same work for every side."""

    task: str  # "inference" or "training"
    network: str
    batch: int
    threads: int
    repeat: int  # timed repetitions in each process
    size: int = SIZE
    targets: tuple[Target, ...] = ()

    def against_before(self) -> "Case":
        """The same work, held against that of a build of before alone."""
        return dataclasses.replace(self, targets=(Target(TARGETS["before"], (BEFORE,)),))

    def __str__(self) -> str:
        size = "" if self.size == native_size(self.network) else f", {self.size}×{self.size}"
        return f"{self.network}, {self.task}, batch {self.batch}{size}"


def known(task: str, network: str) -> dict | None:
    return next((entry for entry in TARGETS[task] if entry["network"] == network), None)


def targets(entry: dict, batch: int) -> tuple[Target, ...]:
    """Those that an entry of targets.toml has for this batch."""
    found = []
    for part in [entry, *entry.get("also", [])]:
        against = part.get("against")
        ratio = dict(zip(part["batches"], part["ratios"])).get(batch)
        if ratio is not None:
            found.append(Target(ratio, tuple(against) if against else None))
    return tuple(found)


def make_case(task: str, network: str, batch: int, threads: int, seconds: float, size: int | None = None) -> Case:
    """A case whose repetitions take about `seconds`, were they the fastest peer's."""
    native = native_size(network)
    size = size or native
    entry = known(task, network)
    wanted, usual = (), 50.0 * batch * (native / SIZE) ** 2
    if entry:
        times = dict(zip(entry["batches"], entry["usual_ms"]))
        nearest = min(times, key=lambda other: abs(other - batch))
        wanted = targets(entry, batch) if size == native else ()
        usual = times[nearest] * batch / nearest
    usual *= (size / native) ** 2
    least, most = REPETITIONS
    repeat = min(most, max(least, round(seconds * 1e3 / usual)))
    return Case(task, network, batch, threads, repeat, size, wanted)


def planned(task: str, networks: list[str], batches: list[int] | None, threads: int, seconds: float) -> list[Case]:
    """The cases of one task: those with targets, or those of `batches`; of a network that has none at all, one picture."""
    cases = []
    for network in networks:
        entry = known(task, network)
        default = entry["batches"] if entry else [] if network in NETWORKS else [1]
        for batch in batches or default:
            cases.append(make_case(task, network, batch, threads, seconds))
    return cases
