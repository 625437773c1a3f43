"""One series read as a curve: where it began, was least and ended, each against its own noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.coarse import MOST, coarse, finite
from curvewise.curves.noise import noise_level, swing
from curvewise.curves.run import Series
from curvewise.curves.slope import Slope, theil_sen
from curvewise.curves.smoothing import largest_rise, running_median
from curvewise.curves.spikes import spikes

MEDIAN_SPREAD = math.sqrt(math.pi / 2)
"""Standard error of a median of n normal values, times sqrt(n) / their standard deviation."""

LEVELS = 6
"""A level is the median of a sixth of the points, and of 3 at least."""
LATE = 0.4
"""Share of the places that is the end of a run: of 12 epochs 5 points, the fewest that have a slope with an
interval; of a step schedule by thirds its last step."""


@dataclass(frozen=True)
class Shape:
    """What a series looks like. Values in the series' own unit, places in the run's (epochs or steps)."""

    series: Series
    """Finite points only, thinned to ``coarse.MOST``."""
    points: int
    """Finite points before thinning."""
    smooth: NDArray[np.float64]
    """Running medians of ``window`` points, as long as ``series``."""
    window: int
    noise: float
    """Standard deviation of the points about the curve: ``noise.noise_level`` of the thinned points."""
    late_noise: float
    """The same of the newer half."""
    start: float
    """The first value."""
    end: float
    """Median of the last ``window`` points: one odd last value does not move it."""
    least: float
    """Least of ``smooth``."""
    least_index: int
    swing: float
    """Oscillation: how far recorded points lie from a straight line through the last 40 % of the places,
    1.4826 x their median distance. Of single points, not of medians, so that it depends neither on how many
    there are nor on how often they were logged."""
    spikes: tuple[float, ...]
    """Where short leaps begin that come back: ``spikes.spikes`` of the points before thinning."""
    recovered_rise: float
    """The largest rise of ``smooth`` over what was least before it, among those made up for later: how far
    this curve wanders without meaning anything."""

    @property
    def least_at(self) -> float:
        """Where it was least."""
        return float(self.series.at[self.least_index])

    @property
    def first_at(self) -> float:
        """Place of the first point."""
        return float(self.series.at[0])

    @property
    def last_at(self) -> float:
        """Place of the last point."""
        return float(self.series.at[-1])

    @property
    def fall(self) -> float:
        """From the first value to the least level."""
        return self.start - self.least

    @property
    def rise(self) -> float:
        """From the least level to the last one."""
        return self.end - self.least

    @property
    def error(self) -> float:
        """Standard error of a level, which is a median of ``window`` points."""
        return MEDIAN_SPREAD * max(self.noise, self.late_noise) / math.sqrt(self.window)

    @property
    def fall_in_errors(self) -> float:
        """The fall over its standard error: the first value is one point, the level several."""
        return _ratio(self.fall, math.hypot(max(self.noise, self.late_noise), self.error))

    @property
    def rise_in_errors(self) -> float:
        r"""The rise over its standard error, less what choosing the least of many levels brings by itself.

        The least of m independent levels lies sqrt(2 ln m) standard errors below their mean.
        """
        levels = max(1.0, len(self.series) / self.window)
        reach = max(1, min(self.least_index, len(self.series) - 1 - self.least_index, self.window // 2))
        least = self.error * math.sqrt(self.window / (2 * reach + 1))
        return _ratio(self.rise, math.hypot(self.error, least)) - math.sqrt(math.log(levels))

    @property
    def late_start(self) -> int:
        """Index of the first point in the last ``LATE`` of the places."""
        return len(self.series) - len(self.tail(LATE))

    @property
    def late_fall(self) -> float:
        """What was gained in the last ``LATE`` of the places, level to level."""
        return float(self.smooth[self.late_start]) - self.end

    @property
    def oscillation(self) -> float:
        """``swing`` over the fall; infinite where nothing fell. No unit."""
        return self.swing / self.fall if self.fall > 0 else math.inf

    def since(self, index: int) -> Series:
        """The points from ``index`` on."""
        return Series(self.series.at[index:], self.series.values[index:])

    def tail(self, share: float) -> Series:
        """The points in the last ``share`` of the places, and at least the last 5."""
        at = self.series.at
        index = int(np.searchsorted(at, at[-1] - share * (at[-1] - at[0])))
        return self.since(max(0, min(index, len(at) - 5)))

    @property
    def late_slope(self) -> Slope:
        """Slope of the last ``LATE`` of the places."""
        return theil_sen(self.tail(LATE))

    @property
    def climbs(self) -> bool:
        """It has risen since its least level, for ``LATE`` of the places or more, and in their newer half.

        Theil-Sen, both intervals above 0: a steady climb, whatever the curve did before.
        """
        if self.last_at - self.least_at < LATE * (self.last_at - self.first_at):
            return False
        half = (self.least_index + len(self.series)) // 2
        return theil_sen(self.since(self.least_index)).rises and theil_sen(self.since(half)).rises

    def quiet(self, rise: float, noise: float) -> bool:
        """It fell, and rises nowhere between two points by more than ``rise`` of that; ``noise`` likewise."""
        bound = self.fall > 0 and self.noise <= noise * self.fall
        return bound and largest_rise(self.series.values) <= rise * self.fall

    def level_at(self, place: float) -> float:
        """The smoothed level at a place, between points by a straight line."""
        return float(np.interp(place, self.series.at, self.smooth))


def _ratio(amount: float, error: float) -> float:
    if error > 0:
        return amount / error
    return math.copysign(math.inf, amount) if amount else 0.0


def shape(series: Series) -> Shape | None:
    """Read a series; None where it has no finite point."""
    points = finite(series)
    few = coarse(points)
    n = len(few)
    if not n:
        return None
    window = max(3, n // LEVELS) | 1
    smooth = running_median(few.values, window)
    noise = noise_level(few)
    late = noise_level(Series(few.at[n // 2 :], few.values[n // 2 :])) if n >= 10 else noise
    least_index = int(np.argmin(smooth))
    return Shape(
        series=few,
        points=len(points),
        smooth=smooth,
        window=min(window, n),
        noise=noise,
        late_noise=late,
        start=float(few.values[0]),
        end=float(np.median(few.values[-window:])),
        least=float(smooth[least_index]),
        least_index=least_index,
        swing=_swing(points, float(few.at[-1] - LATE * (few.at[-1] - few.at[0]))),
        spikes=spikes(points, Series(few.at, smooth), float(few.values[0] - smooth[least_index])),
        recovered_rise=_recovered_rise(smooth, least_index),
    )


def _swing(points: Series, since: float) -> float:
    """See ``Shape.swing``: points beyond ``MOST`` are left out evenly, not averaged."""
    first = min(int(np.searchsorted(points.at, since)), max(0, len(points) - 5))
    step = -(-(len(points) - first) // MOST)
    return swing(Series(points.at[first::step], points.values[first::step]))


def _recovered_rise(smooth: NDArray[np.float64], least_index: int) -> float:
    before = smooth[: least_index + 1]
    return float(np.max(before - np.minimum.accumulate(before), initial=0.0))
