"""Fewer points of the same curve, so that signs cost the same for 4 points and for a million."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Series

MOST = 240
"""Points kept. Pairs of a quarter of them are 1,770 slopes: under a millisecond; a fiftieth of a run is
still seen."""

LARGEST = 1e60
"""Numbers beyond it are taken for it, and those below 1 / 1e60 for 0, so that squares and quotients stay
numbers. Single precision ends at 3e38 and 1e-45."""


def finite(series: Series) -> Series:
    """The points whose place and value are finite numbers, in order of place; later ones win at one place.

    A restarted run goes over the same places again: what was trained last is what counts. Numbers beyond
    ``LARGEST`` are cut there.
    """
    kept = np.isfinite(series.values) & np.isfinite(series.at)
    at, values = _bounded(series.at[kept]), _bounded(series.values[kept])
    if len(at) > 1 and not (at[1:] > at[:-1]).all():
        order = np.argsort(at, kind="stable")
        at, values = at[order], values[order]
        last = np.append(at[1:] != at[:-1], True)
        at, values = at[last], values[last]
    return Series(at, values)


def _bounded(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    sizes = np.abs(numbers)
    if float(sizes.max(initial=0.0)) <= LARGEST and not ((sizes < 1 / LARGEST) & (sizes > 0)).any():
        return numbers
    return np.where(sizes < 1 / LARGEST, 0.0, np.clip(numbers, -LARGEST, LARGEST))


def coarse(series: Series, most: int = MOST) -> Series:
    """At most ``most`` points: medians of neighbours, n / most at a time, but the first point stays itself.

    Medians, since a spike of one step is no level. The first value alone tells where training began.
    O(n log n / most).
    """
    n = len(series)
    if n <= most:
        return series
    size = -(-(n - 1) // (most - 1))
    whole = (n - 1) // size * size
    at, values = series.at[1:], series.values[1:]
    places = list(np.median(at[:whole].reshape(-1, size), axis=1))
    levels = list(np.median(values[:whole].reshape(-1, size), axis=1))
    if whole < n - 1:
        places.append(float(np.median(at[whole:])))
        levels.append(float(np.median(values[whole:])))
    return Series(np.array([series.at[0], *places]), np.array([series.values[0], *levels]))
