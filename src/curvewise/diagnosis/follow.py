"""Following a run that goes on: every finding is raised once, when it has become certain."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping

import numpy as np

from curvewise.curves.features import features
from curvewise.curves.run import Quantity, Run, Series, Unit
from curvewise.diagnosis.signs.table import live, told
from curvewise.records import Finding, Value

APART = 1.15
"""Points at one look / points at the look before: looks come ever more seldom, so that all of them together
cost O(log n) per point, and a finding is raised at most a third of the run after it could be seen first."""
FIRST_LOOK = 6

CURVES: tuple[Quantity, ...] = ("train_loss", "valid_loss", "train_error", "valid_error")


class Follower:
    """Takes points one by one and tells what has become certain: pure, no clock, no files.

    A finding is raised when it is seen in two successive looks, or at once where it is beyond doubt (a loss
    that is no number), and once only. Signs that need the whole run, such as "too slow", wait for ``finish``.
    """

    def __init__(self, unit: Unit = "epoch", settings: Mapping[str, Value] | None = None) -> None:
        self._unit: Unit = unit
        self._settings = dict(settings or {})
        self._at: dict[Quantity, array[float]] = {}
        self._values: dict[Quantity, array[float]] = {}
        self._next_look = FIRST_LOOK
        self._seen: set[str] = set()
        self._raised: dict[str, Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was raised so far, in the order of time."""
        return tuple(self._raised.values())

    def add(self, quantity: Quantity, at: float, value: float) -> tuple[Finding, ...]:
        """One more point; returns what became certain with it, mostly nothing.

        A place that is not beyond the last one of its quantity takes the series back to there first: a
        restart.
        """
        places = self._at.setdefault(quantity, array("d"))
        values = self._values.setdefault(quantity, array("d"))
        while places and places[-1] >= at:
            places.pop()
            values.pop()
        places.append(at)
        values.append(value)
        if quantity not in CURVES:
            return ()
        if not math.isfinite(value) or self.points >= self._next_look:
            return self._look()
        return ()

    @property
    def points(self) -> int:
        """Points of the longest curve of a loss or an error."""
        return max((len(self._at[name]) for name in CURVES if name in self._at), default=0)

    def run(self, name: str = "run", source: str = "-") -> Run:
        """All points so far as a run."""
        series = {
            quantity: Series(np.array(self._at[quantity]), np.array(self._values[quantity]))
            for quantity in self._at
        }
        return Run(name, source, self._unit, series, self._settings)

    def finish(self) -> tuple[Finding, ...]:
        """The run has ended: one last look with every sign; returns what that adds."""
        found = {finding.sign: finding for _, finding in told(features(self.run()))}
        return self._raise(found)

    def _look(self) -> tuple[Finding, ...]:
        points = self.points
        self._next_look = max(points + 1, math.ceil(points * APART))
        found = {finding.sign: finding for _, finding in told(features(self.run()), live(points))}
        certain = {name: one for name, one in found.items() if one.confidence >= 1 or name in self._seen}
        self._seen = set(found)
        return self._raise(certain)

    def _raise(self, found: Mapping[str, Finding]) -> tuple[Finding, ...]:
        new = {name: finding for name, finding in found.items() if name not in self._raised}
        self._raised |= new
        return tuple(new.values())
