"""GhostNet's (1.0×) twin in PyTorch: the authors' network with the parameter names of the TypeScript one."""

import torch
from torch import nn
from torch.nn import functional

from blocks import ConvNorm, Head, SqueezeExcite, make_divisible

# kernel, exp size, #out, SE ratio, stride
SETTINGS = [
    (3, 16, 16, 0, 1),
    (3, 48, 24, 0, 2),
    (3, 72, 24, 0, 1),
    (5, 72, 40, 0.25, 2),
    (5, 120, 40, 0.25, 1),
    (3, 240, 80, 0, 2),
    (3, 200, 80, 0, 1),
    (3, 184, 80, 0, 1),
    (3, 184, 80, 0, 1),
    (3, 480, 112, 0.25, 1),
    (3, 672, 112, 0.25, 1),
    (5, 672, 160, 0.25, 2),
    (5, 960, 160, 0, 1),
    (5, 960, 160, 0.25, 1),
    (5, 960, 160, 0, 1),
    (5, 960, 160, 0.25, 1),
]


class GhostModule(nn.Module):
    def __init__(self, inputs, outputs, relu):
        super().__init__()
        half = outputs // 2
        self.primary = ConvNorm(inputs, half, 1)
        self.cheap = ConvNorm(half, half, 3, groups=half)
        self.activation = nn.ReLU() if relu else nn.Identity()

    def forward(self, x):
        primary = self.activation(self.primary(x))
        return torch.cat([primary, self.activation(self.cheap(primary))], 1)


class Shortcut(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.depthwise = ConvNorm(inputs, inputs, kernel, stride, groups=inputs)
        self.pointwise = ConvNorm(inputs, outputs, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class GhostBottleneck(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, ratio, stride):
        super().__init__()
        self.ghost1 = GhostModule(inputs, expanded, relu=True)
        self.depthwise = ConvNorm(expanded, expanded, kernel, stride, groups=expanded) if stride > 1 else nn.Identity()
        self.squeeze = SqueezeExcite(expanded, make_divisible(expanded * ratio, 4)) if ratio else nn.Identity()
        self.ghost2 = GhostModule(expanded, outputs, relu=False)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else Shortcut(inputs, outputs, kernel, stride)

    def forward(self, x):
        return self.ghost2(self.squeeze(self.depthwise(self.ghost1(x)))) + self.shortcut(x)


class GhostNet(nn.Module):
    """Images [N,channels,H,W] → logits [N,classes]."""

    def __init__(self, classes=7, channels=1, dropout=0.0):
        super().__init__()
        self.stem = ConvNorm(channels, 16, 3, stride=2)
        width = 16
        self.blocks = []
        for index, (kernel, expanded, outputs, ratio, stride) in enumerate(SETTINGS):
            block = GhostBottleneck(width, kernel, expanded, outputs, ratio, stride)
            self.add_module(f"block{index + 1}", block)
            self.blocks.append(block)
            width = outputs
        self.last = ConvNorm(width, 960, 1)
        self.head = Head(960, classes, dropout, hidden=1280)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(functional.relu(self.last(x)))
