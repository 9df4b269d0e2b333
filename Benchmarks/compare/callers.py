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

    times = [[] for _ in range(arguments.callers)]  # of each caller's calls, in ms
    begin = time.perf_counter()

    def calls(own: list[float]) -> None:
        while not own or time.perf_counter() < begin + arguments.seconds:
            before = time.perf_counter()
            call()
            own.append((time.perf_counter() - before) * 1e3)

    threads = [threading.Thread(target=calls, args=(own,)) for own in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begin
    every = [one for own in times for one in own]
    print(json.dumps({
        "pictures_per_second": len(every) / elapsed, "median_ms": statistics.median(every), "max_ms": max(every),
        "fewest_calls": min(map(len, times)),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
