"""How far a curve's points lie from the curve itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Series

MAD = 1.4826
"""Standard deviation of a normal variable / its median absolute deviation."""

MOST_DECIMALS = 8
LOOKED_AT = 256


def residuals(series: Series) -> NDArray[np.float64]:
    r"""Each inner point's distance from the straight line through its two neighbours, (N - 2,).

    With x, y the places and values and w the share of the way,

    .. math:: e_i = \frac{y_i - (1-w) y_{i-1} - w y_{i+1}}{\sqrt{1 + w^2 + (1-w)^2}}, \quad
              w = \frac{x_i - x_{i-1}}{x_{i+1} - x_{i-1}}

    so that e has the standard deviation of independent noise on y, in the unit of y; a straight line has
    none, however steep (a local linear fit; the differences of Rice 1984 and of Gasser et al. 1986).
    """
    x, y = series.at, series.values
    if len(x) < 3:
        return np.zeros(0)
    w = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    e: NDArray[np.float64] = (y[1:-1] - (1 - w) * y[:-2] - w * y[2:]) / np.sqrt(1 + w**2 + (1 - w) ** 2)
    return e


def noise_level(series: Series) -> float:
    r"""Standard deviation of the noise, robust: 1.4826 median|e| (1 + 2/n), never below rounding.

    In the unit of the values, for any number of points n and any spacing: a spike, a step or the steep
    beginning touch a few of the residuals e only. The factor makes up for medians of few residuals, whose
    own spread is about 1.2 / sqrt(n). Values that were printed with d decimals are uncertain by
    10^-d / sqrt(12).
    """
    e = residuals(series)
    if not len(e):
        return 0.0
    level = MAD * float(np.median(np.abs(e))) * (1 + 2 / len(e))
    return max(level, rounding(series.values) / 12**0.5)


def rounding(values: NDArray[np.float64]) -> float:
    """The place that values were rounded to, such as 0.0001; 0 where they were not. Looks at 256 of them."""
    some = values[:: max(1, len(values) // LOOKED_AT)]
    scale = float(np.max(np.abs(some), initial=0.0))
    for decimals in range(MOST_DECIMALS):
        if np.all(np.abs(np.round(some, decimals) - some) <= 1e-12 * scale):
            return float(10.0**-decimals)
    return 0.0
