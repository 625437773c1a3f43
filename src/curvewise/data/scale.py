"""How one column of numbers is scaled and, where asked for, cut into pieces.

Scaling (RealMLP, Holzmüller et al. 2024, arXiv 2407.04491, section 3): subtract the median, divide
by the interquartile range, then clip smoothly, z / sqrt(1 + (z / 3)^2), so that no value leaves
(-3, 3) and neither outliers nor heavy tails rule what the others become.

Pieces (Gorishniy et al. 2022, arXiv 2203.05556, equation 1): with edges e_0 < ... < e_T at quantiles
of the training rows, component t is (z - e_{t-1}) / (e_t - e_{t-1}) limited to [0, 1]. Different from
the paper, the first and last components are limited as well, and each is then mapped to [-1, 1],
whose mean over the components is near zero. The edges are placed on the clipped scale, so that the
last piece is not ruled by the largest value.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Encoding = Literal["plain", "piecewise", "raw"]
"""How numbers are put before the network: scaled; in pieces; as they are, which makes training hard on
purpose. Missing numbers are the median, with a flag beside, in all of them."""

_BOUND = 3.0
"""RealMLP's smooth clip."""
_LARGEST = 1e12
"""Scaled values beyond this are all the same after the clip; keeps the squares finite."""
_LARGEST_VALUE = 1e300
"""Values beyond this are taken for this; keeps sums and differences finite."""
_LARGEST_RAW = 1e18
"""The same of values that are not scaled: the square of one is finite in float32."""


class Scale(msgspec.Struct, frozen=True):
    """Median, spread and edges of one column, from training rows."""

    median: float
    """Also stands in for missing values."""
    spread: float
    """The interquartile range, or what stands in for it; > 0."""
    edges: tuple[float, ...] = ()
    """T + 1 edges on the clipped scale; empty where the column is not cut into pieces."""

    def plain(self, values: Floats) -> Floats:
        """Values (N,), NaN where missing, scaled and clipped: (N,) in (-3, 3); missing ones are 0."""
        known = np.clip(np.where(np.isnan(values), self.median, values), -_LARGEST_VALUE, _LARGEST_VALUE)
        with np.errstate(over="ignore"):
            scaled = (known - self.median) / self.spread
        scaled = np.clip(scaled, -_LARGEST, _LARGEST)
        clipped: Floats = scaled / np.sqrt(1.0 + (scaled / _BOUND) ** 2)
        return clipped

    def raw(self, values: Floats) -> Floats:
        """Values (N,) as they are, missing ones the median; within the range of float32."""
        return np.clip(np.where(np.isnan(values), self.median, values), -_LARGEST_RAW, _LARGEST_RAW)

    def encoded(self, values: Floats, encoding: Encoding) -> Floats:
        """Values (N,) as (N, 1), or as (N, T) pieces where asked for and there are edges."""
        if encoding == "raw":
            return self.raw(values)[:, None]
        plain = self.plain(values)[:, None]
        if encoding == "plain" or not self.edges:
            return plain
        edges = np.array(self.edges)
        with np.errstate(over="ignore"):  # edges a hair apart: infinite, which is limited to 1 too
            parts: Floats = np.clip((plain - edges[:-1]) / np.diff(edges), 0.0, 1.0)
        return 2.0 * parts - 1.0


def fit_scale(values: Floats, pieces: int) -> Scale:
    """The scale of ``values`` (N,), NaN where missing, with at most ``pieces`` pieces; 0 for none.

    Where a column's interquartile range is 0 (most values are equal, as in counts), the median
    distance of the *other* values from the median stands in: RealMLP takes the range there, which a
    single outlier would rule. Where quantiles coincide there are fewer pieces; where fewer than two
    would remain, quantiles of the distinct values are tried. A column of few distinct values has an
    edge at each, so that a linear layer can give every one its own output: codes need no order.
    """
    present = np.clip(values[~np.isnan(values)], -_LARGEST_VALUE, _LARGEST_VALUE)
    if len(present) == 0:
        return Scale(0.0, 1.0)
    low, median, high = (float(q) for q in np.quantile(present, [0.25, 0.5, 0.75]))
    spread = high - low
    if not spread > 0:
        distances = np.abs(present - median)
        distances = distances[distances > 0]
        spread = float(np.median(distances)) if len(distances) else 1.0
    scale = Scale(median, max(spread, float(np.finfo(float).tiny)))
    if pieces < 2:
        return scale
    return msgspec.structs.replace(scale, edges=_edges(scale.plain(present), pieces))


def _edges(clipped: Floats, pieces: int) -> tuple[float, ...]:
    distinct = np.unique(clipped)
    if len(distinct) <= 2:
        return ()
    if len(distinct) <= pieces + 1:
        return tuple(float(edge) for edge in distinct)
    grid = np.linspace(0.0, 1.0, pieces + 1)
    edges = np.unique(np.quantile(clipped, grid))
    if len(edges) < 3:
        edges = np.unique(np.quantile(distinct, grid))
    return tuple(float(edge) for edge in edges) if len(edges) >= 3 else ()
