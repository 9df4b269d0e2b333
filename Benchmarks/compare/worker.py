#!/usr/bin/env python3
"""Times one peer in a process of its own and prints one line of JSON: median_ms, min_ms and max_ms.

usage: worker.py PEER TASK NETWORK DIR --batch N --threads T --repeat R [--input FILE --output FILE]

DIR holds the golden weights and what export.py made of them. Inference reads `input` [N, 3, H, W] of one file and
writes the logits as `output` of another; the pictures to train on are random.
"""

import argparse
import json
import pathlib
import statistics
import time

from peers import PEERS

WARM_UP = 2


def milliseconds(step) -> float:
    begin = time.perf_counter()
    step()
    return (time.perf_counter() - begin) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("task", choices=["inference", "training"])
    parser.add_argument("network")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    parser.add_argument("--input", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    peer = PEERS[arguments.peer]()

    if arguments.task == "inference":
        import numpy
        from safetensors.numpy import load_file, save_file

        pictures = load_file(arguments.input)["input"]
        step = peer.inference(arguments.network, arguments.directory, pictures, arguments.threads)
        logits = numpy.ascontiguousarray(numpy.asarray(step(), dtype=numpy.float32))
        save_file({"output": logits}, arguments.output)
    else:
        step = peer.training(arguments.network, arguments.directory, arguments.batch, arguments.threads)

    for _ in range(WARM_UP):
        step()
    times = [milliseconds(step) for _ in range(arguments.repeat)]
    print(json.dumps({"median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times)}))


if __name__ == "__main__":
    main()
