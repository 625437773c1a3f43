"""What every trial has come to so far, at hand without looking through all of them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Collection, Sequence, Set
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from curvewise.records import Configuration, Trial
from curvewise.space.space import Space

WAITING = 200
"""Trials that a decision looks at among those that wait: the ones of least newest errors. A surrogate expects
nothing of the thousandth, and it costs a share of every decision (docs/evidence.md, 17). Ours."""

NEWEST = 20
"""And the ones begun last, whose errors are high because they are young. Ours."""


class Trained:
    """A fold of trials' newest points: what costs the same for the ten-thousandth trial as for the first."""

    def __init__(self, space: Space) -> None:
        self._space, self._tried = space, set[Configuration]()
        self._units, self._last = np.zeros((64, space.dimension)), 0
        self._least, self._newest = Order(), Order()

    def begin(self, trial: Trial) -> None:
        """It has begun."""
        self._tried.add(trial.configuration)
        self._last = max(self._last, trial.number)
        while trial.number >= len(self._units):
            self._units = np.concatenate([self._units, np.zeros_like(self._units)])
        self._units[trial.number] = self._space.to_unit(trial.configuration)

    def __contains__(self, configuration: object) -> bool:
        return configuration in self._tried

    def units(self, trials: Sequence[int]) -> NDArray[np.float64]:
        """Where trials (n,) that have begun are in the unit cube: (n, dimension)."""
        return self._units[np.array(trials, dtype=np.int64)]

    def observe(self, number: int, levels: Sequence[float]) -> None:
        """Take in a trial's curve (age,) of errors or losses, at least one."""
        self._least.put(number, min(levels))
        self._newest.put(number, levels[-1])

    @property
    def least(self) -> float:
        """The least error of any epoch of any trial; infinite where none is finite."""
        return self._least.ranked[0][0] if self._least.ranked else math.inf

    def best(self, count: int) -> list[int]:
        """The trials of the least errors, best first; of equals the one that began first."""
        return [number for _, number in self._least.ranked[:count]]

    def likeliest(self, waiting: Collection[int]) -> list[int]:
        """Of these trials the ones to look at, in order: all, unless there are many."""
        if len(waiting) <= WAITING:
            return sorted(waiting)
        among = waiting if isinstance(waiting, Set) else frozenset(waiting)
        best = (number for _, number in self._newest.ranked if number in among)
        newest = (number for number in range(self._last, -1, -1) if number in among)
        return sorted({*islice(best, WAITING), *islice(newest, NEWEST)})


class Order:
    """Trials by an error each, which may change."""

    def __init__(self) -> None:
        self.known: dict[int, float] = {}
        self.ranked: list[tuple[float, int]] = []
        """(error, trial), least first."""

    def put(self, number: int, error: float) -> None:
        """A trial's error from now on."""
        before = self.known.get(number)
        if before == error:
            return
        if before is not None:
            del self.ranked[bisect_left(self.ranked, (before, number))]
        self.known[number] = error
        insort(self.ranked, (error, number))
