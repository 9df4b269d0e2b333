"""Fixtures of whole networks at their own size: logits, stages, loss, gradients, running statistics."""

import copy

import torch
from torch import nn

from . import generator, measure, networks

CLASSES = 1000
# Batch norm with the batch's statistics at 224 pixels is ill-conditioned in deep networks: fp32 differs from float64 by
# 8 to 17 % in gradients of ResNet-50 and GoogLeNet. Those are held in inference mode, on random statistics.
CASES = {
    "alexnet": ("training", 2),
    "alexnet_paper": ("training", 2),
    "vgg16": ("training", 2),
    "googlenet+auxiliary": ("inference", 2),
    "googlenet_paper+auxiliary": ("training", 2),
    "resnet50": ("inference", 2),
    "resnet50_paper": ("inference", 2),
    "squeezenet1_1": ("training", 2),
    "resnet18": ("training", 4),
    "resnet20": ("training", 8),
    "resnet32": ("training", 8),
    "resnet44": ("training", 8),
    "resnet56": ("training", 8),
}


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

    def run(dtype):
        twin = copy.deepcopy(network).to(dtype)
        twin = twin.train() if mode == "training" else with_heads(twin)
        return measure.run(twin, x.to(dtype), labels, fused)

    exact, rounded = run(torch.float64), run(torch.float32)
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
    logits = exact["heads"][0]
    forward = ((rounded["heads"][0] - logits).abs().max() / logits.abs().max()).item()
    stage_errors = {
        s: ((rounded["stages"][s][0] - v).abs().max() / m).item() for s, (v, m, _) in exact["stages"].items()
    }
    worst_stage = max(stage_errors, key=stage_errors.get)
    worst = max(result["gradients"], key=lambda g: g["error"])
    print(
        f"{name:26s} loss {exact['loss']:.4f}  max|logit| {logits.abs().max():8.3f}"
        f"  between pictures {(logits[0] - logits[1]).abs().max() / logits.abs().max():.2f}"
        f"  fp32: logits {forward:.1e}, {worst_stage} {stage_errors[worst_stage]:.1e}, "
        f"gradient {worst['name']} {worst['error']:.1e}",
        flush=True,
    )
    return result
