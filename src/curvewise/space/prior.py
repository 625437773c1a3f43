"""Where on an axis good values are expected: a truncated normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from curvewise.errors import SpaceError

MOST = 1.0 - 2.0**-53
"""The largest number below 1: unit coordinates lie in [0, 1)."""


def unit(u: float) -> float:
    """``u`` moved into [0, 1)."""
    return min(max(u, 0.0), MOST)


@dataclass(frozen=True)
class Prior:
    """A normal distribution on the scaled axis, cut off at the ends of the range.

    Both numbers are shares of the axis, whatever its scale: 0 is the range's low end and 1 its high
    end. On the logarithmic axis from 1e-5 to 1 a spread of 0.2 is one decade.
    """

    centre: float
    """The likeliest place, 0 to 1."""
    spread: float
    """Standard deviation before the cut."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.centre <= 1.0:
            raise SpaceError(f"a prior's centre is a share of the axis, 0 to 1, not {self.centre}")
        if not 0.001 <= self.spread <= 1e6:
            raise SpaceError(f"a prior's spread is a share of the axis, at least 0.001, not {self.spread}")

    def quantile(self, u: float) -> float:
        """Inverse distribution function at ``u`` in [0, 1): a place on the axis in [0, 1)."""
        normal = NormalDist(self.centre, self.spread)
        low, high = normal.cdf(0.0), normal.cdf(1.0)
        share = low + unit(u) * (high - low)
        return unit(normal.inv_cdf(share)) if 0.0 < share < 1.0 else unit(float(share > 0.0))
