#!/usr/bin/env python3
"""Writes Tests/ModelsTests/Fixtures/networks.json: what the networks of Sources/Models are held against.

For each network: the number of tensors in its state dict and a hash of all keys with their shapes, parameters,
multiply-accumulates, and logits of two pictures with weights that come from a formula, so that no weight file is
needed; for some also logits and gradients' norms of a training step. torchvision's networks are torchvision's; the
papers' variants and the CIFAR ResNets are written here once more.

usage: make_model_goldens.py [--keys NETWORK]    (prints one network's keys and shapes instead)
"""

import argparse
import json
import math
import pathlib

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision.models.googlenet import Inception, InceptionAux

OUTPUT = pathlib.Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/networks.json"
MASK = (1 << 64) - 1
CLASSES = 7


# The generator of Sources/Engine/Layers/Generator.swift.


def fnv(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def uniform(label: str, count: int) -> np.ndarray:
    """Generator(seed: 0).split(label), `count` numbers in [0, 1)."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(mix(fnv(label)))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-24


def value(key: str, shape: torch.Size) -> torch.Tensor:
    """Uniform of He's variance for weights; batch norm's factors and variances about 1, all else about 0. Factors on
    residual branches are half as large, lest sums over many blocks drown the last ones."""
    u = uniform(key, math.prod(shape))
    if len(shape) > 1:
        u = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
    elif key.endswith(("running_var", ".weight")):
        u = (0.5 + u) * (0.5 if key.endswith(("bn2.weight", "bn3.weight")) else 1)
    else:
        u = 0.4 * (u - 0.5)
    return torch.from_numpy(u).reshape(shape)


def pictures(height: int, width: int, label: str = "input 0", channels: int = 3) -> torch.Tensor:
    """Two pictures of 8×8 squares of one colour, NCHW."""
    u = torch.from_numpy(4 * uniform(label, 2 * (height // 8) * (width // 8) * channels) - 2)
    u = u.reshape(2, height // 8, width // 8, channels).permute(0, 3, 1, 2)
    return u.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)


# Networks that torchvision does not have.


class AlexNetPaper(nn.Module):
    def __init__(self, num_classes=1000, dropout=0.5):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6, self.fc7, self.fc8 = nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, num_classes)

    def forward(self, x):
        def normed(x):  # b = a / (2 + 1e-4 · Σ a²)^0.75 over five channels, written out
            squares = nn.functional.pad((x * x).unsqueeze(1), (0, 0, 0, 0, 2, 2))
            sums = nn.functional.avg_pool3d(squares, (5, 1, 1), stride=1).squeeze(1) * 5
            return x / (2 + 1e-4 * sums) ** 0.75

        pool = nn.MaxPool2d(3, 2)
        x = pool(normed(self.conv1(x).relu()))
        x = pool(normed(self.conv2(x).relu()))
        x = pool(self.conv5(self.conv4(self.conv3(x).relu()).relu()).relu())
        x = nn.functional.adaptive_avg_pool2d(x, 6).flatten(1)
        return self.fc8(self.fc7(self.fc6(x).relu()).relu())


class BiasedConv(nn.Module):
    def __init__(self, in_channels, out_channels, **options):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, **options)

    def forward(self, x):
        return self.conv(x).relu()


class PaperInception(Inception):
    def __init__(self, in_channels, a, b, c, d, e, f):
        super().__init__(in_channels, a, b, c, d, e, f, conv_block=BiasedConv)
        self.branch3[1] = BiasedConv(d, e, kernel_size=5, padding=2)


class PaperAuxiliary(InceptionAux):
    def __init__(self, in_channels, num_classes, dropout):
        super().__init__(in_channels, num_classes, conv_block=BiasedConv, dropout=dropout)

    def forward(self, x):
        return super().forward(nn.functional.avg_pool2d(x, 5, 3))


def googlenet_paper(num_classes=1000, **options):
    network = torchvision.models.GoogLeNet(
        num_classes, init_weights=False, blocks=[BiasedConv, PaperInception, PaperAuxiliary], **options
    )
    norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 1)
    network.maxpool1 = nn.Sequential(network.maxpool1, norm)
    network.maxpool2 = nn.Sequential(norm, network.maxpool2)
    network.maxpool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    return network


def resnet50_paper(**options):
    network = torchvision.models.resnet50(**options)
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    return network


class CIFARBlock(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.widens = before != width

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        if self.widens:
            quarter = y.shape[1] // 4
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, quarter, quarter))
        return (y + x).relu()


class CIFARResNet(nn.Module):
    def __init__(self, depth, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        before = 16
        for stage, width in enumerate((16, 32, 64)):
            blocks = []
            for index in range(depth):
                blocks.append(CIFARBlock(before, width, 2 if stage > 0 and index == 0 else 1))
                before = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())))
        return self.linear(x.mean((2, 3)))


BUILDERS = {
    "alexnet_paper": AlexNetPaper,
    "googlenet_paper": googlenet_paper,
    "resnet50_paper": resnet50_paper,
    **{
        f"resnet{6 * depth + 2}": lambda num_classes=10, depth=depth: CIFARResNet(depth, num_classes)
        for depth in (3, 5, 7, 9)
    },
}
NAMES = (
    ["alexnet", "alexnet_paper", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"]
    + ["googlenet", "googlenet_paper", "googlenet+auxiliary", "googlenet_paper+auxiliary"]
    + ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper"]
    + ["squeezenet1_0", "squeezenet1_1", "resnet20", "resnet32", "resnet44", "resnet56"]
)
TRAINED = ["googlenet+auxiliary", "googlenet_paper+auxiliary", "resnet18", "squeezenet1_1", "resnet20"]


def build(name: str, **options) -> nn.Module:
    name, _, auxiliary = name.partition("+")
    if name.startswith("googlenet"):
        options |= {"aux_logits": bool(auxiliary), "dropout": 0, "dropout_aux": 0}
        if name == "googlenet":
            options |= {"init_weights": False, "transform_input": False}
    elif name.startswith("squeezenet"):
        options |= {"dropout": 0}
    return BUILDERS.get(name, getattr(torchvision.models, name, None))(**options)


def size(name: str) -> int:
    """Of the pictures that the network was made for."""
    return 227 if name == "alexnet_paper" else 32 if name in ("resnet20", "resnet32", "resnet44", "resnet56") else 224


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
    network = build(name, num_classes=CLASSES).double()
    with torch.no_grad():
        for key, tensor in network.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                tensor.copy_(value(key, tensor.shape))
    return network


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
