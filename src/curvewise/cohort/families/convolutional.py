r"""The convolutional networks in plain torch.nn: what every way of training them computes.

Letters: B images, S channels, F filters, h x w pixels of a map, phi the activation, * a convolution
with kernels of 3 x 3 that keeps height and width (one pixel of zeros around), N the normalisation.

plain (LeCun et al. 1998; stages of 3 x 3 as Simonyan & Zisserman 2014, arXiv 1409.1556): a layer is
y = phi(N(W * x + b)), (B, S, h, w) -> (B, F, h, w); the last one of a stage pools before its activation,

    y = phi(P(N(W * x + b))),    P the largest of each 2 x 2 pixels,    -> (B, F, floor(h/2), floor(w/2))

which for an activation that never falls (all but GELU and SiLU) is the same as pooling after it, at a
quarter of the work. All maps of the last stage, flattened, enter dropout and the output's linear map.

residual (He et al. 2015, arXiv 1512.03385, section 3 and figure 2): a stem phi(N(W * x + b)), then blocks

    y = phi(N(W_2 * phi(N(W_1 * x + b_1)) + b_2) + skip(x))

with skip(x) = x, but in the first block of each stage after the first, where W_1 moves by two pixels and
the channels change, skip(x) = N(W_s * x' + b_s), W_s kernels of 1 x 1 and x' every second pixel of every
second line of x (their option B). The means of the last maps over all pixels (B, F) enter dropout and the
output's linear map.

N is nothing, batch normalisation (Ioffe & Szegedy 2015, arXiv 1502.03167; eps 1e-5, momentum 0.1) or
group normalisation (Wu & He 2018, arXiv 1803.08494; eps 1e-5). A convolution that is normalised has no
b: N's shifts take its place.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from curvewise.cohort.dropout import HashDropout
from curvewise.cohort.families.convolutional_shape import Convolution, ConvolutionalShape, groups
from curvewise.cohort.families.perceptron import ACTIVATIONS


class ConvolutionLayer(nn.Module):
    """Convolution, normalisation and what comes ``after``: (B, S, h, w) -> (B, F, h', w')."""

    def __init__(self, layer: Convolution, shape: ConvolutionalShape, after: nn.Module) -> None:
        super().__init__()
        unshifted = shape.normalisation == "none"
        sizes = (layer.channels, layer.filters, layer.size, layer.stride)
        self.convolution = nn.Conv2d(*sizes, padding=layer.size // 2, bias=unshifted)
        self.normalisation = _normalisation(shape, layer.filters)
        self.after = after

    def forward(self, maps: Tensor) -> Tensor:
        """One layer forward."""
        kernels = self.convolution
        # Pixel by pixel with its channels side by side: a third to a half faster on a CPU than map by map,
        # and copying the kernels costs nothing beside; the parameters stay in torch's usual order
        weight = kernels.weight.clone(memory_format=torch.channels_last)
        convolved = functional.conv2d(maps, weight, kernels.bias, kernels.stride, kernels.padding)
        after: Tensor = self.after(self.normalisation(convolved))
        return after


class ResidualBlock(nn.Module):
    """Two convolutions and the skip around them: (B, S, h, w) -> (B, F, h', w')."""

    def __init__(self, name: str, shape: ConvolutionalShape) -> None:
        super().__init__()
        layers = {layer.name.removeprefix(f"{name}."): layer for layer in shape.layers()}
        self.first = ConvolutionLayer(layers["first"], shape, ACTIVATIONS[shape.activation]())
        self.second = ConvolutionLayer(layers["second"], shape, nn.Identity())
        skip = layers.get("skip")
        self.skip = nn.Identity() if skip is None else ConvolutionLayer(skip, shape, nn.Identity())
        self.stride = layers["first"].stride
        self.activation = ACTIVATIONS[shape.activation]()

    def forward(self, maps: Tensor) -> Tensor:
        """One block forward."""
        # Not by the convolution's own stride: oneDNN then writes outside its memory where there are fewer
        # than 16 channels (github.com/uxlfoundation/oneDNN, issue 6035)
        seen = maps[:, :, :: self.stride, :: self.stride]
        activations: Tensor = self.activation(self.second(self.first(maps)) + self.skip(seen))
        return activations


class Convolutional(nn.Module):
    """A convolutional network, plain or residual, and a linear map of what its last stage sees.

    Parameters are named ``stages.{s}.{l}.convolution.weight|bias`` and ``...normalisation.weight|bias``
    (with ``running_mean``, ``running_var`` and ``num_batches_tracked`` under batch normalisation) in
    plain networks; in residual ones ``stem.convolution.weight`` and so on and
    ``stages.{s}.{block}.first|second|skip.convolution.weight``; ``output.weight|bias``.
    """

    def __init__(self, shape: ConvolutionalShape) -> None:
        super().__init__()
        self.shape = shape
        residual = shape.residual
        self.stem = _stem(shape) if residual else nn.Identity()
        stages = range(len(shape.filters))
        self.stages = nn.Sequential(
            *(_residual_stage(s, shape) if residual else _plain_stage(s, shape) for s in stages)
        )
        self.pooling = nn.AdaptiveAvgPool2d(1) if residual else nn.Identity()
        self.dropout = HashDropout(shape.dropout, 0)
        self.output = nn.Linear(shape.features, shape.outputs)

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels (B, S, height, width) float32 -> logits or predictions (B, C)."""
        features = self.pooling(self.stages(self.stem(pixels))).flatten(1)
        outputs: Tensor = self.output(self.dropout(features))
        return outputs

    def set_moment(self, seed: int, step: int) -> None:
        """Name the training step about to be taken; dropout draws its masks from it."""
        self.dropout.moment = (seed, step)


def _stem(shape: ConvolutionalShape) -> ConvolutionLayer:
    return ConvolutionLayer(next(shape.layers()), shape, ACTIVATIONS[shape.activation]())


def _plain_stage(stage: int, shape: ConvolutionalShape) -> nn.Sequential:
    layers = [layer for layer in shape.layers() if layer.name.startswith(f"stages.{stage}.")]
    between = [ACTIVATIONS[shape.activation]() for _ in layers[:-1]]
    last = nn.Sequential(nn.MaxPool2d(2), ACTIVATIONS[shape.activation]())
    pairs = zip(layers, [*between, last], strict=True)
    return nn.Sequential(*(ConvolutionLayer(layer, shape, after) for layer, after in pairs))


def _residual_stage(stage: int, shape: ConvolutionalShape) -> nn.Sequential:
    blocks = range(shape.convolutions // 2)
    return nn.Sequential(*(ResidualBlock(f"stages.{stage}.{block}", shape) for block in blocks))


def _normalisation(shape: ConvolutionalShape, filters: int) -> nn.Module:
    match shape.normalisation:
        case "batch":
            return nn.BatchNorm2d(filters)
        case "group":
            return nn.GroupNorm(groups(filters), filters)
        case "none":
            return nn.Identity()
