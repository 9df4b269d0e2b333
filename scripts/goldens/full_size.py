"""Fixtures of whole networks at their own size: logits, stages, loss, gradients, running statistics."""

import copy

import torch
from torch import nn

from . import generator, measure, networks

CLASSES = 1000
# Batch norm with the batch's statistics at 224 pixels is ill-conditioned in deep networks: fp32 differs from float64 by
# 8 to 17 % in gradients of ResNet-50 and GoogLeNet. Those are held in inference mode, on random statistics; so is
# MobileNetV2, most of whose shifts by channel the next batch norm takes away: their gradients are rounding noise.
CASES = {
    "alexnet": ("training", 2),
    "alexnet_paper": ("training", 2),
    "vgg16": ("training", 2),
    "googlenet+auxiliary": ("inference", 2),
    "googlenet_paper+auxiliary": ("training", 2),
    "resnet50": ("inference", 2),
    "resnet50_paper": ("inference", 2),
    "squeezenet1_1": ("training", 2),
    "mobilenet_v2": ("inference", 2),
    "resnet18": ("training", 4),
    "resnet20": ("training", 8),
    "resnet32": ("training", 8),
    "resnet44": ("training", 8),
    "resnet56": ("training", 8),
}
# Fewer disturbed runs of the networks whose runs take long.
RUNS = {"vgg16": 8, "resnet50": 8, "resnet50_paper": 8, "resnet18": 16} | dict.fromkeys(
    ["alexnet", "alexnet_paper", "googlenet+auxiliary", "googlenet_paper+auxiliary", "mobilenet_v2"], 12)


def build(name: str, classes: int) -> nn.Module:
    network = networks.build(name, num_classes=classes)
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0
    return generator.fill(network)


def with_heads(network: nn.Module) -> nn.Module:
    """Batch norm as in inference, but the auxiliary heads at work, which torchvision ties to the network's own flag."""
    network.eval()
    network.training = True
    return network


def fixture(name: str) -> dict:
    mode, batch = CASES[name]
    size = networks.size(name)
    classes = 10 if size == 32 else CLASSES
    network = build(name, classes)
    has_norm = any(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    fused = mode == "inference" or not has_norm
    x = generator.pictures(batch, size, size)
    labels = (generator.bits("labels", batch) % classes).tolist()

    def run(twin, x):
        twin = twin.train() if mode == "training" else with_heads(twin)
        return measure.run(twin, x, labels, fused)

    exact = run(copy.deepcopy(network).double(), x.double())
    noise = measure.PLAIN if name == "mobilenet_v2" else measure.WINOGRAD
    rounded = [run(twin, x) for twin, x in measure.twins(network, x, RUNS.get(name, measure.RUNS), noise)]
    result = {
        "network": name,
        "torch": torch.__version__,
        "mode": mode,
        "input": [batch, size, size, 3],
        "labels": labels,
        "classes": classes,
        "stages": [
            {"name": stage, "maximum": measure.digits(maximum), "samples": measure.numbers(values)}
            for stage, (values, maximum, _) in exact["stages"].items()
        ],
        "logits": measure.numbers(exact["heads"][0]),
        "auxiliary": measure.sampled(
            "head", {str(i): h for i, h in enumerate(exact["heads"][1:])}, measure.HEAD_SAMPLES),
        "loss": measure.digits(exact["loss"], 9),
        "gradients": measure.golden_gradients(exact, rounded),
        "statistics": measure.sampled("statistic", exact["statistics"], 4)
        if mode == "training" and has_norm
        else [],
    }
    report(name, exact, rounded, result["gradients"])
    return result


def report(name: str, exact: dict, rounded: list[dict], gradients: list[dict]) -> None:
    """What the fixture is worth: how far the pictures are apart, and the largest errors of rounding."""
    logits = exact["heads"][0]
    scale = logits.abs().max()
    forward = max(((run["heads"][0] - logits).abs().max() / scale).item() for run in rounded)
    errors = {
        stage: max(((run["stages"][stage][0] - values).abs().max() / maximum).item() for run in rounded)
        for stage, (values, maximum, _) in exact["stages"].items()
    }
    stage = max(errors, key=errors.get)
    worst = max(gradients, key=lambda g: g["error"])
    print(
        f"{name:26s} loss {exact['loss']:.4f}  max|logit| {scale:8.3f}"
        f"  between pictures {(logits[0] - logits[1]).abs().max() / scale:.2f}"
        f"  rounding: logits {forward:.1e}, {stage} {errors[stage]:.1e}, gradient {worst['name']} {worst['error']:.1e}",
        flush=True,
    )
