"""How the trials of one horizon stand against each other: a fold over the history."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.forecast import Forecast, forecast
from curvewise.curves.ledger import Entry, Ledger

REFRESH = 1.05
"""The elite is ranked anew whenever the points have grown by this factor: 20 points of evidence in
100 hardly move it, and ranking 10,000 trials at every round would cost more than training them."""

ELITE = 16
"""Trials that new ones are drawn near to."""


@dataclass
class AgeTable:
    """Every trial that reached one age: its forecast loss, least error until then and loss, sorted."""

    losses: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    """Validation losses at this age, as they are."""

    def add(self, loss: float, error: float, level: float) -> None:
        """Enter one trial."""
        insort(self.losses, loss)
        insort(self.errors, error)
        insort(self.levels, level)

    def standing(self, loss: float, error: float) -> tuple[float, float]:
        """Shares of the table that are strictly better in loss, and in error."""
        count = len(self.losses)
        return bisect_left(self.losses, loss) / count, bisect_left(self.errors, error) / count


@dataclass
class Standings:
    """Tables at equal ages, the finished trials, and the elite, for one planned horizon.

    Suspects and finalists are left out: the former have another horizon, the latter other seeds.
    """

    horizon: int
    ages: tuple[int, ...]
    """Epochs at which trials are compared."""
    tables: dict[int, AgeTable] = field(default_factory=lambda: defaultdict(AgeTable))
    forecasts: dict[int, Forecast] = field(default_factory=dict)
    """The newest forecast of every trial, at its last comparison."""
    finished: list[int] = field(default_factory=list)
    elite: list[int] = field(default_factory=list)
    _entered: dict[int, int] = field(default_factory=dict)
    _points: int = 0
    _refresh_at: int = ELITE

    def belongs(self, entry: Entry) -> bool:
        """True for a trial of this race."""
        return entry.trial.horizon == self.horizon and entry.trial.origin not in ("suspect", "finalist")

    def observe(self, ledger: Ledger, number: int) -> None:
        """Take in the newest point of a trial."""
        entry = ledger.entries[number]
        point, best = entry.curve.last, entry.curve.best
        if not self.belongs(entry) or point is None or best is None:
            return
        if point.epoch <= self._entered.get(number, 0):
            return  # trained a second time after a resume: entered already
        self._entered[number] = point.epoch
        self._points += 1
        if not point.diverged and (point.epoch in self.ages or point.epoch == self.horizon):
            seen = forecast([p.valid_loss for p in entry.curve.points], self.horizon)
            self.forecasts[number] = seen
            self.tables[point.epoch].add(seen.value, best.valid_error, point.valid_loss)
        if self._points >= self._refresh_at:
            self._refresh_at = int(self._points * REFRESH) + 1
            self.elite = self.best(ledger, list(self.forecasts), ELITE)

    def finish(self, ledger: Ledger, number: int) -> None:
        """Take in that a trial has been trained to its end."""
        entry = ledger.entries[number]
        if self.belongs(entry) and (best := entry.curve.best) is not None and not best.diverged:
            self.finished.append(number)

    def best(self, ledger: Ledger, numbers: list[int], count: int) -> list[int]:
        """The best of ``numbers`` by the sum of their ranks in loss and in error, best first.

        Both count: on a few hundred validation rows errors are full of ties, and losses punish a
        confident network that classifies well.
        """
        if not numbers:
            return []
        losses = np.array([self._loss(ledger, n) for n in numbers])
        errors = np.array([_error(ledger.entries[n]) for n in numbers])
        order = np.argsort(_ranks(losses) + _ranks(errors), kind="stable")
        return [numbers[i] for i in order[:count]]

    def _loss(self, ledger: Ledger, number: int) -> float:
        entry = ledger.entries[number]
        if entry.status == "finished" or number not in self.forecasts:
            return min((p.valid_loss for p in entry.curve.points), default=float("inf"))
        return self.forecasts[number].value


def _error(entry: Entry) -> float:
    best = entry.curve.best
    return float("inf") if best is None else best.valid_error


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0; equal values share the lowest."""
    return np.searchsorted(np.sort(values), values).astype(np.float64)
