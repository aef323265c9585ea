"""MobileNetV3-Small's twin in PyTorch: torchvision's network with the parameter names of the TypeScript one."""

from torch import nn
from torch.nn import functional

from blocks import ConvNorm, Head, SqueezeExcite, make_divisible

# kernel, exp size, #out, SE, non-linearity, stride
SETTINGS = [
    (3, 16, 16, True, "RE", 2),
    (3, 72, 24, False, "RE", 2),
    (3, 88, 24, False, "RE", 1),
    (5, 96, 40, True, "HS", 2),
    (5, 240, 40, True, "HS", 1),
    (5, 240, 40, True, "HS", 1),
    (5, 120, 48, True, "HS", 1),
    (5, 144, 48, True, "HS", 1),
    (5, 288, 96, True, "HS", 2),
    (5, 576, 96, True, "HS", 1),
    (5, 576, 96, True, "HS", 1),
]
ACTIVATIONS = {"RE": functional.relu, "HS": functional.hardswish}


class InvertedResidual(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, squeeze, activation, stride):
        super().__init__()
        self.expand = ConvNorm(inputs, expanded, 1) if expanded != inputs else None
        self.depthwise = ConvNorm(expanded, expanded, kernel, stride, groups=expanded)
        self.squeeze = SqueezeExcite(expanded, make_divisible(expanded // 4, 8)) if squeeze else None
        self.project = ConvNorm(expanded, outputs, 1)
        self.activation = ACTIVATIONS[activation]
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.activation(self.expand(x)) if self.expand else x
        y = self.activation(self.depthwise(y))
        y = self.squeeze(y) if self.squeeze else y
        y = self.project(y)
        return x + y if self.residual else y


class MobileNetV3Small(nn.Module):
    """Images [N,channels,H,W] → logits [N,classes]."""

    def __init__(self, classes=7, channels=1, dropout=0.0):
        super().__init__()
        self.stem = ConvNorm(channels, 16, 3, stride=2)
        width = 16
        self.blocks = []
        for index, (kernel, expanded, outputs, *rest) in enumerate(SETTINGS):
            block = InvertedResidual(width, kernel, expanded, outputs, *rest)
            self.add_module(f"block{index + 1}", block)
            self.blocks.append(block)
            width = outputs
        self.last = ConvNorm(width, 6 * width, 1)
        self.head = Head(6 * width, classes, dropout, hidden=1024, activation=functional.hardswish)

    def forward(self, x):
        x = functional.hardswish(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(functional.hardswish(self.last(x)))
