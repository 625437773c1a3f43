"""Curves of a training without end in bounded memory."""

from __future__ import annotations

import math

import numpy as np

from curvewise.curves.run import Series

MOST = 2048
"""Points kept; four times what signs look at at once, so that thinning again loses nothing they would see."""


class Recorded:
    """One quantity: at most ``MOST`` points and two, each the mean of equally many values.

    The first value stays itself, since it tells where training began; and so does the newest while it is
    not finite, since it tells how it ended. Elsewhere values that are not finite count only where a point
    has no others: a step that a loss scaler leaves out is no divergence.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._first: tuple[float, float] | None = None
        self._newest = (0.0, 0.0)
        self._at: list[float] = []
        self._values: list[float] = []
        self._size = 1
        # The point that is not full yet. Sums, not a list of its values: this is done at every step
        self._count, self._sum_at = 0, 0.0
        self._finite, self._sum = 0, 0.0

    def __len__(self) -> int:
        return len(self._values) + (self._first is not None)

    def add(self, at: float, value: float) -> None:
        """The next value; ``at`` never decreases."""
        self._newest = (at, value)
        if self._first is None:
            self._first = (at, value)
            return
        self._count += 1
        self._sum_at += at
        if math.isfinite(value):
            self._finite += 1
            self._sum += value
        if self._count == self._size:
            self._at.append(self._sum_at / self._count)
            self._values.append(self._sum / self._finite if self._finite else value)
            self._count, self._sum_at, self._finite, self._sum = 0, 0.0, 0, 0.0
            if len(self._values) >= self._most:
                self._halve()

    def _halve(self) -> None:
        pairs = list(zip(self._at, self._values, strict=True))
        means = [_mean(pairs[i : i + 2]) for i in range(0, len(pairs), 2)]
        self._at, self._values = [at for at, _ in means], [value for _, value in means]
        self._size *= 2

    def series(self) -> Series:
        """All of it, thinned; a point that is not full yet is left out."""
        first = [] if self._first is None else [self._first]
        points = [*first, *zip(self._at, self._values, strict=True)]
        if points and not math.isfinite(self._newest[1]) and math.isfinite(points[-1][1]):
            points.append(self._newest)
        at, values = np.array(points, dtype=np.float64).reshape(-1, 2).T
        return Series(at, values)


def _mean(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Mean place and value, of the finite ones where there are any."""
    finite = [value for _, value in points if math.isfinite(value)]
    place = sum(at for at, _ in points) / len(points)
    return place, sum(finite) / len(finite) if finite else points[-1][1]
