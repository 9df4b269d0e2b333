"""Runs one timed process at a time, and notes its memory, what others did meanwhile, and what the machine gave.

A process's peak memory, as the system counts it, is never below that of the process which started it. Therefore
this one keeps to the standard library and holds no large data.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

from cases import TARGETS


class Failure(Exception):
    """A process that did not end well; the message is the end of what it said."""


@contextlib.contextmanager
def benchmark_lock():
    """One benchmark at a time on this machine."""
    with open(pathlib.Path(tempfile.gettempdir()) / "bench.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another benchmark, which holds {file.name}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def busy_seconds() -> float | None:
    """Processor seconds that all processes have used, None where the system does not tell."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, open("/proc/stat").readline().split()[1:])
    except OSError:
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Process:
    """A program that runs, and what it prints. A program that is to wait says `ready` and begins at a line it reads."""

    def __init__(self, command: list, threads: int | None, waits: bool = False):
        """`threads` is told to libraries by their variables; None leaves them their defaults."""
        variables = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
        environment = os.environ | dict.fromkeys(variables, str(threads)) if threads else None
        self.words = [str(word) for word in command]
        self.output, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            self.words, stdin=subprocess.PIPE if waits else subprocess.DEVNULL, stdout=self.output,
            stderr=self.errors, env=environment, start_new_session=True,
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        while self.process.poll() is None and not self.printed().startswith("ready\n"):
            time.sleep(0.005)

    def printed(self) -> str:
        # Not by the file's own position, which the process shares.
        return os.pread(self.output.fileno(), 1 << 20, 0).decode()

    def go(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(b"\n")
            self.process.stdin.close()

    def finish(self) -> dict:
        """Waits for its end; the JSON it printed, with `peak_mib`, `seconds` and `own_seconds` of processors."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        elapsed = time.monotonic() - self.begin
        lines, complaint = self.printed().strip(), self.complaint()
        self.output.close(), self.errors.close()
        if self.process.returncode != 0:
            name = pathlib.Path(self.words[0]).name
            raise Failure(f"{name} ended with {self.process.returncode}: {complaint[-600:]}")
        result = json.loads(lines if lines.startswith("{\n") else lines.splitlines()[-1])
        result["peak_mib"] = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        result["seconds"] = elapsed
        result["own_seconds"] = usage.ru_utime + usage.ru_stime
        return result

    def complaint(self) -> str:
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode(errors="replace").strip()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def kill(self) -> None:
        """Ends it, where it has not ended."""
        if self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def execute(command: list, threads: int | None) -> dict:
    """Runs `command` to its end and adds to the JSON it prints, `foreign_processors` among others."""
    begin, busy = time.monotonic(), busy_seconds()
    with Process(command, threads) as process:
        result = process.finish()
    elapsed, busy_now = time.monotonic() - begin, busy_seconds()
    if busy is not None and busy_now is not None:
        result["foreign_processors"] = max(0.0, (busy_now - busy - result["own_seconds"]) / elapsed)
    return result


@contextlib.contextmanager
def neighbours(count: int):
    """So many processes that compute without end meanwhile, each on one processor."""
    # They would end by themselves, were this process killed.
    spin = "import time\nend = time.monotonic() + 120\nwhile time.monotonic() < end: sum(range(10000))"
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(Process([sys.executable, "-c", spin], None))
        time.sleep(0.2 if count else 0)
        yield


def state(probe: dict) -> str | None:
    """Whether the probe found its two processors near each other or far; None where it could not tell, or was disturbed."""
    time = probe.get("pingpong_ns")
    if time is None or time > TARGETS["state"]["disturbed_ns"]:
        return None
    return "near" if time < TARGETS["state"]["near_ns"] else "far"


class Runner:
    """Takes the lock for each process, with a probe of the machine just before it; collects both."""

    def __init__(self, probe: str, threads: int, triad: bool = False):
        self.probe_command = [probe, "--threads", *sorted({1, threads}), *(["--triad"] if triad else [])]
        self.threads = threads
        self.probes: list[dict] = []  # before each run: rates for each number of threads, and the handing over
        self.foreign: list[float] = []

    @contextlib.contextmanager
    def probed(self, placement: list = []):
        """Holds the lock; gives what a probe says of the machine, on the processors that `placement` leaves it."""
        with benchmark_lock():
            probe = execute([*placement, *self.probe_command], self.threads)
            self.probes.append(probe)
            yield {"probe": probe, "state": state(probe)}

    def run(self, command: list, threads: int | None, beside: int = 0, placement: list = []) -> dict:
        """One process, with `beside` busy neighbours; `placement` is a command that starts it, such as taskset."""
        with self.probed(placement) as conditions, neighbours(beside):
            result = execute([*placement, *command], threads)
        if "foreign_processors" in result and not beside:
            self.foreign.append(result["foreign_processors"])
        return result | conditions

    def together(self, commands: list[list], threads: int | None) -> list[dict]:
        """Processes that wait for each other and then measure at once."""
        with self.probed() as conditions, contextlib.ExitStack() as stack:
            processes = [stack.enter_context(Process(command, threads, waits=True)) for command in commands]
            for process in processes:
                process.wait_until_ready()
            for process in processes:
                process.go()
            results = [process.finish() for process in processes]
        return [result | conditions for result in results]

    def limited(self, command: list, seconds: float) -> dict:
        """How a process ends: its `status`, None where it had not ended after `seconds` and was killed."""
        with self.probed() as conditions:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            with Process(command, None) as process:
                try:
                    status = process.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    status = None
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        lines = [line for line in process.complaint().splitlines() if line.strip()]
        return conditions | {
            "status": status, "complaint": lines, "seconds": time.monotonic() - process.begin, "own_seconds": own
        }  # fmt: skip

    def rates(self, name: str, threads: int) -> list[float]:
        """What all probes so far gave for `name`, such as "fma_gflops"."""
        return [entry[name] for probe in self.probes for entry in probe["rates"] if entry["threads"] == threads]

    def handovers(self, name: str) -> list[float]:
        """As `rates`, of "pingpong_ns" or "handover_gbs"; empty where they cannot be measured."""
        return [probe[name] for probe in self.probes if name in probe]
