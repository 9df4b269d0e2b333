"""Writes Tests/ModelsTests/Fixtures/yolov3_tiny.json: what YOLOv3-tiny with its published weights makes of photographs, by a
reference of its own: the layers are written out here from the paper's table, computed by PyTorch in float64 straight from
the numbers of the weight file, batch norm as darknet has it, (x - mean) / (sqrt(variance) + 1e-6).

The weights and pictures are not part of the project: they are looked for in the folder given with --data, else in that of
COLONNADE_DATA, else in ../shared/data beside the project. Without them nothing is written.
"""

import os
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .. import files, generator

SIZE = 416
ANCHORS = [(10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319)]
PICTURES = ["dog.jpg", "person.jpg", "horses.jpg", "eagle.jpg"]
SAMPLES = 300


class Weights:
    """Numbers one after another."""

    def __init__(self, path):
        self.numbers = np.fromfile(path, dtype="<f4", offset=20)
        self.place = 0

    def take(self, *shape):
        count = int(np.prod(shape))
        part = self.numbers[self.place:self.place + count]
        assert len(part) == count
        self.place += count
        return torch.from_numpy(part.astype(np.float64)).reshape(shape)


def convolution(weights, x, filters, size, normalizes=True):
    beta = weights.take(filters)
    if normalizes:
        gamma, mean, variance = weights.take(filters), weights.take(filters), weights.take(filters)
    y = F.conv2d(x, weights.take(filters, x.shape[1], size, size), padding=size // 2)
    column = (1, -1, 1, 1)
    if not normalizes:
        return y + beta.reshape(column)
    y = (y - mean.reshape(column)) / (variance.sqrt() + 1e-6).reshape(column)
    return F.leaky_relu(y * gamma.reshape(column) + beta.reshape(column), 0.1)


def heads(path, x):
    """The raw outputs of both heads, [1, 255, 13, 13] and [1, 255, 26, 26]."""
    weights = Weights(path)
    for step in range(6):
        x = convolution(weights, x, 16 << step, 3)
        if step == 4:
            fine = x
        x = F.max_pool2d(x, 2) if step < 5 else F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-np.inf), 2, stride=1)
    x = convolution(weights, x, 1024, 3)
    reduced = convolution(weights, x, 256, 1)
    x = convolution(weights, reduced, 512, 3)
    coarse = convolution(weights, x, 255, 1, normalizes=False)
    x = convolution(weights, reduced, 128, 1)
    x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    x = convolution(weights, torch.cat([x, fine], dim=1), 256, 3)
    fine = convolution(weights, x, 255, 1, normalizes=False)
    assert weights.place == len(weights.numbers)
    return coarse, fine


def line(count, new):
    """Between which two of `count` elements each of `new` ones lies, and how near to the second, in float32."""
    scale = np.float32(count - 1) / np.float32(max(new - 1, 1))
    place = np.arange(new, dtype=np.float32) * scale
    first = place.astype(np.int64)
    first[-1] = count - 1
    weight = place - first.astype(np.float32)
    weight[-1] = 0
    return first, np.minimum(first + 1, count - 1), weight


def letterbox(picture):
    """float32 [SIZE, SIZE, 3], and where the picture lies in it."""
    height, width = picture.shape[:2]
    if SIZE / width < SIZE / height:
        w, h = SIZE, height * SIZE // width
    else:
        w, h = width * SIZE // height, SIZE
    x = picture.astype(np.float32) / np.float32(255)
    a, b, t = line(width, w)
    t = t[None, :, None]
    x = (np.float32(1) - t) * x[:, a] + t * x[:, b]
    a, b, t = line(height, h)
    t = t[:, None, None]
    x = (np.float32(1) - t) * x[a] + t * x[b]
    left, top = (SIZE - w) // 2, (SIZE - h) // 2
    result = np.full((SIZE, SIZE, 3), 0.5, dtype=np.float32)
    result[top:top + h, left:left + w] = x
    return result, (left, top, w, h)


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    common = max(w, 0) * max(h, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def detections(outputs, place, picture, threshold=0.25, limit=0.45):
    """(class, score, box in pixels of the picture) by falling score."""
    left, top, w, h = place
    height, width = picture.shape[:2]
    found = []
    for output, mask in zip(outputs, [(3, 4, 5), (1, 2, 3)]):
        cells = output.shape[2]
        for anchor, numbers in zip(mask, output[0].reshape(3, 85, cells, cells)):
            for row in range(cells):
                for column in range(cells):
                    t = numbers[:, row, column]
                    s = torch.sigmoid(t)
                    if s[4] <= threshold:
                        continue
                    x, y = (s[0] + column) / cells * SIZE, (s[1] + row) / cells * SIZE
                    half = torch.exp(t[2]) * ANCHORS[anchor][0] / 2, torch.exp(t[3]) * ANCHORS[anchor][1] / 2
                    box = [float(v) for v in (x - half[0], y - half[1], x + half[0], y + half[1])]
                    for label in range(80):
                        score = float(s[4] * s[5 + label])
                        if score > threshold:
                            found.append((label, score, box))
    found.sort(key=lambda entry: -entry[1])
    kept = []
    for entry in found:
        if all(other[0] != entry[0] or overlap(other[2], entry[2]) <= limit for other in kept):
            kept.append(entry)

    def restored(box):
        x0, y0, x1, y1 = [v - o for v, o in zip(box, (left, top, left, top))]
        x0, x1 = [min(max(v * width / w, 0), width) for v in (x0, x1)]
        y0, y1 = [min(max(v * height / h, 0), height) for v in (y0, y1)]
        return [round(v, 3) for v in (x0, y0, x1, y1)]

    return [dict(label=label, score=round(score, 6), box=restored(box)) for label, score, box in kept]


def options(parser):
    shared = files.PROJECT.parent / "shared" / "data"
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("COLONNADE_DATA", shared)))


def sampled(name, values):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    return [float(f"{v:.8g}") for v in flat[generator.sample(name, len(flat), SAMPLES)]]


def write(arguments):
    path = arguments.data / "weights" / "yolov3-tiny.weights"
    if not path.exists():
        print(f"goldens: {path} is not there, nothing is written", file=sys.stderr)
        return
    cases = []
    for name in PICTURES:
        picture = np.asarray(Image.open(arguments.data / "pictures" / name).convert("RGB"))
        x, place = letterbox(picture)
        outputs = heads(path, torch.from_numpy(x.astype(np.float64)).permute(2, 0, 1)[None])
        # Maps as [rows, columns, channels].
        coarse, fine = [output[0].permute(1, 2, 0).numpy() for output in outputs]
        cases.append(dict(
            picture=name, input=sampled(name + ".input", x), coarse=sampled(name + ".coarse", coarse),
            fine=sampled(name + ".fine", fine), detections=detections(outputs, place, picture)))
    files.write_json(files.fixtures("ModelsTests") / "yolov3_tiny.json", cases)
