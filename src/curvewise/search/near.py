"""Steps away from the best configurations, or from two of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP = 0.12
"""Standard deviation of a local move, as a share of the hyperparameter's scaled range."""

MOVED, REDRAWN, CROSSED = 0.4, 0.12, 0.5
"""Chances that a local move shifts a number, redraws a choice, and takes after two parents, not one."""


def near(
    generator: np.random.Generator, elite: NDArray[np.float64], words: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points (count, dimension) of the unit cube, and which of the elite (count,) each is nearest to.

    ``elite`` (m, dimension), best first: the k-th is taken in proportion to 1 / k. Numbers are shifted,
    reflected at the ends; ``words`` (dimension,), True for choices, are redrawn now and then.
    """
    weight = 1.0 / np.arange(1, len(elite) + 1)
    parents = generator.choice(len(elite), size=(2, count), p=weight / weight.sum())
    shape = (count, elite.shape[1])
    crossed = (generator.random((count, 1)) < CROSSED) & (generator.random(shape) < 0.5)
    unit = np.where(crossed, elite[parents[1]], elite[parents[0]])
    shifted = np.abs(unit + STEP * generator.standard_normal(shape))
    shifted = np.where(shifted >= 1, np.maximum(0.0, 2 - shifted), shifted)
    moved = np.where(words, generator.random(shape), shifted)
    unit = np.where(generator.random(shape) < np.where(words, REDRAWN, MOVED), moved, unit)
    return np.clip(unit, 0, np.nextafter(1, 0)), parents[0]
