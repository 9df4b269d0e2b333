"""Writes Tests/ModelsTests/Fixtures/explanation.json: Grad-CAM, saliency, SmoothGrad, integrated gradients and occlusion by
PyTorch in float64, of networks whose weights the generator draws; and explanation_weights.json, samples of the same of
SqueezeNet 1.1 and MobileNetV2 with their published weights.

Published weights are not part of the project: they are looked for in the folder given with --data, else in that of
COLONNADE_DATA, else in ../shared/data beside the project. Without them the second file is not written.
"""

import os
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from .. import files, generator
from ..networks import build

NOISE = 0.8
SAMPLES = 60


def rounded(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def gradient(network, x, label):
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(network(x)[:, label].sum(), x)[0]


def grad_cam(network, x, label, layer):
    kept = []
    handle = network.get_submodule(layer).register_forward_hook(lambda module, inputs, output: kept.append(output))
    logits = network(x)
    handle.remove()
    maps = kept[0]
    weights = torch.autograd.grad(logits[0, label], maps)[0].mean((2, 3), keepdim=True)
    return (weights * maps).sum(1).relu()[0]


def noise(sample, shape):
    """In the order of height, width and channel."""
    _, channels, height, width = shape
    u = generator.uniform(f"noise {sample}", height * width * channels) - np.float32(0.5)
    values = (np.float32(NOISE) * u).reshape(1, height, width, channels)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2))).double()


def integrated(network, x, label, steps):
    total = sum(gradient(network, x * ((step + 0.5) / steps), label) for step in range(steps))
    return x * total / steps


@torch.no_grad()
def occlusion(network, x, label, side, stride):
    _, _, height, width = x.shape
    whole = network(x)[0, label]
    sums, counts = torch.zeros(height, width).double(), torch.zeros(height, width)

    def starts(extent):
        return range(0, 1 if side >= extent else (extent - side + stride - 1) // stride * stride + 1, stride)

    for top in starts(height):
        for left in starts(width):
            rows, columns = slice(top, top + side), slice(left, left + side)
            covered = x.clone()
            covered[:, :, rows, columns] = 0
            sums[rows, columns] += whole - network(covered)[0, label]
            counts[rows, columns] += 1
    return sums / counts


def golden(name, network, layer, height, width, label, samples, steps, side, stride, shown=rounded):
    x = generator.pictures(1, height, width).double()
    with torch.no_grad():
        logits, baseline = network(x)[0], network(torch.zeros_like(x))[0]
    small = grad_cam(network, x, label, layer)
    smooth = sum(gradient(network, x + noise(sample, x.shape), label) for sample in range(samples)) / samples
    return dict(
        network=name, height=height, width=width, label=label, layer=layer, samples=samples, steps=steps, side=side,
        stride=stride, logit=float(logits[label]), probability=float(logits.softmax(0)[label]),
        baseline=float(baseline[label]), smallShape=list(small.shape),
        gradCAM=shown(small),
        gradCAMOfThePicture=shown(F.interpolate(small[None, None], (height, width), mode="bilinear")[0, 0]),
        saliency=shown(gradient(network, x, label)[0].abs().amax(0)),
        smoothGrad=shown(smooth[0].abs().amax(0)),
        integrated=shown(integrated(network, x, label, steps)[0].sum(0)),
        integratedSum=float(integrated(network, x, label, steps).sum()),
        occlusion=shown(occlusion(network, x, label, side, stride)))


def sampled(tensor):
    """The largest absolute value, then elements at the generator's offsets."""
    values = tensor.detach().flatten()
    offsets = generator.sample("explanation", len(values), SAMPLES)
    return rounded(values.abs().max()[None]) + rounded(values[torch.from_numpy(offsets)])


def published(data):
    squeezenet = build("squeezenet1_1")
    squeezenet.load_state_dict(load_file(data / "weights/squeezenet1_1.safetensors"))
    mobilenet = build("mobilenet_v2")
    mobilenet.load_state_dict(torch.load(data / "weights/mobilenet_v2/mobilenet_v2-b0353104.pth", weights_only=True))
    for name, network, layer in [
        ("squeezenet1_1", squeezenet, "features.12"), ("mobilenet_v2", mobilenet, "features.18")]:
        network = network.eval().double()
        label = int(network(generator.pictures(1, 96, 96).double())[0].argmax())
        yield golden(name, network, layer, 96, 96, label, 4, 8, 40, 30, shown=sampled)


def options(parser):
    shared = files.PROJECT.parent / "shared" / "data"
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("COLONNADE_DATA", shared)))


def write(arguments):
    def drawn(name):
        return generator.fill(build(name, num_classes=5)).eval().double()

    fixtures = files.fixtures("ModelsTests")
    files.write_json(fixtures / "explanation.json", [
        golden("resnet20", drawn("resnet20"), "layer3.2", 20, 16, 3, 3, 12, 7, 3),
        golden("squeezenet1_1", drawn("squeezenet1_1"), "features.12", 33, 41, 1, 5, 5, 12, 12),
    ])
    if not (arguments.data / "weights").is_dir():
        print(f"goldens: no weights in {arguments.data}; explanation_weights.json is not written", file=sys.stderr)
        return
    files.write_json(fixtures / "explanation_weights.json", list(published(arguments.data)))
