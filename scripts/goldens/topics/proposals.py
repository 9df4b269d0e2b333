"""Writes Tests/DatasetsTests/Fixtures/proposals.{png,json}: a small picture, its segments by Felzenszwalb and Huttenlocher
in two colour spaces, and which regions selective search makes of them, by plain loops in float64.

The picture is drawn so that no decision hangs on the last bits: the least margin between the two most similar pairs is
printed.
"""

import math

import numpy as np
from PIL import Image

from .. import files, generator

WIDTH, HEIGHT = 60, 44
SMOOTHING = 0.8
MEASURES = {"ctsf": "color texture size fill".split(), "tsf": "texture size fill".split(), "f": ["fill"], "s": ["size"]}


def picture():
    """Discs of several colours on a slanted ground, with noise."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    result = np.stack([90 + x, 120 + 0.5 * y, 150 - x + y], axis=2)
    discs = [(14, 12, 9, (200, 60, 50)), (40, 14, 11, (60, 160, 70)), (44, 15, 5, (230, 220, 60)),
             (20, 33, 8, (40, 60, 190)), (48, 35, 6, (180, 180, 190)), (30, 26, 4, (20, 20, 25))]
    for cx, cy, radius, color in discs:
        result[(x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 < radius**2] = color
    noise = generator.uniform("proposals", result.size).reshape(result.shape)
    return np.clip(result + 16 * (noise - 0.5), 0, 255).astype(np.uint8)


def hsv(rgb):
    high, low = rgb.max(2), rgb.min(2)
    span = np.where(high == low, 1, high - low)
    r, g, b = np.moveaxis(rgb, 2, 0)
    hue = np.where(high == r, (g - b) / span, np.where(high == g, 2 + (b - r) / span, 4 + (r - g) / span)) % 6
    hue = np.where(high == low, 0, hue)
    saturation = np.where(high == low, 0, (high - low) / np.where(high == 0, 1, high))
    return np.stack([hue / 6 * 255, saturation * 255, high], axis=2)


def lab(rgb):
    share = rgb / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    xyz = light @ matrix.T / [0.950456, 1, 1.088754]
    fx, fy, fz = np.moveaxis(np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116), 2, 0)
    return np.stack([(116 * fy - 16) * 2.55, 500 * (fx - fy) + 128, 200 * (fy - fz) + 128], axis=2)


def intensity(rgb):
    return rgb.mean(axis=2, keepdims=True)


def taps(sigma, derivative=False):
    radius = math.ceil(4 * sigma)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    return weights * offsets / sigma**2 if derivative else weights


def along(plane, weights, axis):
    radius = len(weights) // 2
    pad = [(radius, radius) if a == axis else (0, 0) for a in (0, 1)]
    padded = np.pad(plane, pad, mode="edge")
    extent = plane.shape[axis]
    return sum(w * np.take(padded, range(k, k + extent), axis=axis) for k, w in enumerate(weights))


def segments(planes, scale, least):
    """Labels in the order of the first pixels."""
    smooth = np.stack([along(along(p, taps(SMOOTHING), 1), taps(SMOOTHING), 0) for p in np.moveaxis(planes, 2, 0)], 2)
    edges = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            for dx, dy in [(1, 0), (0, 1), (1, 1), (1, -1)]:
                if x + dx < WIDTH and 0 <= y + dy < HEIGHT:
                    weight = np.linalg.norm(smooth[y, x] - smooth[y + dy, x + dx])
                    edges.append((weight, y * WIDTH + x, (y + dy) * WIDTH + x + dx))
    edges.sort(key=lambda edge: edge[0])
    labels = np.arange(WIDTH * HEIGHT)
    heaviest = np.zeros(WIDTH * HEIGHT)
    sizes = np.ones(WIDTH * HEIGHT)
    for by_size in (False, True):
        for weight, p, q in edges:
            a, b = labels[p], labels[q]
            if a == b:
                continue
            limit = min(heaviest[a] + scale / sizes[a], heaviest[b] + scale / sizes[b])
            if min(sizes[a], sizes[b]) < least if by_size else weight <= limit:
                labels[labels == b] = a
                heaviest[a] = weight
                sizes[a] += sizes[b]
    order = {}
    return np.array([order.setdefault(label, len(order)) for label in labels])


def histograms(planes, mask):
    """Of the pixels in the mask: colours and textures, each with the sum 1."""
    color = [np.bincount(np.clip(p[mask] * 25 / 256, 0, 24).astype(int), minlength=25) for p in np.moveaxis(planes, 2, 0)]
    texture = []
    for plane in np.moveaxis(planes, 2, 0):
        right = along(along(plane, taps(1, True), 1), taps(1), 0)
        down = along(along(plane, taps(1), 1), taps(1, True), 0)
        half = math.sqrt(0.5)
        responses = [right, (right + down) * half, down, (down - right) * half]
        largest = max(np.abs(r).max() for r in responses)
        for response in responses:
            for sign in (1, -1):
                bins = np.clip(sign * response[mask] * 10 / largest, 0, 9).astype(int)
                texture.append(np.bincount(bins, minlength=10))
    color, texture = np.concatenate(color), np.concatenate(texture)
    return color / color.sum(), texture / texture.sum()


class Region:
    def __init__(self, planes, mask):
        ys, xs = np.nonzero(mask)
        self.mask, self.size = mask, mask.sum()
        self.box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
        self.color, self.texture = histograms(planes, mask)
        grown = np.pad(mask, 1)
        self.around = np.zeros_like(mask)
        for dy in range(3):
            for dx in range(3):
                self.around |= grown[dy:dy + HEIGHT, dx:dx + WIDTH]

    def similarity(self, other, measures):
        (l, t, r, b), (l2, t2, r2, b2) = self.box, other.box
        area = (max(r, r2) - min(l, l2)) * (max(b, b2) - min(t, t2))
        pixels, both = WIDTH * HEIGHT, self.size + other.size
        return sum({
            "color": np.minimum(self.color, other.color).sum(),
            "texture": np.minimum(self.texture, other.texture).sum(),
            "size": 1 - both / pixels,
            "fill": 1 - (area - both) / pixels,
        }[m] for m in measures)


def group(planes, labels, measures):
    """The pairs that become one, and the boxes of all regions; and the least margin of a choice."""
    regions = [Region(planes, labels.reshape(HEIGHT, WIDTH) == k) for k in range(labels.max() + 1)]
    alive, parts, margin, pairs = set(range(len(regions))), [], math.inf, {}

    def meet(a, b):
        if (regions[a].around & regions[b].mask).any():
            pairs[a, b] = regions[a].similarity(regions[b], measures)

    for b in range(len(regions)):
        for a in range(b):
            meet(a, b)
    while len(alive) > 1:
        ranked = sorted(pairs, key=lambda p: (-pairs[p], p))
        a, b = ranked[0]
        if len(ranked) > 1:
            margin = min(margin, pairs[ranked[0]] - pairs[ranked[1]])
        parts.append([a, b])
        regions.append(Region(planes, regions[a].mask | regions[b].mask))
        alive -= {a, b}
        pairs = {p: s for p, s in pairs.items() if a not in p and b not in p}
        for other in sorted(alive):
            meet(other, len(regions) - 1)
        alive.add(len(regions) - 1)
    return parts, [region.box for region in regions], margin


def write(arguments):
    rgb = picture()
    Image.fromarray(rgb).save(files.fixtures("DatasetsTests") / "proposals.png")
    result = []
    for name, convert in [("hsv", hsv), ("lab", lab), ("intensity", intensity)]:
        planes = convert(rgb.astype(np.float64))
        for scale in (50, 200):
            labels = segments(planes, scale, 20)
            case = dict(space=name, scale=scale, labels=labels.tolist(), strategies=[])
            for measure, measures in MEASURES.items():
                parts, boxes, margin = group(planes, labels, measures)
                print(f"{name} {scale} {measure}: {len(boxes)} regions, least margin {margin:.2g}")
                case["strategies"].append(dict(measures=measures, parts=parts, boxes=boxes))
            result.append(case)
    files.write_json(files.fixtures("DatasetsTests") / "proposals.json", result)
