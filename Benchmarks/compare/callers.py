#!/usr/bin/env python3
"""Counts the pictures that threads at once get through one peer, as `callers` of ../Sources does for Colonnade.

usage: callers.py PEER NETWORK DIR --callers N [--threads T] --seconds S [--wait]

One picture a call, of random numbers. --threads 0 leaves the peer its default. With --wait it says `ready` when it has
warmed up, and measures when it reads a line. Prints one line of JSON.
"""

import argparse
import json
import pathlib
import statistics
import sys
import threading
import time

from cases import native_size
from peers import PEERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("network")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--wait", action="store_true")
    arguments = parser.parse_args()

    import numpy

    size = native_size(arguments.network)
    picture = numpy.random.default_rng(0).standard_normal((1, 3, size, size), dtype=numpy.float32)
    call = PEERS[arguments.peer]().inference(arguments.network, arguments.directory, picture, arguments.threads)
    for _ in range(2):
        call()
    if arguments.wait:
        print("ready", flush=True)
        sys.stdin.readline()

    times = [[] for _ in range(arguments.callers)]  # of each caller's calls: begin and end
    limit = time.perf_counter() + arguments.seconds

    def calls(own: list[tuple[float, float]]) -> None:
        while not own or time.perf_counter() < limit:
            begin = time.perf_counter()
            call()
            own.append((begin, time.perf_counter()))

    threads = [threading.Thread(target=calls, args=(own,)) for own in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for own in times for one in own]
    # Of the calls that end later, their share before the limit, until which all have been calling.
    pictures = sum(min(1, max(0, (limit - begin) / (end - begin))) for begin, end in every)
    elapsed = [(end - begin) * 1e3 for begin, end in every]
    print(json.dumps({
        "pictures_per_second": pictures / arguments.seconds, "median_ms": statistics.median(elapsed),
        "max_ms": max(elapsed),
        "fewest_calls": min(map(len, times)),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
