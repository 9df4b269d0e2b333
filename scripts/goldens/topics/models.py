"""Writes Tests/ModelsTests/Fixtures/networks.json: what the networks of Sources/Models are held against.

For each network: the number of tensors in its state dict and a hash of all keys with their shapes, parameters,
multiply-accumulates, torchvision's accuracies, and logits of two pictures with weights that come from a formula, so that
no weight file is needed; for some also all heads' logits and the loss in training. Gradients are those of passes.py.
torchvision's networks are torchvision's; the papers' variants and the networks for CIFAR are those of networks.py.
"""

import json

import torch
import torchvision
from torch import nn

from .. import files
from ..generator import fill, fnv, uniform
from ..networks import CIFAR_NAMES, build, size

CLASSES = 7


def pictures(height: int, width: int, channels: int = 3) -> torch.Tensor:
    """Two pictures of 8×8 squares of one colour, NCHW."""
    u = torch.from_numpy(4 * uniform("input 0", 2 * (height // 8) * (width // 8) * channels) - 2)
    u = u.reshape(2, height // 8, width // 8, channels).permute(0, 3, 1, 2)
    return u.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3).double()


NAMES = (
    ["alexnet", "alexnet_paper", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"]
    + ["googlenet", "googlenet_paper", "googlenet+auxiliary", "googlenet_paper+auxiliary"]
    + ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet50_paper"]
    + ["squeezenet1_0", "squeezenet1_1", "mobilenet_v2"]
    + CIFAR_NAMES
)
TRAINED = ["googlenet+auxiliary", "googlenet_paper+auxiliary", "resnet18", "squeezenet1_1", "mobilenet_v2", "resnet20"]


def macs(name: str) -> int:
    total = 0

    def count(module, inputs, output):
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    with torch.device("meta"):
        network = build(name).eval()
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.register_forward_hook(count)
        network(torch.empty(1, 3, size(name), size(name)))
    return total


def key_lines(network: nn.Module) -> list[str]:
    return sorted(f"{key} {list(tensor.shape)}" for key, tensor in network.state_dict().items())


def rounded(values) -> list[float]:
    return [float(f"{v:.9g}") for v in values]


def golden(name: str) -> dict:
    with torch.device("meta"):
        full = build(name)
    lines = key_lines(full)
    result = {
        "tensors": len(lines),
        "keys": f"{fnv(chr(10).join(lines)):016x}",
        "parameters": sum(p.numel() for p in full.parameters()),
        "macs": macs(name),
    }
    result["input"] = [104, 88] if size(name) > 32 else [32, 40]
    with torch.no_grad():
        result["logits"] = rounded(weighted(name).eval()(pictures(*result["input"])).flatten().tolist())
    if name in torchvision.models.list_models():
        accuracies = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta["_metrics"]["ImageNet-1K"]
        result["accuracies"] = [accuracies["acc@1"], accuracies["acc@5"]]
    return result | (training(name, pictures(*result["input"])) if name in TRAINED else {})


def weighted(name: str) -> nn.Module:
    return fill(build(name, num_classes=CLASSES)).double()


def training(name: str, x: torch.Tensor) -> dict:
    """A training pass with labels 1 and 4: batch norm with the batch's statistics, and auxiliary heads."""
    with torch.no_grad():
        output = weighted(name).train()(x)
        heads = [output.logits, output.aux_logits1, output.aux_logits2] if isinstance(output, tuple) else [output]
        losses = [nn.functional.cross_entropy(head, torch.tensor([1, 4])).item() for head in heads]
    return {
        "training_logits": [rounded(head.flatten().tolist()) for head in heads],
        "loss": float(f"{losses[0] + 0.3 * sum(losses[1:]):.9g}"),
    }


def options(parser) -> None:
    parser.add_argument("--keys", metavar="NETWORK", help="print one network's keys and shapes instead")


def write(arguments) -> None:
    if arguments.keys:
        with torch.device("meta"):
            print("\n".join(key_lines(build(arguments.keys))))
        return
    goldens = {name: golden(name) for name in NAMES}
    text = json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__, "networks": goldens})
    (files.fixtures("ModelsTests") / "networks.json").write_text(text.replace('}, "', '},\n"') + "\n")
