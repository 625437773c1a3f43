"""Convolutional networks, K of them at once: the equations of ``families/convolutional.py``.

The maps of K slots lie side by side as channels, (B, K F, h, w). Then K convolutions are one with K groups,
K normalisations are one over K F channels, and pooling and activations need not know of slots. On a
processor that gains while the maps stay in its caches, see ``room``; products of unfolded pixels took twice
as long.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.dead_units import is_alive
from curvewise.cohort.families.convolutional_shape import Convolution, ConvolutionalShape, groups
from curvewise.cohort.families.perceptron_shape import Activation
from curvewise.cohort.stacked.layers import ACTIVATIONS, EPSILON, MOMENTUM, Named, Training, affine
from curvewise.cohort.stacked.minibatch import Minibatch

MEMORY = {"cpu": torch.channels_last, "cuda": torch.contiguous_format}
"""In which order maps lie: pixel by pixel with its channels together, half to two thirds of the time of the
other order on a processor; map by map on a GPU, torch's own order, until one is at hand to measure."""


def convolutional(
    shape: ConvolutionalShape, named: Named, batch: Minibatch, training: Training | None
) -> Tensor:
    """Outputs (K, B, C)."""
    slots, pixels = len(named["output.weight"]), batch.numbers
    # Pixels of which all slots see the same stay (B, S, h, w): one convolution has all slots' filters
    maps = pixels[0] if len(pixels) < slots else pixels.transpose(0, 1).flatten(1, 2)
    networks = _Networks(shape, named, slots, training)
    last = networks.residual(maps) if shape.residual else networks.plain(maps)
    features = by_slot(last, slots).transpose(0, 1).flatten(2)
    if training is not None:
        features = training.silence(features, 0)
    return affine(features, named["output.weight"], named["output.bias"])


def by_slot(maps: Tensor, slots: int) -> Tensor:
    """(B, K F, h, w) -> (B, K, F, h, w)."""
    return maps.view(len(maps), slots, -1, *maps.shape[2:])


class _Networks:
    """K networks up to their last maps: (B, K S, h, w), or (B, S, h, w) of all, -> (B, K F, h', w')."""

    def __init__(
        self, shape: ConvolutionalShape, named: Named, slots: int, training: Training | None
    ) -> None:
        self._shape, self._named, self._slots, self._training = shape, named, slots, training
        self._activations = 0

    def plain(self, maps: Tensor) -> Tensor:
        """Of stages without skips."""
        for number, layer in enumerate(self._shape.layers(), start=1):
            maps = self._normalised(layer, maps)
            if number % self._shape.convolutions == 0:
                maps = functional.max_pool2d(maps, 2)
            maps = self._activated(maps)
        return maps

    def residual(self, maps: Tensor) -> Tensor:
        """Of stages with skips; the last maps are means (B, K F, 1, 1)."""
        stem, *others = self._shape.layers()
        maps = self._activated(self._normalised(stem, maps))
        layers = {layer.name: layer for layer in others}
        for name in dict.fromkeys(name.rpartition(".")[0] for name in layers):
            first, second = layers[f"{name}.first"], layers[f"{name}.second"]
            branch = self._normalised(second, self._activated(self._normalised(first, maps)))
            # Not by the convolution's own stride, for the reason that ``ResidualBlock`` gives
            seen = maps[:, :, :: first.stride, :: first.stride]
            skip = layers.get(f"{name}.skip")
            maps = self._activated(branch + (seen if skip is None else self._normalised(skip, seen)))
        return functional.adaptive_avg_pool2d(maps, 1)

    def _normalised(self, layer: Convolution, maps: Tensor) -> Tensor:
        """Convolution and normalisation: (B, K S, h, w) -> (B, K F, h', w')."""
        weight = self._named[f"{layer.name}.convolution.weight"]
        kernels = weight.flatten(0, 1).clone(memory_format=MEMORY[weight.device.type])
        bias = self._named.get(f"{layer.name}.convolution.bias")
        convolved = functional.conv2d(
            maps,
            kernels,
            None if bias is None else bias.flatten(),
            layer.stride,
            layer.size // 2,
            groups=maps.shape[1] // layer.channels,
        )
        if self._shape.normalisation == "none":
            return convolved
        name = f"{layer.name}.normalisation"
        gains, shifts = self._named[f"{name}.weight"].flatten(), self._named[f"{name}.bias"].flatten()
        if self._shape.normalisation == "group":
            return functional.group_norm(
                convolved, self._slots * groups(layer.filters), gains, shifts, EPSILON
            )
        mean, variance = (self._named[f"{name}.running_{what}"].view(-1) for what in ("mean", "var"))
        return functional.batch_norm(
            convolved, mean, variance, gains, shifts, self._training is not None, MOMENTUM, EPSILON
        )

    def _activated(self, maps: Tensor) -> Tensor:
        activation, training = self._shape.activation, self._training
        if training is not None:
            training.watch(self._activations, partial(_alive, maps, self._slots, activation))
            self._activations += 1
        return ACTIVATIONS[activation](maps)


def _alive(maps: Tensor, slots: int, activation: Activation) -> Tensor:
    """What enters an activation (B, K F, h, w) -> (K, B, F): where a channel is alive at any pixel."""
    return by_slot(is_alive(maps, activation).flatten(2).any(dim=2), slots).transpose(0, 1)
