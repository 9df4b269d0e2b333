"""Runs one timed process at a time, and notes its memory, what others did meanwhile, and what the machine gave.

A process's peak memory, as the system counts it, is never below that of the process which started it. Therefore
this one keeps to the standard library and holds no large data.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


class Failure(Exception):
    """A process that did not end well; the message is the end of what it said."""


@contextlib.contextmanager
def benchmark_lock():
    """One benchmark at a time on this machine."""
    with open(pathlib.Path(tempfile.gettempdir()) / "bench.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def busy_seconds() -> float | None:
    """Processor seconds that all processes have used, None where the system does not tell."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, open("/proc/stat").readline().split()[1:])
    except OSError:
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def execute(command: list, threads: int) -> dict:
    """Runs `command` to its end and adds `peak_mib`, `seconds` and `foreign_processors` to the JSON it prints."""
    variables = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
    environment = os.environ | dict.fromkeys(variables, str(threads))
    words = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin, busy = time.monotonic(), busy_seconds()
        process = subprocess.Popen(words, stdout=output, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        elapsed, busy_now = time.monotonic() - begin, busy_seconds()
        output.seek(0)
        errors.seek(0)
        lines, complaint = output.read().strip(), errors.read().strip()
    if process.returncode != 0:
        raise Failure(f"{pathlib.Path(words[0]).name} ended with {process.returncode}: {complaint[-600:]}")
    result = json.loads(lines if lines.startswith("{\n") else lines.splitlines()[-1])
    result["peak_mib"] = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    result["seconds"] = elapsed
    if busy is not None and busy_now is not None:
        own = usage.ru_utime + usage.ru_stime
        result["foreign_processors"] = max(0.0, (busy_now - busy - own) / elapsed)
    return result


class Runner:
    """Takes the lock for each process, with a probe of the machine just before it; collects both."""

    def __init__(self, probe: str, threads: int, triad: bool = False):
        self.probe_command = [probe, "--threads", *sorted({1, threads}), *(["--triad"] if triad else [])]
        self.threads = threads
        self.probes: list[list[dict]] = []  # of each run, its rates for each number of threads
        self.foreign: list[float] = []

    def run(self, command: list, threads: int) -> dict:
        with benchmark_lock():
            rates = execute(self.probe_command, self.threads)["rates"]
            result = execute(command, threads)
        self.probes.append(rates)
        if "foreign_processors" in result:
            self.foreign.append(result["foreign_processors"])
        result["probe"] = rates
        return result

    def rates(self, name: str, threads: int) -> list[float]:
        """What all probes so far gave for `name`, such as "fma_gflops"."""
        return [entry[name] for rates in self.probes for entry in rates if entry["threads"] == threads]
