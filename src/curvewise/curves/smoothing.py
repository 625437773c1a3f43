"""A curve without its noise: running medians, which one odd point does not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def running_median(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Medians of ``window`` neighbours (odd), of fewer at the ends, centred: (N,) to (N,), in the same unit.

    At the ends the neighbourhood shrinks on both sides at once, so that a straight line stays one, down to
    the first and last three values.
    """
    n, half = len(values), window // 2
    smooth = values.copy()
    if n >= window:
        windows = np.lib.stride_tricks.sliding_window_view(values, window)
        smooth[half : n - half] = np.median(windows, axis=1)
    for i in range(n):
        reach = max(1, min(i, n - 1 - i, half))
        if reach < half or n < window or i in (0, n - 1):
            first = min(max(0, i - reach), max(0, n - 3))
            smooth[i] = np.median(values[first : first + 2 * reach + 1])
    return smooth


def largest_rise(values: NDArray[np.float64]) -> float:
    """The largest rise from one value to the next of (N,), in their unit; 0 where none rises."""
    return float(np.max(np.diff(values), initial=0.0))
