"""What one step of one optimizer changes, in numbers that stay on their device until they are fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.optim import Optimizer

from curvewise.live.collected import Lengths, Measured
from curvewise.live.layers import Place
from curvewise.live.norms import norms, sampled


class Copied(NamedTuple):
    """A parameter before a step."""

    parameter: Tensor
    place: Place
    numbers: Tensor
    """A copy of some of its numbers."""


def copied(parameters: Sequence[Tensor], places: Sequence[Place]) -> list[Copied]:
    """Of each parameter what is kept to see how a step changes it."""
    both = zip(parameters, places, strict=True)
    return [Copied(parameter, place, sampled(parameter)[0].clone()) for parameter, place in both]


@dataclass
class Change:
    """What a step did to some parameters."""

    groups: list[str]
    spreads: list[int]
    numbers: list[Tensor]
    """Per parameter its gradient's norm, then what it moved, then its weights'; last the scaling, if any."""

    @classmethod
    def of(cls, before: Sequence[Copied], gradients: Sequence[Tensor], scaling: Sequence[Tensor]) -> Self:
        """After the step; ``gradients`` are their norms."""
        weights = [sampled(each.parameter) for each in before]
        moved = [new - each.numbers for (new, _), each in zip(weights, before, strict=True)]
        return cls(
            [each.place.group for each in before],
            [every for _, every in weights],
            [*gradients, *norms([*moved, *(new for new, _ in weights)]), *scaling],
        )

    def add_to(self, measured: Measured, values: Sequence[float]) -> None:
        """``values`` are the numbers."""
        n = len(self.groups)
        scale, left_out = values[3 * n :] or (1.0, 0.0)
        if left_out or not scale:
            return
        for i, (name, every) in enumerate(zip(self.groups, self.spreads, strict=True)):
            lengths = measured.groups.setdefault(name, Lengths())
            gradient, moved, weights = values[i] / scale, values[n + i], values[2 * n + i]
            lengths.gradient += gradient * gradient
            lengths.moved += every * moved * moved
            lengths.weights += every * weights * weights


def scaling(optimizer: Optimizer) -> list[Tensor]:
    """What gradients are multiplied by and whether this step is left out, as torch.amp.GradScaler tells them.

    Of optimizers that see to both themselves; empty of all others.
    """
    left_out = getattr(optimizer, "found_inf", None)
    if left_out is None:
        return []
    scale = getattr(optimizer, "grad_scale", None)
    return [torch.ones_like(left_out) if scale is None else scale, left_out]
