from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from curvewise.search.sobol import MOST_DIMENSIONS, sobol


class NoShift:
    """A generator that shifts nothing."""

    def integers(self, low: int, high: int, size: int, dtype: type) -> np.ndarray:
        return np.zeros(size, dtype=dtype)


@pytest.mark.parametrize("dimension", [1, 2, 7, MOST_DIMENSIONS])
def test_points_are_those_of_scipy(dimension: int) -> None:
    theirs = qmc.Sobol(dimension, scramble=False, bits=32).random(1024)
    ours = sobol(1024, dimension, NoShift())  # type: ignore[arg-type]
    assert np.array_equal(ours, theirs)


def test_a_shift_keeps_every_half_equally_full() -> None:
    points = sobol(64, 5, np.random.default_rng(3))
    assert ((points >= 0) & (points < 1)).all()
    assert ((points < 0.5).sum(axis=0) == 32).all()
    counts = np.histogram2d(points[:, 0], points[:, 1], bins=8, range=[[0, 1], [0, 1]])[0]
    assert (counts == 1).all()


def test_seeds_shift_differently() -> None:
    one, two = (sobol(8, 3, np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_too_many_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        sobol(4, MOST_DIMENSIONS + 1, np.random.default_rng(0))
