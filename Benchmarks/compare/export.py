#!/usr/bin/env python3
"""Makes of the golden weights what other libraries load: export.py DIR onnx|ncnn NETWORK…

DIR/NETWORK.onnx (opset 17, any batch) from DIR/NETWORK.safetensors, and DIR/NETWORK.ncnn.param and .bin from that.
"""

import argparse
import pathlib
import shutil
import subprocess
import tempfile

import torch

from cases import native_size
from peers import load_network


def export_onnx(network: str, directory: pathlib.Path) -> None:
    batch = {0: "batch"}
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        path = pathlib.Path(scratch) / f"{network}.onnx"
        size = native_size(network)
        torch.onnx.export(
            load_network(network, directory).eval(), (torch.zeros(1, 3, size, size),), str(path),
            opset_version=17, dynamo=False, input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": batch, "logits": batch},
        )  # fmt: skip
        path.replace(directory / path.name)


def export_ncnn(network: str, directory: pathlib.Path) -> None:
    import pnnx

    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        # pnnx writes all it makes beside its input.
        path = pathlib.Path(scratch) / f"{network}.onnx"
        shutil.copy(directory / path.name, path)
        size = native_size(network)
        command = [pnnx.EXEC_PATH, path.name, f"inputshape=[1,3,{size},{size}]", "fp16=0"]
        subprocess.run(command, cwd=scratch, check=True, capture_output=True)
        for part in ["bin", "param"]:
            path.with_suffix(f".ncnn.{part}").replace(directory / f"{network}.ncnn.{part}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("form", choices=["onnx", "ncnn"])
    parser.add_argument("networks", nargs="+")
    arguments = parser.parse_args()
    for network in arguments.networks:
        {"onnx": export_onnx, "ncnn": export_ncnn}[arguments.form](network, arguments.directory)


if __name__ == "__main__":
    main()
