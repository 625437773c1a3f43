"""Recorded values as quantities: errors as shares of examples, perplexities as losses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.run import Quantity, Series
from curvewise.logs.meanings import Meaning

SLACK = 0.01
"""By so much rounding lets a share exceed 1 or a percentage 100."""


def scaled(
    series: Mapping[Quantity, Series], meanings: Mapping[Quantity, Meaning]
) -> tuple[dict[Quantity, Series], list[str]]:
    """Every series in its quantity's unit, and what had to be said of it.

    Accuracies and errors are percentages where any of the run's is above 1; a series with shares below 0
    or percentages above 100 is no share of anything and is left out.
    """
    found: dict[Quantity, Series] = {}
    notes: list[str] = []
    errors = {quantity: each for quantity, each in series.items() if quantity.endswith("_error")}
    percent = any(1 + SLACK < _range(each.values)[1] <= 100 + SLACK for each in errors.values())
    if percent:
        notes.append("accuracies or errors above 1 were read as percentages")
    for quantity, each in series.items():
        values = each.values
        if quantity in errors:
            values = values / 100 if percent else values
            least, greatest = _range(values)
            if greatest > 1 + SLACK or least < -SLACK:
                notes.append(f"{quantity.replace('_', ' ')}: values outside 0 to 1 are no share; left out")
                continue
            values = 1 - values if meanings[quantity].reading == "accuracy" else values
        elif meanings[quantity].reading == "perplexity":
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log(values)
            notes.append("the loss is the logarithm of the perplexity")
        found[quantity] = Series(each.at, values)
    return found, notes


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest that are finite; zeros without any."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
