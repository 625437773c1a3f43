"""What a tuner is told of a recorded problem, and what holds the curves: numpy alone, no curvewise.

The peers run in an environment of their own, so that nothing here may import the project.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Value = bool | int | float | str
Configuration = Mapping[str, Value]
"""One value for each dimension, by name."""

Floats = NDArray[np.float64]

COLUMNS = ("valid_error", "valid_loss", "train_loss", "seconds")
"""Columns of a curve. NaN in the first two: diverged; in one of the last two: not recorded. Seconds are
summed from the first epoch on."""


@dataclass(frozen=True)
class Dimension:
    """One hyperparameter: a plain record, with its place on an axis from 0 to 1."""

    name: str
    kind: Literal["real", "integer", "choice"]
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    """Equal factors are equal steps."""
    complement: bool = False
    """1 - x is on the logarithmic axis, as for a momentum."""
    choices: tuple[str, ...] = ()

    def from_unit(self, u: float) -> Value:
        """The value at ``u`` in [0, 1]; a whole number owns the axis half-way to its neighbours."""
        if self.kind == "choice":
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        low, high = self._ends
        value = self._back(low + min(max(u, 0.0), 1.0) * (high - low))
        if self.kind == "integer":
            return int(min(max(round(value), self.low), self.high))
        return float(min(max(value, self.low), self.high))

    def to_unit(self, value: Value) -> float:
        """The place of ``value`` on the axis; a choice is in the middle of its part."""
        if self.kind == "choice":
            return (self.choices.index(str(value)) + 0.5) / len(self.choices)
        low, high = self._ends
        return min(max((self._forth(float(value)) - low) / (high - low), 0.0), 1.0)

    def told(self, value: Any) -> Value:
        """What a peer means, whose axis goes from 0 to 1 where 1 - x is on a logarithmic one."""
        if self.kind == "choice":
            return str(value)
        if self.kind == "integer":
            return int(value)
        return self.from_unit(float(value)) if self.complement else float(value)

    @property
    def _ends(self) -> tuple[float, float]:
        margin = 0.5 if self.kind == "integer" else 0.0
        return self._forth(self.low - margin), self._forth(self.high + margin)

    def _forth(self, value: float) -> float:
        if self.complement:
            return -math.log(1.0 - value)
        return math.log(value) if self.log else value

    def _back(self, place: float) -> float:
        if self.complement:
            return 1.0 - math.exp(-place)
        return math.exp(place) if self.log else place


@dataclass(frozen=True)
class Problem:
    """All that a method may know before it has spent an epoch."""

    name: str
    """``lcbench/3945``, say: where it is from, and its name there."""
    horizon: int
    """Epochs of a full training."""
    dimensions: tuple[Dimension, ...]
    ceiling: float
    """An error as bad as knowing nothing: what a method that cannot take infinity is told of divergence."""
    configurations: tuple[Configuration, ...] = ()
    """All that were recorded, where there is no other; empty where any configuration can be asked for."""

    def draw(self, rng: np.random.Generator) -> dict[str, Value]:
        """A configuration at random: uniform in the unit cube, or one of those that were recorded."""
        if self.configurations:
            return dict(self.configurations[int(rng.integers(len(self.configurations)))])
        return self.from_unit(rng.random(len(self.dimensions)))

    def from_unit(self, place: Any) -> dict[str, Value]:
        """The configuration at a point of the unit cube, shape (dimensions,)."""
        pairs = zip(self.dimensions, place, strict=True)
        return {dimension.name: dimension.from_unit(float(u)) for dimension, u in pairs}

    def to_unit(self, configuration: Configuration) -> Floats:
        """The point of the unit cube, shape (dimensions,)."""
        return np.array([each.to_unit(configuration[each.name]) for each in self.dimensions])

    def key(self, configuration: Configuration) -> tuple[Value, ...]:
        """What tells two configurations apart: the values in the dimensions' order."""
        return tuple(configuration[each.name] for each in self.dimensions)


class Table(Protocol):
    """A problem with its curves; methods see it only through a recorder."""

    @property
    def problem(self) -> Problem:
        """What methods are told."""
        ...

    def curve(self, configuration: Configuration, epochs: int | None = None) -> Floats:
        """Shape (horizon, 4), COLUMNS; fewer rows, but at least ``epochs``, where that is cheaper."""
        ...
