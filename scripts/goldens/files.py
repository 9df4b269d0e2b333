"""Where goldens are written: below `root`, which is the project unless `python -m goldens --root` names another."""

import json
import pathlib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 100_000

root = PROJECT


def folder(path: str) -> pathlib.Path:
    """A folder of the project, made where it is missing."""
    result = root / path
    result.mkdir(parents=True, exist_ok=True)
    return result


def fixtures(target: str) -> pathlib.Path:
    return folder(f"Tests/{target}/Fixtures")


def write_json(path: pathlib.Path, value) -> None:
    """On lines short enough for a diff; not more than 100 KB."""
    text = json.dumps(value, separators=(",", ":")).replace('},{"', '},\n{"') + "\n"
    assert len(text) <= LIMIT, f"{path.name} has {len(text)} bytes"
    path.write_text(text)
