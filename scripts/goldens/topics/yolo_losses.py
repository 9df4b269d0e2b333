"""Writes Tests/ModelsTests/Fixtures/yolo_losses.json: YOLO's losses with their parts and gradients, by PyTorch's autograd in
float64 from loops over cells and boxes.

Version 3's is darknet's (`yolo_layer.c`): its deltas are the gradients of the terms here. Version 1's is equation 3 of the
paper. The outputs that go in are drawn by the counter generator and written too.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from .. import files, generator

CLASSES = 3
WIDTH, HEIGHT = 96, 64
ANCHORS = [(8, 10), (14, 30), (40, 24), (50, 60)]
# Of each picture: class, left, top, right, bottom in pixels. Two share a cell; one's centre is on an edge; one picture has
# none.
TRUTHS = [
    [(0, 10, 8, 22, 20), (2, 30, 10, 78, 40), (1, 32, 14, 74, 36), (1, 60, 2, 96, 62)],
    [],
    [(2, 0, 0, 9, 12), (0, 70, 30, 82, 62)],
]


def drawn(label, *shape):
    u = generator.uniform(label, math.prod(shape))
    return torch.from_numpy((np.float32(4) * u - np.float32(2)).astype(np.float64)).reshape(shape)


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    common = max(w, 0) * max(h, 0)
    union = max(a[2] - a[0], 0) * max(a[3] - a[1], 0) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / union if union > 0 else 0


def nearest(w, h):
    best, found = -1, -1
    for index, (aw, ah) in enumerate(ANCHORS):
        common = min(w, aw) * min(h, ah)
        iou = common / (w * h + aw * ah - common)
        if iou > best:
            best, found = iou, index
    return found


def bce(logit, target):
    return F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, target))


def smooth_l1(x, target, beta):
    return F.smooth_l1_loss(x, torch.tensor(target, dtype=torch.float64), beta=beta)


def anchored(maps, masks, ignoring, lam=None, beta=None):
    """Parts by name."""
    zero = torch.zeros((), dtype=torch.float64)
    parts = dict(centre=zero, size=zero, objectness=zero, regression=zero)
    parts["class"] = zero
    for y, mask in zip(maps, masks):
        pictures, rows, columns, _ = y.shape
        for n in range(pictures):
            claimed = {}
            for label, *box in TRUTHS[n]:
                w, h = box[2] - box[0], box[3] - box[1]
                anchor = nearest(w, h)
                if anchor not in mask:
                    continue
                cx, cy = (box[0] + box[2]) / 2 / WIDTH * columns, (box[1] + box[3]) / 2 / HEIGHT * rows
                column, row = min(int(cx), columns - 1), min(int(cy), rows - 1)
                place = (row, column, mask.index(anchor))
                labels = claimed.get(place, (None, set()))[1] | {label}
                numbers = (cx - column, cy - row, math.log(w / ANCHORS[anchor][0]), math.log(h / ANCHORS[anchor][1]))
                claimed[place] = ((numbers, 2 - w * h / WIDTH / HEIGHT), labels)
            for row in range(rows):
                for column in range(columns):
                    for a, anchor in enumerate(mask):
                        t = y[n, row, column, a * (5 + CLASSES):(a + 1) * (5 + CLASSES)]
                        if (row, column, a) in claimed:
                            (aims, weight), labels = claimed[row, column, a]
                            parts["objectness"] = parts["objectness"] + bce(t[4], 1)
                            for c in range(CLASSES):
                                parts["class"] = parts["class"] + bce(t[5 + c], float(c in labels))
                            parts["centre"] = parts["centre"] + weight * (bce(t[0], aims[0]) + bce(t[1], aims[1]))
                            parts["size"] = parts["size"] + weight / 2 * (
                                (t[2] - aims[2]) ** 2 + (t[3] - aims[3]) ** 2)
                            if lam is not None:
                                told = [torch.sigmoid(t[0]), torch.sigmoid(t[1]), t[2], t[3]]
                                for x, aim in zip(told, aims):
                                    parts["regression"] = parts["regression"] + smooth_l1(x, aim, beta)
                            continue
                        s = torch.sigmoid(t.detach())
                        x, z = float((s[0] + column) / columns * WIDTH), float((s[1] + row) / rows * HEIGHT)
                        w, h = [float(torch.exp(t[2 + k].detach()) * ANCHORS[anchor][k]) for k in (0, 1)]
                        box = (x - w / 2, z - h / 2, x + w / 2, z + h / 2)
                        if all(overlap(box, truth[1:]) <= ignoring for truth in TRUTHS[n]):
                            parts["objectness"] = parts["objectness"] + bce(t[4], 0)
    parts = {name: value / len(TRUTHS) for name, value in parts.items()}
    if lam is None:
        del parts["regression"]
        return sum(parts.values()), parts
    del parts["centre"], parts["size"]
    parts["classification"] = parts["objectness"] + parts["class"]
    return parts["classification"] + lam * parts["regression"], parts


def grid(output, side, boxes, coordinate, empty, beta=None):
    zero = torch.zeros((), dtype=torch.float64)
    parts = {name: zero for name in ("centre", "size", "regression", "object", "no object", "class")}
    cells = side * side
    for n, truths in enumerate(TRUTHS):
        y = output[n]
        classes = y[:cells * CLASSES].reshape(cells, CLASSES)
        confidences = y[cells * CLASSES:cells * (CLASSES + boxes)].reshape(cells, boxes)
        told = y[cells * (CLASSES + boxes):].reshape(cells, boxes, 4)
        of_cell = {}
        for label, *box in truths:
            cx, cy = (box[0] + box[2]) / 2 / WIDTH * side, (box[1] + box[3]) / 2 / HEIGHT * side
            of_cell.setdefault(min(int(cy), side - 1) * side + min(int(cx), side - 1), (label, box))
        for cell in range(cells):
            responsible = None
            if cell in of_cell:
                label, box = of_cell[cell]
                row, column = divmod(cell, side)
                overlaps, distances = [], []
                cx, cy = (box[0] + box[2]) / 2 / WIDTH, (box[1] + box[3]) / 2 / HEIGHT
                w, h = (box[2] - box[0]) / WIDTH, (box[3] - box[1]) / HEIGHT
                for b in range(boxes):
                    x, z, rw, rh = told[cell, b].tolist()
                    x, z, pw, ph = (x + column) / side, (z + row) / side, rw * rw, rh * rh
                    corners = (x - pw / 2) * WIDTH, (z - ph / 2) * HEIGHT, (x + pw / 2) * WIDTH, (z + ph / 2) * HEIGHT
                    overlaps.append(overlap(corners, box))
                    distances.append((x - cx) ** 2 + (z - cy) ** 2 + (pw - w) ** 2 + (ph - h) ** 2)
                responsible = int(np.argmax(overlaps)) if max(overlaps) > 0 else int(np.argmin(distances))
                aims = [cx * side - column, cy * side - row, math.sqrt(w), math.sqrt(h)]
                t = told[cell, responsible]
                parts["centre"] = parts["centre"] + coordinate * ((t[0] - aims[0]) ** 2 + (t[1] - aims[1]) ** 2)
                parts["size"] = parts["size"] + coordinate * ((t[2] - aims[2]) ** 2 + (t[3] - aims[3]) ** 2)
                if beta is not None:
                    for x, aim in zip(t, aims):
                        parts["regression"] = parts["regression"] + smooth_l1(x, aim, beta)
                parts["object"] = parts["object"] + (confidences[cell, responsible] - overlaps[responsible]) ** 2
                for c in range(CLASSES):
                    parts["class"] = parts["class"] + (classes[cell, c] - float(c == label)) ** 2
            for b in range(boxes):
                if b != responsible:
                    parts["no object"] = parts["no object"] + empty * confidences[cell, b] ** 2
    parts = {name: value / len(TRUTHS) for name, value in parts.items()}
    if beta is None:
        del parts["regression"]
        return sum(parts.values()), parts
    del parts["centre"], parts["size"]
    parts["classification"] = parts["object"] + parts["no object"] + parts["class"]
    return parts["classification"] + coordinate * parts["regression"], parts


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.flatten().tolist()]


def case(name, inputs, loss):
    for x in inputs:
        x.requires_grad_()
    total, parts = loss(inputs)
    total.backward()
    return dict(
        name=name, inputs=[dict(shape=list(x.shape), values=numbers(x.detach())) for x in inputs], total=total.item(),
        parts={key: value.item() for key, value in sorted(parts.items())}, gradients=[numbers(x.grad) for x in inputs])


def write(arguments):
    count, entries = len(TRUTHS), 2 * (5 + CLASSES)
    masks = [[2, 3], [0, 1]]

    def maps():
        return [drawn("yolo.coarse", count, 2, 3, entries), drawn("yolo.fine", count, 4, 6, entries)]

    side, boxes = 3, 2

    def output():
        return [drawn("yolo.grid", count, side * side * (CLASSES + 5 * boxes))]

    cases = [
        case("yolov3", maps(), lambda x: anchored(x, masks, 0.3)),
        case("smooth L1", maps(), lambda x: anchored(x, masks, 0.3, lam=2.5, beta=0.4)),
        case("grid", output(), lambda x: grid(x[0], side, boxes, 5, 0.5)),
        case("grid, smooth L1", output(), lambda x: grid(x[0], side, boxes, 2, 0.5, beta=0.7)),
    ]
    truths = [[dict(label=label, box=box) for label, *box in picture] for picture in TRUTHS]
    files.write_json(
        files.fixtures("ModelsTests") / "yolo_losses.json",
        dict(width=WIDTH, height=HEIGHT, classes=CLASSES, anchors=ANCHORS, masks=masks, truths=truths, cases=cases))
