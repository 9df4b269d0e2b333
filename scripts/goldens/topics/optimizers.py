"""Writes Tests/EngineTests/Fixtures/{optimizers,schedules}.json with PyTorch in float64.

Inputs are exact in float32, so Colonnade starts from the same numbers.
"""

import json

import torch
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as schedulers

from .. import files

SHAPES = {"a": (2, 9), "b": (5,)}
STEPS = 6
# In this step the loss does not depend on b.
STEP_WITHOUT_B = 2

RUNS = [
    (SGD, dict()),
    (SGD, dict(weight_decay=0.1)),
    (SGD, dict(momentum=0.9)),
    (SGD, dict(momentum=0.9, weight_decay=0.1)),
    (SGD, dict(momentum=0.9, weight_decay=0.1, nesterov=True)),
    (Adam, dict()),
    (Adam, dict(betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    (AdamW, dict()),
    (AdamW, dict(betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    (RMSprop, dict()),
    (RMSprop, dict(alpha=0.9, eps=1e-3, weight_decay=0.1)),
    (RMSprop, dict(momentum=0.9)),
    (RMSprop, dict(centered=True)),
    (RMSprop, dict(alpha=0.9, eps=1e-3, momentum=0.9, weight_decay=0.1, centered=True)),
]
# The learning rate of each step.
RATES = [0.1, 0.1, 0.05, 0.05, 0.05, 0.2]


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def run(kind, options, start, gradients, groups):
    parameters = {k: torch.nn.Parameter(v.clone()) for k, v in start.items()}
    if groups:
        optimizer = kind(
            [
                dict(params=[parameters["a"]], lr=0.1, weight_decay=0.1),
                dict(params=[parameters["b"]], lr=0.2, weight_decay=0.0),
            ],
            **options,
        )
    else:
        optimizer = kind(parameters.values(), lr=0.1, **options)
    after = []
    for rate, gradient in zip(RATES, gradients):
        for scale, group in zip([1, 2], optimizer.param_groups):
            group["lr"] = rate * scale
        for k, p in parameters.items():
            p.grad = gradient[k]
        optimizer.step()
        after.append({k: numbers(p) for k, p in parameters.items()})
    return dict(optimizer=kind.__name__, options=options, groups=groups, after=after)


def optimizers():
    torch.manual_seed(0)
    start = {k: torch.randn(s).double() for k, s in SHAPES.items()}
    gradients = []
    for step in range(STEPS):
        gradient = {k: torch.randn(s).double() for k, s in SHAPES.items()}
        if step == STEP_WITHOUT_B:
            gradient["b"] = None
        gradients.append(gradient)
    runs = [run(kind, options, start, gradients, False) for kind, options in RUNS]
    runs.append(run(SGD, dict(momentum=0.9), start, gradients, True))
    runs.append(run(AdamW, dict(), start, gradients, True))
    return dict(
        shapes=SHAPES,
        rates=RATES,
        start={k: numbers(v) for k, v in start.items()},
        gradients=[{k: numbers(v) for k, v in g.items() if v is not None} for g in gradients],
        runs=runs,
    )


def course(make, count):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    values = []
    for _ in range(count):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


def warmed_up(make):
    def both(optimizer):
        warm = schedulers.LinearLR(optimizer, start_factor=0.01, total_iters=4)
        return schedulers.SequentialLR(optimizer, [warm, make(optimizer)], milestones=[4])

    return both


def plateau(metrics, **options):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = schedulers.ReduceLROnPlateau(optimizer, eps=0, **options)
    values = []
    for metric in metrics:
        scheduler.step(metric)
        values.append(optimizer.param_groups[0]["lr"])
    return dict(options=options, metrics=metrics, factors=values)


def schedules():
    makers = dict(
        constant=lambda o: schedulers.LambdaLR(o, lambda _: 1),
        step=lambda o: schedulers.StepLR(o, step_size=3, gamma=0.5),
        multiStep=lambda o: schedulers.MultiStepLR(o, milestones=[2, 5, 5, 9], gamma=0.1),
        cosine=lambda o: schedulers.CosineAnnealingLR(o, T_max=8, eta_min=0.05),
        polynomial=lambda o: schedulers.PolynomialLR(o, total_iters=8, power=0.9),
    )
    metrics = [1, 0.9, 0.9, 0.9, 0.85, 0.85, 0.8499, 0.85, 0.85, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
    return dict(
        plain={k: course(make, 20) for k, make in makers.items()},
        warmedUp={k: course(warmed_up(make), 20) for k, make in makers.items()},
        plateau=[
            plateau(metrics, mode="min", factor=0.1, patience=1, threshold=1e-4, min_lr=1e-3),
            plateau(metrics, mode="min", factor=0.5, patience=0, cooldown=2, threshold=0.01, threshold_mode="abs"),
            plateau([-m for m in metrics], mode="max", factor=0.5, patience=2, cooldown=1, threshold_mode="abs"),
            plateau([1 / m for m in metrics], mode="max", factor=0.5, patience=1, threshold=0.02),
        ],
    )


def write(arguments):
    for name, value in [("optimizers", optimizers()), ("schedules", schedules())]:
        text = json.dumps(value, separators=(",", ":")) + "\n"
        (files.fixtures("EngineTests") / f"{name}.json").write_text(text)
