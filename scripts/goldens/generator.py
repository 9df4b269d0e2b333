"""The counter-based generator of the goldens. Tests/TestSupport/CounterGenerator.swift is the same in Swift.

Number k (from 0) of the stream `label` is mix(mix(fnv1a(label)) + (k + 1)·γ), 64 bits: SplitMix64. A uniform number is
its upper 24 bits over 2²⁴. All that follows is float32 arithmetic whose every operation IEEE 754 rounds correctly, so
both languages have the same bits.
"""

import math

import numpy as np
import torch

GAMMA = np.uint64(0x9E3779B97F4A7C15)
MASK = (1 << 64) - 1
SQUARE = 8


def fnv(text: str) -> int:
    """FNV-1a."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mix(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def bits(label: str, count: int) -> np.ndarray:
    start = mix(np.array([fnv(label)], dtype=np.uint64))
    return mix(np.arange(1, count + 1, dtype=np.uint64) * GAMMA + start)


def uniform(label: str, count: int) -> np.ndarray:
    """float32 in [0, 1), multiples of 2⁻²⁴."""
    return (bits(label, count) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def value(key: str, shape) -> torch.Tensor:
    """The float32 value of a parameter, in the order of PyTorch's files.

    Weights are uniform with He's variance, bound √(6/fan-in). Batch norm's factors and variances lie in [0.5, 1.5), all
    else in [−0.2, 0.2). Factors at the end of residual branches are half as large, lest sums over many blocks drown
    the last ones.
    """
    u = uniform(key, math.prod(shape))
    if len(shape) > 1:
        bound = np.float32(math.sqrt(6 / math.prod(shape[1:])))
        u = (np.float32(2) * u - np.float32(1)) * bound
    elif key.endswith(("running_var", ".weight")):
        u = np.float32(0.5) + u
        if key.endswith(("bn2.weight", "bn3.weight")):
            u = u * np.float32(0.5)
    else:
        u = np.float32(0.4) * (u - np.float32(0.5))
    return torch.from_numpy(u).reshape(tuple(shape))


@torch.no_grad()
def fill(network: torch.nn.Module) -> torch.nn.Module:
    """Gives every parameter and statistic its value."""
    for key, tensor in network.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            tensor.copy_(value(key, tensor.shape))
    return network


def pictures(count: int, height: int, width: int, channels: int = 3, label: str = "input") -> torch.Tensor:
    """float32 NCHW: squares of 8×8 pixels of one colour in [−2, 2), with noise in [−0.5, 0.5) over them. Noise alone
    averages out and makes all pictures look alike to a network."""
    rows, columns = -(-height // SQUARE), -(-width // SQUARE)
    u = np.float32(4) * uniform(label, count * rows * columns * channels) - np.float32(2)
    squares = u.reshape(count, rows, columns, channels).repeat(SQUARE, axis=1).repeat(SQUARE, axis=2)
    noise = uniform(label + ".noise", count * height * width * channels) - np.float32(0.5)
    x = squares[:, :height, :width] + noise.reshape(count, height, width, channels)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def sample(label: str, count: int, wanted: int) -> np.ndarray:
    """`wanted` offsets below `count`, with repetition; all of them in order where there are no more than wanted."""
    if count <= wanted:
        return np.arange(count)
    return (bits(label, wanted) % np.uint64(count)).astype(np.int64)
