"""What was measured of one step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Lengths:
    """Squares of the lengths in one group of layers."""

    gradient: float = 0.0
    moved: float = 0.0
    weights: float = 0.0

    @property
    def gradient_norm(self) -> float:
        """L2 norm of the gradient."""
        return math.sqrt(self.gradient)

    @property
    def update_ratio(self) -> float | None:
        """Length of the step over that of the weights; None where these are 0."""
        return math.sqrt(self.moved / self.weights) if self.weights > 0 else None


@dataclass
class Measured:
    """One step of all optimizers."""

    groups: dict[str, Lengths] = field(default_factory=dict)
    """By the name of the group of layers; empty where the step was left out."""
    dead_units: float | None = None
    """Share of them in the layer that has most, over the last 8 measured steps."""
    device_seconds: float = 0.0
    """What measuring took on a GPU, where it may go on beside the host."""

    @property
    def whole(self) -> Lengths:
        """All groups together."""
        parts = self.groups.values()
        return Lengths(
            sum(each.gradient for each in parts),
            sum(each.moved for each in parts),
            sum(each.weights for each in parts),
        )
