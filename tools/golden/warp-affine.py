"""Golden values for packages/lab/test/warp-affine.test.ts, from PyTorch.

    python3 tools/golden/warp-affine.py      (needs numpy, torch)
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch

generator = np.random.default_rng(2)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def case(width, height, new_width, new_height, inverse):
    pixels = generator.integers(0, 256, (height, width), dtype=np.uint8)
    a, b, c, d, e, f = inverse
    y, x = np.mgrid[0:new_height, 0:new_width] + 0.5
    grid = np.stack([2 * (a * x + b * y + c) / width - 1, 2 * (d * x + e * y + f) / height - 1], -1)
    warped = torch.nn.functional.grid_sample(
        torch.from_numpy(pixels.astype(np.float64))[None, None],
        torch.from_numpy(grid)[None],
        mode="bilinear",
        padding_mode="reflection",
        align_corners=False,
    )[0, 0].numpy()
    return {
        "width": width,
        "height": height,
        "newWidth": new_width,
        "newHeight": new_height,
        "inverse": " ".join(map(str, inverse)),
        "pixels": encode(pixels),
        "warped": encode(warped.astype("<f4")),
    }


golden = [
    case(12, 10, 17, 14, [12 / 17, 0, 0, 0, 10 / 14, 0]),
    case(20, 20, 28, 28, [0.61, -0.33, 3.2, 0.35, 0.58, -2.9]),
    case(7, 5, 16, 16, [-1.7, 0.4, 11.3, 0.2, 1.1, -9.7]),
]
target = Path(__file__).parents[2] / "packages/lab/test/golden/warp-affine.json"
target.write_text(json.dumps(golden, indent=2) + "\n")
