"""What of all curves a surrogate is given: few points, the telling ones, on one scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.search.surrogate.covariance import Floats, Places

EACH = 4
"""Points of one curve: its newest, and the last three of ``RUNGS`` before. More say little that these do not,
and a process costs their number to the third power."""

RUNGS = (1, 2, 3, 5, 8, 12, 18, 27, 39, 59, 88, 132, 198, 297)
"""Ages half again as large as the one before: freezing and thawing goes by the ratio of ages."""

MOST = 160
"""Points in all: a factorisation and an inverse of a few milliseconds."""

BEST = 2 / 3
"""Share of them that are the lowest; the others are drawn from the rest, to know where not to look. Ours."""

FLOOR = 0.05
"""Where a level is 0 or below, logarithms are taken from this share of the levels' middle spread below the
least one on. Ours."""


ALIKE = 1e-9
"""Spread of logarithms below which all levels are the same but for rounding."""

LOWEST = 1e-12
"""Above ``base``, so that there is a logarithm."""

BAD = 3.0
"""Levels further from the least than this many times the upper quartile is count as that far: how badly a run
diverged says nothing of the good ones, yet would stretch the scale for all. Ours."""


@dataclass(frozen=True)
class Scale:
    """Levels (errors or losses, lower is better) as a process sees them: logarithms, standardised."""

    base: float
    middle: float
    spread: float
    most: float
    """Logarithm above which all are alike."""

    @classmethod
    def of(cls, levels: Floats) -> Scale:
        """For these levels (n,), finite, n >= 1."""
        least, median = float(levels.min()), float(np.median(levels))
        below = FLOOR * (median - least) or 1.0
        base = 0.0 if least > 0 else least - below
        logs = np.log(np.maximum(levels - base, LOWEST))
        low = float(logs.min())
        apart = float(np.quantile(logs, 0.75)) - low
        most = low + BAD * apart if apart > 0 else math.inf
        logs = np.minimum(logs, most)
        spread = float(logs.std())
        return cls(base, float(logs.mean()), spread if spread > ALIKE else 1.0, most)

    def scaled(self, level: float) -> float:
        """A level, or the one just above ``base`` where it lies below."""
        return float(self.all_scaled(np.array([level]))[0])

    def all_scaled(self, levels: Floats) -> Floats:
        """The same of many levels (n,)."""
        logs = np.minimum(np.log(np.maximum(levels - self.base, LOWEST)), self.most)
        found: Floats = (logs - self.middle) / self.spread
        return found

    def level(self, scaled: float) -> float:
        """Back again."""
        return self.base + float(np.exp(self.middle + self.spread * scaled))


class Evidence:
    """The telling points of every curve: a fold; each new point costs the same, however many there are.

    A trial that diverged stays at the worst finite level that any had at the time it is asked for.
    """

    def __init__(self, columns: int) -> None:
        self._rows: dict[int, int] = {}
        self._columns = np.empty((64 * EACH, columns))
        self._ages = np.zeros(64 * EACH)
        self._levels = np.full(64 * EACH, np.nan)
        self._trials = np.zeros(64 * EACH, dtype=np.int64)

    def see(self, trial: int, place: Callable[[], Floats], levels: Sequence[float]) -> None:
        """A trial whose curve (age,) now ends with a new level; ``place``: its columns, asked for once."""
        if trial not in self._rows:
            self._rows[trial] = EACH * len(self._rows)
            if self._rows[trial] + EACH > len(self._ages):
                self._grow()
            start = self._rows[trial]
            self._columns[start : start + EACH] = place()
            self._trials[start : start + EACH] = trial
        start, age = self._rows[trial], len(levels)
        ages = [*[rung for rung in RUNGS if rung < age][-(EACH - 1) :], age]
        self._ages[start : start + EACH] = 0
        self._ages[start : start + len(ages)] = ages
        self._levels[start : start + len(ages)] = [levels[each - 1] for each in ages]

    def _grow(self) -> None:
        self._columns = np.concatenate([self._columns, np.empty_like(self._columns)])
        self._ages = np.concatenate([self._ages, np.zeros_like(self._ages)])
        self._levels = np.concatenate([self._levels, np.full_like(self._levels, np.nan)])
        self._trials = np.concatenate([self._trials, np.zeros_like(self._trials)])

    def __len__(self) -> int:
        return len(self._rows)

    def chosen(self, generator: np.random.Generator) -> tuple[Places, Floats, Scale] | None:
        """At most ``MOST`` places, their scaled levels (n,), and the scale; None where nothing is finite."""
        used = np.flatnonzero(self._ages[: EACH * len(self)] > 0)
        levels = self._levels[used]
        finite = np.isfinite(levels)
        if not finite.any():
            return None
        if not finite.all():
            levels = np.where(finite, levels, levels[finite].max())
        kept = _telling(levels, generator)
        scale, rows = Scale.of(levels[kept]), used[kept]
        places = Places(self._columns[rows], self._trials[rows], self._ages[rows])
        return places, scale.all_scaled(levels[kept]), scale


def _telling(levels: Floats, generator: np.random.Generator) -> NDArray[np.intp]:
    """Which of the levels to keep, in order."""
    if len(levels) <= MOST:
        return np.arange(len(levels))
    best = round(BEST * MOST)
    order = np.argpartition(levels, best)
    others = generator.choice(order[best:], MOST - best, replace=False)
    found: NDArray[np.intp] = np.sort(np.concatenate([order[:best], others]))
    return found
