#!/usr/bin/env python3
"""Writes Tests/EngineTests/Fixtures/operations_*.json: what PyTorch computes, in double, for small cases of losses,
convolution, pooling and normalization. Inputs are seeded; arrays are NHWC and HWIO. Needs torch.

    python3 scripts/make_operation_goldens.py
"""
import itertools
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def rounded(*shape):
    """Normal numbers that Float holds exactly, in few digits."""
    return (torch.randn(*shape) * 64).round() / 64


def array(t):
    return {"shape": list(t.shape), "values": [float(f"{v:.10g}") for v in t.detach().flatten().tolist()]}


def nhwc(t):
    return array(t.permute(0, 2, 3, 1).contiguous())


def hwio(t):
    return array(t.permute(2, 3, 1, 0).contiguous())


def loss_case(name, x, compute, **arguments):
    x = x.clone().requires_grad_()
    y = compute(x)
    seed = torch.arange(1, y.numel() + 1).double().reshape(y.shape)
    (gradient,) = torch.autograd.grad(y, x, seed)
    return {"name": name, "x": array(x), "y": array(y), "seed": array(seed), "gradient": array(gradient), **arguments}


def losses():
    cases = []
    logits = rounded(5, 7) * 3
    labels = torch.tensor([3, 0, 6, 2, 3])
    weights = rounded(7).abs() + 0.1
    targets = torch.softmax(rounded(5, 7), 1).float().double()
    for reduction, weight, smoothing in itertools.product(["mean", "sum", "none"], [None, weights], [0.0, 0.125]):
        common = {"reduction": reduction, "smoothing": smoothing}
        if weight is not None:
            common["weights"] = array(weight)
        for ignored in [None, 3]:
            extra = {"labels": labels.tolist()} | ({} if ignored is None else {"ignored": ignored})
            cases.append(loss_case("crossEntropy", logits, lambda x: F.cross_entropy(
                x, labels, weight, ignore_index=-100 if ignored is None else ignored,
                reduction=reduction, label_smoothing=smoothing), **common, **extra))
        cases.append(loss_case("softCrossEntropy", logits, lambda x: F.cross_entropy(
            x, targets, weight, reduction=reduction, label_smoothing=smoothing), target=array(targets), **common))
    x, target = rounded(3, 19), rounded(3, 19)
    x[0, 0], x[1, 1] = target[0, 0], target[1, 1]
    unit, positive = torch.rand(3, 19).float().double(), rounded(19).abs() + 0.5
    for reduction in ["mean", "sum", "none"]:
        common = {"reduction": reduction}
        for beta in [0.0, 0.125, 1.0]:
            cases.append(loss_case("smoothL1", x, lambda x: F.smooth_l1_loss(
                x, target, reduction=reduction, beta=beta), target=array(target), beta=beta, **common))
        cases.append(loss_case("l1", x, lambda x: F.l1_loss(x, target, reduction=reduction),
                               target=array(target), **common))
        cases.append(loss_case("mse", x, lambda x: F.mse_loss(x, target, reduction=reduction),
                               target=array(target), **common))
        for weight in [None, positive]:
            extra = {} if weight is None else {"weights": array(weight)}
            cases.append(loss_case("binaryCrossEntropy", x * 8, lambda x: F.binary_cross_entropy_with_logits(
                x, unit, pos_weight=weight, reduction=reduction), target=array(unit), **common, **extra))
    return cases


def window_case(name, x, compute, weight=None, **arguments):
    x = x.clone().requires_grad_()
    inputs = [x]
    if weight is not None:
        weight = weight.clone().requires_grad_()
        inputs.append(weight)
    y = compute(*inputs)
    seed = rounded(*y.shape)
    gradients = torch.autograd.grad(y, inputs, seed)
    case = {"name": name, "x": nhwc(x), "y": nhwc(y), "seed": nhwc(seed), "gradient": nhwc(gradients[0]), **arguments}
    if weight is not None:
        case |= {"weight": hwio(weight), "weightGradient": hwio(gradients[1])}
    return case


def convolutions():
    cases = []
    for kernel, stride, padding, dilation, groups in [
        ((3, 3), (1, 1), (1, 1), (1, 1), 1), ((3, 2), (2, 1), (0, 1), (1, 2), 2),
        ((1, 1), (1, 1), (0, 0), (1, 1), 1), ((5, 3), (2, 3), (4, 1), (2, 1), 4),
    ]:
        geometry = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        weight = rounded(8, 4 // groups, *kernel)
        cases.append(window_case("conv2d", rounded(2, 4, 7, 6), lambda x, w: F.conv2d(
            x, w, None, stride, padding, dilation, groups), weight, **geometry))
    return cases


def transposed_convolutions():
    cases = []
    for kernel, stride, padding, output_padding, dilation, groups in [
        ((2, 2), (2, 2), (0, 0), (0, 0), (1, 1), 1), ((3, 3), (1, 1), (1, 1), (0, 0), (1, 1), 1),
        ((4, 3), (2, 3), (1, 2), (1, 0), (1, 1), 2), ((3, 2), (1, 2), (0, 1), (1, 2), (2, 3), 4),
        ((1, 2), (3, 4), (0, 0), (2, 3), (1, 1), 1),
    ]:
        geometry = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        weight = rounded(4, 8 // groups, *kernel)
        cases.append(window_case("convTranspose2d", rounded(1, 4, 4, 3), lambda x, w: F.conv_transpose2d(
            x, w, None, stride, padding, output_padding, groups, dilation), weight,
            outputPadding=output_padding, **geometry))
    return cases


def pooling():
    cases = []
    for kernel, stride, padding in [((3, 3), (2, 2), (1, 1)), ((2, 3), (2, 3), (0, 1)), ((3, 3), (2, 2), (0, 0))]:
        for ceil in [False, True]:
            geometry = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": (1, 1), "ceil": ceil}
            cases.append(window_case("maxPool", rounded(1, 2, 8, 9), lambda x: F.max_pool2d(
                x, kernel, stride, padding, ceil_mode=ceil), **geometry))
            for counted in [False, True]:
                cases.append(window_case("averagePool", rounded(1, 2, 8, 9), lambda x: F.avg_pool2d(
                    x, kernel, stride, padding, ceil_mode=ceil, count_include_pad=counted),
                    countIncludePad=counted, **geometry))
    return cases


def adaptive_pooling():
    cases = []
    for size in [(1, 1), (6, 6), (3, 5), (12, 9)]:
        cases.append(window_case("adaptiveAveragePool", rounded(1, 2, 8, 7), lambda x: F.adaptive_avg_pool2d(x, size)))
        cases.append(window_case("adaptiveMaxPool", rounded(1, 2, 8, 7), lambda x: F.adaptive_max_pool2d(x, size)))
    return cases


def local_response_norm():
    return [
        window_case("localResponseNorm", rounded(1, 9, 2, 3) * 3, lambda x: F.local_response_norm(
            x, size, 0.5, 0.75, 2.0), size=size)
        for size in [5, 4, 1]
    ]


def batch_norm():
    x, weight, bias = rounded(4, 5, 2, 3).requires_grad_(), rounded(5).requires_grad_(), rounded(5).requires_grad_()
    mean, variance = rounded(5), rounded(5).abs() + 0.5
    new_mean, new_variance = mean.clone(), variance.clone()
    y = F.batch_norm(x, new_mean, new_variance, weight, bias, True, 0.1, 1e-3)
    seed = rounded(*y.shape)
    gradients = torch.autograd.grad(y, [x, weight, bias], seed)
    inference = F.batch_norm(x, mean, variance, weight, bias, False, 0.1, 1e-3)
    return {
        "x": nhwc(x), "weight": array(weight), "bias": array(bias), "mean": array(mean), "variance": array(variance),
        "y": nhwc(y), "newMean": array(new_mean), "newVariance": array(new_variance), "inference": nhwc(inference),
        "seed": nhwc(seed), "gradient": nhwc(gradients[0]), "weightGradient": array(gradients[1]),
        "biasGradient": array(gradients[2]),
    }


def activations():
    # Between and at the kinks of all.
    x = torch.arange(-56, 57) / 8
    functions = {
        "relu": F.relu, "leakyReLU": lambda x: F.leaky_relu(x, 0.125), "relu6": F.relu6,
        "hardtanh": lambda x: F.hardtanh(x, -1.0, 2.0), "hardSigmoid": F.hardsigmoid, "hardSwish": F.hardswish,
        "silu": F.silu,
    }
    return [loss_case(name, x, function) for name, function in functions.items()]


FOLDER = pathlib.Path(__file__).parent.parent / "Tests" / "EngineTests" / "Fixtures"
goldens = {
    "losses": losses(),
    "convolutions": convolutions(),
    "pooling": pooling(),
    "adaptive_pooling": adaptive_pooling(),
    "local_response_norm": local_response_norm(),
    "batch_norm": batch_norm(),
    "activations": activations(),
    "transposed_convolutions": transposed_convolutions(),
}
for name, golden in goldens.items():
    text = json.dumps(golden, separators=(",", ":")).replace('},{"', '},\n{"') + "\n"
    assert len(text) <= 100_000, f"{name}: {len(text)} bytes"
    (FOLDER / f"operations_{name}.json").write_text(text)
