#!/usr/bin/env python3
"""Writes the fixtures of Tests/GoldenTests: what PyTorch computes in float64 for networks at their full size.

usage: make_goldens.py [NAME ...]     (default: all; a name is a fixture without .json)

Weights and pictures come from the generator of goldens/generator.py, which Tests/TestSupport/CounterGenerator.swift is in
Swift: no file holds them. Tensors are sampled at offsets from the same generator.
"""

import argparse
import json
import pathlib

from goldens import blocks, curves, full_size

OUTPUT = pathlib.Path(__file__).parent.parent / "Tests" / "GoldenTests" / "Fixtures"
LIMIT = 100_000


def write(name: str, value) -> None:
    text = json.dumps(value, separators=(",", ":")).replace('},{"', '},\n{"') + "\n"
    assert len(text) <= LIMIT, f"{name}.json has {len(text)} bytes"
    (OUTPUT / f"{name}.json").write_text(text)


def main() -> None:
    makers = {name.replace("+", "_"): (lambda name=name: full_size.fixture(name)) for name in full_size.CASES}
    makers["inception_blocks"] = blocks.fixture
    makers |= {f"curves_{name}": (lambda name=name: curves.fixture(name)) for name in curves.NETWORKS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*makers, []], metavar="NAME")
    arguments = parser.parse_args()
    for name in arguments.names or makers:
        write(name, makers[name]())


if __name__ == "__main__":
    main()
