"""Writes Tests/DatasetsTests/Fixtures/numpy_*: arrays of every type that is read, and some that are not."""

import io
import zipfile

import numpy as np

from ..files import fixtures

FOLDER = fixtures("DatasetsTests")

# Element i is 3·i − 20 (unsigned: 3·i), of a [2, 3, 4] array in row-major order.
signed = (3 * np.arange(24) - 20).reshape(2, 3, 4)
arrays = {name: signed.astype(name) for name in ["<f2", "<f4", "<f8", "<i2", "<i4", "<i8", "|i1"]}
arrays |= {name: (signed + 20).astype(name) for name in ["|u1", "<u2", "<u4", "<u8"]}
arrays["|b1"] = signed % 2 == 0
members = {f"{array.dtype.kind}{array.dtype.itemsize}": array for array in arrays.values()}
members |= {f"{name}_fortran": np.asfortranarray(array) for name, array in members.items()}
members["scalar"] = np.float32(2.5)
members["empty"] = np.zeros((0, 3), "<f4")
members["row"] = np.arange(5, dtype="<f4")


def archive(name, contents, compression):
    """As np.savez does it, but with a constant date: the same bytes on each run."""
    with zipfile.ZipFile(FOLDER / name, "w", compression) as file:
        for key, data in contents.items():
            info = zipfile.ZipInfo(key)
            info.compress_type = compression
            with file.open(info, "w", force_zip64=True) as member:
                member.write(data)


def npy(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), version)
    return stream.getvalue()


def write(arguments):
    contents = {f"{key}.npy": npy(array) for key, array in members.items()}
    archive("numpy_stored.npz", contents, zipfile.ZIP_STORED)
    archive("numpy_deflated.npz", contents, zipfile.ZIP_DEFLATED)
    archive("numpy_lzma.npz", {"f4.npy": contents["f4.npy"]}, zipfile.ZIP_LZMA)
    archive("numpy_text.npz", {"f4.npy": contents["f4.npy"], "note": b"no array"}, zipfile.ZIP_DEFLATED)
    for version in [1, 2, 3]:
        with open(FOLDER / f"numpy_version{version}.npy", "wb") as file:
            file.write(npy(members["f4"], (version, 0)))
    for name, array in {
        "big_endian": members["f4"].astype(">f4"),
        "complex": members["f4"].astype("<c8"),
        "text": np.array(["ab", "c"]),
        "record": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "object": np.array([None, 1], object),
    }.items():
        with open(FOLDER / f"numpy_bad_{name}.npy", "wb") as file:
            np.save(file, array)
