#!/usr/bin/env python3
"""Writes the UCI handwritten digits (1,797 pictures of 8×8, values 0…16) as gzipped IDX files.

    python scripts/make_digits_resource.py

Needs scikit-learn, which carries the data set. Origin: E. Alpaydin and C. Kaynak (1998), Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

FOLDER = Path(__file__).resolve().parent.parent / "Sources" / "Datasets" / "Resources" / "digits"


def write(name, array):
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    (FOLDER / name).write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 9, mtime=0))


digits = load_digits()
FOLDER.mkdir(parents=True, exist_ok=True)
write("digits-images-idx3-ubyte.gz", digits.images)
write("digits-labels-idx1-ubyte.gz", digits.target)
