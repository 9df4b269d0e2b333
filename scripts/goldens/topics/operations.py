"""Writes Tests/EngineTests/Fixtures/operations_*.json: what PyTorch computes, in double, for small cases of losses,
convolution, pooling, normalization, upsampling and the operations on tensors. Inputs are seeded; arrays are NHWC and HWIO.
"""

import itertools

import torch
import torch.nn.functional as F

from .. import files


def rounded(*shape):
    """Normal numbers that Float holds exactly, in few digits."""
    return (torch.randn(shape) * 64).round() / 64


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


def tensor_case(name, inputs, compute, write=array, **arguments):
    """A function of several tensors; `write` is how its activations, those with four axes, lie."""
    inputs = [x.clone().requires_grad_() for x in inputs]
    y = compute(*inputs)
    seed = rounded(*y.shape)
    gradients = torch.autograd.grad(y, inputs, seed)

    def put(t):
        return write(t) if t.dim() == 4 else array(t)

    return {
        "name": name, "inputs": [put(x) for x in inputs], "y": put(y), "seed": put(seed),
        "gradients": [put(g) for g in gradients], **arguments,
    }


def upsampling():
    x = rounded(1, 2, 5, 4)
    modes = {"nearest": {"mode": "nearest"}} | {
        f"bilinear{corners}": {"mode": "bilinear", "align_corners": corners} for corners in (False, True)}
    cases = []
    for name, mode in modes.items():
        for size in [(7, 9), (3, 3), (1, 4), (5, 13)]:
            cases.append(tensor_case(
                f"upsample {name}", [x], lambda x: F.interpolate(x, size, **mode), nhwc, size=size))
        for scale in [2.0, 1.7, 0.6]:
            cases.append(tensor_case(
                f"upsample {name}", [x], lambda x: F.interpolate(x, scale_factor=scale, **mode), nhwc, scale=scale))
    return cases


def norms():
    x, weight, bias = rounded(2, 6, 3, 4) + 2, rounded(6), rounded(6)
    cases = [
        tensor_case("groupNorm", [x, weight, bias], lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3), nhwc,
                    groups=groups)
        for groups in (1, 2, 6)
    ]
    cases.append(tensor_case(
        "instanceNorm", [x, weight, bias], lambda x, w, b: F.instance_norm(x, None, None, w, b, eps=1e-3), nhwc))
    rows = rounded(5, 3, 7) + 2
    for shape in [(7,), (3, 7)]:
        cases.append(tensor_case(
            "layerNorm", [rows, rounded(*shape), rounded(*shape)], lambda x, w, b: F.layer_norm(x, shape, w, b, 1e-3)))
    return cases


def pointwise():
    x = torch.arange(-40, 41) / 8
    positive = torch.arange(1, 60) / 8
    functions = {
        "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"), "exp": torch.exp, "abs": torch.abs,
        "square": torch.square, "clamp": lambda x: torch.clamp(x, -1.0, 2.0), "cube": lambda x: torch.pow(x, 3),
    }
    ofPositive = {
        "log": torch.log, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal, "pow": lambda x: torch.pow(x, -1.7),
    }
    return [tensor_case(name, [x], f) for name, f in functions.items()] + [
        tensor_case(name, [positive], f) for name, f in ofPositive.items()]


def tensors():
    # With ties: which of equal elements gets a gradient is a convention.
    ties = (torch.randn(4, 3, 5) * 2).round()
    other = (torch.randn(3, 1) * 2).round()
    cases = []
    for axes in [(0,), (-1,), (0, 2), (0, 1, 2)]:
        for name in ["amax", "amin", "sum", "mean", "var"]:
            cases.append(tensor_case(
                name, [ties], lambda x: getattr(torch, name)(x, dim=axes), axes=axes))
    cases += [
        tensor_case("maximum", [ties, other], torch.maximum), tensor_case("minimum", [ties, other], torch.minimum),
        tensor_case("divide", [ties, other.abs() + 1], torch.divide),
        tensor_case("pow", [ties.abs() + 0.5, other], torch.pow),
        tensor_case("where", [ties, other], lambda x, y: torch.where(x > y, x, y)),
        tensor_case("matmul", [rounded(2, 1, 3, 4), rounded(5, 4, 2)], torch.matmul),
        tensor_case("matmul", [rounded(2, 5, 3, 4), rounded(4, 2)], torch.matmul),
        tensor_case("matmul", [rounded(3, 4), rounded(2, 4, 3)], torch.matmul),
        tensor_case("indexSelect", [ties], lambda x: x.index_select(1, torch.tensor([2, 0, 2, 2])), indices=[2, 0, 2, 2]),
        tensor_case("scatterAdd", [ties, rounded(4, 4, 5)], lambda x, y: x.index_add(
            1, torch.tensor([2, 0, 2, 2]), y), indices=[2, 0, 2, 2]),
        tensor_case("topK", [rounded(4, 3, 5)], lambda x: x.topk(2, dim=0)[0], size=[2, 0]),
        tensor_case("pad", [ties], lambda x: F.pad(x, (1, 2, 0, 0, 3, 0), value=0.5)),
        tensor_case("softmax", [ties], lambda x: torch.softmax(x, 1)),
        tensor_case("logSoftmax", [ties], lambda x: torch.log_softmax(x, 1)),
    ]
    return cases


def write(arguments):
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)

    def apart(make):
        """Draws numbers that do not move those of what follows."""
        with torch.random.fork_rng():
            return make()

    goldens = {
        "losses": losses(),
        "convolutions": convolutions(),
        "pooling": pooling(),
        "adaptive_pooling": adaptive_pooling(),
        "local_response_norm": local_response_norm(),
        "batch_norm": batch_norm(),
        "activations": activations(),
        "transposed_convolutions": apart(transposed_convolutions),
        "upsampling": upsampling(),
        "norms": norms(),
        "pointwise": pointwise(),
        "tensors": tensors(),
    }
    for name, golden in goldens.items():
        files.write_json(files.fixtures("EngineTests") / f"operations_{name}.json", golden)
