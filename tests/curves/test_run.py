"""Runs as signs read them."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.curves.run import Quantity, Run, Series


def test_a_series_has_a_place_for_every_value() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) values at \(3,\) places"):
        Series(np.arange(3.0), np.zeros(2))
    assert len(Series(np.arange(3.0), np.zeros(3))) == 3


def test_a_run_has_as_many_points_as_its_longest_series() -> None:
    series: dict[Quantity, Series] = {
        "train_loss": Series(np.arange(3.0), np.zeros(3)),
        "valid_loss": Series(np.ones(1), np.ones(1)),
    }
    assert Run("a", "-", "epoch", series).points == 3
    assert Run("a", "-", "epoch", {}).points == 0
