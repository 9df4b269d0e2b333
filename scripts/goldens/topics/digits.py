"""Writes the UCI handwritten digits (1,797 pictures of 8×8, values 0…16) as gzipped IDX files in base64, which are compiled
into the library: a literal of text costs the compiler nothing, an array of bytes half a minute.

scikit-learn carries the data set. Origin: E. Alpaydin and C. Kaynak (1998), Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0.
"""

import base64
import gzip
import struct
import textwrap

import numpy as np
from sklearn.datasets import load_digits

from .. import files

HEAD = """\
/// Optical Recognition of Handwritten Digits (the test part: 1,797 pictures of 8×8), E. Alpaydin and C. Kaynak (1998), UCI
/// Machine Learning Repository, https://doi.org/10.24432/C50P49, licensed under CC BY 4.0,
/// https://creativecommons.org/licenses/by/4.0/. Changed here: stored as gzipped IDX files, in base64.
///
/// Written by `python -m goldens digits`, in `scripts/`.
enum DigitsFiles {
"""


def member(name: str, array) -> str:
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    data = gzip.compress(header + array.astype(np.uint8).tobytes(), 9, mtime=0)
    lines = textwrap.wrap(base64.b64encode(data).decode(), 100)
    return f'  static let {name} = """\n' + "".join(f"    {line}\n" for line in lines) + '    """\n'


def write(arguments):
    digits = load_digits()
    text = HEAD + member("images", digits.images) + "\n" + member("labels", digits.target) + "}\n"
    (files.folder("Sources/Datasets/Sets") / "DigitsFiles.swift").write_text(text)
