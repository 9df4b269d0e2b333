"""Writes Tests/DatasetsTests/Fixtures/augmentations.json: what torchvision and Pillow make of small pictures at fixed
parameters, where both compute in whole numbers, and the parameters that torchvision's policies draw from.

Pictures are bytes in base64, rows from the top, channels interleaved. Mixed batches are float32 in NHWC. The principal
components of colours are NumPy's, in float64.
"""

import base64
import math

import numpy as np
import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode, autoaugment, v2
from torchvision.transforms import functional as F

from .. import files, generator
from .images import drawing

MAGNITUDES = {
    "Identity": [0],
    "ShearX": [0.09, 0.3, -0.99],
    "ShearY": [0.09, -0.21, 0.99],
    "TranslateX": [3.7, -5.2, 40],
    "TranslateY": [2, -14.9],
    "Rotate": [9, -30, 90, 135],
    "Brightness": [0.27, -0.99],
    "Color": [0.9, -0.27],
    "Contrast": [0.27, -0.9],
    "Sharpness": [0.9, -0.27, -0.99],
    "Posterize": [8, 4, 1],
    "Solarize": [255, 127.5, 0],
    "AutoContrast": [0],
    "Equalize": [0],
}


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array, np.uint8).tobytes()).decode()


def picture(array):
    return {"width": array.shape[1], "height": array.shape[0], "channels": array.shape[2], "pixels": encoded(array)}


def as_image(array):
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def pixels(image, channels):
    return np.asarray(image).reshape(image.height, image.width, channels)


def operations(sources):
    """Every operation on the first picture; those of tones on the others too, which have few tones, or few pixels."""
    result = []
    for index, source in enumerate(sources):
        for name, magnitudes in MAGNITUDES.items():
            if index > 0 and name in ("Identity", "Brightness", "Color", "Contrast"):
                continue
            for magnitude in magnitudes if index == 0 else magnitudes[-1:]:
                changed = autoaugment._apply_op(
                    as_image(source), name, float(magnitude), InterpolationMode.NEAREST, None)
                result.append({
                    "source": index, "operation": name, "magnitude": magnitude,
                    "pixels": encoded(pixels(changed, source.shape[2])),
                })
    return result


def tables(height, width):
    """The 31 magnitudes of each operation, without their signs."""
    rand = autoaugment.RandAugment()._augmentation_space(31, (height, width))
    wide = autoaugment.TrivialAugmentWide()._augmentation_space(31)
    return [
        {"table": table, "operation": name, "signed": signed, "width": width, "height": height,
         "values": [float(f"{v:.9g}") for v in values.tolist()] if values.ndim else [0.0]}
        for table, space in (("rand", rand), ("wide", wide)) for name, (values, signed) in space.items()
    ]


def erasures(source):
    """Where torchvision erases: the size follows from share and aspect, the place is drawn."""
    tensor = torch.from_numpy(source).permute(2, 0, 1)
    sizes = []
    for share in (0.02, 0.1, 0.25, 0.33, 0.9):
        for aspect in (0.3, 0.7, 1.0, 2.2, 3.3):
            _, _, height, width, value = transforms.RandomErasing.get_params(
                tensor, scale=(share, share), ratio=(aspect, aspect), value=[0.0])
            found = value.shape[-1] != tensor.shape[-1] and height > 0 and width > 0
            sizes.append({"share": share, "aspect": aspect, "width": width if found else 0, "height": height if found else 0})
    erased = F.erase(tensor, 4, 6, 5, 7, torch.tensor([12, 200, 77], dtype=torch.uint8)[:, None, None])
    return {"sizes": sizes, "x": 6, "y": 4, "width": 7, "height": 5, "color": [12, 200, 77],
            "pixels": encoded(erased.permute(1, 2, 0).numpy())}


def mixtures():
    x = generator.pictures(4, 5, 6, label="mixtures")
    labels = torch.tensor([2, 0, 2, 1])
    nhwc = lambda tensor: [float(f"{v:.9g}") for v in tensor.permute(0, 2, 3, 1).flatten().tolist()]
    cases = []
    for share in (0.0, 0.3, 0.75, 1.0):
        parameters = {"labels": labels, "batch_size": 4, "lam": share}
        mixup = v2.MixUp(num_classes=3)
        cases.append({
            "kind": "mixup", "share": share, "images": nhwc(mixup.transform(x, parameters)),
            "targets": mixup.transform(labels, parameters).flatten().tolist()})
    for share, column, row in ((0.5, 1, 4), (0.9, 3, 2), (0.0, 5, 0)):
        half = 0.5 * math.sqrt(1 - share)
        across, down = int(half * 6), int(half * 5)
        box = (max(column - across, 0), max(row - down, 0), min(column + across, 6), min(row + down, 5))
        own = float(1.0 - (box[2] - box[0]) * (box[3] - box[1]) / 30)
        parameters = {"labels": labels, "batch_size": 4, "box": box, "lam_adjusted": own}
        cutmix = v2.CutMix(num_classes=3)
        cases.append({
            "kind": "cutmix", "share": share, "column": column, "row": row, "box": box,
            "images": nhwc(cutmix.transform(x, parameters)),
            "targets": cutmix.transform(labels, parameters).flatten().tolist()})
    return {"images": nhwc(x), "labels": labels.tolist(), "cases": cases}


def blurs(sources):
    """Gaussian blurs of a kernel and a deviation."""
    cases = []
    for index, kernel, deviation in ((0, 3, 0.1), (0, 3, 0.8), (0, 7, 2.0), (1, 5, 1.3), (1, 15, 1.9)):
        tensor = torch.from_numpy(sources[index]).permute(2, 0, 1)
        blurred = F.gaussian_blur(tensor, [kernel, kernel], [deviation, deviation])
        cases.append({"source": index, "kernel": kernel, "deviation": deviation,
                      "pixels": encoded(blurred.permute(1, 2, 0).numpy())})
    return cases


def grey(source):
    return encoded(pixels(F.rgb_to_grayscale(as_image(source), num_output_channels=3), 3))


def colors(source):
    values, vectors = np.linalg.eigh(np.cov(source.reshape(-1, 3).T / 255.0, bias=True))
    steps = np.array([0.11, -0.03, 0.02])
    directions = [(v if v.sum() >= 0 else -v) for v in vectors.T[::-1]]
    shift = sum(step * direction for step, direction in zip(steps, directions))
    moved = np.clip(np.floor(source + shift * 255 + 0.5), 0, 255)
    return {"deviations": np.sqrt(values[::-1]).tolist(), "directions": [d.tolist() for d in directions],
            "steps": steps.tolist(), "pixels": encoded(moved)}


def write(arguments):
    source = drawing(17, 13, 3, 31)
    plain = drawing(9, 8, 1, 32)
    few = np.stack([np.full((5, 8), 7), 40 + 100 * (np.arange(40).reshape(5, 8) % 2), drawing(8, 5, 1, 33)[..., 0]], -1)
    narrow = drawing(2, 7, 3, 34)
    sources = [source, plain, few.astype(np.uint8), narrow]
    files.write_json(files.fixtures("DatasetsTests") / "augmentations.json", {
        "sources": [picture(s) for s in sources],
        "operations": operations(sources),
        "tables": tables(13, 17),
        "erasing": erasures(source),
        "mixing": mixtures(),
        "colors": colors(source),
        "blurs": blurs(sources),
        "grey": grey(source),
    })
