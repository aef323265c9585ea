"""K optimizer steps of a twin, as a golden file.

    python3 train_steps.py IN.safetensors OUT.safetensors --model sdnet [--dtype float64|float32] [--channels-last]

IN holds parameters and running statistics by name, `batches.images` [K,N,C,H,W], `batches.targets`
[K,N,classes], `batches.class_weights` [classes] and, in its metadata, `lambda1`, `lambda2` and `optimizer`:
JSON {"type": "sgd"|"adam"|"adamw", "learningRate", "weightDecay"} with {"momentum", "nesterov"} for sgd and
{"beta1", "beta2", "epsilon"} for the other two. Weight decay leaves out tensors of one dimension (biases, batch norm).
OUT gets the final parameters and running statistics by name, and `losses` [K].
"""

import json

import numpy
import torch

import safetensors_numpy
from gradients import arguments, laid_out, loss_factors, running_statistics, to_torch, training_model
from sdnet_twin import ro_loss


def optimizer_for(model, settings):
    """A torch optimizer over the model's parameters, those of one dimension without weight decay."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": settings["weightDecay"]},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    rate = settings["learningRate"]
    if settings["type"] == "sgd":
        return torch.optim.SGD(groups, rate, momentum=settings["momentum"], nesterov=settings["nesterov"])
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings["type"]]
    return kind(groups, rate, betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"])


def main():
    options = arguments(__doc__.splitlines()[0])
    tensors, metadata = safetensors_numpy.read(options.input)
    images = to_torch(options, tensors["batches.images"])
    targets = to_torch(options, tensors["batches.targets"])
    class_weights = to_torch(options, tensors["batches.class_weights"])
    factors = loss_factors(metadata)
    model = training_model(options, tensors, images[0], targets.shape[2])
    optimizer = optimizer_for(model, json.loads(metadata["optimizer"]))

    losses = []
    for step_images, step_targets in zip(images, targets):
        optimizer.zero_grad(set_to_none=True)
        loss = ro_loss(model(laid_out(options, step_images)), step_targets, class_weights, *factors)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    result = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    result.update(running_statistics(model))
    result["losses"] = numpy.array(losses)
    safetensors_numpy.write(options.output, result)


if __name__ == "__main__":
    main()
