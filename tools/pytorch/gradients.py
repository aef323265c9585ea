"""One training-mode forward and backward pass of a twin, as a golden file.

    python3 gradients.py IN.safetensors OUT.safetensors --model sdnet [--dtype float64|float32] [--channels-last]

IN holds parameters and running statistics by name, `batch.images` [N,C,H,W], `batch.targets`
[N,classes] (probabilities), `batch.class_weights` [classes] and, in its metadata, `lambda1` and `lambda2`.
OUT gets `loss` [], `logits` [N,classes], `gradient.NAME` of every parameter and `updated.NAME` of every
running statistic.

At the kinks of ReLUs and maxima another pass can decide: each ReLU lets pass what is positive in `batch.relu`
[N,values] (all ReLUs' outputs in the order in which they run) instead of what is positive here, and each maximum takes
the element that is largest in `batch.max` [N,values] (all maxima's inputs). OUT then gets the number of `flips` []
between the decisions there and here.
"""

import argparse
import contextlib

import numpy
import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

import safetensors_numpy
from ghostnet_twin import GhostNet
from mobilenet_v3_small_twin import MobileNetV3Small
from sdnet_twin import SDNet, ro_loss, set_state
from shufflenet_v2_twin import ShuffleNetV2
from xception_twin import Xception

MODELS = {
    "sdnet": SDNet,
    "mobilenet-v3-small": MobileNetV3Small,
    "shufflenet-v2": ShuffleNetV2,
    "ghostnet": GhostNet,
    "xception": Xception,
}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


def arguments(description):
    """The command line shared by gradients.py and train_steps.py."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("input", help="safetensors file with weights and batches")
    parser.add_argument("output", help="safetensors file to write")
    parser.add_argument("--model", choices=MODELS, default="sdnet")
    parser.add_argument("--dtype", choices=DTYPES, default="float64")
    parser.add_argument("--channels-last", action="store_true", help="NHWC memory layout")
    return parser.parse_args()


def training_model(options, tensors, images, classes):
    """The named model in training mode with the tensors' weights, for images [N,C,H,W]."""
    model = MODELS[options.model](classes=classes, channels=images.shape[1]).to(DTYPES[options.dtype])
    set_state(model, tensors)
    if options.channels_last:
        model = model.to(memory_format=torch.channels_last)
    return model.train()


def to_torch(options, array):
    return torch.from_numpy(array.copy()).to(DTYPES[options.dtype])


def loss_factors(metadata):
    return float(metadata["lambda1"]), float(metadata["lambda2"])


def laid_out(options, images):
    return images.contiguous(memory_format=torch.channels_last) if options.channels_last else images


def running_statistics(model):
    return {name: buffer.numpy() for name, buffer in model.named_buffers()}


class Recorded:
    """A pass's values [N,values], taken piece by piece in the order in which they were computed."""

    def __init__(self, values):
        self.values = values
        self.position = 0

    def like(self, x):
        length = x[0].numel()
        piece = self.values[:, self.position : self.position + length].reshape(x.shape)
        self.position += length
        return piece


class ImposedKinks(TorchFunctionMode):
    """ReLUs and maxima that decide as a recorded pass did."""

    def __init__(self, relu, maxima):
        super().__init__()
        self.relu = relu
        self.maxima = maxima
        self.flips = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.relu and function in (functional.relu, torch.relu):
            return self.imposed_relu(*args[:1])
        if self.maxima and function is functional.max_pool2d:
            return self.imposed_max_pool(function, *args, **kwargs)
        if self.maxima and function is torch.Tensor.amax:
            return self.imposed_amax(function, *args, **kwargs)
        return function(*args, **kwargs)

    def imposed_relu(self, x):
        passes = self.relu.like(x) > 0
        self.flips += (passes != (x > 0)).sum().item()
        return x * passes

    def imposed_max_pool(self, function, x, *args, **kwargs):
        _, chosen = function(self.maxima.like(x), *args, **{**kwargs, "return_indices": True})
        imposed = x.flatten(2).gather(2, chosen.flatten(2)).reshape(chosen.shape)
        self.flips += (imposed < function(x, *args, **kwargs)).sum().item()
        return imposed

    def imposed_amax(self, function, x, dim, keepdim=False):
        recorded = self.maxima.like(x)
        chosen = recorded == function(recorded, dim, keepdim=True)
        imposed = (x * chosen).sum(dim, keepdim=keepdim) / chosen.sum(dim, keepdim=keepdim)
        self.flips += (imposed < function(x, dim, keepdim=keepdim)).sum().item()
        return imposed


def imposed_kinks(tensors):
    """Decisions of the recorded pass in `tensors`; None where there is none."""
    relu, maxima = (
        Recorded(torch.from_numpy(tensors[name].copy())) if name in tensors else None
        for name in ("batch.relu", "batch.max")
    )
    return ImposedKinks(relu, maxima) if relu or maxima else None


def main():
    options = arguments(__doc__.splitlines()[0])
    tensors, metadata = safetensors_numpy.read(options.input)
    images = to_torch(options, tensors["batch.images"])
    targets = to_torch(options, tensors["batch.targets"])
    class_weights = to_torch(options, tensors["batch.class_weights"])
    model = training_model(options, tensors, images, targets.shape[1])

    kinks = imposed_kinks(tensors)
    with kinks or contextlib.nullcontext():
        logits = model(laid_out(options, images))
    loss = ro_loss(logits, targets, class_weights, *loss_factors(metadata))
    loss.backward()

    result = {"loss": loss.detach().numpy(), "logits": logits.detach().numpy()}
    for name, parameter in model.named_parameters():
        result[f"gradient.{name}"] = parameter.grad.numpy()
    for name, statistic in running_statistics(model).items():
        result[f"updated.{name}"] = statistic
    if kinks:
        result["flips"] = numpy.float64(kinks.flips)
    safetensors_numpy.write(options.output, result)


if __name__ == "__main__":
    main()
