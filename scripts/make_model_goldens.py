#!/usr/bin/env python3
"""Writes Tests/ModelsTests/Fixtures/networks.json: what the networks of Sources/Models are held against.

For each network: the number of tensors in its state dict and a hash of all keys with their shapes, parameters,
multiply-accumulates, and logits of two pictures with weights that come from a formula, so that no weight file is
needed; for some also logits and gradients' norms of a training step. torchvision's networks are torchvision's; the
papers' variants and the CIFAR ResNets are those of goldens/networks.py.

usage: make_model_goldens.py [--keys NETWORK]    (prints one network's keys and shapes instead)
"""

import argparse
import json
import math
import pathlib

import torch
import torchvision
from torch import nn

from goldens.generator import fill, fnv, uniform
from goldens.networks import build, size

OUTPUT = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/networks.json"
CLASSES = 7


def pictures(height: int, width: int, label: str = "input 0", channels: int = 3) -> torch.Tensor:
    """Two pictures of 8×8 squares of one colour, NCHW."""
    u = torch.from_numpy(4 * uniform(label, 2 * (height // 8) * (width // 8) * channels) - 2)
    u = u.reshape(2, height // 8, width // 8, channels).permute(0, 3, 1, 2)
    return u.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3).double()


NAMES = (
    ["alexnet", "alexnet_paper", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"]
    + ["googlenet", "googlenet_paper", "googlenet+auxiliary", "googlenet_paper+auxiliary"]
    + ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper"]
    + ["squeezenet1_0", "squeezenet1_1", "resnet20", "resnet32", "resnet44", "resnet56"]
)
TRAINED = ["googlenet+auxiliary", "googlenet_paper+auxiliary", "resnet18", "squeezenet1_1", "resnet20"]


def macs(name: str) -> int:
    total = 0

    def count(module, inputs, output):
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    with torch.device("meta"):
        network = build(name).eval()
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.register_forward_hook(count)
        network(torch.empty(1, 3, size(name), size(name)))
    return total


def key_lines(network: nn.Module) -> list[str]:
    return sorted(f"{key} {list(tensor.shape)}" for key, tensor in network.state_dict().items())


def rounded(values) -> list[float]:
    return [float(f"{v:.9g}") for v in values]


def golden(name: str) -> dict:
    with torch.device("meta"):
        full = build(name)
    lines = key_lines(full)
    result = {
        "tensors": len(lines),
        "keys": f"{fnv(chr(10).join(lines)):016x}",
        "parameters": sum(p.numel() for p in full.parameters()),
        "macs": macs(name),
    }
    result["input"] = [104, 88] if size(name) > 32 else [32, 40]
    with torch.no_grad():
        result["logits"] = rounded(weighted(name).eval()(pictures(*result["input"])).flatten().tolist())
    return result | (training(name, result["input"]) if name in TRAINED else {})


def weighted(name: str) -> nn.Module:
    return fill(build(name, num_classes=CLASSES)).double()


def step(network: nn.Module, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor, dict[str, float]]:
    """One step in training with labels 1 and 4: all heads' logits, the loss, and the norm of each gradient."""
    output = network.train()(x)
    heads = [output.logits, output.aux_logits1, output.aux_logits2] if isinstance(output, tuple) else [output]
    losses = [nn.functional.cross_entropy(head, torch.tensor([1, 4])) for head in heads]
    loss = losses[0] + 0.3 * sum(losses[1:])
    loss.backward()
    return heads, loss, {key: p.grad.norm().item() for key, p in network.named_parameters()}


def stray(name: str, x: torch.Tensor, norms: dict[str, float]) -> float:
    """How far gradients' norms move, at most and as a share, under noise of a rounding's size in weights and pictures,
    and in float32: far where an activation lies at a kink of ReLU, so that rounding decides on its gradient."""
    generator = torch.Generator().manual_seed(0)
    runs = [step(weighted(name).float(), x.float())[2]]
    for _ in range(4):
        network = weighted(name)
        with torch.no_grad():
            for p in network.parameters():
                p.mul_(1 + 1e-6 * torch.randn(p.shape, generator=generator, dtype=p.dtype))
        runs.append(step(network, x * (1 + 1e-6 * torch.randn(x.shape, generator=generator, dtype=x.dtype)))[2])
    return max(abs(run[key] / norm - 1) for run in runs for key, norm in norms.items())


def training(name: str, extents: list[int]) -> dict:
    """A step on the first pictures that have no kink within rounding's reach, or on the best of six."""
    best = (math.inf, "", ())
    for index in range(6):
        label = f"input {index}"
        x = pictures(*extents, label)
        result = step(weighted(name), x)
        best = min(best, (stray(name, x, result[2]), label, result), key=lambda candidate: candidate[0])
        if best[0] < 1e-4:
            break
    distance, label, (heads, loss, norms) = best
    print(f"{name}: '{label}', gradients' norms stray by {distance:.1e}", flush=True)
    return {
        "training_input": label,
        "training_logits": [rounded(head.flatten().tolist()) for head in heads],
        "loss": float(f"{loss.item():.9g}"),
        "gradients": {key: float(f"{norm:.7g}") for key, norm in norms.items()},
        "stray": float(f"{distance:.2g}"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", metavar="NETWORK")
    arguments = parser.parse_args()
    if arguments.keys:
        with torch.device("meta"):
            print("\n".join(key_lines(build(arguments.keys))))
        return
    goldens = {name: golden(name) for name in NAMES}
    text = json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__, "networks": goldens})
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(text.replace('}, "', '},\n"') + "\n")


if __name__ == "__main__":
    main()
