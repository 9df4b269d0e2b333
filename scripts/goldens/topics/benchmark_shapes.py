"""Writes what five networks compute on one 224×224 picture, read off torchvision's: their matrix products
(Benchmarks/Sources/GEMMBenchmark/NetworkShapes.swift) and their convolutions (ConvolutionBenchmark/NetworkShapes.swift).

A convolution's product is [output pixels, kh·kw·in] × [kh·kw·in, out] (NHWC), a fully connected layer's
[1, in] × [out, in]ᵀ. Equal ones of one network are one row, named after the first layer that has it.
"""

import torch
import torchvision
from torch import nn

from .. import files

NETWORKS = ["alexnet", "vgg16", "googlenet", "resnet50", "mobilenet_v2"]
OPTIONS = {"googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False}}
HEADER = "// Written by `python -m goldens benchmark_shapes` from torchvision's networks; do not edit.\n\n"
PRODUCTS = """\
/// The matrix products of a forward pass over one 224×224 picture, equal ones of a network joined.
let networkProducts: [Product] = [
"""
CONVOLUTIONS = """\
/// The convolutions of a forward pass over 224×224 pictures, equal ones of a network joined.
let networkConvolutions: [Convolution] = [
"""


def layers(name: str, kinds: tuple) -> list[tuple[str, nn.Module, torch.Size, torch.Size]]:
    """Name, module, input and output shape of the layers of these kinds, in the order in which they compute."""
    network = getattr(torchvision.models, name)(weights=None, **OPTIONS.get(name, {})).eval()
    found = []
    for layer, module in network.named_modules():
        if isinstance(module, kinds):
            module.register_forward_hook(
                lambda module, x, y, layer=layer: found.append((layer, module, x[0].shape, y.shape))
            )
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    return found


def product(module: nn.Module, output: torch.Size) -> str:
    if isinstance(module, nn.Linear):
        return f"m: {output[0]}, n: {output[1]}, k: {module.in_features}, transposeB: true"
    kh, kw = module.kernel_size
    return f"m: {output[2] * output[3]}, n: {output[1]}, k: {kh * kw * module.in_channels // module.groups}"


def convolution(module: nn.Conv2d, x: torch.Size) -> str:
    (kernel, *_), (stride, *_), (padding, *_) = module.kernel_size, module.stride, module.padding
    square = all(a == b for a, b in (module.kernel_size, module.stride, module.padding, x[2:]))
    depthwise = module.groups == module.in_channels == module.out_channels > 1
    assert square and (module.groups == 1 or depthwise) and module.dilation == (1, 1), module
    channels = f"from: {module.in_channels}, to: {module.out_channels}"
    if depthwise:
        channels = f"depthwise: {module.groups}"
    shape = f"size: {x[2]}, {channels}, kernel: {kernel}"
    return shape + (f", stride: {stride}" if stride > 1 else "") + (f", pad: {padding}" if padding else "")


def write_rows(target: str, header: str, kind: str, rows: dict[tuple[str, str], list[str]]) -> None:
    lines = []
    for (network, shape), names in rows.items():
        uses = f", uses: {len(names)}" if len(names) > 1 else ""
        lines.append(f'  {kind}("{network} {names[0]}", {shape}{uses}),\n')
    folder = files.folder(f"Benchmarks/Sources/{target}")
    (folder / "NetworkShapes.swift").write_text(HEADER + header + "".join(lines) + "]\n")
    print(f"{len(lines)} rows for {target}")


def write(arguments) -> None:
    products, convolutions = {}, {}
    for network in NETWORKS:
        for layer, module, x, y in layers(network, (nn.Conv2d, nn.Linear)):
            if getattr(module, "groups", 1) == 1:
                products.setdefault((network, product(module, y)), []).append(layer)
            if isinstance(module, nn.Conv2d):
                convolutions.setdefault((network, convolution(module, x)), []).append(layer)
    write_rows("GEMMBenchmark", PRODUCTS, "Product", products)
    write_rows("ConvolutionBenchmark", CONVOLUTIONS, "Convolution", convolutions)
