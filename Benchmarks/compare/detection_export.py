#!/usr/bin/env python3
"""Writes what the detectors of all sides need into DIR: detection_export.py DIR yolo|find|train --data DATA

yolo: of DATA/weights/yolov3-tiny.weights and DATA/pictures/dog.jpg the letterboxed input, a darknet configuration, and ONNX
files of the network and of the network with decoding and suppression. find: a Faster R-CNN over ResNet-50 with a pyramid
with seeded weights whose scores are spread as a trained one's are (see scripts/goldens/topics/detection.py), a picture, and
an ONNX file. train: the same over ResNet-50 and MobileNetV2, and pictures with objects. Beside the first two, what is found
in float64: `*_expected.json`.
"""

import argparse
import json
import pathlib
import warnings

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file

import detection_models as models
from goldens import generator
from goldens.topics import darknet, detection

PICTURE = (480, 640)
OBJECTS = 8  # in each picture to train on


def write(path: pathlib.Path, save) -> None:
    """`save` into a file beside, which is moved when it is whole."""
    part = path.with_name(path.name + ".part")
    save(part)
    part.replace(path)


def expected(path: pathlib.Path, boxes, scores, labels) -> None:
    found = [
        {"box": box, "score": score, "label": label}
        for box, score, label in zip(boxes.tolist(), scores.tolist(), labels.tolist())
    ]
    print(f"{path.name}: {len(found)} detections")
    write(path, lambda part: part.write_text(json.dumps({"detections": found})))


def onnx(path: pathlib.Path, module, arguments, outputs, **options) -> None:
    def save(part):
        torch.onnx.export(
            module, arguments, str(part), opset_version=17, dynamo=False, input_names=["input"],
            output_names=outputs, **options,
        )  # fmt: skip

    write(path, save)


def configuration() -> str:
    """YOLOv3-tiny's darknet configuration: its layers, without options of training."""
    lines = ["[net]", "width=416", "height=416", "channels=3"]

    def convolution(filters, size=3):
        lines.extend([
            "[convolutional]", "batch_normalize=1", f"filters={filters}", f"size={size}", "stride=1", "pad=1",
            "activation=leaky",
        ])  # fmt: skip

    def head(mask):
        lines.extend(["[convolutional]", "size=1", "stride=1", "pad=1", "filters=255", "activation=linear", "[yolo]"])
        anchors = ",".join(str(side) for anchor in darknet.ANCHORS for side in anchor)
        lines.extend([f"mask={mask}", f"anchors={anchors}", "classes=80", "num=6", "jitter=.3"])

    for step in range(6):
        convolution(16 << step)
        lines.extend(["[maxpool]", "size=2", f"stride={2 if step < 5 else 1}"])
    convolution(1024), convolution(256, 1), convolution(512), head("3,4,5")
    lines.extend(["[route]", "layers=-4"])
    convolution(128, 1)
    lines.extend(["[upsample]", "stride=2", "[route]", "layers=-1,8"])
    convolution(256), head("1,2,3")
    return "\n".join(lines) + "\n"


def export_yolo(directory: pathlib.Path, data: pathlib.Path) -> None:
    weights = data / "weights/yolov3-tiny.weights"
    picture = numpy.asarray(Image.open(data / "pictures/dog.jpg").convert("RGB"))
    x = torch.from_numpy(darknet.letterbox(picture)[0]).permute(2, 0, 1)[None].contiguous()
    write(directory / "yolo_input.safetensors", lambda part: save_file({"input": x}, part))
    (directory / "yolo.cfg").write_text(configuration())
    pipeline = models.YOLOPipeline(weights).eval()
    onnx(directory / "yolo_network.onnx", pipeline.network, (x,), ["coarse", "fine"])
    onnx(directory / "yolo.onnx", pipeline, (x,), ["boxes", "scores", "labels"])
    expected(directory / "yolo_expected.json", *pipeline.double()(x.double()))


def export_find(directory: pathlib.Path) -> None:
    network = detection.spread(models.detector("resnet50", "find"), models.BACKGROUND["find"]).eval()
    write(directory / "find_resnet50.safetensors", lambda part: save_file(network.state_dict(), part))
    picture = detection.picture(*PICTURE, "detector")
    write(
        directory / "find.png",
        lambda part: Image.fromarray(picture.permute(1, 2, 0).numpy().astype("uint8")).save(part, format="PNG"),
    )
    image = picture.float() / 255
    names = ["boxes", "labels", "scores"]
    onnx(directory / "find_resnet50.onnx", network, ([image],), names)
    found = network.double()([picture.double() / 255])[0]
    expected(directory / "find_expected.json", found["boxes"], found["scores"], found["labels"] - 1)


def export_train(directory: pathlib.Path) -> None:
    for trunk in ["resnet50", "mobilenet_v2"]:
        network = detection.spread(models.detector(trunk, "train"), models.BACKGROUND["train"])
        write(directory / f"train_{trunk}.safetensors", lambda part: save_file(network.state_dict(), part))
    height, width = PICTURE
    images = torch.stack([detection.picture(height, width, label).float() / 255 for label in ["first", "second"]])
    rows = []
    for image in range(2):
        u = generator.uniform(f"objects {image}", OBJECTS * 5).reshape(OBJECTS, 5)
        for x, y, w, h, label in u.tolist():
            w, h = (0.1 + 0.4 * w) * width, (0.1 + 0.4 * h) * height
            left, top = x * (width - w), y * (height - h)
            rows.append([image, int(label * models.CLASSES), left, top, left + w, top + h])
    tensors = {"images": images, "objects": torch.tensor(rows)}
    write(directory / "train_input.safetensors", lambda part: save_file(tensors, part))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("task", choices=["yolo", "find", "train"])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        if arguments.task == "yolo":
            export_yolo(arguments.directory, arguments.data)
        else:
            {"find": export_find, "train": export_train}[arguments.task](arguments.directory)


if __name__ == "__main__":
    main()
