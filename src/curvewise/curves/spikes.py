"""Short leaps of a loss that come back."""

from __future__ import annotations

import numpy as np

from curvewise.curves.noise import noise_level
from curvewise.curves.run import Series

LOUD = 8.0
"""Times the noise of single points, which normal noise does not reach in 10^14 of them."""
LARGE = 0.2
"""Times the whole fall, so that a leap matters; runmedic asks 10 medians of a gradient norm instead."""


def spikes(points: Series, level: Series, fall: float) -> tuple[float, ...]:
    """Places at which a leap begins: of ``points`` above ``level``, the smoothed curve, and back again.

    A leap is higher than 8 times the noise and than 0.2 of the ``fall``, all in the series' unit; points
    side by side that are so high are one. One that lasts until the end is no spike. O(n).
    """
    if len(points) < 3 or not len(level):
        return ()
    above = points.values - np.interp(points.at, level.at, level.values)
    high = above > max(LOUD * noise_level(points), LARGE * fall, 0.0)
    begins = np.flatnonzero(high & ~np.concatenate(([False], high[:-1])))
    ends = np.flatnonzero(high & ~np.concatenate((high[1:], [False])))
    return tuple(
        float(points.at[i]) for i, j in zip(begins, ends, strict=True) if i > 0 and j < len(high) - 1
    )
