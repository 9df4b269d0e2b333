"""Writes what classifiers are measured with: Tests/DatasetsTests/Fixtures/views.json, torchvision's TenCrop of a picture;
corruptions.json, corruptions of Hendrycks and Dietterich by NumPy, SciPy and Pillow, as their code computes them; and
Tests/TrainingTests/Fixtures/calibration.json, the expected calibration error by NumPy, the best temperature and the rank
correlation by SciPy.

Pictures, noise, logits and labels are drawn by the goldens' generator, so that only the answers are written.
"""

import colorsys
import io

import numpy as np
import scipy.ndimage
import scipy.optimize
import scipy.stats
from PIL import Image
from torchvision.transforms import functional as F

from .. import files, generator


def picture(label, width, height, channels):
    """Squares of 8×8 pixels of one colour with a little noise, in bytes."""
    rows, columns = -(-height // 8), -(-width // 8)
    squares = (generator.bits(label, rows * columns * channels) >> np.uint64(56)).astype(np.int64)
    squares = squares.reshape(rows, columns, channels).repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    noise = (generator.bits(label + ".noise", height * width * channels) >> np.uint64(61)).astype(np.int64)
    return (squares * 7 // 8 + noise.reshape(height, width, channels) * 4).astype(np.uint8)


def views(width, height, side):
    image = Image.fromarray(picture("views", width, height, 3))
    return dict(
        width=width, height=height, side=side,
        crops=[np.asarray(crop).flatten().tolist() for crop in F.ten_crop(image, side)])


def as_picture(x):
    if x.shape[2] == 1:
        return Image.fromarray(x[:, :, 0], "L")
    return Image.fromarray(x)


def as_array(image):
    x = np.asarray(image)
    return x if x.ndim == 3 else x[:, :, None]


def noise(x, deviation):
    """Uniform noise stands for normal noise: what is added is given."""
    u = generator.uniform("corruption", x.size).astype(np.float64).reshape(x.shape) * 4 - 2
    return (np.clip(x / 255.0 + deviation * u, 0, 1) * 255).astype(np.uint8)


def blur(x, deviation):
    y = scipy.ndimage.gaussian_filter(x / 255.0, (deviation, deviation, 0), mode="nearest", truncate=4.0)
    return (np.clip(y, 0, 1) * 255).astype(np.uint8)


def brightness(x, amount):
    if x.shape[2] == 1:
        return (np.clip(x / 255.0 + amount, 0, 1) * 255).astype(np.uint8)
    y = np.empty(x.shape)
    for row, column in np.ndindex(x.shape[:2]):
        hue, saturation, value = colorsys.rgb_to_hsv(*(x[row, column] / 255.0))
        y[row, column] = colorsys.hsv_to_rgb(hue, saturation, min(max(value + amount, 0), 1))
    return (np.clip(y, 0, 1) * 255).astype(np.uint8)


def contrast(x, factor):
    y = x / 255.0
    mean = y.mean((0, 1), keepdims=True)
    return (np.clip((y - mean) * factor + mean, 0, 1) * 255).astype(np.uint8)


def jpeg(x, quality):
    data = io.BytesIO()
    as_picture(x).save(data, "JPEG", quality=int(quality))
    return as_array(Image.open(data))


def pixelation(x, factor):
    height, width, _ = x.shape
    small = as_picture(x).resize((int(width * factor), int(height * factor)), Image.BOX)
    return as_array(small.resize((width, height), Image.BOX))


CORRUPTIONS = dict(
    gaussianNoise=(noise, [0.08, 0.38]), gaussianBlur=(blur, [0.4, 2]), brightness=(brightness, [0.1, 0.5]),
    contrast=(contrast, [0.4, 0.05]), jpeg=(jpeg, [7, 25, 80]), pixelation=(pixelation, [0.25, 0.6]))


def corruptions():
    for width, height, channels in [(21, 26, 3), (19, 10, 1)]:
        x = picture("corruption", width, height, channels)
        for name, (function, parameters) in CORRUPTIONS.items():
            for parameter in parameters:
                yield dict(
                    corruption=name, width=width, height=height, channels=channels, parameter=parameter,
                    pixels=function(x, parameter).flatten().tolist())


def calibration(name, count, classes, scale, sharpness, bins):
    """Logits that are too sure (sharpness above 1) or too unsure of labels drawn by their probabilities."""
    u = generator.uniform(name, count * classes)
    logits = (np.float32(scale) * (u - np.float32(0.5))).reshape(count, classes)
    p = np.exp(logits.astype(np.float64) / sharpness)
    p /= p.sum(1, keepdims=True)
    draws = generator.uniform(name + ".labels", count).astype(np.float64)
    labels = np.minimum((p.cumsum(1) < draws[:, None]).sum(1), classes - 1)

    def probabilities(temperature):
        z = logits.astype(np.float64) / temperature
        z -= z.max(1, keepdims=True)
        return np.exp(z) / np.exp(z).sum(1, keepdims=True)

    def loss(log_temperature):
        return -np.log(probabilities(np.exp(log_temperature))[np.arange(count), labels]).mean()

    def error(temperature):
        p = probabilities(temperature)
        confidence, right = p.max(1), p.argmax(1) == labels
        edges = np.linspace(0, 1, bins + 1)
        total = 0
        for low, high in zip(edges[:-1], edges[1:]):
            inside = (confidence > low) & (confidence <= high)
            if inside.any():
                total += inside.sum() * abs(right[inside].mean() - confidence[inside].mean())
        return total / count

    best = scipy.optimize.minimize_scalar(loss, bounds=(-4, 4), method="bounded", options=dict(xatol=1e-12))
    temperature = float(np.exp(best.x))
    return dict(
        name=name, count=count, classes=classes, scale=scale, bins=bins, labels=labels.tolist(), error=error(1),
        loss=float(loss(0)), temperature=temperature, scaledError=error(temperature), scaledLoss=float(best.fun))


def correlation(counts, shares):
    return dict(counts=counts, shares=shares, correlation=float(scipy.stats.spearmanr(counts, shares).statistic))


def write(arguments):
    fixtures = files.fixtures("DatasetsTests")
    files.write_json(fixtures / "views.json", [views(23, 19, 12), views(13, 20, 13)])
    files.write_json(fixtures / "corruptions.json", list(corruptions()))
    files.write_json(files.fixtures("TrainingTests") / "calibration.json", dict(
        calibrations=[
            calibration("too sure", 400, 6, 12, 2.5, 15), calibration("too unsure", 300, 4, 6, 0.4, 15),
            calibration("two classes", 150, 2, 5, 1, 10)],
        correlations=[
            correlation([5, 1, 9, 7, 3], [0.5, 0.1, 0.8, 0.9, 0.2]),
            correlation([4, 4, 4, 10, 1, 10], [0.25, 0.5, 0.5, 1, 0.5, 0])]))
