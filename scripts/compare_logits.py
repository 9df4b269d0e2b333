#!/usr/bin/env python3
"""Holds logits against a golden file: compare_logits.py NAME GOLDEN.safetensors OUTPUT.safetensors

Passes where max|Δ| ≤ 1e-4 × max|logit|, against the golden's fp32 `logits`; the deviation of both sides from its
`logits_f64` is printed beside it. One line; exit status 1 where it does not pass.
"""

import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file

TOLERANCE = 1e-4


def main() -> int:
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    name, golden_path, output_path = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    golden = load_file(golden_path)
    outputs = load_file(output_path)
    if "output" not in outputs:
        print(f"{name:14s} FAIL  {output_path} has no tensor 'output', only {sorted(outputs)}")
        return 1
    output, logits, exact = outputs["output"], golden["logits"], golden["logits_f64"]
    if output.shape != logits.shape:
        print(f"{name:14s} FAIL  output is {list(output.shape)}, not {list(logits.shape)}")
        return 1

    scale = float(np.abs(logits).max())
    difference = float(np.abs(output.astype(np.float64) - logits).max()) / scale
    ours, theirs = (float(np.abs(side - exact).max()) / scale for side in (output, logits))
    passes = difference <= TOLERANCE  # false for NaN
    print(
        f"{name:14s} {'ok  ' if passes else 'FAIL'}  max|Δ| {difference:8.1e} of max|logit| {scale:9.3f}"
        f"   from float64: ours {ours:7.1e}, torch {theirs:7.1e}"
    )
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main())
