"""Times SDNet's inference in PyTorch: one JSON line a batch size, layout and mode.

    python3 benchmarks/pytorch_infer.py [--batch 1 64] [--milliseconds 3000] [--threads 2]

Rows {name, mode, layout, batch, threads, milliseconds, imagesPerSecond}: mode "eager" is the evaluation mode of the
module, "traced" the same through torch.jit.trace and torch.jit.freeze, which folds batch norm into convolutions, and
"optimized" that through torch.jit.optimize_for_inference. milliseconds is the median run.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools/pytorch"))

WARMUP = 5
WEIGHTS = ROOT / "models/sdnet-fer2013/weights.safetensors"


def median_seconds(run, milliseconds):
    """The median of the runs that fit into the time, at least five."""
    for _ in range(WARMUP):
        run()
    times = []
    while len(times) < 5 or 1000 * sum(times) < milliseconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def variants(images):
    """Yields (mode, layout, function without arguments) for a batch [N,1,68,68]."""
    import torch
    from sdnet_twin import SDNet, load_weights

    for layout, memory_format in (("nchw", torch.contiguous_format), ("channels-last", torch.channels_last)):
        model = SDNet()
        load_weights(model, str(WEIGHTS))
        model = model.eval().to(memory_format=memory_format)
        x = images.contiguous(memory_format=memory_format)
        yield "eager", layout, lambda: model(x)
        frozen = torch.jit.freeze(torch.jit.trace(model, x))
        yield "traced", layout, lambda: frozen(x)
        optimized = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))
        yield "optimized", layout, lambda: optimized(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--milliseconds", type=int, default=3000, help="time for each row")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    with torch.inference_mode():
        for batch in options.batch:
            for mode, layout, run in variants(torch.randn(batch, 1, 68, 68)):
                seconds = median_seconds(run, options.milliseconds)
                row = {
                    "name": f"PyTorch {torch.__version__}",
                    "mode": mode,
                    "layout": layout,
                    "batch": batch,
                    "threads": options.threads,
                    "milliseconds": round(1000 * seconds, 3),
                    "imagesPerSecond": round(batch / seconds, 1),
                }
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    try:
        import torch
    except ModuleNotFoundError:
        sys.exit("PyTorch is missing: apt-get install python3-torch, and run this with /usr/bin/python3")
    main()
