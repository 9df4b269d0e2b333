"""Fixtures of single Inception modules with batch norm in training mode: output, gradients, running statistics."""

import torch
from torch import nn
from torchvision.models.googlenet import Inception

from . import generator, measure
from .networks import PaperInception

# Name in GoogLeNet, channels in, widths of the branches, and pictures.
CASES = [
    ("inception3a", Inception, 192, (64, 96, 128, 16, 32, 32), (4, 28, 28)),
    ("inception4e", Inception, 528, (256, 160, 320, 32, 128, 128), (4, 14, 14)),
    ("inception5b", Inception, 832, (384, 192, 384, 48, 128, 128), (4, 7, 7)),
    ("inception3a", PaperInception, 192, (64, 96, 128, 16, 32, 32), (2, 28, 28)),
]


def run(network: nn.Module, x: torch.Tensor, projection: torch.Tensor) -> dict:
    x = x.detach().requires_grad_()
    (block,) = network.children()
    y = block.train()(x)
    named = {"input": x, **dict(network.named_parameters())}
    gradients = torch.autograd.grad(y, list(named.values()), projection.to(y.dtype))
    return {
        "output": y.detach(),
        "gradients": {
            name: (measure.samples(f"gradient {name}", g, measure.GRADIENT_SAMPLES), g.double().norm().item())
            for name, g in zip(named, gradients)
        },
        "statistics": {k: t.double().clone() for k, t in network.state_dict().items() if "running" in k},
    }


def case(name: str, kind: type, channels: int, widths: tuple, size: tuple) -> dict:
    network = nn.Module()
    setattr(network, name, kind(channels, *widths))
    generator.fill(network)
    batch, height, width = size
    x = generator.pictures(batch, height, width, channels).relu()
    shape = (batch, widths[0] + widths[2] + widths[4] + widths[5], height, width)
    projection = generator.pictures(*(shape[0], *shape[2:], shape[1]), label="projection")
    exact = run(network.double(), x.double(), projection)
    rounded = [run(twin, x, projection) for twin, x in measure.twins(network, x)]
    gradients = measure.golden_gradients(exact, rounded)
    worst = max(gradients, key=lambda g: g["error"])
    print(f"{name} of {kind.__name__}: rounding: gradient {worst['name']} {worst['error']:.1e}", flush=True)
    return {
        "name": name,
        "isPaper": kind is PaperInception,
        "channels": channels,
        "widths": widths,
        "input": [batch, height, width, channels],
        "output": measure.sampled("output", {name: exact["output"]}, 64)[0],
        "gradients": gradients,
        "statistics": measure.sampled("statistic", exact["statistics"], 8),
    }


def fixture() -> list[dict]:
    return [case(*c) for c in CASES]
