"""Input and logits in safetensors files, by the standard library alone: this process has to stay small (measure.py)."""

import array
import json
import math
import pathlib
import struct


def read(path: pathlib.Path, key: str) -> tuple[str, list[int], bytes]:
    """Type, shape and bytes of one tensor."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(length))[key]
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        return entry["dtype"], entry["shape"], file.read(end - begin)


def write_input(golden: pathlib.Path, batch: int, size: int, path: pathlib.Path) -> None:
    """Writes `input` [batch, 3, size, size]: the golden file's pictures in turn, cut or repeated to the size."""
    _, (count, channels, height, width), data = read(golden, "input")
    row_bytes = 4 * width
    pictures = []
    for picture in range(min(count, batch)):
        rows = []
        for channel in range(channels):
            for y in range(size):
                begin = ((picture * channels + channel) * height + y % height) * row_bytes
                row = data[begin : begin + row_bytes]
                rows.append((row * (size // width + 1))[: 4 * size])
        pictures.append(b"".join(rows))
    shape = [batch, channels, size, size]
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 4 * math.prod(shape)]}
    header = json.dumps({"input": entry}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for index in range(batch):
            file.write(pictures[index % len(pictures)])


def deviation(golden: pathlib.Path, output: pathlib.Path) -> float:
    """max|Δ| of `output` from the float64 logits of the pictures it was made of, relative to the largest logit."""
    _, (count, classes), exact_bytes = read(golden, "logits_f64")
    exact = array.array("d", exact_bytes)
    _, shape, output_bytes = read(output, "output")
    logits = array.array("f", output_bytes)
    if len(shape) != 2 or shape[1] != classes or not all(map(math.isfinite, logits)):
        return math.inf
    period = count * classes
    worst = max(abs(value - exact[index % period]) for index, value in enumerate(logits))
    return worst / max(map(abs, exact))
