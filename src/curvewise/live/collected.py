"""What is measured of steps, and a training's curves as they are collected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from curvewise.curves.run import Quantity, Run
from curvewise.live.recorded import Recorded
from curvewise.records import Value


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


class Collected:
    """Values by quantity and step, thinned; and the last measurement by group of layers."""

    def __init__(self, name: str, settings: Mapping[str, Value]) -> None:
        self.settings = dict(settings)
        self.layers: Mapping[str, Lengths] = {}
        self._notes: dict[str, str] = {}
        self._name = name
        self._series: dict[Quantity, Recorded] = {}

    def note(self, what: str, when: str = "") -> None:
        """What went wrong, said once, with the first time that it did."""
        self._notes.setdefault(what, when)

    def __contains__(self, quantity: object) -> bool:
        return quantity in self._series

    def add(self, quantity: Quantity, step: int, value: float) -> None:
        """The next value of a quantity."""
        if quantity not in self._series:
            self._series[quantity] = Recorded()
        self._series[quantity].add(step, value)

    def add_measured(self, step: int, measured: Measured) -> None:
        """What was measured of a step; nothing where the optimizer left it out."""
        if measured.groups:
            whole = measured.whole
            self.layers = measured.groups
            self.add("gradient_norm", step, whole.gradient_norm)
            if whole.update_ratio is not None:
                self.add("update_ratio", step, whole.update_ratio)
        if measured.dead_units is not None:
            self.add("dead_units", step, measured.dead_units)

    def run(self) -> Run:
        """The run so far, by step."""
        return Run(
            name=self._name,
            source="live",
            unit="step",
            series={quantity: recorded.series() for quantity, recorded in self._series.items()},
            settings=self.settings,
            notes=tuple(when + what for what, when in self._notes.items()),
        )
