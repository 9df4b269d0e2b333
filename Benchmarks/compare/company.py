"""Colonnade in company: several callers, several processes, busy neighbours, one processor, little memory, processors
far from each other; beside ONNX Runtime, whose every run comes between two of ours in the same rounds."""

import os
import pathlib
import shutil
import sys
from collections.abc import Callable

import company_tables
import tensors
from bench import HERE, OURS, Bench
from cases import TARGETS, make_case
from far import FAR_NETWORK, far
from measure import Failure
from statistic import counted, summary

PARTS = ["callers", "processes", "neighbours", "one-processor", "little-memory", "far"]
PEER = "onnxruntime"
LIMITS = TARGETS["company"]
NETWORKS = {
    "callers": ["squeezenet1_1", "resnet50"],
    "processes": ["squeezenet1_1", "resnet50"],
    "neighbours": ["resnet50", "squeezenet1_1", "resnet20"],
    "one-processor": ["resnet50", "squeezenet1_1", "resnet20"],
    "little-memory": ["resnet50"],
    "far": [FAR_NETWORK],
}
PROCESSES = 4
# Row of the table: options of our program, and of callers.py or None where the peer has nothing of the kind.
CALLERS = {
    "2 threads": (["--callers", 2], ["--callers", 2]),
    "4 threads": (["--callers", 4], ["--callers", 4]),
    "8 threads": (["--callers", 8], ["--callers", 8]),
    "8 tasks of a group": (["--callers", 8, "--style", "tasks"], None),
    "8 tasks, one actor": (["--callers", 8, "--style", "actor"], None),
    "8 threads, 1 thread a pass": (["--callers", 8, "--threads-per-pass", 1], None),
    "8 threads, --threads 1": (["--callers", 8, "--threads", 1], ["--callers", 8, "--threads", 1]),
}
# The first of these must reach by itself what the second is told to do.
DEFAULT, TOLD = "8 threads", "8 threads, --threads 1"
ADDRESS_SPACE = [300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 1_000_000, 1_500_000]  # KiB
PIECES = 8  # of a run of callers, each beside as long a one of one caller
HANGS = 20  # seconds after which a program that should take one is said to hang


class Company:
    """All parts; each gives what it measured as a dictionary for the JSON, with `keeps`."""

    def __init__(self, bench: Bench, sides: list[str], arguments, say: Callable):
        self.bench, self.arguments, self.say = bench, arguments, say
        self.sides = [side for side in sides if side in (OURS, PEER)]

    def measure(self, part: str) -> dict:
        if part == "far":
            return far(self.bench, self.sides, self.arguments, self.say)
        if part == "little-memory":
            return self.little_memory()
        return self.by_network(part, getattr(self, part.replace("-", "_")))

    def by_network(self, part: str, method: Callable) -> dict:
        networks = {network: method(network) for network in NETWORKS[part]}
        runs = [run for result in networks.values() for run in result.pop("all_runs")]
        return {"networks": networks, "states": counted(runs), "keeps": all(r["keeps"] for r in networks.values())}

    def command(self, side: str, network: str, options: list = []) -> list:
        options = [*options, "--seconds", self.arguments.budget]
        if side == OURS:
            weights = self.bench.directory / f"{network}.safetensors"
            return [self.bench.callers, "--network", network, "--weights", weights, "--json", *options]
        return [sys.executable, HERE / "callers.py", side, network, self.bench.directory, *options]

    def interleaved(self, title: str, jobs: dict[tuple, Callable]) -> dict[tuple, list[dict]]:
        """The runs of each job (a side, and how it does it), every second round in the opposite order, so that a speed that
        drifts favours none; a job that fails ends, and its runs are empty."""
        runs = {job: [] for job in jobs}
        rounds = self.arguments.rounds
        for index in range(rounds):
            for job, run in list(jobs.items())[:: -1 if index % 2 else 1]:
                side, *options = job
                case = " ".join([title, *map(str, options)])
                if f"{side}: {case}" in self.bench.failures:
                    continue
                try:
                    runs[job].append(run())
                    rate = runs[job][-1]["pictures_per_second"]
                    self.say(f"  round {index + 1}/{rounds}: {side}: {case}: {rate:.1f} pictures/s")
                except Failure as failure:
                    self.bench.fail(side, case, failure)
                    self.say(f"  {side}: {case}: FAILED: {failure}")
        return {job: own if len(own) == rounds else [] for job, own in runs.items()}

    def callers(self, network: str) -> dict:
        def job(side: str, options: list) -> Callable:
            beside = ["--beside-serial", PIECES]
            return lambda: self.bench.runner.run(self.command(side, network, [*options, *beside]), None)

        jobs = {
            (side, row): job(side, options)
            for row, both in CALLERS.items()
            for side, options in zip([OURS, PEER], both)
            if side in self.sides and options is not None
        }
        runs = self.interleaved(f"{network}, callers", jobs)
        rows = {"serial": {"keeps": True}}
        for side in self.sides:
            serial = [run["serial_pictures_per_second"] for (own, _), of in runs.items() if own == side for run in of]
            if serial:
                rows["serial"][side] = {"pictures_per_second": summary(serial), "of_serial": None}
        for row in CALLERS:
            rows[row] = {
                side: {
                    "pictures_per_second": summary(picture_rates(runs[side, row])),
                    "of_serial": summary([run["of_serial"] for run in runs[side, row]]),
                }
                for side in self.sides
                if runs.get((side, row))
            }
            ours = rows[row].get(OURS)
            rows[row]["keeps"] = bool(ours and ours["of_serial"]["median"] >= LIMITS["callers"])
        if all(OURS in rows[row] for row in (DEFAULT, TOLD)):
            default, told = (rows[row][OURS]["of_serial"]["median"] for row in (DEFAULT, TOLD))
            rows[DEFAULT]["keeps"] &= default >= LIMITS["callers"] * told
        return {"rows": rows, "keeps": all(row["keeps"] for row in rows.values()), "all_runs": flat(runs)}

    def processes(self, network: str) -> dict:
        def job(side: str, count: int) -> Callable:
            def run() -> dict:
                results = self.bench.runner.together([self.command(side, network, ["--wait"])] * count, None)
                total = sum(result["pictures_per_second"] for result in results)
                return results[0] | {"pictures_per_second": total}

            return run

        jobs = {(side, count): job(side, count) for count in (1, PROCESSES) for side in self.sides}
        runs = self.interleaved(f"{network}, processes", jobs)
        rates = {job: picture_rates(own) for job, own in runs.items() if own}
        result = {"totals": {side: {count: summary(rates[side, count]) for count in (1, PROCESSES)
                                    if (side, count) in rates} for side in self.sides}}  # fmt: skip
        result["ratio"] = of_each(rates.get((OURS, PROCESSES), []), rates.get((PEER, PROCESSES), []))
        keeps = not result["ratio"] or result["ratio"]["median"] >= LIMITS["processes"]
        return result | {"keeps": keeps and (OURS, PROCESSES) in rates, "all_runs": flat(runs)}

    def neighbours(self, network: str) -> dict:
        def job(side: str, count: int) -> Callable:
            return lambda: self.bench.runner.run(self.command(side, network), None, beside=count)

        jobs = {(side, count): job(side, count) for count in (0, 1, 2) for side in self.sides}
        runs = self.interleaved(f"{network}, busy neighbours", jobs)
        rates = {job: picture_rates(own) for job, own in runs.items() if own}
        sides = {}
        for side in self.sides:
            quiet = rates.get((side, 0), [])
            sides[side] = {
                "quiet_ms": summary([1e3 / rate for rate in quiet]) if quiet else None,
                "slowdown": {count: of_each(quiet, rates.get((side, count), [])) for count in (1, 2)},
            }
        ours = sides[OURS]["slowdown"]
        theirs = sides[PEER]["slowdown"] if PEER in sides else {}
        keeps = all(ours.values()) and all(
            ours[count]["median"] <= LIMITS["neighbours"] * slowdown["median"]
            for count, slowdown in theirs.items() if slowdown
        )  # fmt: skip
        return {"sides": sides, "keeps": keeps, "all_runs": flat(runs)}

    def one_processor(self, network: str) -> dict:
        """Default threads on one processor, against one thread there, in pieces of one process, as both do the same and few per
        cent are to be told apart; and against one thread that may move."""
        pin = on_first_processor()
        ways = {"pinned": (["--threads", 1, "--beside-serial", PIECES], pin), "free": (["--threads", 1], [])}

        def job(side: str, options: list, placement: list) -> Callable:
            command = self.command(side, network, options)
            return lambda: self.bench.runner.run(command, None, placement=placement)

        jobs = {(side, way): job(side, *how) for side in self.sides for way, how in ways.items()}
        runs = self.interleaved(f"{network}, one processor", jobs)
        sides = {}
        for side in self.sides:
            pinned, free = runs[side, "pinned"], picture_rates(runs[side, "free"])
            default = [run["serial_pictures_per_second"] for run in pinned]
            rates = {"default": default, "one thread": picture_rates(pinned), "free": free}
            sides[side] = {
                "ms": {way: summary([1e3 / rate for rate in own]) for way, own in rates.items() if own},
                "to_one_thread": summary([run["of_serial"] for run in pinned]) if pinned else None,
                "to_free": of_each(free, default),
            }
        ours = sides[OURS]["to_one_thread"]
        keeps = bool(ours) and ours["median"] <= LIMITS["one_processor"]
        return {"sides": sides, "keeps": keeps, "all_runs": flat(runs)}

    def little_memory(self) -> dict:
        """How one run ends under each limit of the address space: once, as it does not depend on speed."""
        case = make_case("inference", NETWORKS["little-memory"][0], 1, self.arguments.threads, 0)
        golden = self.bench.directory / f"{case.network}_io.safetensors"
        picture, output = self.bench.scratch / "one.safetensors", self.bench.scratch / "logits.safetensors"
        tensors.write_input(golden, 1, case.size, picture)
        outcomes = {}
        for limit in ADDRESS_SPACE:
            outcomes[limit] = {}
            for side in self.sides:
                output.unlink(missing_ok=True)
                command = self.bench.command(side, case, picture, output)
                # Of processor time too, for a program that hangs after this one was stopped.
                under = ["sh", "-c", f'ulimit -v "$0" && ulimit -t {10 * HANGS} && exec "$@"', limit, *command]
                outcome = self.bench.runner.limited(under, HANGS)
                if outcome["status"] == 0:
                    outcome["agrees"] = tensors.deviation(golden, output) <= TARGETS["agreement"]
                outcomes[limit][side] = outcome
                self.say(f"  {limit:,} KiB: {side}: {company_tables.outcome(outcome)}")
        keeps = all(company_tables.is_clear(outcome[OURS]) for outcome in outcomes.values())
        return {"network": case.network, "outcomes": outcomes, "keeps": keeps}


def on_first_processor() -> list:
    """What starts a command on one processor alone; empty where that cannot be done."""
    if not (shutil.which("taskset") and hasattr(os, "sched_getaffinity")):
        return []
    return ["taskset", "-c", min(os.sched_getaffinity(0))]


def picture_rates(runs: list[dict]) -> list[float]:
    return [run["pictures_per_second"] for run in runs]


def of_each(values: list[float], bases: list[float]) -> dict | None:
    """Of the ratios in each round; None where one of both was not measured."""
    return summary([value / base for value, base in zip(values, bases)]) if values and bases else None


def flat(runs: dict[tuple, list[dict]]) -> list[dict]:
    return [run for own in runs.values() for run in own]


def company(bench: Bench, sides: list[str], arguments, say: Callable, keep: Callable) -> None:
    measuring = Company(bench, sides, arguments, say)
    for part in arguments.company:
        keep(part, measuring.measure(part))


def networks(parts: list[str]) -> list[str]:
    return sorted({network for part in parts for network in NETWORKS[part]})
