"""Writes Tests/TrainingTests/Fixtures/detection_metrics.json: metrics of generated detections with crowds, ties, difficult
objects, empty pictures and empty classes.

COCO's numbers are pycocotools's. Pascal VOC's and ILSVRC's are computed here by plain transcriptions of what their toolkits
do, in their own coordinates: pixels from 1, the last one inside, widths x2 - x1 + 1. Boxes in the file are continuous: left =
xmin - 1, top = ymin - 1, right = xmax, bottom = ymax. They lie on quarters of a pixel, so that nothing is rounded.
"""

import contextlib
import io
import math

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from .. import files

SIDE = 320


# Scenes


def quarter(value):
    return round(float(value) * 4) / 4


def drawn_box(rng, smallest=6, largest=150):
    w, h = (np.exp(rng.uniform(math.log(smallest), math.log(largest))) for _ in range(2))
    left, top = rng.uniform(0, SIDE - w), rng.uniform(0, SIDE - h)
    return [quarter(left), quarter(top), quarter(left + w), quarter(top + h)]


def moved(rng, box, amount):
    w, h = box[2] - box[0], box[3] - box[1]
    new = [quarter(v + rng.normal() * amount * s) for v, s in zip(box, (w, h, w, h))]
    if new[2] <= new[0]:
        new[2] = new[0] + 1
    if new[3] <= new[1]:
        new[3] = new[1] + 1
    return new


def scene(rng, classes, objects, spurious, steps, absent=(), silent=(), crowds=0.0, difficult=0.0, areas=0.0):
    """One picture: objects as (box, label, difficult, crowd, area or None), detections as (box, label, score)."""
    present = [c for c in range(classes) if c not in absent]
    truths, detections = [], []
    score = lambda draws: int(rng.integers(1, steps + 1, draws).max()) / steps  # Few steps are many ties.
    for _ in range(objects):
        label = int(rng.choice(present))
        box = drawn_box(rng)
        crowd = rng.random() < crowds
        area = quarter((box[2] - box[0]) * (box[3] - box[1]) * rng.uniform(0.4, 0.9)) if rng.random() < areas else None
        truths.append([box, label, int(rng.random() < difficult), int(crowd), area])
        if crowd:
            for _ in range(3):
                detections.append([moved(rng, box, 0.2), label, score(1)])
            continue
        # Twice as many as objects: duplicates, bad boxes, wrong classes.
        for amount in (0.02, 0.12):
            if rng.random() < 0.8:
                guess = label if rng.random() < 0.85 else int(rng.integers(classes))
                detections.append([moved(rng, box, amount), guess, score(2)])
    for _ in range(spurious):
        detections.append([drawn_box(rng), int(rng.integers(classes)), score(1)])
    detections = [d for d in detections if d[1] not in silent]
    order = rng.permutation(len(detections))
    return truths, [detections[i] for i in order]


def cases():
    rng = np.random.default_rng(20)
    yield "plain", 3, [scene(rng, 3, 5, 4, 64) for _ in range(10)]
    yield "crowds, ties, own areas", 4, [
        scene(rng, 4, 6, 3, 4, crowds=0.25, areas=0.5) for _ in range(8)] + [([], []), scene(rng, 4, 0, 5, 4)]
    yield "empty classes and pictures", 6, [
        scene(rng, 6, n, s, 8, absent=(1, 4), silent=(3, 4), crowds=0.1, difficult=0.3)
        for n, s in [(4, 0), (0, 0), (0, 3), (7, 2), (1, 9), (3, 3), (5, 0)]]
    # More than a hundred of one class in a picture, many of one score.
    truths, detections = scene(rng, 1, 30, 90, 8, crowds=0.05)
    yield "many in one picture", 1, [(truths, detections), scene(rng, 1, 4, 2, 8)]
    # A detection midway between two equal objects, one object twice, and a crowd and an object alike.
    pair = [[[0, 0, 40, 40], 0, 0, 0, None], [[20, 0, 60, 40], 0, 0, 0, 2000]]
    twice = [[[100, 100, 200, 220], 0, 0, 1, None], [[100, 100, 200, 220], 0, 0, 0, None]]
    hard = [[[0, 0, 40, 40], 0, 1, 0, None], [[4, 0, 44, 40], 0, 0, 0, None]]
    ties = [
        (pair, [[[10, 0, 50, 40], 0, 0.5], [[0, 0, 40, 40], 0, 0.25]]),
        (twice, [[[100, 100, 200, 220], 0, 0.5]] * 3),
        (hard, [[[0, 0, 40, 40], 0, 0.5], [[4, 0, 44, 40], 0, 0.5], [[4, 0, 44, 40], 0, 0.25]]),
        ([], [[[5, 5, 9, 9], 0, 0.5]]), (pair, []),
    ]
    yield "ties", 1, ties
    # A recall of exactly 3 of 10 and more: where 0.1 * 3 is not 0.3.
    tens = []
    for index in range(10):
        box = [8, 8, 48 + 8 * index, 80]
        found = [[box, 0, (12 - index) / 16]] if index not in (3, 7) else [[[200, 200, 240, 260], 0, (12 - index) / 16]]
        tens.append(([[box, 0, 0, 0, None]], found))
    yield "tenths", 1, tens


# COCO, by pycocotools


def coco(classes, pictures):
    category = lambda label: 3 * label + 2  # With gaps.
    images, annotations, results = [], [], []
    for picture, (truths, detections) in enumerate(pictures, start=1):
        images.append(dict(id=picture, width=SIDE, height=SIDE))
        for box, label, difficult, crowd, area in truths:
            x, y, w, h = box[0], box[1], box[2] - box[0], box[3] - box[1]
            annotations.append(dict(
                id=len(annotations) + 1, image_id=picture, category_id=category(label), bbox=[x, y, w, h],
                area=w * h if area is None else area, iscrowd=crowd, ignore=difficult))
        for box, label, score in detections:
            results.append(dict(
                image_id=picture, category_id=category(label), score=score,
                bbox=[box[0], box[1], box[2] - box[0], box[3] - box[1]]))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dict(
            images=images, annotations=annotations, categories=[dict(id=category(c)) for c in range(classes)])
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]

    def mean(values):
        values = values[values > -1]
        return number(values.mean()) if values.size else None

    return dict(
        numbers=[None if v < 0 else number(v) for v in evaluation.stats],
        perClass=[mean(precision[:, :, k]) for k in range(classes)],
        perClass50=[mean(precision[0, :, k]) for k in range(classes)])


def number(value):
    return float(f"{value:.12g}")


# Pascal VOC and ILSVRC, plainly


def pixels(box):
    return [box[0] + 1, box[1] + 1, box[2], box[3]]


def overlap(a, b):
    """VOCevaldet's."""
    iw = min(a[2], b[2]) - max(a[0], b[0]) + 1
    ih = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if iw <= 0 or ih <= 0:
        return -math.inf
    union = (a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - iw * ih
    return iw * ih / union


def share_inside(a, b):
    """Of a's area."""
    iw = min(a[2], b[2]) - max(a[0], b[0]) + 1
    ih = min(a[3], b[3]) - max(a[1], b[1]) + 1
    return max(iw, 0) * max(ih, 0) / ((a[2] - a[0] + 1) * (a[3] - a[1] + 1))


def sorted_detections(pictures, label):
    flat = [(score, place, pixels(box)) for place, (_, found) in enumerate(pictures) for box, c, score in found if c == label]
    return sorted(flat, key=lambda one: -one[0])  # Stable.


def voc(pictures, label):
    """Crowds, which VOC has none of, are no objects; what would be wrong and lies in one by half is left out."""
    objects = [[dict(box=pixels(b), skip=d, taken=False) for b, c, d, crowd, _ in truths if c == label and not crowd]
               for truths, _ in pictures]
    crowds = [[pixels(b) for b, c, _, crowd, _ in truths if c == label and crowd] for truths, _ in pictures]
    positives = sum(not o["skip"] for one in objects for o in one)
    outcomes = []
    for _, place, box in sorted_detections(pictures, label):
        best, chosen = -math.inf, None
        for candidate in objects[place]:
            if overlap(box, candidate["box"]) > best:
                best, chosen = overlap(box, candidate["box"]), candidate
        if best >= 0.5 and chosen["skip"]:
            continue
        if best >= 0.5 and not chosen["taken"]:
            chosen["taken"] = True
            outcomes.append(True)
        elif not any(share_inside(box, crowd) >= 0.5 for crowd in crowds[place]):
            outcomes.append(False)
    return outcomes, positives


def eleven(outcomes, positives):
    """The recall of k/10 in whole numbers, where the toolkit has 0:0.1:1."""
    if positives == 0:
        return None
    tp = np.cumsum(np.array(outcomes, dtype=int))
    precision = tp / np.arange(1, len(outcomes) + 1)
    return number(sum(precision[tp * 10 >= k * positives].max(initial=0) for k in range(11)) / 11)


def area(outcomes, positives):
    """VOCap's."""
    if positives == 0:
        return None
    tp = np.cumsum(np.array(outcomes, dtype=int))
    recall = np.concatenate([[0], tp / positives, [1]])
    precision = np.concatenate([[0], tp / np.arange(1, len(outcomes) + 1), [0]])
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    steps = np.nonzero(recall[1:] != recall[:-1])[0] + 1
    return number(np.sum((recall[steps] - recall[steps - 1]) * precision[steps]))


def ilsvrc(pictures, label, blacklist):
    objects, positives = [], 0
    for place, (truths, _) in enumerate(pictures):
        own = []
        for box, c, *_ in truths:
            if c == label and label not in blacklist[place]:
                w, h = pixels(box)[2] - pixels(box)[0] + 1, pixels(box)[3] - pixels(box)[1] + 1
                own.append(dict(box=pixels(box), least=min(0.5, w * h / ((w + 10) * (h + 10))), taken=False))
        objects.append(own)
        positives += len(own)
    outcomes = []
    for _, place, box in sorted_detections(pictures, label):
        if label in blacklist[place]:
            continue
        best, chosen = -math.inf, None
        for candidate in objects[place]:
            if candidate["taken"]:
                continue
            value = overlap(box, candidate["box"])
            if value >= candidate["least"] and value > best:
                best, chosen = value, candidate
        outcomes.append(chosen is not None)
        if chosen:
            chosen["taken"] = True
    return area(outcomes, positives)


def localization(pictures, guesses):
    errors = []
    for truths, found in pictures:
        if not truths:
            continue
        guessed = {}
        for box, label, _ in sorted(found, key=lambda one: -one[2]):
            if label not in guessed and len(guessed) < guesses:
                guessed[label] = pixels(box)
        labels = sorted({label for _, label, *_ in truths})
        wrong = [not (label in guessed and any(
            overlap(guessed[label], pixels(box)) >= 0.5 for box, c, *_ in truths if c == label)) for label in labels]
        errors.append(sum(wrong) / len(labels))
    return number(sum(errors) / len(errors))


def write(arguments):
    written = []
    for name, classes, pictures in cases():
        blacklist = [[classes - 1] if place % 3 == 1 else [] for place in range(len(pictures))]
        curves = [voc(pictures, label) for label in range(classes)]
        written.append(dict(
            name=name, classes=classes,
            truths=[[[*box, label, difficult, crowd, area] for box, label, difficult, crowd, area in truths]
                    for truths, _ in pictures],
            detections=[[[*box, label, score] for box, label, score in found] for _, found in pictures],
            blacklist=blacklist,
            coco=coco(classes, pictures),
            voc07=[eleven(*curve) for curve in curves],
            vocArea=[area(*curve) for curve in curves],
            ilsvrc=[ilsvrc(pictures, label, [[]] * len(pictures)) for label in range(classes)],
            ilsvrcBlacklisted=[ilsvrc(pictures, label, blacklist) for label in range(classes)],
            localization=[localization(pictures, guesses) for guesses in (1, 5)]))
    files.write_json(files.fixtures("TrainingTests") / "detection_metrics.json", written)
