"""What several twins are made of; the names are those of the TypeScript layers."""

from torch import nn
from torch.nn import functional

from sdnet_twin import batch_norm


class ConvNorm(nn.Module):
    """Convolution without bias, padded to keep height and width at stride 1, then batch norm."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, padding=None):
        super().__init__()
        padding = kernel // 2 if padding is None else padding
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = batch_norm(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x):
        gate = self.expand(functional.relu(self.reduce(x.mean((2, 3)))))
        return x * functional.hardsigmoid(gate)[:, :, None, None]


class Head(nn.Module):
    """Global average, for some networks a hidden layer, dropout, classifier."""

    def __init__(self, inputs, classes, dropout, hidden=None, activation=functional.relu):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden) if hidden else None
        self.classifier = nn.Linear(hidden or inputs, classes)
        self.dropout = dropout
        self.activation = activation

    def forward(self, x):
        features = x.mean((2, 3))
        if self.hidden:
            features = self.activation(self.hidden(features))
        return self.classifier(functional.dropout(features, self.dropout, self.training))


def make_divisible(channels, divisor):
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded
