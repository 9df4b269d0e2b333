#!/usr/bin/env python3
"""Times one peer's detector in a process of its own and prints one line of JSON: median_ms, min_ms, max_ms, and network_ms
where the network can be timed without decoding and suppression, or `losses` of the first step.

usage: detection_worker.py PEER TASK DIR --data DATA --threads T --repeat R [--output FILE]

DIR holds what detection_export.py has written. What is found goes to the file, as JSON.
"""

import argparse
import json
import pathlib
import statistics
import warnings

from detection_cases import CASES
from detection_peers import PEERS
from worker import WARM_UP, milliseconds


def write_found(path: pathlib.Path, boxes, scores, labels) -> None:
    found = [
        {"box": [float(v) for v in box], "score": float(score), "label": int(label)}
        for box, score, label in zip(boxes, scores, labels)
    ]
    path.write_text(json.dumps({"detections": found}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("task", choices=[case.task for part in CASES.values() for case in part])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    peer = PEERS[arguments.peer](arguments.directory, arguments.data, arguments.threads)

    result, network = {}, None
    if arguments.task == "yolo":
        network, step = peer.yolo()
    elif arguments.task == "find":
        step = peer.find()
    else:
        step = peer.train(arguments.task.partition("_")[2])
        result["losses"] = step()
    if arguments.output:
        write_found(arguments.output, *step())
    if network:
        for _ in range(WARM_UP):
            network()
        result["network_ms"] = statistics.median(milliseconds(network) for _ in range(arguments.repeat))
    if "losses" not in result:
        step()  # the second, or the third
    times = [milliseconds(step) for _ in range(arguments.repeat)]
    print(json.dumps({"median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times)} | result))


if __name__ == "__main__":
    main()
