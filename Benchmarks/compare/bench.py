"""Everything a comparison needs at hand: programs built, weights and inputs written, and a command for each side."""

import functools
import pathlib
import subprocess
import sys

import measure
import peers
import tensors
from cases import BEFORE, Case, native_size

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = "colonnade"


class Bench:
    def __init__(
        self, directory: pathlib.Path, scratch: pathlib.Path, threads: int, triad: bool = False,
        before: pathlib.Path | None = None,
    ):  # fmt: skip
        """`before` is another build's `colonnade`."""
        self.directory = directory
        self.before = before
        self.scratch = scratch
        subprocess.run([ROOT / "scripts/setup.sh"], check=True)
        self.runner = measure.Runner(build(HERE.parent, "probe"), threads, triad)
        self.failures: dict[str, str] = {}  # by side and case what a side said that could not do it
        self.failed: set[str] = set()  # those sides

    def fail(self, side: str, case: object, failure: measure.Failure) -> None:
        self.failures[f"{side}: {case}"] = str(failure)
        self.failed.add(side)

    # Built when first asked for.
    @functools.cached_property
    def colonnade(self) -> str:
        return build(ROOT, "colonnade")

    @functools.cached_property
    def step(self) -> str:
        return build(HERE.parent, "training-step")

    @functools.cached_property
    def callers(self) -> str:
        return build(HERE.parent, "callers")

    @functools.cached_property
    def detection(self) -> str:
        return build(HERE.parent, "detection")

    def prepare(self, networks: list[str], sides: list[str]) -> None:
        """Writes golden weights, and what peers make of them, where absent or older than the weights."""
        lacking = [name for name in networks if not (self.directory / f"{name}_io.safetensors").exists()]
        if lacking:
            command = [sys.executable, "-m", "goldens", "weights", self.directory.resolve(), *lacking]
            subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT / "scripts")
        models = {peers.PEERS[side].model for side in sides if side in peers.PEERS}
        if "onnx" in models or "ncnn" in models:
            self.export("onnx", ".onnx", networks)
        if "ncnn" in models:
            self.export("ncnn", ".ncnn.bin", networks)

    def export(self, form: str, suffix: str, networks: list[str]) -> None:
        for network in networks:
            model = self.directory / f"{network}{suffix}"
            weights = self.directory / f"{network}.safetensors"
            if not model.exists() or model.stat().st_mtime < weights.stat().st_mtime:
                print(f"exporting {model.name}", file=sys.stderr)
                command = [sys.executable, HERE / "export.py", self.directory, form, network]
                # Whoever wants the model says that it is not there.
                subprocess.run(command, check=False, stdout=sys.stderr)

    def can(self, side: str, case: Case) -> bool:
        """Whether `side` does such cases at all."""
        if side == OURS:
            return True
        if side == BEFORE:
            return case.task == "inference"
        peer = peers.PEERS[side]
        return (case.task == "inference" or peer.trains) and case.batch <= (peer.largest_batch or case.batch)

    def run(self, side: str, case: Case, placement: list = []) -> dict | None:
        """One process of `side`, started by `placement`; None where it fails, which does not end the comparison."""
        picture = self.scratch / f"{case.network}_{case.batch}_{case.size}.safetensors"
        output = self.scratch / "output.safetensors"
        golden = self.directory / f"{case.network}_io.safetensors"
        if case.task == "inference":
            output.unlink(missing_ok=True)
            if not picture.exists():
                tensors.write_input(golden, case.batch, case.size, picture)
        try:
            result = self.runner.run(self.command(side, case, picture, output), case.threads, placement=placement)
        except measure.Failure as failure:
            self.fail(side, case, failure)
            return None
        if case.task == "inference" and case.size == native_size(case.network):
            result["deviation"] = tensors.deviation(golden, output)
        return result

    def command(self, side: str, case: Case, picture: pathlib.Path, output: pathlib.Path) -> list:
        options = ["--threads", case.threads, "--repeat", case.repeat]
        files = ["--input", picture, "--output", output] if case.task == "inference" else []
        if side in peers.PEERS:
            worker = [sys.executable, HERE / "worker.py", side, case.task, case.network, self.directory]
            return worker + ["--batch", case.batch] + files + options
        network = ["--network", case.network, "--weights", self.directory / f"{case.network}.safetensors", "--json"]
        if case.task == "inference":
            program = self.before if side == BEFORE else self.colonnade
            return [program, "run", *network, *files, *options]
        return [self.step, *network, "--batch", case.batch, *options]


def build(package: pathlib.Path, product: str) -> str:
    """Builds a product in release; the path of its executable."""
    command = ["swift", "build", "-c", "release", "--package-path", package, "--product", product]
    subprocess.run(command, check=True, stdout=sys.stderr)
    where = subprocess.run(command + ["--show-bin-path"], check=True, capture_output=True, text=True)
    return f"{where.stdout.strip()}/{product}"
