"""Places among all trials, from comparisons at equal age."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.report.importance.placing import errors_by_place, ladder, merits_at, places


def series(*errors: float) -> list[tuple[float, float]]:
    return [(error, error) for error in errors]


def test_the_ladder_ends_at_the_horizon() -> None:
    assert ladder(1) == (1,)
    assert ladder(20) == (1, 2, 3, 4, 6, 9, 14, 20)


def test_a_trial_that_was_stopped_is_behind_those_that_went_on() -> None:
    """The first was behind the fourth at epoch 1, and counts by how it ended."""
    merits = merits_at([series(0.5, 0.2, 0.1), series(0.6), series(0.9), series(0.4, 0.3)], 3)
    found = places(merits)
    assert found.argsort().tolist() == [0, 3, 1, 2]
    assert found.tolist() == [0.125, 0.625, 0.875, 0.375]


def test_equal_errors_are_parted_by_loss_and_else_share_a_place() -> None:
    merits = merits_at([[(0.1, 2.0)], [(0.1, 1.0)], [(0.1, 2.0)], [(math.inf, math.inf)]], 1)
    assert places(merits).tolist() == [0.5, 0.125, 0.5, 0.875]


@given(st.lists(st.lists(st.floats(0.01, 9), min_size=1, max_size=6), min_size=2, max_size=30))
def test_places_are_shares_and_errors_never_fall_with_them(curves: list[list[float]]) -> None:
    merits = merits_at([series(*np.minimum.accumulate(curve)) for curve in curves], 6)
    found = places(merits)
    assert ((found > 0) & (found < 1)).all()
    at, errors = errors_by_place(found, merits)
    assert (np.diff(at) >= 0).all()
    assert (np.diff(errors) >= 0).all()


def test_errors_of_stopped_trials_are_those_that_they_may_come_to() -> None:
    """Everyone halves its error from epoch 1 to 2; so does, it is expected, the one that was stopped."""
    going = [series(2 * error, error) for error in (0.1, 0.2, 0.3, 0.4, 0.5)]
    merits = merits_at([*going, series(4.0)], 2)
    _, errors = errors_by_place(places(merits), merits)
    assert errors[-1] == pytest.approx(2.0)
