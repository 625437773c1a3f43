"""What every trial has come to so far, at hand without looking through all of them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Collection

import numpy as np

from curvewise.curves.ledger import Entry
from curvewise.records import Configuration

WAITING = 200
"""Trials that a decision looks at among those that wait: the ones of least newest errors. A surrogate expects
nothing of the thousandth, and it costs a share of every decision (docs/evidence.md, 16). Ours."""

NEWEST = 20
"""And the ones begun last, whose errors are high because they are young. Ours."""


class Trained:
    """A fold of trials' newest points: what costs the same for the ten-thousandth trial as for the first."""

    def __init__(self) -> None:
        self._tried: set[Configuration] = set()
        self._least: dict[int, float] = {}
        self._order: list[tuple[float, int]] = []
        self._newest = np.full(64, np.inf)

    def begin(self, configuration: Configuration) -> None:
        """A trial of it has begun."""
        self._tried.add(configuration)

    def __contains__(self, configuration: object) -> bool:
        return configuration in self._tried

    def observe(self, entry: Entry) -> None:
        """Take in where a trial's curve, of one point or more, now ends."""
        number, curve = entry.trial.number, entry.curve
        while number >= len(self._newest):
            self._newest = np.concatenate([self._newest, np.full_like(self._newest, np.inf)])
        self._newest[number] = math.inf if curve.last is None else curve.last.merit[0]
        least = math.inf if curve.best is None else curve.best.merit[0]
        if number in self._least:
            if self._least[number] == least:
                return
            del self._order[bisect_left(self._order, (self._least[number], number))]
        self._least[number] = least
        insort(self._order, (least, number))

    @property
    def least(self) -> float:
        """The least error of any epoch of any trial; infinite where none is finite."""
        return self._order[0][0] if self._order else math.inf

    def best(self, count: int) -> list[int]:
        """The trials of the least errors, best first; of equals the one that began first."""
        return [number for _, number in self._order[:count]]

    def likeliest(self, waiting: Collection[int]) -> list[int]:
        """Of these trials the ones to look at, in order: all, unless there are many."""
        if len(waiting) <= WAITING:
            return sorted(waiting)
        numbers = np.sort(np.fromiter(waiting, np.int64, len(waiting)))
        best = np.argpartition(self._newest[numbers], WAITING)[:WAITING]
        found: list[int] = np.union1d(numbers[best], numbers[-NEWEST:]).tolist()
        return found
