"""The peers of detection, a class each. As in peers.py, what a peer needs is imported where it runs.

Each returns functions without arguments: for `yolo` the network alone and the whole (network, decoding, suppression), which
gives boxes in pixels of the input, scores and labels; for `find` the whole; for `train` a step, which gives the losses.
"""

import importlib.util
import math
import pathlib
import sys
from collections.abc import Callable

from detection_cases import OVERLAP, SCORE

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))


class Peer:
    name: str
    modules: tuple[str, ...]
    tasks: tuple[str, ...]  # of detection_cases.CASES

    @classmethod
    def missing(cls) -> list[str]:
        """Modules that are not installed."""
        return [module for module in cls.modules if importlib.util.find_spec(module) is None]

    def __init__(self, directory: pathlib.Path, data: pathlib.Path, threads: int):
        self.directory, self.data, self.threads = directory, data, threads

    @property
    def weights(self) -> pathlib.Path:
        return self.data / "weights/yolov3-tiny.weights"

    def tensors(self, name: str) -> dict:
        from safetensors.numpy import load_file

        return load_file(self.directory / name)

    def picture(self):
        """float32 [3, H, W] from 0 to 1."""
        import numpy
        from PIL import Image

        pixels = numpy.asarray(Image.open(self.directory / "find.png"), dtype=numpy.float32) / 255
        return numpy.ascontiguousarray(pixels.transpose(2, 0, 1))


class Torch(Peer):
    """PyTorch eager on contiguous tensors."""

    name = "torch"
    modules = ("torch", "torchvision", "safetensors")
    tasks = ("yolo", "find", "train_resnet50", "train_mobilenet_v2")
    layout = "contiguous_format"

    def prepared(self, module):
        import torch

        torch.set_num_threads(self.threads)
        return module.to(memory_format=getattr(torch, self.layout))

    def yolo(self) -> tuple[Callable, Callable]:
        import torch

        import detection_models

        pipeline = self.prepared(detection_models.YOLOPipeline(self.weights).eval())
        x = torch.from_numpy(self.tensors("yolo_input.safetensors")["input"])
        x = x.contiguous(memory_format=getattr(torch, self.layout))

        def run(module):
            with torch.inference_mode():
                return module(x)

        return lambda: run(pipeline.network), lambda: run(pipeline)

    def find(self) -> Callable:
        import torch

        import detection_models

        network = self.prepared(detection_models.loaded("resnet50", "find", self.directory).eval())
        picture = torch.from_numpy(self.picture())

        def run():
            with torch.inference_mode():
                found = network([picture])[0]
            return found["boxes"], found["scores"], found["labels"] - 1

        return run

    def train(self, trunk: str) -> Callable:
        import torch

        import detection_models

        network = self.prepared(detection_models.loaded(trunk, "train", self.directory).train())
        tensors = {name: torch.from_numpy(t) for name, t in self.tensors("train_input.safetensors").items()}
        images = list(tensors["images"])
        targets = detection_models.targets(tensors["objects"], len(images))
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        optimizer = torch.optim.SGD(trained, lr=1e-6, momentum=0.9, weight_decay=1e-4)
        torch.manual_seed(0)  # of the samples

        def step():
            optimizer.zero_grad(set_to_none=True)
            losses = network(images, targets)
            sum(losses.values()).backward()
            optimizer.step()
            return {name: loss.item() for name, loss in losses.items()}

        return step


class TorchChannelsLast(Torch):
    """PyTorch eager with NHWC in memory."""

    name = "torch-channels-last"
    layout = "channels_last"


class ONNXRuntime(Peer):
    """ONNX Runtime on its CPU provider; suppression is a part of the graph."""

    name = "onnxruntime"
    modules = ("onnxruntime", "torch", "onnx")
    tasks = ("yolo", "find")

    def session(self, name: str):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.directory / name, options, providers=["CPUExecutionProvider"])

    def yolo(self):
        network, whole = self.session("yolo_network.onnx"), self.session("yolo.onnx")
        x = {"input": self.tensors("yolo_input.safetensors")["input"]}
        return lambda: network.run(None, x), lambda: whole.run(None, x)

    def find(self):
        session, picture = self.session("find_resnet50.onnx"), self.picture()

        def run():
            boxes, labels, scores = session.run(None, {"input": picture})
            return boxes, scores, labels - 1

        return run


class OpenCV(Peer):
    """OpenCV's DNN. Version 4 reads darknet's files, and decoding is a part of its network; newer ones read ONNX."""

    name = "opencv"
    modules = ("cv2",)
    tasks = ("yolo",)

    def yolo(self):
        import cv2
        import numpy

        cv2.setNumThreads(self.threads)
        x = self.tensors("yolo_input.safetensors")["input"]
        if hasattr(cv2.dnn, "readNetFromDarknet"):
            network = cv2.dnn.readNetFromDarknet(str(self.directory / "yolo.cfg"), str(self.weights))
            network.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
            names, decode = network.getUnconnectedOutLayersNames(), numpy.concatenate
        else:
            network = cv2.dnn.readNetFromONNX(str(self.directory / "yolo_network.onnx"))
            names, decode = ["coarse", "fine"], decoded_rows

        def forward():
            network.setInput(x)
            return network.forward(names)

        def whole():
            return suppressed(cv2, decode(forward()), x.shape[3], x.shape[2])

        return forward, whole


def decoded_rows(maps):
    """Of raw outputs the rows that darknet's layers give: x, y, width, height as parts of the picture, objectness, scores."""
    import numpy

    from goldens.topics.darknet import ANCHORS, SIZE

    def sigmoid(v):
        return 1 / (1 + numpy.exp(-v))

    found = []
    for map, mask in zip(maps, [(3, 4, 5), (1, 2, 3)]):
        cells = map.shape[-1]
        rows = map.reshape(3, 85, cells * cells).transpose(0, 2, 1).reshape(-1, 85)
        places = numpy.nonzero(rows[:, 4] > math.log(SCORE / (1 - SCORE)))[0]
        rows, anchors = rows[places], numpy.array([ANCHORS[anchor] for anchor in mask], dtype=numpy.float32)
        cell = places % (cells * cells)
        middle = (sigmoid(rows[:, :2]) + numpy.stack([cell % cells, cell // cells], 1)) / cells
        sides = numpy.exp(rows[:, 2:4]) * anchors[places // (cells * cells)] / SIZE
        objectness = sigmoid(rows[:, 4:5])
        found.append(numpy.concatenate([middle, sides, objectness, sigmoid(rows[:, 5:]) * objectness], 1))
    return numpy.concatenate(found)


def suppressed(cv2, rows, width: int, height: int):
    import numpy

    rows = rows[rows[:, 4] > SCORE]
    region, label = numpy.nonzero(rows[:, 5:] > SCORE)
    scores = rows[region, 5 + label]
    numbers = rows[region, :4] * numpy.array([width, height, width, height], dtype=numpy.float32)
    corners = numbers[:, :2] - numbers[:, 2:] / 2
    sides = numpy.concatenate([corners, numbers[:, 2:]], 1)
    kept = cv2.dnn.NMSBoxesBatched(sides, scores, label.astype(numpy.int32), SCORE, OVERLAP)
    kept = numpy.asarray(kept, dtype=numpy.int64).reshape(-1)
    return numpy.concatenate([corners, corners + numbers[:, 2:]], 1)[kept], scores[kept], label[kept]


PEERS = {peer.name: peer for peer in [Torch, TorchChannelsLast, ONNXRuntime, OpenCV]}
