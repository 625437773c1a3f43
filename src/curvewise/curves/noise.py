"""How far a curve's points lie from the curve itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Series
from curvewise.curves.slope import theil_sen

MAD = 1.4826
"""Standard deviation of a normal variable / its median absolute deviation."""

MOST_DECIMALS = 8
LOOKED_AT = 256
STRETCHES = 32
ALIKE = 0.8
"""Distinct values / values from which on they are counts of something, such as wrong rows."""


def residuals(series: Series, degree: int = 1) -> NDArray[np.float64]:
    r"""Each point's distance from the polynomial through its ``degree + 1`` neighbours, (N - degree - 1,).

    The neighbours are the point before and the ``degree`` points after, at places x_j:

    .. math:: e_i = \frac{y_i - \sum_j w_j y_j}{\sqrt{1 + \sum_j w_j^2}}, \quad
              w_j = \prod_{l \ne j} \frac{x_i - x_l}{x_j - x_l}

    (Lagrange), so that e has the standard deviation of independent noise on y, in the unit of y, for any
    spacing; a straight line (degree 1) or parabola (degree 2) has none, however steep. For even spacing they
    are the differences of Gasser et al. 1986.
    """
    x, y = series.at, series.values
    count = len(x) - degree - 1
    if count < 1:
        return np.zeros(0)
    others = [0, *range(2, degree + 2)]
    here = x[1 : 1 + count]
    distance, length = y[1 : 1 + count].copy(), np.ones(count)
    for j in others:
        w = np.ones(count)
        for k in others:
            if k != j:
                w *= (here - x[k : k + count]) / (x[j : j + count] - x[k : k + count])
        distance -= w * y[j : j + count]
        length += w**2
    e: NDArray[np.float64] = distance / np.sqrt(length)
    return e


def noise_level(series: Series) -> float:
    r"""Standard deviation of the noise, robust: 1.4826 median|e| (1 + 2/n), never below rounding.

    The lesser of what straight lines and what parabolas leave: a few points of a bent curve are no noise. In
    the unit of the values, for any number of points n and any spacing: a spike, a step or the steep beginning
    touch a few of the residuals e only. The factor makes up for medians of few residuals, whose own spread
    is about 1.2 / sqrt(n). Values that come in steps of q are uncertain by q / sqrt(12). Of more than 8,192
    points 32 stretches of 256 are looked at.
    """
    parts = _stretches(series)
    found = [e for degree in (1, 2) if len(e := np.concatenate([residuals(each, degree) for each in parts]))]
    if not found:
        return 0.0
    level = min(MAD * float(np.median(np.abs(e))) * (1 + 2 / len(e)) for e in found)
    return max(level, rounding(series.values) / 12**0.5)


def swing(series: Series) -> float:
    """1.4826 x the points' median distance from their Theil-Sen line, in the unit of the values."""
    distances = series.values - theil_sen(series).value * series.at
    spread = np.abs(distances - np.median(distances))
    return MAD * float(np.median(spread)) * (1 + 2 / len(series))


def _stretches(series: Series) -> list[Series]:
    """The series, or ``STRETCHES`` of ``LOOKED_AT`` points side by side, evenly over a long one."""
    n = len(series)
    if n <= STRETCHES * LOOKED_AT:
        return [series]
    begins = np.linspace(0, n - LOOKED_AT, STRETCHES).astype(int)
    return [Series(series.at[i : i + LOOKED_AT], series.values[i : i + LOOKED_AT]) for i in begins]


def rounding(values: NDArray[np.float64]) -> float:
    """The step in which values come, such as 0.0001 or 1 of 270 rows; 0 where there is none.

    Decimals, if all of 256 of them end there; else the least difference, if a fifth of them are alike.
    """
    some = values[:: max(1, len(values) // LOOKED_AT)]
    scale = float(np.max(np.abs(some), initial=0.0))
    for decimals in range(MOST_DECIMALS):
        if np.all(np.abs(np.round(some, decimals) - some) <= 1e-12 * scale):
            return float(10.0**-decimals)
    distinct = np.unique(some)
    return float(np.min(np.diff(distinct))) if 1 < len(distinct) <= ALIKE * len(some) else 0.0
