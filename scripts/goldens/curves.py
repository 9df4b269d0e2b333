"""Fixtures of ten steps of training: the loss of each, and the running statistics at the end.

No convolution before a batch norm has a bias: the loss does not depend on it, so its gradient is rounding noise, which
Adam and RMSProp turn into full steps.
"""

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop, lr_scheduler
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.ops import Conv2dNormActivation

from . import generator, measure
from .networks import CIFARResNet

STEPS = 10
BATCH = 6
# Of the pictures: chosen among the first few so that no ReLU's input lies so close to 0 that fp32 takes the other path.
SALT = 1
SIZE = 16
CLASSES = 10


def vgg() -> nn.Module:
    layers, channels = [], 3
    for width in (16, 16, "pool", 32, 32, "pool"):
        if width == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
    network = nn.Sequential()
    network.features = nn.Sequential(*layers)
    network.flatten = nn.Flatten()
    network.classifier = nn.Linear(32 * (SIZE // 4) ** 2, CLASSES)
    return network


def googlenet() -> nn.Module:
    network = nn.Sequential()
    network.conv1 = BasicConv2d(3, 24, kernel_size=3, padding=1)
    network.inceptiona = Inception(24, 16, 12, 24, 8, 12, 12)
    network.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    network.inceptionb = Inception(64, 24, 16, 32, 8, 16, 16)
    network.average = nn.AdaptiveAvgPool2d(1)
    network.flatten = nn.Flatten()
    network.fc = nn.Linear(88, CLASSES)
    return network


def mobilenet() -> nn.Module:
    network = nn.Sequential()
    network.conv1 = Conv2dNormActivation(3, 24, activation_layer=nn.ReLU6)
    network.conv2 = Conv2dNormActivation(24, 24, stride=2, groups=24, activation_layer=nn.ReLU6)
    network.block = InvertedResidual(24, 24, stride=1, expand_ratio=4)
    network.average = nn.AdaptiveAvgPool2d(1)
    network.flatten = nn.Flatten()
    network.fc = nn.Linear(24, CLASSES)
    return network


NETWORKS = {"resnet": lambda: CIFARResNet(1, CLASSES), "vgg": vgg, "googlenet": googlenet, "mobilenet": mobilenet}


def warmed_up_polynomial(optimizer):
    warm = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=3)
    rest = lr_scheduler.PolynomialLR(optimizer, total_iters=9, power=0.9)
    return lr_scheduler.SequentialLR(optimizer, [warm, rest], milestones=[3])


RULES = {
    "sgd": (
        lambda p: SGD(p, lr=0.02, momentum=0.9, weight_decay=5e-4),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS),
    ),
    "adam": (
        lambda p: Adam(p, lr=1e-3, weight_decay=1e-2),
        lambda o: lr_scheduler.StepLR(o, step_size=4, gamma=0.5),
    ),
    "adamw": (lambda p: AdamW(p, lr=1e-3, weight_decay=0.05), warmed_up_polynomial),
    "rmsprop": (
        lambda p: RMSprop(p, lr=2e-4, alpha=0.9, weight_decay=1e-3),
        lambda o: lr_scheduler.MultiStepLR(o, milestones=[4, 7], gamma=0.3),
    ),
}


def run(network: nn.Module, rule: str, steps: int = STEPS) -> dict:
    dtype = next(network.parameters()).dtype
    network.train()
    start = {name: p.detach().clone() for name, p in network.named_parameters()}
    make, schedule = RULES[rule]
    optimizer = make(network.parameters())
    scheduler = schedule(optimizer)
    losses, first = [], {}
    for step in range(steps):
        batch = f"{SALT}.{step % 2}"
        x = generator.pictures(BATCH, SIZE, SIZE, label=f"pictures {batch}").to(dtype)
        labels = torch.from_numpy((generator.bits(f"labels {batch}", BATCH) % CLASSES).astype("int64"))
        loss = nn.functional.cross_entropy(network(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        if step == 0:
            for name, p in network.named_parameters():
                update = p.detach().double() - start[name].double()
                first[name] = measure.samples(f"update {name}", update, measure.GRADIENT_SAMPLES), update.norm().item()
    return {
        "losses": losses,
        "gradients": first,
        "statistics": {k: t.double().clone() for k, t in network.state_dict().items() if "running" in k},
    }


def curve(name: str, rule: str) -> dict:
    network = generator.fill(NETWORKS[name]())
    nothing = torch.zeros(0, 3, 1, 1)
    size = measure.PLAIN if name == "mobilenet" else measure.WINOGRAD
    disturbed = [run(twin, rule, steps=1) for twin, _ in measure.twins(network, nothing, size=size)]
    rounded = [run(twin, rule) for twin, _ in measure.fp32_twins(network, nothing)]
    exact = run(network.double(), rule)
    losses = max(abs(a / e - 1) for r in rounded for a, e in zip(r["losses"], exact["losses"]))
    statistics = measure.sampled("statistic", exact["statistics"], 8)
    error = max(
        ((r["statistics"][k] - v).abs().max() / v.abs().max()).item()
        for r in rounded
        for k, v in exact["statistics"].items()
    )
    updates = measure.golden_gradients(exact, disturbed)
    worst = max(updates, key=lambda u: u["error"])
    print(
        f"{name:10s} {rule:8s} loss {exact['losses'][0]:.3f} to {exact['losses'][-1]:.3f}  fp32: loss {losses:.1e}, "
        f"statistics {error:.1e}, rounding: first update {worst['name']} {worst['error']:.1e}",
        flush=True,
    )
    return {
        "network": name,
        "rule": rule,
        "losses": [measure.digits(v, 9) for v in exact["losses"]],
        "lossError": measure.digits(losses, 3),
        "statistics": statistics,
        "statisticsError": measure.digits(error, 3),
        "updates": updates,
    }


def fixture(name: str) -> list[dict]:
    return [curve(name, rule) for rule in RULES]
