r"""How much two points of learning curves have to do with each other.

.. math:: k = a_l m(x, x') + (a_s + a_b m(x, x')) c(t, t') + [i = i'] (a_o + a_d c(t, t'))

for point t of trial i with configuration x and point t' of trial i' with x'. Every curve is a level, which
depends on the configuration (a_l), and what is still above it at age t: a fall shared by all (a_s), what the
configuration bends of it (a_b). A trial has something of its own in both (a_o, a_d). With

.. math:: m(x, x') = (1 + r + r^2 / 3) e^{-r}, \quad r^2 = 5 \sum_j (x_j - x'_j)^2 / \ell_j^2
.. math:: c(t, t') = \beta / (t + t' + \beta)

Matern's covariance of 5/2 with a length for every hyperparameter (Snoek, Larochelle and Adams 2012), and the
mixture of exponential falls of Swersky, Snoek and Adams 2014 (arXiv 1406.3896, eq. 6, alpha = 1), here with
every trial's fall tied to its configuration's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

AMPLITUDES = (0.9, 1.0, 10.0, 0.03, 0.07, 0.001)
"""a_l, a_s, a_b, a_o, a_d and the noise's variance, in units of the levels' variance: geometric means of fits
on 14 tasks of LCBench (docs/evidence.md, 16)."""

AMPLITUDE_SPREADS = (0.5, 1.5, 1.5, 0.6, 1.5, 1.5)
"""Of their logarithms, about as the 14 fits had it; fits of few points stay near the prior."""

LENGTH, LENGTH_SPREAD = 1.3, 0.8
"""Of every hyperparameter, in units of its range, from the same fits; it grows as sqrt(d / 7) with the number
d of hyperparameters, so that distances stay what they are (Hvarfner et al. 2024, arXiv 2402.02229)."""
FITTED_WITH = 7

HALF, HALF_SPREAD = 0.7, 1.0
"""beta in epochs: the age by which two thirds of the fall's variance has gone. From the same fits."""


@dataclass(frozen=True)
class Places:
    """Points of curves: what was trained, which trial it is, and how old."""

    columns: Floats
    """(n, columns), see ``Axes``."""
    trials: NDArray[np.int64]
    """(n,) numbers of trials; configurations that no trial has are below 0, each another number."""
    ages: Floats
    """(n,) in epochs."""

    def __len__(self) -> int:
        return len(self.ages)


@dataclass(frozen=True)
class Prior:
    """Where the logarithms of a covariance's parameters are expected, and how far around: (p,) both.

    In order: the lengths, the six amplitudes, beta.
    """

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, hyperparameters: int) -> Prior:
        """For a space of that many hyperparameters."""
        length = LENGTH * max(1.0, hyperparameters / FITTED_WITH) ** 0.5
        means = [*[length] * hyperparameters, *AMPLITUDES, HALF]
        spreads = [*[LENGTH_SPREAD] * hyperparameters, *AMPLITUDE_SPREADS, HALF_SPREAD]
        return cls(np.log(np.array(means)), np.array(spreads))

    def penalty(self, parameters: Floats) -> float:
        """Minus the logarithm of their density, up to a constant."""
        return 0.5 * float(np.sum(((parameters - self.mean) / self.spread) ** 2))


class Covariance:
    """The covariance with given parameters, logarithms in ``Prior``'s order.

    ``owner``: the hyperparameter of every column (``Axes.owner``).
    """

    def __init__(self, parameters: Floats, owner: NDArray[np.intp]) -> None:
        count = len(parameters) - len(AMPLITUDES) - 1
        self.parameters = parameters
        self._scale = np.exp(-parameters[:count])[owner] if count else np.ones(len(owner))
        self._amplitudes: list[float] = np.exp(parameters[count:-1]).tolist()
        self._half = float(np.exp(parameters[-1]))

    @property
    def noise(self) -> float:
        """Variance of a single point around its curve."""
        return self._amplitudes[-1]

    def between(self, some: Places, others: Places) -> Floats:
        """Covariances (n, m) without noise."""
        level, fall, bend, own, drift, _ = self._amplitudes
        together = self._alike(some.columns, others.columns)
        ages = some.ages[:1] if len(some) and np.all(some.ages == some.ages[0]) else some.ages
        young = self._half / (ages[:, None] + others.ages[None, :] + self._half)
        together *= level + bend * young
        together += fall * young
        mine = own + drift * young
        # Few pairs are of the same trial: they are found by number, and nothing is computed of the others
        row, column = _pairs(some.trials, others.trials)
        together[row, column] += mine[row if len(mine) == len(some) else 0, column]
        return together

    def variance(self, places: Places) -> Floats:
        """Of every place by itself (n,), without noise."""
        level, fall, bend, own, drift, _ = self._amplitudes
        found: Floats = level + own + (fall + bend + drift) * self._half / (2 * places.ages + self._half)
        return found

    def _alike(self, some: Floats, others: Floats) -> Floats:
        a, b = some * self._scale, others * self._scale
        squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1)[None, :] - 2 * a @ b.T
        np.maximum(squares, 0.0, out=squares)
        squares *= 5
        r = np.sqrt(squares)
        squares /= 3
        squares += r
        squares += 1
        squares *= np.exp(np.negative(r, out=r), out=r)
        found: Floats = squares
        return found


def _pairs(some: NDArray[np.int64], others: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns at which two lists of trials have the same."""
    order = np.argsort(others, kind="stable")
    first = np.searchsorted(others[order], some, side="left")
    count = np.searchsorted(others[order], some, side="right") - first
    row = np.repeat(np.arange(len(some)), count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count - first, count)
    return row, order[place]
