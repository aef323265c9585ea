"""Scores of images by a twin with trained weights.

    python3 score.py WEIGHTS.safetensors IMAGES.safetensors OUT.safetensors

WEIGHTS is a file of trained weights; its metadata says of which network and classes. IMAGES holds `images`
[N,channels,H,W], prepared for it. OUT gets `scores` [N,classes], their soft-max.
"""

import argparse
import json

import torch

import safetensors_numpy
from gradients import MODELS
from sdnet_twin import load_weights

BATCH = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ["weights", "images", "output"]:
        parser.add_argument(name, help="safetensors file")
    options = parser.parse_args()

    _, metadata = safetensors_numpy.read(options.weights)
    classes = len(json.loads(metadata["classNames"]))
    model = MODELS[metadata["model"]](classes=classes, channels=int(metadata["channels"])).eval()
    load_weights(model, options.weights)

    tensors, _ = safetensors_numpy.read(options.images)
    images = torch.from_numpy(tensors["images"].copy())
    with torch.no_grad():
        scores = torch.cat([model(batch).softmax(1) for batch in images.split(BATCH)])
    safetensors_numpy.write(options.output, {"scores": scores.numpy()})


if __name__ == "__main__":
    main()
