"""Convolutional networks, K of them at once: the equations of ``families/convolutional.py``.

The maps of k slots lie side by side as channels, (B, k F, h, w), each pixel with its channels together.
Then k convolutions are one with k groups, k normalisations are one over k F channels, and pooling and
activations need not know of slots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from curvewise.cohort.dead_units import is_alive
from curvewise.cohort.families.convolutional_shape import Convolution, ConvolutionalShape, groups
from curvewise.cohort.stacked.layers import ACTIVATIONS, EPSILON, MOMENTUM, Named, Training, affine
from curvewise.cohort.stacked.minibatch import Minibatch

BESIDE = {"cpu": 1 << 20, "cuda": 1 << 62}
"""Numbers that the largest maps of slots side by side may have. On a processor 4 MB: past that its caches
are left, and a slot at a time is faster. On a GPU all slots are side by side."""


def convolutional(
    shape: ConvolutionalShape, named: Named, batch: Minibatch, training: Training | None
) -> Tensor:
    """Outputs (K, B, C)."""
    pieces, features = [], []
    for maps, weights in _side_by_side(shape, named, batch):
        piece = _Piece(shape, weights, training is not None)
        pieces.append(piece)
        features.append(piece.features(maps))
    seen = torch.cat(features)
    if training is not None:
        for layer in range(len(pieces[0].entered)):
            training.watch(layer, partial(_alive, shape, [piece.entered[layer] for piece in pieces]))
        seen = training.silence(seen, 0)
    return affine(seen, named["output.weight"], named["output.bias"])


def _side_by_side(
    shape: ConvolutionalShape, named: Named, batch: Minibatch
) -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
    """Pixels (B, k S, h, w) and weights (k, ...) of as many slots at a time as pay.

    Pixels of which all slots see the same stay (B, S, h, w).
    """
    slots = len(named["output.weight"])
    numbers = batch.rows * shape.largest_maps
    size = max(1, min(slots, BESIDE[batch.numbers.device.type] // numbers))
    # Split once: to index weights slot by slot would make backward fill all of them for each
    kept = {n: torch.split(each, size) for n, each in named.items() if not n.startswith("output.")}
    shared = len(batch.numbers) < slots
    pixels = () if shared else torch.split(batch.numbers, size)
    for place in range(-(-slots // size)):
        maps = batch.numbers[0] if shared else pixels[place].transpose(0, 1).flatten(1, 2)
        yield maps, {name: parts[place] for name, parts in kept.items()}


@dataclass
class _Piece:
    """The networks of k slots side by side, up to what enters their last linear maps."""

    shape: ConvolutionalShape
    named: Named
    """Weights and statistics (k, ...)."""
    training: bool
    entered: list[Tensor] = field(default_factory=list)
    """In training, what entered each activation, (B, k, F, h, w)."""

    @property
    def slots(self) -> int:
        """k."""
        return len(next(iter(self.named.values())))

    def features(self, maps: Tensor) -> Tensor:
        """Pixels (B, k S, h, w), or (B, S, h, w) where all slots see the same -> (k, B, features)."""
        last = self._residual(maps) if self.shape.residual else self._plain(maps)
        return self._by_slot(last).transpose(0, 1).flatten(2)

    def _plain(self, maps: Tensor) -> Tensor:
        for number, layer in enumerate(self.shape.layers(), start=1):
            maps = self._normalised(layer, maps)
            if number % self.shape.convolutions == 0:
                maps = functional.max_pool2d(maps, 2)
            maps = self._activated(maps)
        return maps

    def _residual(self, maps: Tensor) -> Tensor:
        stem, *others = self.shape.layers()
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
        """Convolution and normalisation: (B, k S, h, w) -> (B, k F, h', w')."""
        weight = self.named[f"{layer.name}.convolution.weight"]
        kernels = weight.flatten(0, 1).clone(memory_format=torch.channels_last)
        bias = self.named.get(f"{layer.name}.convolution.bias")
        convolved = functional.conv2d(
            maps,
            kernels,
            None if bias is None else bias.flatten(),
            layer.stride,
            layer.size // 2,
            groups=maps.shape[1] // layer.channels,
        )
        if self.shape.normalisation == "none":
            return convolved
        name = f"{layer.name}.normalisation"
        gains, shifts = self.named[f"{name}.weight"].flatten(), self.named[f"{name}.bias"].flatten()
        if self.shape.normalisation == "group":
            return functional.group_norm(
                convolved, self.slots * groups(layer.filters), gains, shifts, EPSILON
            )
        mean, variance = (self.named[f"{name}.running_{what}"].view(-1) for what in ("mean", "var"))
        return functional.batch_norm(
            convolved, mean, variance, gains, shifts, self.training, MOMENTUM, EPSILON
        )

    def _activated(self, maps: Tensor) -> Tensor:
        if self.training:
            self.entered.append(self._by_slot(maps.detach()))
        return ACTIVATIONS[self.shape.activation](maps)

    def _by_slot(self, maps: Tensor) -> Tensor:
        """(B, k F, h, w) -> (B, k, F, h, w)."""
        return maps.view(len(maps), self.slots, -1, *maps.shape[2:])


def _alive(shape: ConvolutionalShape, entered: Sequence[Tensor]) -> Tensor:
    """Pieces (B, k, F, h, w) of what entered an activation -> (K, B, F): where a channel is at any pixel."""
    pixels = [is_alive(maps, shape.activation).flatten(3).any(dim=3) for maps in entered]
    return torch.cat(pixels, dim=1).transpose(0, 1)
