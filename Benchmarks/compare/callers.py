#!/usr/bin/env python3
"""Counts the pictures that threads at once get through one peer, as `callers` of ../Sources does for Colonnade.

usage: callers.py PEER NETWORK DIR --callers N [--threads T] --seconds S [--wait] [--beside-serial PIECES]

One picture a call, of random numbers. --threads 0 leaves the peer its default. With --wait it says `ready` when it has
warmed up, and measures when it reads a line. With
--beside-serial it measures in so many pieces, each beside one of one caller with the default's threads. Prints one line of
JSON.
"""

import argparse
import json
import pathlib
import statistics
import sys
import threading
import time
from collections.abc import Callable

from cases import native_size
from peers import PEERS


FEWEST_CALLS = 3  # of each caller; fewer give no rate


def rate(times: list[list[tuple[float, float]]]) -> float:
    """Calls a second, by the line of least squares through the number of calls that have ended over time, until the first
    caller has ended: as `Call.rate` of ours."""
    limit = min(own[-1][1] for own in times)
    ends = sorted(end for own in times for _, end in own if end <= limit)
    return statistics.linear_regression(ends, range(len(ends))).slope


def calls(call: Callable[[], None], callers: int, seconds: float) -> list[list[tuple[float, float]]]:
    """Begin and end of the calls of each caller, in turn for so many seconds."""
    times = [[] for _ in range(callers)]
    limit = time.perf_counter() + seconds

    def work(own: list[tuple[float, float]]) -> None:
        while len(own) < FEWEST_CALLS or time.perf_counter() < limit:
            begin = time.perf_counter()
            call()
            own.append((begin, time.perf_counter()))

    threads = [threading.Thread(target=work, args=(own,)) for own in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("network")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--beside-serial", type=int, default=0)
    arguments = parser.parse_args()

    import numpy

    size = native_size(arguments.network)
    picture = numpy.random.default_rng(0).standard_normal((1, 3, size, size), dtype=numpy.float32)
    def session(threads: int) -> Callable[[], None]:
        call = PEERS[arguments.peer]().inference(arguments.network, arguments.directory, picture, threads)
        for _ in range(2):
            call()
        return call

    call = session(arguments.threads)
    alone = session(0) if arguments.beside_serial else None
    if arguments.wait:
        print("ready", flush=True)
        sys.stdin.readline()

    pieces = max(arguments.beside_serial, 1)
    company, serial = [], []
    for piece in range(pieces):
        # Every second time in the opposite order, so that a speed that drifts favours none.
        for is_company in (True, False) if piece % 2 else (False, True):
            if is_company:
                company.append(calls(call, arguments.callers, arguments.seconds / pieces))
            elif alone:
                serial.append(calls(alone, 1, arguments.seconds / pieces))
    elapsed = [(end - begin) * 1e3 for times in company for own in times for begin, end in own]
    result = {
        "pictures_per_second": statistics.median(map(rate, company)), "median_ms": statistics.median(elapsed),
        "max_ms": max(elapsed),
        "fewest_calls": min(len(own) for times in company for own in times),
    }  # fmt: skip
    if serial:
        result["serial_pictures_per_second"] = statistics.median(map(rate, serial))
        result["of_serial"] = statistics.median(rate(a) / rate(b) for a, b in zip(company, serial))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
