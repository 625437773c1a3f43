"""The slope of a stretch of curve, with an interval; one odd point does not move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curvewise.curves.coarse import coarse
from curvewise.curves.run import Series

MOST = 60
"""Points that pairs are made of: 1,770 pairs; longer stretches are thinned first."""

NORMAL_95 = 1.96


@dataclass(frozen=True)
class Slope:
    """Change per unit of place (nats per epoch, for a loss by epochs), with a 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def falls(self) -> bool:
        """The whole interval is below zero."""
        return self.high < 0

    @property
    def rises(self) -> bool:
        """The whole interval is above zero."""
        return self.low > 0


def theil_sen(series: Series) -> Slope:
    r"""Median of the slopes of all pairs of points (Theil 1950), its interval by ranks (Sen 1968).

    With n points and N = n (n - 1) / 2 sorted slopes, the interval runs between the slopes of rank

    .. math:: (N \mp 1.96 \sqrt{n (n-1) (2n+5) / 18}) / 2

    Up to 29 % of the points may be anything. It takes the points' errors for independent: where they are
    not, the interval is too narrow, so no sign rests on it alone. Of 5 points all slopes
    lie in the interval, which 1 of 60 curves without a slope escapes; fewer points: any slope.
    """
    few = coarse(series, MOST)
    n = len(few)
    if n < 5:
        return Slope(0.0, -np.inf, np.inf)
    i, j = np.triu_indices(n, 1)
    slopes = np.sort((few.values[j] - few.values[i]) / (few.at[j] - few.at[i]))
    count = len(slopes)
    reach = NORMAL_95 * (n * (n - 1) * (2 * n + 5) / 18) ** 0.5
    low = int(np.floor((count - reach) / 2))
    high = int(np.ceil((count + reach) / 2))
    return Slope(
        float(np.median(slopes)),
        float(slopes[max(low, 0)]),
        float(slopes[min(high, count - 1)]),
    )
