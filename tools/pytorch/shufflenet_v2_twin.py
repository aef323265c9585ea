"""ShuffleNetV2's (1.0×) twin in PyTorch: torchvision's network with the parameter names of the TypeScript one."""

import torch
from torch import nn
from torch.nn import functional

from blocks import ConvNorm, Head

# name, channels, units
STAGES = [("stage2", 116, 4), ("stage3", 232, 8), ("stage4", 464, 4)]


def shuffle(x):
    """Interleaves the two halves of the channels."""
    first, second = x.chunk(2, dim=1)
    return torch.stack([first, second], dim=2).flatten(1, 2)


class Branch(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.pointwise1 = ConvNorm(inputs, outputs, 1)
        self.depthwise = ConvNorm(outputs, outputs, 3, stride, groups=outputs)
        self.pointwise2 = ConvNorm(outputs, outputs, 1)

    def forward(self, x):
        x = self.depthwise(functional.relu(self.pointwise1(x)))
        return functional.relu(self.pointwise2(x))


class Shortcut(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.depthwise = ConvNorm(inputs, inputs, 3, 2, groups=inputs)
        self.pointwise = ConvNorm(inputs, outputs, 1)

    def forward(self, x):
        return functional.relu(self.pointwise(self.depthwise(x)))


class Unit(nn.Module):
    """Halves height and width, with `inputs` channels."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.shortcut = Shortcut(inputs, outputs // 2)
        self.branch = Branch(inputs, outputs // 2, 2)

    def forward(self, x):
        return shuffle(torch.cat([self.shortcut(x), self.branch(x)], 1))


class SplitUnit(nn.Module):
    """Lets half of the channels pass."""

    def __init__(self, channels):
        super().__init__()
        self.branch = Branch(channels // 2, channels // 2, 1)

    def forward(self, x):
        kept, seen = x.chunk(2, dim=1)
        return shuffle(torch.cat([kept, self.branch(seen)], 1))


class ShuffleNetV2(nn.Module):
    """Images [N,channels,H,W] → logits [N,classes]."""

    def __init__(self, classes=7, channels=1, dropout=0.0):
        super().__init__()
        self.conv1 = ConvNorm(channels, 24, 3, stride=2)
        width = 24
        for name, outputs, units in STAGES:
            stage = nn.Sequential()
            stage.add_module("unit1", Unit(width, outputs))
            for index in range(2, units + 1):
                stage.add_module(f"unit{index}", SplitUnit(outputs))
            self.add_module(name, stage)
            width = outputs
        self.conv5 = ConvNorm(width, 1024, 1)
        self.head = Head(1024, classes, dropout)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 3, stride=2, padding=1)
        x = self.stage4(self.stage3(self.stage2(x)))
        return self.head(functional.relu(self.conv5(x)))
