"""What of detection is measured: standard library alone, as the comparing process reads it."""

import dataclasses
import json
import math
import pathlib

from cases import TARGETS

LIMITS = TARGETS["detection"]
SCORE, OVERLAP = 0.25, 0.45  # YOLO's


@dataclasses.dataclass(frozen=True)
class DetectionCase:
    """The same work for every side."""

    task: str  # what detection_worker.py calls it
    title: str
    repeat: int  # timed repetitions in each process
    target: float  # the ratio to the fastest of the peers, at most
    trains: bool = False

    @property
    def export(self) -> str:
        """What detection_export.py calls its files."""
        return self.task.split("_")[0]

    @property
    def trunk(self) -> str:
        return self.task.partition("_")[2]


CASES = {
    "yolo": [DetectionCase("yolo", "YOLOv3-tiny, 416×416, batch 1", 20, LIMITS["inference"])],
    "find": [
        DetectionCase("find", "Faster R-CNN ResNet-50-FPN, 800 pixels of 480×640, batch 1", 3, LIMITS["inference"])
    ],
    "train": [
        DetectionCase(f"train_{trunk}", f"Faster R-CNN {name}, 600 pixels, 2 pictures, training step", repeat,
                      LIMITS["training"], trains=True)
        for trunk, name, repeat in [("mobilenet_v2", "MobileNetV2", 4), ("resnet50", "ResNet-50-FPN", 2)]
    ],
    "families": [],
}  # fmt: skip


def disagreement(expected: pathlib.Path, found: pathlib.Path) -> dict:
    """Of the detections on both sides the share without a partner: of the same label, with each edge (within the picture or
    not) and the score no farther away than LIMITS say; and how far partners are from each other at most."""
    sides = [json.loads(path.read_text())["detections"] for path in (expected, found)]
    rest, paired, pixels, score = list(sides[1]), 0, 0.0, 0.0
    for one in sides[0]:
        best, nearest = None, math.inf
        for other in rest:
            if other["label"] != one["label"] or abs(other["score"] - one["score"]) > LIMITS["score"]:
                continue
            apart = max(abs(a - b) for a, b in zip(one["box"], other["box"]))
            if apart < nearest:
                best, nearest = other, apart
        if best is not None and nearest <= LIMITS["pixels"]:
            rest.remove(best)
            paired += 1
            pixels, score = max(pixels, nearest), max(score, abs(best["score"] - one["score"]))
    total = len(sides[0]) + len(sides[1])
    return {
        "expected": len(sides[0]), "found": len(sides[1]), "unpaired": 1 - 2 * paired / total if total else 0.0,
        "pixels": pixels, "score": score,
    }  # fmt: skip
