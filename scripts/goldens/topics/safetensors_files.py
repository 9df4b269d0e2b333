"""Writes Tests/EngineTests/Fixtures/types.safetensors with the reference implementation of the format."""

import torch
from safetensors.torch import save_file

from .. import files


def write(arguments):
    values = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 0.1, float("inf"), float("-inf"), float("nan")]
    tensors = {
        "half": torch.tensor(values, dtype=torch.float16),
        "brain": torch.tensor(values, dtype=torch.bfloat16),
        "single": torch.tensor(values, dtype=torch.float32).reshape(2, 5),
        "double": torch.tensor(values, dtype=torch.float64),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "long": torch.tensor([-(2**62), 7], dtype=torch.int64),
        "int": torch.tensor([-5, 6], dtype=torch.int32),
        "byte": torch.tensor([0, 255, 3], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "short": torch.tensor([1], dtype=torch.int16),
    }
    save_file(tensors, files.fixtures("EngineTests") / "types.safetensors", metadata={"made by": "safetensors"})
