"""Ours and the peers on the same cases, A B A B."""

from collections.abc import Callable

from bench import Bench
from cases import Case
from statistic import case_summary
from tables import case_line


def interleave(bench: Bench, jobs: list[tuple[str, Case]], rounds: int, say: Callable) -> dict:
    """Runs all jobs (side and case) in turn, `rounds` times; the results of each. A side that failed runs no more."""
    results = {job: [] for job in jobs}
    for index in range(rounds):
        for (side, case), runs in results.items():
            if None in runs:
                continue
            run = bench.run(side, case)
            runs.append(run)
            time = f"{run['median_ms']:.1f} ms, process {run['seconds']:.0f} s" if run else "FAILED"
            say(f"  round {index + 1}/{rounds}: {case}, {case.threads} threads: {side} {time}")
    return results


def compare(bench: Bench, cases: list[Case], sides: list[str], rounds: int, say: Callable, keep: Callable) -> None:
    """Measures case by case; `keep` gets the name and result of each."""
    for case in cases:
        jobs = [(side, case) for side in sides if bench.can(side, case)]
        results = {side: runs for (side, _), runs in interleave(bench, jobs, rounds, say).items()}
        result = {"task": case.task, "network": case.network, "batch": case.batch, "threads": case.threads}
        result |= case_summary(case, results) | {"runs": results}
        say(case_line(str(case), result))
        for side in result["disagrees"]:
            say(f"  {side} DISAGREES: {result['sides'][side]['deviation']:.1e} of the largest logit")
        keep(str(case), result)
