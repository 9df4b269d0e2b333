"""Writes the fixtures of Tests/GoldenTests: what PyTorch computes in float64 for networks at their full size.

With --errors everything stays as it is in the file but the errors of gradients: for another torch or processor, whose
last digits may differ.

Weights and pictures come from the generator of generator.py, which Tests/TestSupport/CounterGenerator.swift is in
Swift: no file holds them. Tensors are sampled at offsets from the same generator.
"""

import json

from .. import blocks, curves, files, full_size

COMMITTED = files.PROJECT / "Tests/GoldenTests/Fixtures"
MAKERS = {name.replace("+", "_"): (lambda name=name: full_size.fixture(name)) for name in full_size.CASES}
MAKERS["inception_blocks"] = blocks.fixture
MAKERS |= {f"curves_{name}": (lambda name=name: curves.fixture(name)) for name in curves.NETWORKS}


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


def options(parser) -> None:
    parser.add_argument("names", nargs="*", choices=[*MAKERS, []], metavar="NAME", help="a fixture without .json")
    parser.add_argument("--errors", action="store_true", help="write the errors of gradients alone")


def write(arguments) -> None:
    for name in arguments.names or MAKERS:
        value = MAKERS[name]()
        if arguments.errors:
            value = with_errors(json.loads((COMMITTED / f"{name}.json").read_text()), value)
        files.write_json(files.fixtures("GoldenTests") / f"{name}.json", value)
