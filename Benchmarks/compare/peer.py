#!/usr/bin/env python3
"""One timed worker of PyTorch eager in fp32, in a process of its own; prints one line of JSON. Used by first_speed.py.

usage: peer.py infer NETWORK DIR contiguous|channels_last THREADS REPEAT
       peer.py train NETWORK DIR contiguous|channels_last THREADS REPEAT BATCH

Weights are DIR/NETWORK.safetensors and the input's first picture that of DIR/NETWORK_io.safetensors, as written by
scripts/make_network_goldens.py.
"""

import json
import resource
import statistics
import sys
import time

import torch
import torchvision
from safetensors.torch import load_file

OPTIONS = {"googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False}}
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
WARM_UP = 2


def load(name: str, directory: str, layout: torch.memory_format) -> torch.nn.Module:
    network = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(name, {}))
    network.load_state_dict(load_file(f"{directory}/{name}.safetensors"))
    return network.to(memory_format=layout)


def milliseconds(step, repeat: int) -> dict[str, float]:
    for _ in range(WARM_UP):
        step()
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1e3)
    return {"median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times)}


def peak_mib() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def infer(name: str, directory: str, layout: torch.memory_format, repeat: int) -> dict:
    network = load(name, directory, layout).eval()
    image = load_file(f"{directory}/{name}_io.safetensors")["input"][:1].contiguous(memory_format=layout)
    with torch.inference_mode():
        return milliseconds(lambda: network(image), repeat)


def train(name: str, directory: str, layout: torch.memory_format, repeat: int, batch: int) -> dict:
    network = load(name, directory, layout).train()
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(batch, 3, 224, 224, generator=generator).contiguous(memory_format=layout)
    labels = torch.randint(0, 1000, (batch,), generator=generator)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    before = peak_mib()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return milliseconds(step, repeat) | {"peak_mib": peak_mib(), "before_mib": before}


def main() -> None:
    task, name, directory, layout, threads, repeat, *batch = sys.argv[1:]
    torch.set_num_threads(int(threads))
    if task == "infer":
        result = infer(name, directory, FORMATS[layout], int(repeat))
    else:
        result = train(name, directory, FORMATS[layout], int(repeat), int(batch[0]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
