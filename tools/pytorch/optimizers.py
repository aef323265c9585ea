"""Golden file for the optimizers: 20 steps of torch.optim, in float64, on a fixed gradient sequence.

    python3 optimizers.py

writes packages/autograd/test/golden/optimizers.json.

The initial values and the gradients are float32 numbers, so that both sides start from the same bits.
"""

import json
import pathlib
import re
import textwrap

import numpy
import torch

SIZE = 64
STEPS = 20
OUTPUT = pathlib.Path(__file__).parents[2] / "packages/autograd/test/golden/optimizers.json"

SGD = {"type": "sgd", "learningRate": 0.1, "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
ADAM = {"type": "adam", "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}
CASES = {
    "sgd": SGD,
    "sgd with momentum": {**SGD, "momentum": 0.9},
    "sgd with Nesterov momentum": {**SGD, "momentum": 0.9, "nesterov": True},
    "sgd with weight decay": {**SGD, "weightDecay": 0.01},
    "sgd with Nesterov momentum and weight decay": {
        **SGD, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01,
    },
    "sgd with Nesterov momentum, clipped": {**SGD, "momentum": 0.9, "nesterov": True, "clipNorm": 1.0},
    "adam": ADAM,
    "adam with L2 decay": {**ADAM, "weightDecay": 0.01},
    "adam with L2 decay, clipped": {**ADAM, "weightDecay": 0.01, "clipNorm": 1.0},
    "adamw": {**ADAM, "type": "adamw", "weightDecay": 0.01},
    "adamw with a large rate and decay": {**ADAM, "type": "adamw", "learningRate": 0.05, "weightDecay": 0.1},
}


def optimizer_for(parameter, settings):
    rate, decay = settings["learningRate"], settings["weightDecay"]
    if settings["type"] == "sgd":
        momentum, nesterov = settings["momentum"], settings["nesterov"]
        return torch.optim.SGD([parameter], rate, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings["type"]]
    betas = (settings["beta1"], settings["beta2"])
    return kind([parameter], rate, betas=betas, eps=settings["epsilon"], weight_decay=decay)


def run(settings, initial, gradients):
    """The parameters after the first and after the last step."""
    parameter = torch.nn.Parameter(torch.from_numpy(initial.astype(numpy.float64)))
    optimizer = optimizer_for(parameter, settings)
    states = []
    for gradient in gradients:
        parameter.grad = torch.from_numpy(gradient.astype(numpy.float64))
        if "clipNorm" in settings:
            torch.nn.utils.clip_grad_norm_([parameter], settings["clipNorm"])
        optimizer.step()
        states.append(parameter.detach().numpy().copy())
    return {"settings": settings, "afterFirst": states[0].tolist(), "afterLast": states[-1].tolist()}


def as_text(golden):
    """JSON indented by two, with lists of numbers filled to 110 columns and exponents as JavaScript writes them."""

    def fill(numbers):
        indent = numbers[1]
        text = " ".join(numbers[0].split())
        return textwrap.fill(text, 110, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)

    text = re.sub(r"(?<=\d)e-0", "e-", json.dumps(golden, indent=2))
    return re.sub(r"(?<=\[\n)( +)-?\d[^\]]*(?=\n *\])", fill, text) + "\n"


def main():
    generator = numpy.random.default_rng(20)
    initial = generator.normal(0, 1, SIZE).astype(numpy.float32)
    # Scales from 1e-4 to 1 and a norm on both sides of the clipping limit.
    scales = 10.0 ** generator.uniform(-4, 0, SIZE)
    swell = numpy.linspace(0.1, 2, STEPS)[:, None]
    gradients = (generator.normal(0, 1, (STEPS, SIZE)) * scales * swell).astype(numpy.float32)
    golden = {
        "writtenBy": f"tools/pytorch/optimizers.py with torch {torch.__version__}",
        "initial": initial.astype(numpy.float64).tolist(),
        "gradients": gradients.astype(numpy.float64).tolist(),
        "cases": {name: run(settings, initial, gradients) for name, settings in CASES.items()},
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(as_text(golden))


if __name__ == "__main__":
    main()
