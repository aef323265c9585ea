"""Scores of images by an exported model in OpenCV's dnn.

    python3 score_opencv.py MODEL.onnx IMAGES.safetensors OUT.safetensors

IMAGES holds `images` [N,channels,H,W], prepared for the network. OUT gets `scores` [N,classes].
"""

import argparse

import cv2
import numpy

import safetensors_numpy


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="ONNX file")
    for name in ["images", "output"]:
        parser.add_argument(name, help="safetensors file")
    options = parser.parse_args()

    network = cv2.dnn.readNetFromONNX(options.model)
    tensors, _ = safetensors_numpy.read(options.images)
    scores = []
    for image in tensors["images"]:
        network.setInput(image[None])
        scores.append(network.forward().reshape(-1).copy())
    safetensors_numpy.write(options.output, {"scores": numpy.stack(scores)})


if __name__ == "__main__":
    main()
