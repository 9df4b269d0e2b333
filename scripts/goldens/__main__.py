"""Writes the numbers that tests hold Colonnade against, one topic at a time.

Run in scripts/, by a Python that has requirements.txt:

    python -m goldens TOPIC [ITS OPTIONS]      writes a topic's files (TOPIC --help tells its options)
    python -m goldens --all                    writes all of them
    python -m goldens --check [TOPIC | --all]  writes into a temporary folder and compares with what is committed

Each topic runs in a process of its own where there are several: PyTorch's seeds and default types are of the process.
"""

import argparse
import importlib
import os
import pathlib
import subprocess
import sys
import tempfile

from . import comparison, files

TOPICS = {
    "passes": "forward and backward passes of whole networks, and training curves, in float64: Tests/GoldenTests",
    "models": "keys, counts and logits of every network: Tests/ModelsTests",
    "operations": "losses, convolution, pooling, norms, tensors' operations: Tests/EngineTests",
    "optimizers": "steps of optimizers and schedules: Tests/EngineTests",
    "torch_files": "PyTorch's checkpoints, good and malicious: Tests/EngineTests",
    "safetensors_files": "a safetensors file of every type: Tests/EngineTests",
    "images": "decoding, resizing, augmentation, preprocessing: Tests/DatasetsTests",
    "augmentations": "torchvision's operations at fixed parameters, mixed batches: Tests/DatasetsTests",
    "numpy_files": "NumPy's files of every type: Tests/DatasetsTests",
    "proposals": "segments and regions of selective search: Tests/DatasetsTests",
    "descriptors": "histograms of oriented gradients: Tests/DatasetsTests",
    "classical": "linear support vector machines and ridge regression: Tests/ModelsTests",
    "detection": "regions, boxes, anchors, Faster R-CNN: Tests/EngineTests, Tests/ModelsTests, Tests/GoldenTests",
    "metrics": "metrics of logits with ties: Tests/TrainingTests",
    "tensorboard_events": "event files as TensorBoard's package writes them: Tests/TrainingTests",
    "digits": "the UCI digits that come with the library: Sources/Datasets/Sets/DigitsFiles.swift",
    "detection_metrics": "metrics of detections with crowds and ties: Tests/TrainingTests",
    "darknet": "YOLOv3-tiny with its published weights on photographs: Tests/ModelsTests",
    "explanation": "heat maps of what networks see, by five methods: Tests/ModelsTests",
    "evaluation": "ten crops, corruptions, calibration, rank correlation: Tests/DatasetsTests, Tests/TrainingTests",
    "yolo_losses": "YOLO's losses, versions 1 and 3, with gradients: Tests/ModelsTests",
    "benchmark_shapes": "products and convolutions of networks: Benchmarks/Sources",
    "weights": "networks with random weights, and their logits, in a folder that is named; not a part of --all",
}


def run(topic: str, rest: list[str]) -> None:
    module = importlib.import_module(f".topics.{topic}", __package__)
    parser = argparse.ArgumentParser(
        prog=f"python -m goldens {topic}", description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    if hasattr(module, "options"):
        module.options(parser)
    module.write(parser.parse_args(rest))


def run_apart(topic: str, rest: list[str], root: pathlib.Path) -> None:
    """In a process of its own."""
    scripts = pathlib.Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "goldens", "--root", root, topic, *rest]
    print(f"goldens: {topic}", file=sys.stderr, flush=True)
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(scripts)})


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m goldens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="topics:\n" + "\n".join(f"  {name:18s} {text}" for name, text in TOPICS.items()))
    parser.add_argument("--all", action="store_true", help="every topic that writes committed files")
    parser.add_argument("--check", action="store_true", help="compare with what is committed; write nothing there")
    parser.add_argument("--root", type=pathlib.Path, default=files.PROJECT, help="write below this folder instead")
    parser.add_argument("topic", nargs="?", choices=TOPICS, metavar="TOPIC")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="options of the topic")
    arguments = parser.parse_args()
    if arguments.all == bool(arguments.topic):
        parser.error("a topic or --all is wanted, one of them")
    if arguments.check and arguments.topic == "weights":
        parser.error("nothing of the topic weights is committed")
    topics = [name for name in TOPICS if name != "weights"] if arguments.all else [arguments.topic]
    if arguments.check:
        with tempfile.TemporaryDirectory(prefix="goldens-") as folder:
            for topic in topics:
                run_apart(topic, arguments.rest, pathlib.Path(folder))
            sys.exit(comparison.report(pathlib.Path(folder), files.PROJECT))
    if arguments.all:
        for topic in topics:
            run_apart(topic, [], arguments.root)
        return
    files.root = arguments.root.resolve()
    run(arguments.topic, arguments.rest)


if __name__ == "__main__":
    main()
