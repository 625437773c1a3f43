"""Long series made short, with every extreme that they had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLACES = 4096
"""Places that a series is thinned to: more than a screen has columns and than any sign looks at, and a
thousandth part of the memory of the longest logs."""


def stretch(points: int) -> int:
    """Points of which two are kept, so that at most ``PLACES`` are left: the least power of two.

    Powers of two, since the extremes of two stretches' extremes are those of the double stretch: what was
    thinned while it was read is thinned further as if it had been whole.
    """
    width = 1
    while 2 * points > PLACES * width and points > PLACES:
        width *= 2
    return width


def kept(values: NDArray[np.float64], numbers: NDArray[np.int64], width: int) -> NDArray[np.intp]:
    """Which points stay, as indices (K,) in order, of ``values`` (N,) that are numbered by ``numbers`` (N,).

    Of each stretch of ``width`` numbers the least and the greatest finite value stay and the first that is
    not finite, each where it first occurs; so do the first and the last point. ``numbers`` never decrease;
    they have gaps where the series was thinned before.
    """
    if width <= 1 or len(values) == 0:
        return np.arange(len(values))
    stretches = numbers // width
    starts = np.flatnonzero(np.concatenate(([True], np.diff(stretches) != 0)))
    of_stretch = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(values))))
    finite = np.isfinite(values)
    low, high = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
    least = finite & (low == np.minimum.reduceat(low, starts)[of_stretch])
    greatest = finite & (high == np.maximum.reduceat(high, starts)[of_stretch])
    chosen = [_firsts(marked, of_stretch) for marked in (least, greatest, ~finite)]
    stay = np.zeros(len(values), np.bool_)
    stay[np.concatenate([*chosen, np.array([0, len(values) - 1])])] = True
    return np.flatnonzero(stay)


def _firsts(marked: NDArray[np.bool_], of_stretch: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first marked point of each stretch."""
    indices = np.flatnonzero(marked)
    new = np.append(True, np.diff(of_stretch[indices]) > 0)[: len(indices)]
    return np.asarray(indices[new], np.intp)
