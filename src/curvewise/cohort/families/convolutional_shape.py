"""What a convolutional network is before it is a module: its shape, and the weights that a seed stands for.

No torch here: native training starts while torch is still being loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from curvewise.cohort.families.drawing import convolution, gains, linear
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.cohort.slots import State
from curvewise.errors import EngineError

ConvolutionalNormalisation = Literal["none", "batch", "group"]
KERNEL = 3
"""Height and width of every kernel but those of skips (Simonyan & Zisserman 2014, arXiv 1409.1556,
section 2.1; He et al. 2015, arXiv 1512.03385, section 3.3)."""
GROUP = 8
"""Fewest channels of a group, where a layer has so many (Wu & He 2018, arXiv 1803.08494, table 3: the error
hardly differs from 8 to 64 channels a group, and is 4 points higher with one; a single one also leaves
nothing of a channel's mean, which is all that a residual network passes on)."""


class Convolution(NamedTuple):
    """One convolution of a network, by its name in the ``state_dict``."""

    name: str
    channels: int
    """That it reads."""
    filters: int
    """That it has: the channels it writes."""
    size: int
    """Height and width of the kernel."""
    stride: int
    """Pixels that it moves by."""
    height: int
    """Of what it writes."""
    width: int


class ConvolutionalShape(msgspec.Struct, frozen=True, tag_field="family", tag="convolutional"):
    """Everything that must be known to build a convolutional network, its weights aside.

    Raises EngineError where the image is too small for the stages, or a residual stage has an odd number
    of convolutions.
    """

    channels: int
    """S, of the images."""
    height: int
    width: int
    filters: tuple[int, ...]
    """Of each stage's convolutions."""
    convolutions: int
    """Of each stage, 1 or more; in residual networks even, two a block."""
    residual: bool
    """Skips around every two convolutions."""
    outputs: int
    """C: classes, or 1 for a regression."""
    activation: Activation
    normalisation: ConvolutionalNormalisation
    dropout: float
    """Share of what enters the last linear map silenced in training, [0, 1)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        if not self.filters or self.convolutions < 1:
            raise EngineError("a convolutional network has at least one stage of at least one convolution")
        if self.residual and self.convolutions % 2:
            raise EngineError(
                f"a residual stage has two convolutions a block, so {self.convolutions} are not possible; "
                f"ask for {self.convolutions + 1}, or for plain stages"
            )
        side = min(self.height, self.width)
        if side >> self.halvings < 1:
            raise EngineError(
                f"an image of {self.height} x {self.width} pixels is too small for {len(self.filters)} "
                f"stages: it would be halved {self.halvings} times; it bears at most "
                f"{side.bit_length() - 1 + self.residual} stages"
            )

    @property
    def halvings(self) -> int:
        """How often height and width are halved: after every plain stage, between residual ones."""
        return len(self.filters) - self.residual

    @property
    def features(self) -> int:
        """Numbers that enter the last linear map: all of the last maps, or of residual ones their means."""
        if self.residual:
            return self.filters[-1]
        return self.filters[-1] * (self.height >> self.halvings) * (self.width >> self.halvings)

    @property
    def needs_rows(self) -> int:
        """Images that a minibatch must have: batch normalisation needs two numbers of every channel."""
        if self.normalisation != "batch":
            return 1
        return 2 if any(layer.height * layer.width == 1 for layer in self.layers()) else 1

    @property
    def widest(self) -> int:
        """Filters of the widest stage."""
        return max(self.filters)

    @property
    def largest_maps(self) -> int:
        """Numbers in the largest maps that a layer writes of one image."""
        return max(layer.filters * layer.height * layer.width for layer in self.layers())

    @property
    def multiplications(self) -> int:
        """Of one image on its way forward."""
        convolved = sum(
            layer.height * layer.width * layer.size**2 * layer.channels * layer.filters
            for layer in self.layers()
        )
        return convolved + self.features * self.outputs

    def layers(self) -> Iterator[Convolution]:
        """Every convolution, from the image on; a block's skip after the block's two.

        A skip reads every second pixel where its block's first convolution moves by two.
        """
        return self._residual_layers() if self.residual else self._plain_layers()

    def _plain_layers(self) -> Iterator[Convolution]:
        channels, height, width = self.channels, self.height, self.width
        for stage, filters in enumerate(self.filters):
            for place in range(self.convolutions):
                yield Convolution(f"stages.{stage}.{place}", channels, filters, KERNEL, 1, height, width)
                channels = filters
            height, width = height // 2, width // 2

    def _residual_layers(self) -> Iterator[Convolution]:
        channels, height, width = self.filters[0], self.height, self.width
        yield Convolution("stem", self.channels, channels, KERNEL, 1, height, width)
        for stage, filters in enumerate(self.filters):
            if stage:
                height, width = (height + 1) // 2, (width + 1) // 2
            for block in range(self.convolutions // 2):
                name, changes = f"stages.{stage}.{block}", bool(stage and not block)
                stride = 2 if changes else 1
                yield Convolution(f"{name}.first", channels, filters, KERNEL, stride, height, width)
                yield Convolution(f"{name}.second", filters, filters, KERNEL, 1, height, width)
                if changes:
                    yield Convolution(f"{name}.skip", channels, filters, 1, 1, height, width)
                channels = filters

    def initial_weights(self, generator: np.random.Generator) -> State:
        """The ``state_dict`` of a new network, drawn in order of ``layers``, then the output.

        As torch.nn.Conv2d draws them: U(-k, k) with ``k = 1 / sqrt(channels size^2)``; gains are 1. A
        residual branch does not begin as nothing, as Goyal et al. 2017 (arXiv 1706.02677, section 5.1)
        have it for deep networks and large minibatches: of networks of 5 convolutions, on 2,500
        Fashion-MNIST images of 14 x 14 and after 6 epochs, the validation loss was then 1.05 to 1.4 times
        as high, at each of 7 pairs of normalisation and rate (2 seeds).
        """
        weights: State = {}
        for layer in self.layers():
            weights |= self._drawn(layer, generator)
        return weights | linear("output", self.features, self.outputs, generator)

    def _drawn(self, layer: Convolution, generator: np.random.Generator) -> State:
        name, normalised = f"{layer.name}.normalisation", self.normalisation != "none"
        sizes = (layer.channels, layer.filters, layer.size)
        drawn = convolution(f"{layer.name}.convolution", *sizes, generator, bias=not normalised)
        running = self.normalisation == "batch"
        return drawn | gains(name, layer.filters, running=running) if normalised else drawn


def groups(filters: int) -> int:
    """Groups that a group normalisation of ``filters`` channels has: equal ones of ``GROUP`` or more."""
    return math.gcd(filters, max(1, filters // GROUP))
