"""SDNet's twin in PyTorch: the same layout, parameter names and RO loss as the TypeScript one.

For golden files and side-by-side measurements. `python3 sdnet_twin.py` prints the counts.
"""

import torch
from torch import nn
from torch.nn import functional

import safetensors_numpy


def batch_norm(channels):
    """Batch norm (epsilon 1e-5, momentum 0.1) whose state is weight, bias and the two running statistics."""
    norm = nn.BatchNorm2d(channels)
    norm.num_batches_tracked = None
    return norm


def conv(inputs, outputs, kernel, stride=1, padding=0):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)


class Separable(nn.Module):
    """Depthwise 3×3, then pointwise 1×1, nothing between."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = conv(inputs, outputs, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class Stem(nn.Module):
    """[N,channels,H,W] → [N,48,H/2,W/2]"""

    def __init__(self, channels):
        super().__init__()
        self.conv = conv(channels, 24, 3, stride=2, padding=1)
        self.norm = batch_norm(24)
        self.separable = Separable(24, 48)
        self.separable_norm = batch_norm(48)

    def forward(self, x):
        return self.separable_norm(self.separable(functional.relu(self.norm(self.conv(x)))))


class Shortcut(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.conv = conv(inputs, width, 1, stride=2)
        self.norm = batch_norm(width)

    def forward(self, x):
        return self.norm(self.conv(x))


class Residual(nn.Module):
    """Two separable convolutions and a max-pool beside a strided projection."""

    def __init__(self, inputs, width):
        super().__init__()
        self.separable1 = Separable(inputs, width)
        self.norm1 = batch_norm(width)
        self.separable2 = Separable(width, width)
        self.norm2 = batch_norm(width)
        self.shortcut = Shortcut(inputs, width)

    def forward(self, x):
        main = self.norm1(self.separable1(functional.relu(x)))
        main = self.norm2(self.separable2(functional.relu(main)))
        return functional.max_pool2d(main, 3, stride=2, padding=1) + self.shortcut(x)


class DenseLayer(nn.Module):
    """Concatenates `growth` new channels to its input."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = batch_norm(inputs)
        self.conv = conv(inputs, 4 * growth, 1)
        self.norm2 = batch_norm(4 * growth)
        self.separable = Separable(4 * growth, growth)

    def forward(self, x):
        bottleneck = self.conv(functional.relu(self.norm1(x)))
        return torch.cat([x, self.separable(functional.relu(self.norm2(bottleneck)))], 1)


class Stage(nn.Module):
    def __init__(self, inputs, width, growth, layers):
        super().__init__()
        self.residual = Residual(inputs, width)
        self.dense = nn.Sequential()
        for index in range(layers):
            self.dense.add_module(f"layer{index + 1}", DenseLayer(width + index * growth, growth))

    def forward(self, x):
        return self.dense(self.residual(x))


class ChannelAttention(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.reduce = nn.Linear(channels, channels // reduction)
        self.expand = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        pooled = [x.mean((2, 3)), x.amax((2, 3))]
        scores = sum(self.expand(functional.relu(self.reduce(vector))) for vector in pooled)
        return x * torch.sigmoid(scores)[:, :, None, None]


class SpatialAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv(2, 1, 7, padding=3)

    def forward(self, x):
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.conv(pooled))


class Cbam(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention()

    def forward(self, x):
        return self.spatial(self.channel(x))


class Head(nn.Module):
    def __init__(self, inputs, classes, dropout):
        super().__init__()
        self.norm = batch_norm(inputs)
        self.cbam = Cbam(inputs)
        self.classifier = nn.Linear(inputs, classes)
        self.dropout = dropout

    def forward(self, x):
        features = self.cbam(functional.relu(self.norm(x))).mean((2, 3))
        return self.classifier(functional.dropout(features, self.dropout, self.training))


class SDNet(nn.Module):
    """Images [N,channels,H,W] → logits [N,classes]."""

    def __init__(self, classes=7, channels=1, dropout=0.0):
        super().__init__()
        self.stem = Stem(channels)
        self.stage1 = Stage(48, 64, 24, 2)
        self.stage2 = Stage(112, 192, 32, 6)
        self.stage3 = Stage(384, 480, 48, 8)
        self.head = Head(864, classes, dropout)

    def forward(self, x):
        return self.head(self.stage3(self.stage2(self.stage1(self.stem(x)))))


def ro_loss(logits, targets, class_weights, lambda1=0.9, lambda2=0.1):
    """L = (1/B) Σ_b W_b · (−λ1 Σ p log q − λ2 Σ (1/N) log q), where W_b = Σ_c p_c W_c (paper, eq. 4–6)."""
    log_q = functional.log_softmax(logits, 1)
    per_sample = -lambda1 * (targets * log_q).sum(1) - lambda2 * log_q.mean(1)
    return ((targets @ class_weights) * per_sample).mean()


def set_state(model, tensors):
    """Copies parameters and running statistics by name; ValueError if one is missing or has another shape."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name not in tensors:
                raise ValueError(f"{name} {list(value.shape)} is missing")
            if tensors[name].shape != tuple(value.shape):
                raise ValueError(f"{name} should be {list(value.shape)}, is {list(tensors[name].shape)}")
            value.copy_(torch.from_numpy(tensors[name].copy()))


def load_weights(model, file):
    """Reads a safetensors file into the model and returns the file's metadata."""
    tensors, metadata = safetensors_numpy.read(file)
    set_state(model, tensors)
    return metadata


def count(model, images):
    """Returns (trainable parameters, multiply-adds of one image): convolutions and linear layers as often as they run."""
    multiply_adds = 0

    def add(module, inputs, output):
        nonlocal multiply_adds
        positions = output.shape[2] * output.shape[3] if output.dim() == 4 else 1
        multiply_adds += module.weight.numel() * positions

    layers = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    handles = [layer.register_forward_hook(add) for layer in layers]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return sum(parameter.numel() for parameter in model.parameters()), multiply_adds


if __name__ == "__main__":
    parameters, multiply_adds = count(SDNet().eval(), torch.zeros(1, 1, 68, 68))
    print(f"{parameters} parameters, {multiply_adds} multiply-adds (grey 68×68, 7 classes)")
