"""What the learning rate did over a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curvewise.curves.coarse import coarse, finite
from curvewise.curves.run import Run, Series

DROP = 1 / 3
"""A rate that falls to a third or less at once was decayed by a step; smooth schedules fall by less between
two points of many. The article's step is a tenth, ReduceLROnPlateau's 0.1 or 0.2."""
AT_ONCE = 0.05
"""Share of the places within which a drop is one."""


@dataclass(frozen=True)
class Rates:
    """The recorded learning rate, in the optimizer's unit."""

    series: Series
    peak: float
    last: float
    drops: tuple[float, ...]
    """Places at which it was first recorded after falling to a third or less at once."""

    @property
    def decayed(self) -> bool:
        """It ended at half of its peak or less."""
        return self.last <= self.peak / 2

    def gone(self, place: float) -> float:
        r"""Share of all the rate there was that had been spent at a place, 0 to 1.

        .. math:: \tau(t) = \int_0^t \eta / \int_0^T \eta

        How far training has come by the length of its steps: a curve that flattens since the rate decays
        still falls by this measure.
        """
        at, rate = self.series.at, self.series.values
        if len(at) < 2:
            return 1.0
        pieces = (rate[1:] + rate[:-1]) / 2 * np.diff(at)
        spent = np.concatenate(([0.0], np.cumsum(pieces)))
        total = float(spent[-1])
        return float(np.interp(place, at, spent)) / total if total > 0 else 1.0


def read_rates(run: Run) -> Rates | None:
    """The learning rate of a run; None where it was not recorded or never above 0."""
    recorded = run.series.get("learning_rate")
    if recorded is None:
        return None
    series = coarse(finite(recorded))
    if not len(series) or float(series.values.max()) <= 0:
        return None
    return Rates(series, float(series.values.max()), float(series.values[-1]), _drops(series))


def _drops(series: Series) -> tuple[float, ...]:
    at, rate = series.at, series.values
    reach = max(AT_ONCE * (at[-1] - at[0]), float(np.min(np.diff(at), initial=np.inf)))
    found: list[float] = []
    for i in range(1, len(at)):
        before = rate[i - 1]
        fell = 0 < rate[i] <= DROP * before and at[i] - at[i - 1] <= reach
        steady = i < 2 or rate[i - 2] <= before * 1.5  # not the tail of a smooth decay to zero
        if fell and steady and (i + 1 >= len(at) or rate[i + 1] > DROP * rate[i]):
            found.append(float(at[i]))
    return tuple(found)
