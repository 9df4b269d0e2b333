#!/usr/bin/env python3
"""Writes the fixtures of Tests/GoldenTests: what PyTorch computes in float64 for networks at their full size.

usage: make_goldens.py [--errors] [NAME ...]     (default: all; a name is a fixture without .json)

With --errors everything stays as it is in the file but the errors of gradients: for another torch or processor, whose
last digits may differ.

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


def with_errors(old, new):
    """`old` with the gradients' errors of `new`."""
    if isinstance(old, list):
        assert len(old) == len(new)
        return [with_errors(*pair) for pair in zip(old, new)]
    if not isinstance(old, dict):
        return old
    assert old.get("name") == new.get("name")
    result = {key: with_errors(old.get(key), value) for key, value in new.items()}
    return result | {key: new[key] for key in ("error", "normError") if key in new}


def main() -> None:
    makers = {name.replace("+", "_"): (lambda name=name: full_size.fixture(name)) for name in full_size.CASES}
    makers["inception_blocks"] = blocks.fixture
    makers |= {f"curves_{name}": (lambda name=name: curves.fixture(name)) for name in curves.NETWORKS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*makers, []], metavar="NAME")
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.names or makers:
        value = makers[name]()
        if arguments.errors:
            value = with_errors(json.loads((OUTPUT / f"{name}.json").read_text()), value)
        write(name, value)


if __name__ == "__main__":
    main()
