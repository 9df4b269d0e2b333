"""The networks under the names of Colonnade's registry: torchvision's, and those it does not have, written from the papers."""

import torchvision
from torch import nn
from torchvision.models.googlenet import Inception, InceptionAux


class AlexNetPaper(nn.Module):
    def __init__(self, num_classes=1000, dropout=0.5):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6, self.fc7, self.fc8 = nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, num_classes)

    def forward(self, x):
        def normed(x):  # b = a / (2 + 1e-4 · Σ a²)^0.75 over five channels, written out
            squares = nn.functional.pad((x * x).unsqueeze(1), (0, 0, 0, 0, 2, 2))
            sums = nn.functional.avg_pool3d(squares, (5, 1, 1), stride=1).squeeze(1) * 5
            return x / (2 + 1e-4 * sums) ** 0.75

        pool = nn.MaxPool2d(3, 2)
        x = pool(normed(self.conv1(x).relu()))
        x = pool(normed(self.conv2(x).relu()))
        x = pool(self.conv5(self.conv4(self.conv3(x).relu()).relu()).relu())
        x = nn.functional.adaptive_avg_pool2d(x, 6).flatten(1)
        return self.fc8(self.fc7(self.fc6(x).relu()).relu())


class BiasedConv(nn.Module):
    def __init__(self, in_channels, out_channels, **options):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, **options)

    def forward(self, x):
        return self.conv(x).relu()


class PaperInception(Inception):
    def __init__(self, in_channels, a, b, c, d, e, f):
        super().__init__(in_channels, a, b, c, d, e, f, conv_block=BiasedConv)
        self.branch3[1] = BiasedConv(d, e, kernel_size=5, padding=2)


class PaperAuxiliary(InceptionAux):
    def __init__(self, in_channels, num_classes, dropout):
        super().__init__(in_channels, num_classes, conv_block=BiasedConv, dropout=dropout)

    def forward(self, x):
        return super().forward(nn.functional.avg_pool2d(x, 5, 3))


def googlenet_paper(num_classes=1000, **options):
    network = torchvision.models.GoogLeNet(
        num_classes, init_weights=False, blocks=[BiasedConv, PaperInception, PaperAuxiliary], **options
    )
    norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 1)
    network.maxpool1 = nn.Sequential(network.maxpool1, norm)
    network.maxpool2 = nn.Sequential(norm, network.maxpool2)
    network.maxpool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    return network


def resnet50_paper(**options):
    network = torchvision.models.resnet50(**options)
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    return network


class CIFARBlock(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.widens = before != width

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        if self.widens:
            quarter = y.shape[1] // 4
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, quarter, quarter))
        return (y + x).relu()


class CIFARResNet(nn.Module):
    def __init__(self, depth, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        before = 16
        for stage, width in enumerate((16, 32, 64)):
            blocks = []
            for index in range(depth):
                blocks.append(CIFARBlock(before, width, 2 if stage > 0 and index == 0 else 1))
                before = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())))
        return self.linear(x.mean((2, 3)))


class PlainCIFAR(nn.Module):
    def __init__(self, depth, num_classes=10):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        before = 16
        for stage, width in enumerate((16, 32, 64)):
            units = []
            for index in range(2 * depth):
                unit = nn.Module()
                unit.conv = nn.Conv2d(before, width, 3, 2 if stage > 0 and index == 0 else 1, padding=1, bias=False)
                unit.bn = nn.BatchNorm2d(width)
                units.append(unit)
                before = width
            setattr(self, f"layer{stage + 1}", nn.ModuleList(units))
        self.linear = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        for unit in (*self.layer1, *self.layer2, *self.layer3):
            x = unit.bn(unit.conv(x)).relu()
        return self.linear(x.mean((2, 3)))


CIFAR_NAMES = [f"{family}{6 * depth + 2}" for family in ("resnet", "plain") for depth in (3, 5, 7, 9)]

BUILDERS = {
    "alexnet_paper": AlexNetPaper,
    "googlenet_paper": googlenet_paper,
    "resnet50_paper": resnet50_paper,
    **{
        f"resnet{6 * depth + 2}": lambda num_classes=10, depth=depth: CIFARResNet(depth, num_classes)
        for depth in (3, 5, 7, 9)
    },
    **{
        f"plain{6 * depth + 2}": lambda num_classes=10, depth=depth: PlainCIFAR(depth, num_classes)
        for depth in (3, 5, 7, 9)
    },
}


def build(name: str, **options) -> nn.Module:
    name, _, auxiliary = name.partition("+")
    if name.startswith("googlenet"):
        options |= {"aux_logits": bool(auxiliary), "dropout": 0, "dropout_aux": 0}
        if name == "googlenet":
            options |= {"init_weights": False, "transform_input": False}
    elif name.startswith(("squeezenet", "mobilenet")):
        options |= {"dropout": 0}
    return BUILDERS.get(name, getattr(torchvision.models, name, None))(**options)


def size(name: str) -> int:
    """Of the pictures that the network was made for."""
    return 227 if name == "alexnet_paper" else 32 if name in CIFAR_NAMES else 224
