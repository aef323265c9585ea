"""Golden values for packages/sdnet/test/preprocess.test.ts, from Pillow and PyTorch.

    python3 tools/golden/preprocess.py      (needs numpy, pillow, torch)
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

generator = np.random.default_rng(1)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def resize_case(width, height, new_width, new_height):
    pixels = generator.integers(0, 256, (height, width), dtype=np.uint8)
    plane = pixels.astype(np.float32)
    pillow = np.asarray(Image.fromarray(plane, "F").resize((new_width, new_height), Image.BILINEAR))
    reduces = new_width < width or new_height < height
    pytorch = torch.nn.functional.interpolate(
        torch.from_numpy(plane.astype(np.float64))[None, None],
        (new_height, new_width),
        mode="bilinear",
        align_corners=False,
        antialias=reduces,
    )[0, 0].numpy()
    return {
        "width": width,
        "height": height,
        "newWidth": new_width,
        "newHeight": new_height,
        "pixels": encode(pixels),
        "pillow": encode(pillow.astype("<f4")),
        "pytorch": encode(pytorch.astype("<f4")),
    }


def grey_case(mode):
    channels = len(mode)
    pixels = generator.integers(0, 256, (9, 16, channels), dtype=np.uint8)
    pixels[0, :, :3] = np.linspace(0, 255, 16, dtype=np.uint8)[:, None]
    opaque = Image.new("RGB", (16, 9), "white")
    opaque.paste(Image.fromarray(pixels[:, :, :3]), mask=Image.fromarray(pixels[:, :, 3]) if channels == 4 else None)
    luma = np.asarray(opaque.convert("L"))
    return {"width": 16, "height": 9, "channels": channels, "pixels": encode(pixels), "luma": encode(luma)}


golden = {
    "resize": [
        resize_case(48, 48, 68, 68),
        resize_case(12, 10, 17, 14),
        resize_case(31, 23, 10, 8),
        resize_case(9, 20, 14, 7),
        resize_case(40, 3, 1, 3),
    ],
    "grey": [grey_case("RGB"), grey_case("RGBA")],
}
target = Path(__file__).parents[2] / "packages/sdnet/test/golden/preprocess.json"
target.write_text(json.dumps(golden, indent=2) + "\n")
