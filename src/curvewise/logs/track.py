"""The values recorded under one name, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.thinning import PLACES, kept, stretch

FARTHEST = 1e15
"""Places beyond this are no steps or epochs."""
FEW_RETURNS = 3
MANY_RETURNS = 1 / 3
"""A log that goes back more often than at a third of its rows, and 3 times, is in no order rather than
restarted: jitter of parallel writers goes back at every second row, a table sorted downwards at each."""


@dataclass
class Track:
    """What one name recorded: add values, then read ``steps``, ``epochs``, ``values``, ``numbers``.

    Places that are not known are NaN. After a restart (places that go back) the values that had been recorded
    at the same place or later are dropped, as TensorBoard does.
    """

    name: str
    steps: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    epochs: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """The how-manieth value each was, to thin by."""
    count: int = 0
    """Values recorded."""
    restarts: list[tuple[float, float]] = field(default_factory=list)
    """From which place it went back to which: the first few."""
    unordered: bool = False
    within_epochs: bool = False
    """Steps begin anew in each epoch, so that epochs and the order say where a value stands."""
    misplaced: int = 0
    """Values at places that are no numbers."""

    def extend(
        self, values: NDArray[np.float64], steps: NDArray[np.float64], epochs: NDArray[np.float64]
    ) -> None:
        """Record N values at their places, NaN where there is none, and thin the whole; all (N,)."""
        numbers = np.arange(self.count, self.count + len(values))
        self.count += len(values)
        self.values = np.concatenate((self.values, values))
        self.steps = np.concatenate((self.steps, steps))
        self.epochs = np.concatenate((self.epochs, epochs))
        self.numbers = np.concatenate((self.numbers, numbers))
        if self.within_epochs:
            self.steps[:] = np.nan
        self._drop_misplaced()
        self._order(len(values))
        if len(self.values) > PLACES:
            self._take(kept(self.values, self.numbers, stretch(self.count)))

    def _take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> None:
        self.values, self.numbers = self.values[chosen], self.numbers[chosen]
        self.steps, self.epochs = self.steps[chosen], self.epochs[chosen]

    def places(self) -> NDArray[np.float64]:
        """Where the values stand (N,): steps if all are known, else epochs if all are, else their numbers."""
        for known in (self.steps, self.epochs):
            if not np.isnan(known).any():
                return known
        return self.numbers.astype(np.float64)

    def _drop_misplaced(self) -> None:
        far = (np.abs(self.steps) > FARTHEST) | (np.abs(self.epochs) > FARTHEST)
        for places in (self.steps, self.epochs):
            missing = np.isnan(places)
            if 0 < missing.sum() <= len(places) // 10:
                far |= missing
        if far.any():
            self.misplaced += int(far.sum())
            self._take(~far)

    def _order(self, fresh: int) -> None:
        places = self.places()
        returns = np.flatnonzero(np.diff(places) < 0) + 1
        if len(returns) == 0:
            return
        if places is self.steps and bool((np.diff(self.epochs)[returns - 1] > 0).all()):
            self.within_epochs = True
            self.steps = np.full(len(self.steps), np.nan)
            return
        if self.unordered or len(returns) > max(FEW_RETURNS - 1, MANY_RETURNS * fresh):
            self.unordered = True
            numbers = self.numbers
            self._take(np.argsort(places, kind="stable"))
            self.numbers = numbers
            return
        room = max(0, 3 - len(self.restarts))
        self.restarts += [(float(places[i - 1]), float(places[i])) for i in returns[:room]]
        latest = np.full(len(places) + 1, np.inf)
        latest[returns] = places[returns]
        least_after = np.minimum.accumulate(latest[::-1])[::-1][1:]
        self._take(places < least_after)
