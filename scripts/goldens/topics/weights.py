"""Writes golden files of networks with seeded random weights: torchvision's, and those of networks.py.

For each network, DIR/NETWORK.safetensors holds the state dict under its keys, and DIR/NETWORK_io.safetensors `input`
[2, 3, 224, 224] (NCHW; 32 × 32 where the network was made for that), `logits` [2, 1000] in fp32, and `logits_f64` from
the same network in float64.

Weights are Kaiming-normal, so that the signal survives to the last layer; biases are small and random. Batch norm gets
the statistics of its own activations, then both these and the affine parameters are perturbed: none is left at the
value that would hide a mistake, and logits stay of ordinary size.
"""

import copy
import pathlib

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from ..networks import build, size

NETWORKS = ["alexnet", "vgg16", "googlenet", "resnet50", "squeezenet1_1", "resnet18", "mobilenet_v2"]
EXTRA_NETWORKS = ["vgg16_bn", "resnet20"]
OPTIONS = {"googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False}}


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)


def pictures(count: int, side: int, generator: torch.Generator) -> torch.Tensor:
    """Large shapes and colours under noise: pure noise averages out and makes all pictures look alike to a network."""
    shapes = torch.randn(count, 3, 5, 5, generator=generator)
    shapes = nn.functional.interpolate(shapes, size=side, mode="bicubic", antialias=True)
    return shapes + 0.3 * torch.randn(count, 3, side, side, generator=generator)


@torch.no_grad()
def randomize(network: nn.Module, side: int, generator: torch.Generator) -> None:
    """Draws all weights, then all batch-norm statistics and affine parameters."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                module.bias.copy_(0.05 * torch.randn(module.bias.shape, generator=generator))
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches seen
        norm.weight.copy_(uniform(norm.num_features, 0.6, 1.4, generator))
        norm.bias.copy_(0.2 * torch.randn(norm.num_features, generator=generator))
    if norms:
        # Batch statistics where they are wanted; dropout stays off.
        network.eval()
        for norm in norms:
            norm.train()
        network(pictures(4, side, generator))
    for norm in norms:
        deviation = norm.running_var.sqrt()
        norm.running_mean.add_(0.3 * deviation * torch.randn(norm.num_features, generator=generator))
        norm.running_var.mul_(uniform(norm.num_features, 0.6, 1.4, generator))
    network.eval()


@torch.no_grad()
def write_network(name: str, directory: pathlib.Path, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    side = size(name)
    if hasattr(torchvision.models, name):
        network = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(name, {}))
    else:
        network = build(name)
    randomize(network, side, generator)
    image = pictures(2, side, generator)
    logits = network(image)
    exact = copy.deepcopy(network).double()(image.double())

    save_file(
        {key: value.contiguous() for key, value in network.state_dict().items()},
        directory / f"{name}.safetensors",
        metadata={"source": f"torchvision {torchvision.__version__} {name}, random weights, seed {seed}"},
    )
    save_file(
        {"input": image, "logits": logits.contiguous(), "logits_f64": exact.contiguous()},
        directory / f"{name}_io.safetensors",
    )
    scale = exact.abs().max()
    print(
        f"{name:14s} max|logit| {scale:8.3f}"
        f"   between the two inputs {(exact[0] - exact[1]).abs().max() / scale:.2f} of it"
        f"   fp32 against float64 {(logits - exact).abs().max() / scale:.1e}",
        flush=True,
    )


def options(parser) -> None:
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR")
    default = " ".join(NETWORKS + EXTRA_NETWORKS)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"default: {default}")
    parser.add_argument("--seed", type=int, default=0)


def write(arguments) -> None:
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for name in arguments.networks or NETWORKS + EXTRA_NETWORKS:
        write_network(name, arguments.directory, arguments.seed)
