"""Writes Tests/EngineTests/Fixtures/checkpoints: PyTorch checkpoints, good and malicious, and what is in them."""

import argparse
import collections
import datetime
import enum
import json
import math
import os
import pathlib
import pickle
import struct
import zipfile
from fractions import Fraction

import numpy
import torch
import torchvision

from .. import files

FOLDER = files.folder("Tests/EngineTests/Fixtures/checkpoints")
expected = {}


def path(name):
    return os.fspath(FOLDER / name)


def describe(tensors):
    """Keys, types, shapes and elements, in order; floats as their float32 bits."""
    result = []
    for key, tensor in tensors.items():
        tensor = tensor.detach()
        if tensor.dtype.is_floating_point:
            values = tensor.float().contiguous().flatten().view(torch.int32).tolist()
        else:
            values = tensor.long().flatten().tolist()
        result.append([key, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), values])
    return result


# The legacy format names a storage by its address in memory. Here it is numbered, in the order of use, like an address of
# as many digits: the same bytes on each run.
address = torch._C.StorageBase._cdata.__get__
storage_numbers = {}
torch.UntypedStorage._cdata = property(
    lambda storage: storage_numbers.setdefault(address(storage), 94_000_000_000_000 + 64 * len(storage_numbers)))


def save(name, value, tensors=None, **options):
    storage_numbers.clear()
    torch.save(value, path(name), **options)
    expected[name] = describe(value if tensors is None else tensors)


def every_type():
    """Every type, the two formats, protocols."""
    values = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 0.1, float("inf"), float("-inf")]
    types = collections.OrderedDict(
        half=torch.tensor(values, dtype=torch.float16),
        brain=torch.tensor(values, dtype=torch.bfloat16),
        single=torch.tensor(values, dtype=torch.float32).reshape(3, 3),
        double=torch.tensor(values, dtype=torch.float64),
        scalar=torch.tensor(3.5),
        empty=torch.zeros(0, 4),
        long=torch.tensor([-(2**62), 7], dtype=torch.int64),
        int=torch.tensor([-5, 6], dtype=torch.int32),
        byte=torch.tensor([0, 255, 3], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
    )
    save("types.pth", types)
    save("types_legacy.th", types, _use_new_zipfile_serialization=False)
    for protocol in [1, 3, 4, 5]:
        save(f"protocol{protocol}.pth", types, pickle_protocol=protocol)
        save(f"protocol{protocol}_legacy.th", types, pickle_protocol=protocol, _use_new_zipfile_serialization=False)

    # Without checksums: zeros stand in their place.
    torch.serialization.set_crc32_options(False)
    save("no_checksums.pth", types)
    torch.serialization.set_crc32_options(True)


def views_of_storages():
    """Strides, offsets, shared storages, expansion."""
    base = torch.arange(240, dtype=torch.float32)
    grid = base.reshape(2, 3, 8, 5)
    views = {
        "whole": base,
        "transposed": base[:60].reshape(12, 5).t(),
        "offset": base[100:107],
        "every_third": base[4:100:3],
        "permuted": grid.permute(0, 2, 3, 1),
        "channels_last": torch.arange(120.0).reshape(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "cut": grid[:, 1:, 2:7:2, ::2],
        "expanded": torch.tensor([7.0, 8.0]).reshape(2, 1).expand(2, 5),
        "one": grid[1, 2, 3:4, 4:],
        "half": torch.arange(20, dtype=torch.float16).reshape(4, 5).t(),
        "double": torch.arange(20, dtype=torch.float64).reshape(4, 5).t(),
        "byte": torch.arange(20, dtype=torch.uint8).reshape(4, 5).t(),
        "long": torch.arange(20).reshape(4, 5).t(),
    }
    save("views.pt", views)
    save("views_legacy.th", views, _use_new_zipfile_serialization=False)


def wrappings(net):
    """Parameters, and wrappings as training scripts have them."""
    state = net.state_dict()
    save("state.pth", state)
    save("parameters.pth", dict(net.named_parameters()))
    optimizer = torch.optim.Adam(net.parameters())
    net[2](torch.ones(1, 4)).sum().backward()
    optimizer.step()
    training = {"epoch": 3, "best": 91.5, "lr": [0.1, 0.01], "done": False, "note": "ä", "none": None,
                "shape": torch.Size([2, 3]), "type": torch.float16, "optimizer": optimizer.state_dict()}
    save("wrapped_state_dict.pth", {**training, "state_dict": state}, state)
    save("wrapped_model.pth", {"model": state, **training}, state)
    save("wrapped_model_state_dict.pth", {"model_state_dict": state, **training}, state)
    save("wrapped_twice.pth", {"model": {"state_dict": state, "step": 1}}, state)
    save("wrapped_legacy.th", {**training, "state_dict": state}, state, _use_new_zipfile_serialization=False)
    parallel = collections.OrderedDict((f"module.{key}", value) for key, value in state.items())
    save("parallel.pth", parallel, state)
    mixed = {"module.a": torch.ones(1), "b": torch.zeros(1), "_extra": 3}
    save("mixed_prefix.pth", mixed, {"module.a": mixed["module.a"], "b": mixed["b"]})


class Mode(enum.Enum):
    FINE = 1


class Configuration:
    def __init__(self):
        self.width, self.next = 3, self


def training_scripts(net):
    """What training scripts save beside the weights: objects of no interest here."""
    state = net.state_dict()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60]).state_dict()
    save("script_schedule.pth", {"model_state_dict": state, "scheduler_state_dict": schedule}, state)
    counts = collections.defaultdict(list, a=[1, 2])
    objects = {
        "args": argparse.Namespace(lr=0.1, arch="x", where=pathlib.PurePosixPath("runs/1"), mode=Mode.FINE),
        "device": torch.device("cuda:0"), "best": numpy.float64(93.1), "array": numpy.arange(3), "mode": Mode.FINE,
        "when": datetime.datetime(2026, 1, 2), "where": pathlib.PurePosixPath("runs/1"), "labels": {"cat"},
        "frozen": frozenset({1}), "function": torch.nn.functional.relu, "class": torch.nn.Linear, "counts": counts,
        "configuration": Configuration(), "number": 1j, "bytes": b"a", "range": range(3), "layout": torch.strided,
        "schedule": schedule,
    }
    save("script_objects.pth", {"net": state, **objects}, state)
    save("script_objects_protocol4.pth", {**objects, "net": state}, state, pickle_protocol=4)
    save("script_objects.th", {"net": state, **objects}, state, _use_new_zipfile_serialization=False)
    # Of PyTorch's own example of ImageNet: a tensor beside the state dict.
    parallel = {f"module.{key}": value for key, value in state.items()}
    save("script_imagenet.pth", {"epoch": 3, "arch": "resnet18", "state_dict": parallel, "best_acc1": torch.tensor(93.1),
                                 "optimizer": optimizer.state_dict(), "scheduler": schedule}, state)

    def inside(name, prefix):
        save(name, {"state_dict": {prefix + key: value for key, value in state.items()}}, state)

    inside("prefix_compiled.pth", "_orig_mod.")
    inside("prefix_lightning.pth", "model.")
    inside("prefix_all.pth", "module._orig_mod.model.module.")
    compiled = {key.replace("2.", "2._orig_mod."): value for key, value in state.items()}
    save("prefix_within.pth", compiled, state)
    average = torch.optim.swa_utils.AveragedModel(net).state_dict()
    save("average.pth", {"ema": average}, state)
    for name in ["student", "teacher"]:
        save(f"only_{name}.pth", {name: {"backbone": state}, "loss": {"center": torch.zeros(1, 4)}}, state)
    save("default_dict.pth", collections.defaultdict(None, state), state)
    save("nested.pth", {"epoch": 3, "encoder": {"w": torch.ones(1)}}, {"w": torch.ones(1)})
    save("class.pth", {"a": torch.ones(2), "b": collections.Counter("ab")}, {"a": torch.ones(2)})
    save("tensor.pth", torch.ones(3), {"tensor": torch.ones(3)})

    parameter, attributed = torch.nn.Parameter(torch.ones(2)), torch.ones(3)
    parameter.note = attributed.note = "kept with it"
    tensors = {"weight": parameter, "bias": attributed}
    save("attributes.pth", tensors)
    # Types that are not read, in sizes that the legacy format must pass by.
    other = {"z": torch.ones(3, dtype=torch.complex64), "u": torch.ones(3, dtype=torch.uint16),
             "q": torch.quantize_per_tensor(torch.ones(3), 0.5, 0, torch.qint8),
             "f": torch.ones(3).to(torch.float8_e4m3fn), "weight": torch.tensor([5.0, 6.0])}
    save("other_types.pth", other, {"weight": other["weight"]})
    save("other_types.th", other, {"weight": other["weight"]}, _use_new_zipfile_serialization=False)

    # Of several state dicts one must be chosen.
    double = {key: value * 2 for key, value in state.items()}
    storage_numbers.clear()
    torch.save({"model": state, "model_ema": {"n_averaged": torch.tensor(7), **{f"module.{key}": value for key, value in double.items()}},
                "optimizer": {"state": {0: {"weight": torch.ones(1)}}, "param_groups": []},
                "optimizer_by_name": {"weight": torch.ones(1)}}, path("several.pth"))
    torch.save(optimizer.state_dict() | {"state": {0: {"momentum_buffer": torch.ones(1)}}}, path("bad_optimizer.pth"))


def googlenet_keys():
    """All keys and shapes of torchvision's GoogLeNet with auxiliary heads; a tensor's elements are all one number."""
    googlenet = torchvision.models.googlenet(weights=None, aux_logits=True, init_weights=False).state_dict()
    numbers = torch.arange(len(googlenet), dtype=torch.float32)
    counters = torch.arange(len(googlenet))
    published = collections.OrderedDict()
    for index, (key, tensor) in enumerate(googlenet.items()):
        source = numbers if tensor.dtype.is_floating_point else counters
        published[key] = source[index].expand(tensor.shape)
    storage_numbers.clear()
    torch.save(published, path("googlenet_keys.th"), _use_new_zipfile_serialization=False)


def brain(value):
    """The nearest bfloat16, ties to even, by exact arithmetic."""
    fraction = Fraction(value)
    exponent = max(math.frexp(value)[1] - 8, -133)
    rounded = float(round(fraction / Fraction(2) ** exponent) * Fraction(2) ** exponent)
    return rounded if abs(rounded) <= 2.0**128 - 2.0**119 else math.copysign(math.inf, value)


def conversions():
    """Rounding, by torch: single numbers, and doubles that rounding by way of single precision would miss. torch goes by
    single precision itself, so for doubles numpy tells the half, and exact arithmetic the bfloat16."""
    generator = torch.Generator().manual_seed(2)
    bits = torch.randint(-(2**31), 2**31 - 1, (2000,), generator=generator, dtype=torch.int64).to(torch.int32)
    single = bits.view(torch.float32)
    single = torch.cat([single[~single.isnan()], torch.randn(1000, generator=generator) * 1e-3,
                        torch.tensor([65504.0, 65519.996, 65520.0, -65520.0, 2**-24, 2**-25, 1.5 * 2**-24, 2**-14,
                                      2**-14 - 2**-26, 1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-8, 1 + 3 * 2**-8, 3.4e38])])
    double = torch.cat([torch.tensor([1 + 2**-11 + 2**-40, 1 + 2**-11 - 2**-40, 1 + 2**-8 + 2**-40, 1 + 2**-8 - 2**-40,
                                      -(1 + 2**-11 + 2**-40), 65520 - 2**-30, 2**-25 + 2**-60, 1e300, -1e300, 1e-300, 0.1,
                                      2**-133, 2**-134 + 2**-170], dtype=torch.float64),
                        torch.randn(500, generator=generator, dtype=torch.float64)])

    rounding = {
        "single": single, "double": double, "count": torch.tensor([7]),
        "single_to_half": single.half(), "single_to_brain": single.bfloat16(), "single_to_single": single.clone(),
        "double_to_half": torch.from_numpy(double.clamp(-65521, 65521).numpy().astype("float16")),
        "double_to_brain": torch.tensor([brain(value) for value in double.tolist()], dtype=torch.float64).bfloat16(),
        "double_to_single": double.float(),
    }
    floats = [tensor.double() for tensor in rounding.values() if tensor.dtype.is_floating_point]
    for name, largest in {"half": 65520, "brain": 2.0**128 - 2.0**119, "single": 2.0**128 - 2.0**103}.items():
        lost = sum(int((tensor.isfinite() & (tensor.abs() >= largest)).sum()) for tensor in floats)
        rounding[f"overflows_{name}"] = torch.tensor([lost])
    torch.save(rounding, path("rounding.pth"))


def refused(net):
    """Compressed entries, other content."""
    with zipfile.ZipFile(path("types.pth")) as source, zipfile.ZipFile(path("bad_compressed.pth"), "w") as target:
        for entry in source.infolist():
            # A ZipInfo made here has a constant date: the same bytes on each run.
            target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED)
    torch.save({"a": torch.ones(2, dtype=torch.complex64)}, path("bad_complex.pth"))
    torch.save(net, path("bad_module.pth"))
    torch.save({"epoch": 1, "model": net}, path("bad_module_inside.pth"))
    storage_numbers.clear()
    torch.save(net, path("bad_module.th"), _use_new_zipfile_serialization=False)
    archive("bad_torchscript.pt", {"data.pkl": b"\x80\x02N.", "constants.pkl": b"\x80\x02).", "code/__torch__.py": "x"})
    archive("bad_export.pt2", {"archive_format": "pt2", "models/model.json": "{}"})
    archive("bad_keras.keras", {"metadata.json": "{}", "config.json": "{}", "model.weights.h5": "x"}, folder="")
    archive("bad_zipped.zip", {"readme.txt": "x", "model.pth": "x"})
    archive("bad_other.zip", {"word/document.xml": "x", "a\x1b[31m": "x"})


# Pickles in an archive as torch makes it and, where it says so, as the object of a legacy file.


def archive(name, entries, folder="archive/"):
    with zipfile.ZipFile(path(name), "w", zipfile.ZIP_STORED) as target:
        for entry, content in entries.items():
            target.writestr(zipfile.ZipInfo(folder + entry), content)


def zipped(name, data, storages=()):
    with zipfile.ZipFile(path(name), "w", zipfile.ZIP_STORED) as archive:
        entries = [("data.pkl", data), ("byteorder", "little"), ("version", "3\n")]
        for entry, content in entries + [(f"data/{key}", content) for key, content in storages]:
            archive.writestr(zipfile.ZipInfo(f"archive/{entry}"), content)


def legacy(name, data):
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    with open(path(name), "wb") as file:
        for value in [0x1950A86A20F9469CFC6C, 1001, system]:
            pickle.dump(value, file, protocol=2)
        file.write(data)


class Call:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def malicious():
    for name, call in {"system": Call(os.system, "touch /tmp/owned"), "eval": Call(eval, "1+1")}.items():
        for protocol in [0, 2, 4]:
            zipped(f"bad_{name}{protocol}.pth", pickle.dumps({"w": call}, protocol=protocol))
        legacy(f"bad_{name}.th", pickle.dumps({"w": call}, protocol=2))
    zipped("bad_inst.pth", b"(S'id'\nios\nsystem\n.")
    zipped("bad_obj.pth", b"(cos\nsystem\nS'id'\no.")
    zipped("bad_popen.pth", b"\x80\x02csubprocess\nPopen\n)\x81.")
    zipped("bad_import.pth", b"\x80\x04\x8c\x08builtins\x8c\x0a__import__\x93.")
    zipped("bad_set.pth", pickle.dumps({"a": {1, 2}}, protocol=4))
    zipped("bad_newobj.pth", b"\x80\x02ccollections\nOrderedDict\n)\x81.")
    zipped("bad_extension.pth", b"\x80\x02\x82\x01.")
    zipped("bad_build.pth", b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b.")
    # Dotted names would reach into other modules.
    zipped("bad_dotted.pth", b"\x80\x04\x8c\x0btorch.utils\x8c\x0d_rebuild.eval\x93.")


def exhausting():
    """Nesting, circles, sizes."""
    zipped("bad_deep.pth", b"\x80\x02" + b"]" * 30000 + b"a" * 29999 + b".")
    zipped("bad_deep_tuples.pth", b"\x80\x02)" + b"\x85" * 60000 + b".")
    zipped("bad_circle.pth", b"\x80\x02}q\x00X\x05\x00\x00\x00modelh\x00s.")
    zipped("bad_length.pth", b"\x80\x02X\xff\xff\xff\xff.")
    zipped("bad_length8.pth", b"\x80\x04\x8d" + b"\xff" * 8 + b".")
    zipped("bad_integer.pth", b"\x80\x02\x8b\x00\x00\x00\x7f.")
    zipped("bad_memo.pth", b"\x80\x02j\xff\xff\xff\xff.")
    zipped("bad_underflow.pth", b"\x80\x020000.")
    zipped("bad_mark.pth", b"\x80\x02N(\x85.")
    zipped("bad_protocol.pth", b"\x80\x09N.")


def tensor(shape, strides, offset=0, count=4, name="FloatStorage"):
    def tuple_of(numbers):
        return b"(" + b"".join(b"\x8a\x09" + number.to_bytes(9, "little", signed=True) for number in numbers) + b"t"

    return (
        b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n"
        + name.encode() + b"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + b"\x8a\x09"
        + count.to_bytes(9, "little", signed=True) + b"tQ\x8a\x09" + offset.to_bytes(9, "little", signed=True)
        + tuple_of(shape) + tuple_of(strides) + b"\x89}tRs."
    )


def crafted():
    """Tensors that their storage does not hold, beside one that it does."""
    content = [("0", struct.pack("<4f", 1, 2, 3, 4))]
    zipped("crafted.pth", tensor([2, 2], [2, 1]), content)
    expected["crafted.pth"] = describe({"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]])})
    zipped("bad_outside.pth", tensor([2, 2], [2, 2]), content)
    zipped("bad_offset.pth", tensor([2], [1], offset=3), content)
    zipped("bad_negative_offset.pth", tensor([2], [1], offset=-1), content)
    zipped("bad_negative_stride.pth", tensor([2], [-1], offset=2), content)
    zipped("bad_negative_extent.pth", tensor([-2, -2], [1, 1]), content)
    zipped("bad_overflow.pth", tensor([2**62, 4], [0, 0]), content)
    zipped("bad_overflow_zero.pth", tensor([2**62, 4, 0], [0, 0, 0]), content)
    zipped("bad_stride_overflow.pth", tensor([3, 3], [2**62, 2**62]), content)
    zipped("bad_wide.pth", tensor([2**65], [1]), content)
    zipped("bad_repeated.pth", tensor([2**40], [0]), content)
    zipped("bad_ranks.pth", tensor([1] * 65, [1] * 65), content)
    zipped("bad_strides_missing.pth", tensor([2, 2], [1]), content)
    zipped("bad_count.pth", tensor([2], [1], count=5), content)
    zipped("bad_count_huge.pth", tensor([2], [1], count=2**62), content)
    zipped("bad_storage_missing.pth", tensor([2], [1]))
    zipped("bad_storage_class.pth", tensor([2], [1], name="ComplexFloatStorage"), content)


def write(arguments):
    every_type()
    views_of_storages()
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Linear(4, 2))
    wrappings(net)
    training_scripts(net)
    googlenet_keys()
    conversions()
    refused(net)
    malicious()
    exhausting()
    crafted()
    with open(path("expected.json"), "w") as file:
        json.dump(expected, file, separators=(",", ":"))
    for name in os.listdir(FOLDER):
        assert os.path.getsize(path(name)) <= files.LIMIT, name
