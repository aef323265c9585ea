"""Xception's twin in PyTorch: Keras Applications' network with the parameter names of the TypeScript one.

Unlike Keras, max-pooling pads maps of even size on both sides.
"""

from torch import nn
from torch.nn import functional

from blocks import ConvNorm, Head
from sdnet_twin import Separable, batch_norm


class Block(nn.Module):
    """Separable convolutions to the given channels, each after a ReLU and before batch norm.

    The first block's first ReLU, which the paper leaves out, finds nothing negative.
    """

    def __init__(self, inputs, channels):
        super().__init__()
        self.layers = []
        for index, outputs in enumerate(channels, 1):
            separable, norm = Separable(inputs, outputs), batch_norm(outputs)
            self.add_module(f"separable{index}", separable)
            self.add_module(f"norm{index}", norm)
            self.layers.append((separable, norm))
            inputs = outputs

    def main(self, x):
        for separable, norm in self.layers:
            x = norm(separable(functional.relu(x)))
        return x

    def forward(self, x):
        return self.main(x) + x


class ReducingBlock(Block):
    """Halves height and width."""

    def __init__(self, inputs, channels):
        super().__init__(inputs, channels)
        self.shortcut = ConvNorm(inputs, channels[-1], 1, stride=2)

    def forward(self, x):
        return functional.max_pool2d(self.main(x), 3, stride=2, padding=1) + self.shortcut(x)


class Stem(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvNorm(channels, 32, 3, stride=2, padding=0)
        self.conv2 = ConvNorm(32, 64, 3, padding=0)

    def forward(self, x):
        return functional.relu(self.conv2(functional.relu(self.conv1(x))))


class Exit(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual = ReducingBlock(728, [728, 1024])
        self.separable1, self.norm1 = Separable(1024, 1536), batch_norm(1536)
        self.separable2, self.norm2 = Separable(1536, 2048), batch_norm(2048)

    def forward(self, x):
        x = functional.relu(self.norm1(self.separable1(self.residual(x))))
        return functional.relu(self.norm2(self.separable2(x)))


class Xception(nn.Module):
    """Images [N,channels,H,W] → logits [N,classes]."""

    def __init__(self, classes=7, channels=1, dropout=0.0):
        super().__init__()
        self.stem = Stem(channels)
        self.entry1 = ReducingBlock(64, [128, 128])
        self.entry2 = ReducingBlock(128, [256, 256])
        self.entry3 = ReducingBlock(256, [728, 728])
        for index in range(8):
            self.add_module(f"middle{index + 1}", Block(728, [728, 728, 728]))
        self.exit = Exit()
        self.head = Head(2048, classes, dropout)

    def forward(self, x):
        x = self.entry3(self.entry2(self.entry1(self.stem(x))))
        for index in range(8):
            x = getattr(self, f"middle{index + 1}")(x)
        return self.head(self.exit(x))
