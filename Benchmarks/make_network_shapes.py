#!/usr/bin/env python3
"""Writes Sources/GEMMBenchmark/NetworkShapes.swift: the matrix products of the four networks, read off torchvision's.

A convolution of one 224×224 picture is [output pixels, kh·kw·in] × [kh·kw·in, out] (NHWC), a fully connected layer
[1, in] × [out, in]ᵀ. Equal products of one network are one row, named after the first layer that has it.
"""

import pathlib

import torch
import torchvision
from torch import nn

NETWORKS = ["alexnet", "vgg16", "googlenet", "resnet50"]
OPTIONS = {"googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False}}
HEADER = """\
// Written by make_network_shapes.py from torchvision's networks; do not edit.

/// The matrix products of a forward pass over one 224×224 picture, equal ones of a network joined.
let networkProducts: [Product] = [
"""


def products(name: str) -> dict[tuple[int, int, int, bool], list[str]]:
    network = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(name, {})).eval()
    layers: dict[tuple[int, int, int, bool], list[str]] = {}

    def record(layer: str, module: nn.Module, output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            kh, kw = module.kernel_size
            pixels = output.shape[2] * output.shape[3]
            key = (pixels, output.shape[1], kh * kw * module.in_channels // module.groups, False)
        else:
            key = (output.shape[0], output.shape[1], module.in_features, True)
        layers.setdefault(key, []).append(layer)

    for layer, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(lambda module, _, output, layer=layer: record(layer, module, output))
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    return layers


def main() -> None:
    lines = []
    for name in NETWORKS:
        for (m, n, k, is_linear), layers in products(name).items():
            shape = f"m: {m}, n: {n}, k: {k}" + (", transposeB: true" if is_linear else "")
            lines.append(f'  Product("{name} {layers[0]}", {shape}, uses: {len(layers)}),\n')
    target = pathlib.Path(__file__).parent / "Sources/GEMMBenchmark/NetworkShapes.swift"
    target.write_text(HEADER + "".join(lines) + "]\n")
    print(f"{len(lines)} products in {target}")


if __name__ == "__main__":
    main()
