"""A training's curves as they are collected."""

from __future__ import annotations

from collections.abc import Mapping

from curvewise.curves.run import Quantity, Run
from curvewise.live.measured import Lengths, Measured
from curvewise.live.recorded import Recorded
from curvewise.records import Value


class Collected:
    """Values by quantity and step, thinned; and the last measurement by group of layers."""

    def __init__(self, name: str, settings: Mapping[str, Value]) -> None:
        self.settings = dict(settings)
        self.layers: Mapping[str, Lengths] = {}
        self.notes: dict[str, None] = {}
        """What could not be measured, a sentence each, in order and once."""
        self._name = name
        self._series: dict[Quantity, Recorded] = {}

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
            notes=tuple(self.notes),
        )
