"""Writes what torchvision computes for detection: regions pooled, with gradients (Tests/EngineTests); overlaps, offsets,
suppression, anchors and matches of boxes, and the losses of a small Faster R-CNN (Tests/ModelsTests); what a Faster R-CNN
over ResNet-50 with a feature pyramid finds in a picture of odd size (Tests/GoldenTests).

Weights come from the generator, then some are scaled so that scores are spread as a trained detector's are. All anchors and
regions are sampled in the losses, so that no two generators have to agree.
"""

import torch
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection._utils import BoxCoder, Matcher, overwrite_eps
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.transform import _resize_image_and_masks
from torchvision.ops import FrozenBatchNorm2d, batched_nms, box_iou, generalized_box_iou, nms, roi_align, roi_pool

from .. import files, generator, measure
from .operations import nhwc, rounded


def number(v: float) -> float:
    return float(f"{v:.9g}")


def numbers(t) -> list:
    return [number(v) for v in t.detach().double().flatten().tolist()]


# Regions


def regions_of(height: int, width: int) -> torch.Tensor:
    """[K, 5]: within, across the edges, outside, tiny, a whole picture, and with sides the wrong way round."""
    inside = torch.rand(3, 4) * torch.tensor([width, height, width, height])
    inside = torch.cat([torch.minimum(inside[:, :2], inside[:, 2:]), torch.maximum(inside[:, :2], inside[:, 2:])], 1)
    others = torch.tensor([
        [-3, -2.5, 4, 5], [width - 2, height - 3, width + 4, height + 2.25], [0, 0, width, height],
        [width + 9, 2, width + 12, 5], [2.25, 3.5, 2.5, 3.75], [6.5, 7.5, 3.25, 2.5], [1.5, 2.5, 2.5, 4.5],
    ])
    boxes = torch.cat([inside, others])
    boxes = (boxes * 4).round() / 4
    image = torch.arange(len(boxes)) % 2
    return torch.cat([image[:, None].float(), boxes], 1)


def region_case(name, x, rois, size, scale, compute, **arguments):
    x = x.clone().requires_grad_()
    y = compute(x, rois.to(x.dtype))
    seed = rounded(*y.shape).to(x.dtype)
    (gradient,) = torch.autograd.grad(y, x, seed)
    return {
        "name": name, "x": nhwc(x), "regions": numbers(rois), "size": list(size), "scale": scale, "y": nhwc(y),
        "seed": nhwc(seed), "gradient": nhwc(gradient), **arguments,
    }


def regions():
    cases = []
    for size, scale, samples, aligned, channels in [
        ((3, 2), 1.0, 2, False, 3), ((2, 3), 0.5, 0, False, 2), ((3, 3), 1.0, 0, True, 2), ((1, 2), 0.25, 3, True, 18),
    ]:
        height, width = (9, 7) if channels < 10 else (4, 4)
        rois = regions_of(int(height / scale), int(width / scale))
        cases.append(region_case(
            "roiAlign", rounded(2, channels, height, width).double(), rois, size, scale,
            lambda x, r: roi_align(x, r, size, scale, samples, aligned), samplingRatio=samples, aligned=aligned))
    for size, scale, channels in [((3, 2), 1.0, 3), ((2, 2), 0.5, 2), ((7, 7), 0.25, 2)]:
        height, width = (9, 7) if scale == 1 else (5, 6)
        rois = regions_of(int(height / scale), int(width / scale))
        # In float32, as bins depend on its rounding; many ties.
        x = (torch.randn(2, channels, height, width) * 2).round() / 2
        cases.append(region_case("roiPool", x, rois, size, scale, lambda x, r: roi_pool(x, r, size, scale)))
    return cases


# Boxes


def some_boxes(count: int, extent: float = 100) -> torch.Tensor:
    corner, side = torch.rand(count, 2) * extent, torch.rand(count, 2) * extent / 2 + 1
    return ((torch.cat([corner, corner + side], 1)) * 8).round() / 8


def suppressions():
    cases = []
    for count, threshold, classes in [(60, 0.3, 1), (60, 0.5, 4), (40, 0.7, 3), (1, 0.5, 1)]:
        boxes = some_boxes(count)
        boxes[count // 2:] = boxes[:count - count // 2] + (torch.rand(count - count // 2, 4) * 16).round() / 8
        scores = (torch.rand(count) * 16).round() / 16  # Many ties.
        labels = torch.randint(classes, (count,))
        kept = batched_nms(boxes.double(), scores.double(), labels, threshold)
        if classes == 1:
            assert torch.equal(kept, nms(boxes, scores, threshold))
        cases.append({
            "boxes": numbers(boxes), "scores": numbers(scores), "classes": labels.tolist(), "threshold": threshold,
            "kept": kept.tolist()})
    # An IoU that equals the threshold does not suppress.
    boxes = torch.tensor([[0, 0, 2, 1], [1, 0, 2, 1], [0, 0, 2, 1.0]])
    cases.append({
        "boxes": numbers(boxes), "scores": [0.5, 0.75, 0.25], "classes": [0, 0, 0], "threshold": 0.5,
        "kept": nms(boxes, torch.tensor([0.5, 0.75, 0.25]), 0.5).tolist()})
    return cases


def anchors():
    cases = []
    for sizes, ratios, padded, grids in [
        (((32,), (64,)), ((0.5, 1.0, 2.0),) * 2, (96, 64), ((3, 2), (2, 1))),
        (((15, 27, 33),), ((0.3, 1.0, 1.7),), (50, 77), ((3, 4),)),
    ]:
        make = AnchorGenerator(sizes, ratios)
        images = ImageList(torch.zeros(1, 3, *padded), [padded])
        boxes = make(images, [torch.zeros(1, 1, *g) for g in grids])[0]
        cases.append({
            "sizes": sizes, "aspectRatios": ratios, "picture": padded, "grids": grids, "boxes": numbers(boxes)})
    return cases


def matches():
    cases = []
    for high, low, best, objects, candidates in [(0.7, 0.3, True, 4, 40), (0.5, 0.5, False, 3, 40), (0.6, 0.2, True, 7, 9)]:
        # In tenths, so that there are ties, also with the thresholds.
        quality = (torch.rand(objects, candidates) * 10).round() / 10
        quality[0] = (quality[0] * 0.25 * 20).round() / 20 + 0.05
        found = Matcher(high, low, best)(quality)
        cases.append({
            "high": high, "low": low, "keepsBestOfEach": best, "objects": objects, "quality": numbers(quality),
            "matches": found.tolist()})
    return cases


def boxes():
    a, b = some_boxes(7), some_boxes(9)
    coders = []
    for weights in [(1.0, 1.0, 1.0, 1.0), (10.0, 10.0, 5.0, 5.0)]:
        coder = BoxCoder(weights)
        references = some_boxes(7)
        offsets = torch.randn(7, 4) * torch.tensor(weights) * 0.5
        offsets[0, 2:] = torch.tensor([9.0, 40.0])  # Clamped.
        coders.append({
            "weights": weights, "boxes": numbers(a), "references": numbers(references),
            "encoded": numbers(coder.encode_single(a.double(), references.double())), "offsets": numbers(offsets),
            "decoded": numbers(coder.decode_single(offsets.double(), references.double()))})
    return {
        "a": numbers(a), "b": numbers(b), "iou": numbers(box_iou(a.double(), b.double())),
        "generalized": numbers(generalized_box_iou(a.double(), b.double())), "coders": coders,
        "suppressions": suppressions(), "anchors": anchors(), "matches": matches(),
        "resizes": resizes(),
    }


def resizes():
    """Heights, widths, and those that GeneralizedRCNNTransform makes of them."""
    cases = []
    for shorter, longest in [(800, 1333), (600, 1000), (256, 400)]:
        for height, width in torch.randint(40, 1500, (12, 2)).tolist() + [[600, 600], [480, 640], [333, 1000]]:
            image, _ = _resize_image_and_masks(torch.zeros(1, height, width), shorter, longest)
            cases.append([shorter, longest, height, width, *image.shape[1:]])
    return cases


# Detectors


def picture(height: int, width: int, label: str) -> torch.Tensor:
    """Bytes, [3, H, W]: squares of 16×16 pixels of one colour and a little noise."""
    rows, columns = -(-height // 16), -(-width // 16)
    colours = (generator.bits(label, rows * columns * 3) % 192).astype("int64").reshape(rows, columns, 3)
    noise = (generator.bits(label + ".noise", height * width * 3) % 64).astype("int64").reshape(height, width, 3)
    squares = colours.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
    return torch.from_numpy(squares + noise).permute(2, 0, 1).contiguous()


@torch.no_grad()
def spread(network: torch.nn.Module, background: float) -> torch.nn.Module:
    """Weights of the generator, scaled so that most anchors and regions are background and boxes move a little."""
    generator.fill(network)
    state = network.state_dict()
    for key, factor in {
        "rpn.head.cls_logits": 0.25, "rpn.head.bbox_pred": 1 / 64, "roi_heads.box_predictor.cls_score": 0.5,
        "roi_heads.box_predictor.bbox_pred": 0.125,
    }.items():
        state[key + ".weight"] *= factor
    state["roi_heads.box_predictor.cls_score.bias"][0] += background
    return network


@torch.no_grad()
def detections():
    """With the first background that leaves some dozens of objects, of which float32 finds the same as float64."""
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=FrozenBatchNorm2d)
    network = spread(FasterRCNN(backbone, num_classes=21, min_size=250, max_size=400), 0).eval()
    overwrite_eps(network, 0.0)
    image = picture(211, 317, "detector")
    bias = network.roi_heads.box_predictor.cls_score.bias
    for background in [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]:
        bias[0] = bias.new_tensor(generator.value("roi_heads.box_predictor.cls_score.bias", bias.shape)[0] + background)
        found = network.float()([image.float() / 255])[0]
        exact = network.double()([image.double() / 255])[0]
        count = len(exact["labels"])
        print("background", background, "detections", count, "scores", exact["scores"][:3].tolist())
        if count != len(found["labels"]) or not torch.equal(found["labels"], exact["labels"]):
            continue
        apart = [(found[key] - exact[key]).abs().max().item() if count else 0 for key in ("boxes", "scores")]
        print("float32 apart by", apart)
        if 25 <= count <= 90 and apart[0] < 0.01 and apart[1] < 2e-5:
            break
    else:
        raise SystemExit("no background leaves some dozens of objects")
    lines = sorted(f"{key} {list(t.shape)}" for key, t in network.state_dict().items())
    return {
        "height": 211, "width": 317, "shorterSide": 250, "longestSide": 400, "classes": 20,
        "background": background, "tensors": len(lines), "keys": f"{generator.fnv(chr(10).join(lines)):016x}",
        "parameters": sum(p.numel() for p in network.parameters()),
        "boxes": numbers(exact["boxes"]), "scores": numbers(exact["scores"]), "labels": (exact["labels"] - 1).tolist(),
    }


def training():
    backbone = resnet_fpn_backbone(
        backbone_name="resnet18", weights=None, norm_layer=FrozenBatchNorm2d, trainable_layers=5)
    network = FasterRCNN(
        backbone, min_size=64, max_size=120, box_head=TwoMLPHead(256 * 49, 32), box_predictor=FastRCNNPredictor(32, 4),
        rpn_batch_size_per_image=10**6, box_batch_size_per_image=10**6, rpn_pre_nms_top_n_train=60,
        rpn_post_nms_top_n_train=40, rpn_anchor_generator=AnchorGenerator(
            ((8,), (16,), (32,), (64,), (128,)), ((0.5, 1.0, 2.0),) * 5))
    network = spread(network, 1.0).train()
    targets = [
        {"boxes": torch.tensor([[5, 7, 40, 50], [50.5, 3, 90, 33], [30, 20, 60, 60]]),
         "labels": torch.tensor([1, 3, 2])},
        {"boxes": torch.tensor([[2, 30, 51, 77.25]]), "labels": torch.tensor([2])},
    ]

    def run(dtype):
        return network.to(dtype)(
            [p.to(dtype) / 255 for p in pictures],
            [{"boxes": t["boxes"].to(dtype), "labels": t["labels"]} for t in targets])

    # The first pictures of which float32 makes the same proposals as float64.
    for labels in [("first", "second"), ("third", "fourth"), ("fifth", "sixth"), ("seventh", "eighth")]:
        pictures = [picture(61, 97, labels[0]), picture(80, 53, labels[1])]
        found, losses = run(torch.float32), run(torch.float64)
        apart = max(abs(found[k].item() / losses[k].item() - 1) for k in losses)
        print("losses", {k: v.item() for k, v in losses.items()}, "float32 apart by", apart)
        if apart < 2e-5:
            break
    else:
        raise SystemExit("float32 makes other proposals of all pictures")
    total = sum(losses.values())
    named = {k: p for k, p in network.named_parameters() if p.requires_grad}
    gradients = torch.autograd.grad(total, list(named.values()), allow_unused=True)
    wanted = [
        "backbone.body.conv1.weight", "backbone.body.layer2.0.conv1.weight", "backbone.body.layer4.1.conv2.weight",
        "backbone.fpn.inner_blocks.0.0.weight", "backbone.fpn.inner_blocks.3.0.weight",
        "backbone.fpn.layer_blocks.0.0.weight", "backbone.fpn.layer_blocks.2.0.bias", "rpn.head.conv.0.0.weight",
        "rpn.head.cls_logits.weight", "rpn.head.bbox_pred.bias", "roi_heads.box_head.fc6.weight",
        "roi_heads.box_head.fc7.bias", "roi_heads.box_predictor.cls_score.weight",
        "roi_heads.box_predictor.bbox_pred.weight",
    ]
    by_name = dict(zip(named, gradients))
    return {
        "sizes": [[61, 97], [80, 53]], "labels": labels, "shorterSide": 64, "longestSide": 120,
        "objects": [[[*b, l - 1] for b, l in zip(t["boxes"].tolist(), t["labels"].tolist())] for t in targets],
        "losses": {k: number(v.item()) for k, v in losses.items()},
        "gradients": [{
            "name": k, "norm": number(by_name[k].norm().item()),
            "samples": [number(v) for v in measure.samples(f"gradient {k}", by_name[k], 24)],
        } for k in wanted],
    }


def write(arguments):
    torch.manual_seed(14)
    files.write_json(files.fixtures("EngineTests") / "operations_regions.json", regions())
    files.write_json(files.fixtures("ModelsTests") / "detection_boxes.json", boxes())
    files.write_json(files.fixtures("ModelsTests") / "detection_training.json", training())
    files.write_json(files.fixtures("GoldenTests") / "faster_rcnn.json", detections())
