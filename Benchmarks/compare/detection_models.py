"""The detectors as PyTorch has them, with the same weights as Colonnade's; also what detection_export.py makes files of."""

import collections
import math
import pathlib
import sys

import torch
import torchvision
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign, batched_nms

from detection_cases import OVERLAP, SCORE

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from goldens.topics import darknet  # noqa: E402

CLASSES = 90  # of objects
GRIDS = (13, 26)  # of YOLO's heads
# Of the head's bias for the background, so that some dozens of regions show an object, as in a picture of COCO.
BACKGROUND = {"find": 3.0, "train": 1.0}


class Unit(nn.Sequential):
    """Convolution, batch norm with darknet's ε, leaky ReLU."""

    def __init__(self, weights: darknet.Weights, channels: int, filters: int, size: int):
        convolution = nn.Conv2d(channels, filters, size, padding=size // 2, bias=False)
        norm = nn.BatchNorm2d(filters, eps=0)
        beta, gamma, mean, variance = (weights.take(filters) for _ in range(4))
        for parameter, numbers in [
            (norm.bias, beta), (norm.weight, gamma), (norm.running_mean, mean),
            (norm.running_var, (variance.sqrt() + 1e-6) ** 2),
            (convolution.weight, weights.take(filters, channels, size, size)),
        ]:  # fmt: skip
            parameter.data.copy_(numbers)
        super().__init__(convolution, norm, nn.LeakyReLU(0.1))


class YOLOv3Tiny(nn.Module):
    """Pictures [N, 3, 416, 416] to the raw outputs of both heads, [N, 255, 13, 13] and [N, 255, 26, 26]."""

    def __init__(self, path: pathlib.Path):
        super().__init__()
        weights = darknet.Weights(path)

        def unit(*arguments):
            return Unit(weights, *arguments)

        def head(channels):
            convolution = nn.Conv2d(channels, 255, 1)
            convolution.bias.data.copy_(weights.take(255))
            convolution.weight.data.copy_(weights.take(255, channels, 1, 1))
            return convolution

        widths = [3, 16, 32, 64, 128, 256]
        first = [[unit(a, b, 3), nn.MaxPool2d(2)] for a, b in zip(widths, widths[1:])]
        layers = [layer for pair in first for layer in pair]
        self.fine_trunk = nn.Sequential(*layers[:-1])
        self.coarse_trunk = nn.Sequential(
            layers[-1], unit(256, 512, 3), nn.ConstantPad2d((0, 1, 0, 1), -math.inf), nn.MaxPool2d(2, 1),
            unit(512, 1024, 3), unit(1024, 256, 1),
        )  # fmt: skip
        self.coarse = nn.Sequential(unit(256, 512, 3), head(512))
        self.lateral = nn.Sequential(unit(256, 128, 1), nn.Upsample(scale_factor=2))
        self.fine = nn.Sequential(unit(384, 256, 3), head(256))
        assert weights.place == len(weights.numbers)

    def forward(self, x):
        fine = self.fine_trunk(x)
        coarse = self.coarse_trunk(fine)
        return self.coarse(coarse), self.fine(torch.cat([self.lateral(coarse), fine], 1))


class YOLODetections(nn.Module):
    """Raw outputs of one picture to boxes [K, 4] in pixels of the input, scores [K] and labels [K], by falling score."""

    def __init__(self):
        super().__init__()
        for index, (mask, cells) in enumerate(zip([(3, 4, 5), (1, 2, 3)], GRIDS)):
            row, column = torch.meshgrid(torch.arange(cells), torch.arange(cells), indexing="ij")
            cell = torch.stack([column, row], -1).reshape(1, -1, 2).repeat(3, 1, 1).reshape(-1, 2)
            anchor = torch.tensor([darknet.ANCHORS[anchor] for anchor in mask], dtype=torch.float32)
            self.register_buffer(f"cells{index}", cell.float())
            self.register_buffer(f"anchors{index}", anchor.repeat_interleave(cells * cells, 0))

    def forward(self, coarse, fine):
        boxes, scores = [], []
        for index, (map, cells) in enumerate(zip([coarse, fine], GRIDS)):
            rows = map.reshape(3, 85, cells * cells).transpose(1, 2).reshape(-1, 85)
            objectness = rows[:, 4].sigmoid()
            kept = torch.nonzero(objectness > SCORE).squeeze(1)
            rows, objectness = rows[kept], objectness[kept]
            stride = darknet.SIZE / cells
            middle = (rows[:, :2].sigmoid() + getattr(self, f"cells{index}")[kept]) * stride
            half = rows[:, 2:4].exp() * getattr(self, f"anchors{index}")[kept] / 2
            boxes.append(torch.cat([middle - half, middle + half], 1))
            scores.append(rows[:, 5:].sigmoid() * objectness[:, None])
        boxes, scores = torch.cat(boxes), torch.cat(scores)
        region, label = torch.nonzero(scores > SCORE).unbind(1)
        boxes, scores = boxes[region], scores[region, label]
        best = batched_nms(boxes, scores, label, OVERLAP)
        return boxes[best], scores[best], label[best]


class YOLOPipeline(nn.Module):
    def __init__(self, path: pathlib.Path):
        super().__init__()
        self.network, self.detections = YOLOv3Tiny(path), YOLODetections()

    def forward(self, x):
        return self.detections(*self.network(x))


class MobileNetTrunk(nn.Module):
    """MobileNetV2 to its blocks of a sixteenth of the extents; keys begin with `body.features`."""

    out_channels = 96

    def __init__(self):
        super().__init__()
        features = torchvision.models.mobilenet_v2(weights=None, norm_layer=FrozenBatchNorm2d).features
        self.body = nn.Sequential(collections.OrderedDict(features=features[:14]))

    def forward(self, x):
        return self.body(x)


def detector(trunk: str, task: str) -> FasterRCNN:
    """Without weights: `find` at 800 pixels with an ε of 0, as torchvision's for COCO; `train` at 600."""
    size = {"min_size": 800, "max_size": 1333} if task == "find" else {"min_size": 600, "max_size": 1000}
    if trunk == "resnet50":
        backbone = resnet_fpn_backbone(
            backbone_name="resnet50", weights=None, norm_layer=FrozenBatchNorm2d, trainable_layers=5
        )
        network = FasterRCNN(backbone, num_classes=CLASSES + 1, **size)
    else:
        network = FasterRCNN(
            MobileNetTrunk(), num_classes=CLASSES + 1, box_roi_pool=MultiScaleRoIAlign(["0"], 7, 2),
            rpn_anchor_generator=AnchorGenerator(((32, 64, 128, 256, 512),), ((0.5, 1.0, 2.0),)), **size,
        )  # fmt: skip
    if task == "find":
        overwrite_eps(network, 0.0)
    return network


def loaded(trunk: str, task: str, directory: pathlib.Path) -> FasterRCNN:
    from safetensors.torch import load_file

    network = detector(trunk, task)
    network.load_state_dict(load_file(directory / f"{task}_{trunk}.safetensors"))
    return network


def targets(objects: torch.Tensor, count: int) -> list[dict]:
    """Of rows with picture, class, left, top, right and bottom; class 0 is torchvision's background."""
    rows = [objects[objects[:, 0] == image] for image in range(count)]
    return [{"boxes": own[:, 2:].contiguous(), "labels": own[:, 1].long() + 1} for own in rows]
