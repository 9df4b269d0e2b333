"""The peers, a class each: how each loads the seeded weights, and what one inference or training step is.

This file is read by the comparing process too, which has to stay small: what a peer needs is imported where it runs.
"""

import importlib.util
import pathlib
import sys
import warnings
from collections.abc import Callable

TORCHVISION_OPTIONS = {"googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False}}


class Peer:
    """One library in one mode, in fp32."""

    name: str
    modules: tuple[str, ...]  # Python modules it needs
    model = "safetensors"  # what it loads: the golden weights themselves, or what export.py makes of them
    trains = False
    largest_batch: int | None = None

    @classmethod
    def missing(cls) -> list[str]:
        """Modules that are not installed."""
        return [module for module in cls.modules if importlib.util.find_spec(module) is None]

    def inference(self, network: str, directory: pathlib.Path, pictures, threads: int) -> Callable:
        """What runs `pictures`, a NumPy array [N, 3, H, W], and returns the logits."""
        raise NotImplementedError

    def training(self, network: str, directory: pathlib.Path, batch: int, threads: int) -> Callable:
        """What takes one step: forward, cross-entropy, backward, SGD with momentum."""
        raise NotImplementedError


class Torch(Peer):
    """PyTorch eager on contiguous tensors."""

    name = "torch"
    modules = ("torch", "torchvision", "safetensors")
    trains = True
    layout = "contiguous_format"

    def inference(self, network, directory, pictures, threads):
        import torch

        module = self.load(network, directory, threads).eval()
        image = torch.from_numpy(pictures).contiguous(memory_format=getattr(torch, self.layout))
        with torch.no_grad():
            forward = self.for_inference(module, image)

        def run():
            # Compiled code needs no_grad: it cannot freeze weights in inference mode.
            with torch.no_grad():
                return forward(image)

        return run

    def training(self, network, directory, batch, threads):
        import torch

        module = self.load(network, directory, threads).train()
        generator = torch.Generator().manual_seed(0)
        images = torch.randn(batch, 3, 224, 224, generator=generator)
        images = images.contiguous(memory_format=getattr(torch, self.layout))
        labels = torch.randint(0, 1000, (batch,), generator=generator)
        optimizer = torch.optim.SGD(module.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
        forward = self.for_training(module)

        def step():
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(forward(images), labels).backward()
            optimizer.step()

        return step

    def load(self, network: str, directory: pathlib.Path, threads: int):
        import torch

        torch.set_num_threads(threads)
        module = load_network(network, directory)
        return module.to(memory_format=getattr(torch, self.layout))

    def for_inference(self, module, image):
        return module

    def for_training(self, module):
        return module


class TorchChannelsLast(Torch):
    """PyTorch eager with NHWC in memory."""

    name = "torch-channels-last"
    layout = "channels_last"


class TorchCompiled(Torch):
    """torch.compile, with weights frozen into the code for inference."""

    name = "torch-compiled"

    def for_inference(self, module, image):
        import torch
        import torch._inductor.config

        torch._inductor.config.freezing = True
        return torch.compile(module, dynamic=False)

    def for_training(self, module):
        import torch

        return torch.compile(module)


class TorchScripted(Torch):
    """TorchScript, frozen and optimized for inference."""

    name = "torch-scripted"
    trains = False

    def for_inference(self, module, image):
        import torch

        return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module, image)))


class ONNXRuntime(Peer):
    """ONNX Runtime on its CPU provider."""

    name = "onnxruntime"
    modules = ("onnxruntime", "torch", "onnx")  # torch and onnx for the export
    model = "onnx"

    def inference(self, network, directory, pictures, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            directory / f"{network}.onnx", options, providers=["CPUExecutionProvider"]
        )
        return lambda: session.run(None, {"input": pictures})[0]


class OpenVINO(Peer):
    """OpenVINO tuned for latency; f32, as its default on some processors is bf16."""

    name = "openvino"
    modules = ("openvino", "torch", "onnx")
    model = "onnx"

    def inference(self, network, directory, pictures, threads):
        import openvino

        core = openvino.Core()
        model = core.read_model(directory / f"{network}.onnx")
        model.reshape({0: list(pictures.shape)})
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        return lambda: request.infer({0: pictures}, share_inputs=True, share_outputs=True)[0]


class NCNN(Peer):
    """ncnn, which takes one picture at a time; in fp32."""

    name = "ncnn"
    modules = ("ncnn", "pnnx", "torch", "onnx")
    model = "ncnn"
    largest_batch = 1

    def inference(self, network, directory, pictures, threads):
        import ncnn

        runtime = ncnn.Net()
        runtime.opt.num_threads = threads
        for option in dir(runtime.opt):
            if option.startswith(("use_fp16", "use_bf16", "use_int8")):
                setattr(runtime.opt, option, False)
        runtime.load_param(str(directory / f"{network}.ncnn.param"))
        runtime.load_model(str(directory / f"{network}.ncnn.bin"))
        picture = pictures[0].copy()

        def run():
            import numpy

            extractor = runtime.create_extractor()
            extractor.input("in0", ncnn.Mat(picture))
            return numpy.array(extractor.extract("out0")[1])[None]

        return run


PEERS = {
    peer.name: peer
    for peer in [Torch, TorchChannelsLast, TorchCompiled, TorchScripted, ONNXRuntime, OpenVINO, NCNN]
}


def load_network(network: str, directory: pathlib.Path):
    """PyTorch's network with the golden weights: torchvision's, or of scripts/goldens where torchvision has none."""
    import torchvision
    from safetensors.torch import load_file

    warnings.filterwarnings("ignore")
    if hasattr(torchvision.models, network):
        module = getattr(torchvision.models, network)(weights=None, **TORCHVISION_OPTIONS.get(network, {}))
    else:
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
        from goldens.networks import build

        module = build(network)
    module.load_state_dict(load_file(directory / f"{network}.safetensors"))
    return module
