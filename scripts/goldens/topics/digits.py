"""Writes the UCI handwritten digits (1,797 pictures of 8×8, values 0…16) as gzipped IDX files.

scikit-learn carries the data set. Origin: E. Alpaydin and C. Kaynak (1998), Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0.
"""

import gzip
import struct

import numpy as np
from sklearn.datasets import load_digits

from .. import files


def write_idx(name, array):
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    data = gzip.compress(header + array.astype(np.uint8).tobytes(), 9, mtime=0)
    (files.folder("Sources/Datasets/Resources/digits") / name).write_bytes(data)


def write(arguments):
    digits = load_digits()
    write_idx("digits-images-idx3-ubyte.gz", digits.images)
    write_idx("digits-labels-idx1-ubyte.gz", digits.target)
