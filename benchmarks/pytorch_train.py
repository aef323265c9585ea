"""Times a training step (forward, backward, update) in PyTorch: one JSON line a layout and batch size.

    python3 benchmarks/pytorch_train.py [--model sdnet] [--batch 64 16] [--optimizer adam|sgd] [--steps 10]
        [--warmup 3] [--threads 2]

--model is one of the networks in tools/pytorch/gradients.py. Each row {name, model, layout, optimizer, batch, threads,
milliseconds, imagesPerSecond, peakMemoryMiB} is measured in a process of its own, so that the peak resident memory is
its own; milliseconds is the median step.
"""

import argparse
import json
import multiprocessing
import pathlib
import resource
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tools/pytorch"))

OPTIMIZERS = {
    "adam": {"type": "adam", "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 4e-4},
    "sgd": {"type": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 4e-4},
}


def measure(options, layout, batch):
    """One row of the table."""
    import torch
    from gradients import MODELS
    from sdnet_twin import ro_loss
    from train_steps import optimizer_for

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    memory_format = torch.channels_last if layout == "channels-last" else torch.contiguous_format
    model = MODELS[options.model]().to(memory_format=memory_format).train()
    optimizer = optimizer_for(model, OPTIMIZERS[options.optimizer])
    images = torch.randn(batch, 1, 68, 68).contiguous(memory_format=memory_format)
    targets = torch.eye(7)[torch.arange(batch) % 7]
    class_weights = torch.ones(7)

    def step():
        optimizer.zero_grad(set_to_none=True)
        ro_loss(model(images), targets, class_weights).backward()
        optimizer.step()

    for _ in range(options.warmup):
        step()
    times = []
    for _ in range(options.steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    seconds = statistics.median(times)
    return {
        "name": f"PyTorch {torch.__version__}",
        "model": options.model,
        "layout": layout,
        "optimizer": options.optimizer,
        "batch": batch,
        "threads": options.threads,
        "milliseconds": round(1000 * seconds, 2),
        "imagesPerSecond": round(batch / seconds, 1),
        "peakMemoryMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="sdnet")
    parser.add_argument("--batch", type=int, nargs="+", default=[64, 16])
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    for batch in options.batch:
        for layout in ("nchw", "channels-last"):
            with spawn.Pool(1) as pool:
                print(json.dumps(pool.apply(measure, (options, layout, batch))), flush=True)


if __name__ == "__main__":
    try:
        import torch
    except ModuleNotFoundError:
        sys.exit("PyTorch is missing: apt-get install python3-torch, and run this with /usr/bin/python3")
    main()
