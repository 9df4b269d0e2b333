"""Runs a network in float64, exactly and with disturbances of the size of fp32's rounding, and keeps what the fixtures
hold: samples of every stage and gradient."""

import copy

import torch
from torch import nn

from torchvision.models.mobilenetv2 import InvertedResidual

from . import generator

STAGE_SAMPLES = 12
GRADIENT_SAMPLES = 32
HEAD_SAMPLES = 64
# Disturbed runs of a network.
RUNS = 24
# The noise relative to the root mean square of a layer's output. What fp32's rounding adds to a 3×3 convolution of 64 to
# 256 channels is 3 to 6e-7 of that in a plain sum, 1.4 to 2.5e-6 by Winograd's F(4×4), 2.6 to 4.8e-6 by F(6×6).
WINOGRAD = 2e-6
# For networks of depthwise and 1×1 convolutions, which are plain sums of 9 to 960 terms: twice the noise that moves the
# stages of MobileNetV2 as far as an fp32 run of PyTorch does.
PLAIN = 2e-7


def digits(value, count: int = 6) -> float:
    return float(f"{value:.{count}g}")


def numbers(tensor: torch.Tensor) -> list[float]:
    return [digits(v) for v in tensor.flatten().tolist()]


def samples(label: str, tensor: torch.Tensor, wanted: int) -> torch.Tensor:
    """In the order of PyTorch's files: NCHW, OIHW."""
    tensor = tensor.detach()
    indices = torch.from_numpy(generator.sample(label, tensor.numel(), wanted))
    return tensor.flatten()[indices].double().clone()


class Stages:
    """What Colonnade's layers give, caught in PyTorch's: a convolution with its batch norm, residual sum and ReLU is
    one layer there. `fused` names it by the convolution, as inference does; else by the batch norm, as training does."""

    def __init__(self, network: nn.Module, fused: bool):
        self.fused = fused
        self.found = {}
        self.handles = []
        modules = dict(network.named_modules())
        self.norms = {self.convolution(name): name for name, m in modules.items() if isinstance(m, nn.BatchNorm2d)}
        # The last batch norm of a residual block and the block, whose output Colonnade's layer has.
        self.blocks = {}
        for name, module in modules.items():
            if any(isinstance(m, nn.BatchNorm2d) for m in module.children()) and hasattr(module, "conv2") and name:
                last = max(n for n, m in module.named_children() if isinstance(m, nn.BatchNorm2d))
                self.blocks[f"{name}.{last}"] = name
            if isinstance(module, InvertedResidual):
                self.blocks[f"{name}.conv.{len(module.conv) - 1}"] = name
        self.clipped = {
            f"{name}.1" for name, module in modules.items()
            if isinstance(module, nn.Sequential) and any(isinstance(m, nn.ReLU6) for m in module.children())
        }
        for name, module in modules.items():
            if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)) or name in self.blocks.values():
                self.handles.append(module.register_forward_hook(self.hook(name)))

    @staticmethod
    def convolution(norm: str) -> str:
        """The name of the convolution before a batch norm: conv1 before bn1, downsample.0 before downsample.1."""
        path, _, last = norm.rpartition(".")
        last = last.replace("bn", "conv") if "bn" in last else str(int(last) - 1)
        return f"{path}.{last}" if path else last

    def hook(self, name: str):
        def keep(module, inputs, output):
            output = output.detach()
            if isinstance(module, nn.Linear):
                self.keep(name, output)
            elif isinstance(module, nn.Conv2d):
                if name not in self.norms:
                    self.keep(name, output.relu())
            elif isinstance(module, nn.BatchNorm2d):
                if name not in self.blocks:
                    relu = nn.functional.relu6 if name in self.clipped else torch.relu
                    self.keep(self.label(name), output if "downsample" in name else relu(output))
            else:
                norm = next(n for n, block in self.blocks.items() if block == name)
                self.keep(self.label(norm), output)

        return keep

    def label(self, norm: str) -> str:
        return self.convolution(norm) if self.fused else norm

    def keep(self, name: str, output: torch.Tensor) -> None:
        self.found[name] = (
            samples(f"stage {name}", output, STAGE_SAMPLES), output.abs().max().item(), list(output.shape))

    def remove(self):
        for handle in self.handles:
            handle.remove()


def relative(actual: torch.Tensor, golden: torch.Tensor) -> float:
    return ((actual - golden).norm() / golden.norm()).item()


def run(network: nn.Module, x: torch.Tensor, labels: list[int], fused: bool) -> dict:
    """One forward and backward pass; auxiliary heads count 0.3 each."""
    stages = Stages(network, fused)
    output = network(x)
    stages.remove()
    auxiliary = []
    if isinstance(output, tuple):
        output, auxiliary = output.logits, [output.aux_logits1, output.aux_logits2]
    target = torch.tensor(labels)
    loss = nn.functional.cross_entropy(output, target)
    for head in auxiliary:
        loss = loss + 0.3 * nn.functional.cross_entropy(head, target)
    parameters = dict(network.named_parameters())
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {
        "stages": stages.found,
        "heads": [head.detach().double() for head in [output, *auxiliary]],
        "loss": loss.item(),
        "gradients": {
            name: (samples(f"gradient {name}", g, GRADIENT_SAMPLES), g.double().norm().item())
            for name, g in zip(parameters, gradients)
        },
        "statistics": {
            name: t.double().clone() for name, t in network.state_dict().items() if "running" in name
        },
    }


def twins(network: nn.Module, x: torch.Tensor, runs: int = RUNS, size: float = WINOGRAD):
    """The network and its input as they are in fp32, and `runs` times in float64 with what the rounding of a fast fp32
    kernel adds to every convolution and product.

    A rounding error beside a ReLU's or a maximum's kink switches a path, which moves a gradient by far more than rounding
    does. Which of the kinks that are near enough switch is the luck of one kernel on one machine: an fp32 run, or several
    that round by the same kernels, tell little of another. Disturbances drawn from a seed are of no machine, and in float64
    nothing but them switches anything, so that the largest error over many is a property of the network at this input.
    """
    yield copy.deepcopy(network).float(), x
    for seed in range(runs):
        yield disturbed(copy.deepcopy(network).double(), seed, size), x.double()


def disturbed(network: nn.Module, seed: int, size: float) -> nn.Module:
    """Adds normal noise of `size` times the output's root mean square to what every convolution and linear layer
    gives.

    Added, not multiplied: the rounding of a sum is of the size of its terms, and where they cancel, beside the kink, it is
    as large as elsewhere. A factor 1 + ε would leave every sign as it is.
    """
    source = torch.Generator().manual_seed(seed)

    def disturb(module, inputs, output):
        scale = size * output.detach().square().mean().sqrt()
        return output + scale * torch.randn(output.shape, generator=source, dtype=output.dtype)

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(disturb)
    return network


def fp32_twins(network: nn.Module, x: torch.Tensor):
    """The network and its input in fp32, in ways that differ in nothing but rounding: as it is, in channels-last memory,
    with NNPACK's Winograd convolutions, and with each weight moved by a random last bit."""
    yield copy.deepcopy(network).float(), x
    yield copy.deepcopy(network).float().to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    yield with_winograd(copy.deepcopy(network).float()), x
    for seed in range(5):
        twin = copy.deepcopy(network).float()
        bits = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in twin.parameters():
                parameter.mul_(1 + torch.randint(-1, 2, parameter.shape, generator=bits) * 2.0**-23)
        yield twin, x


def with_winograd(network: nn.Module) -> nn.Module:
    assert torch.backends.nnpack.is_available()  # Also makes NNPACK ready.
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and (module.kernel_size, module.stride, module.groups) == ((3, 3), (1, 1), 1):
            module.forward = lambda x, m=module: torch._nnpack_spatial_convolution(
                x, m.weight, m.bias, list(m.padding), [1, 1])
    return network


def golden_gradients(exact: dict, rounded: list[dict]) -> list[dict]:
    """The gradients' entries of a fixture, with the largest errors of the runs that differ in rounding: of the samples,
    and of the norm, which a switched path moves less."""
    entries = []
    for name, (values, norm) in exact["gradients"].items():
        assert values.norm() > 0, f"{name}: all sampled gradients are zero"
        runs = [run["gradients"][name] for run in rounded]
        entries.append({
            "name": name,
            "norm": digits(norm),
            "error": digits(max(relative(actual, values) for actual, _ in runs), 3),
            "normError": digits(max(abs(size / norm - 1) for _, size in runs), 3),
            "samples": numbers(values),
        })
    return entries


def sampled(kind: str, tensors: dict, wanted: int) -> list[dict]:
    return [
        {"name": name, "maximum": digits(t.abs().max().item()), "samples": numbers(samples(f"{kind} {name}", t, wanted))}
        for name, t in tensors.items()
    ]
