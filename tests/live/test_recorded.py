"""A curve of any length in bounded memory."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.live.recorded import MOST, Recorded


def recorded(values: list[float], most: int = 8) -> Recorded:
    found = Recorded(most)
    for step, value in enumerate(values, start=1):
        found.add(step, value)
    return found


def test_a_million_steps_leave_two_thousand_points() -> None:
    found = recorded([1.0 / (1 + i) for i in range(1_000_000)], MOST)
    series = found.series()
    assert MOST / 2 <= len(series) <= MOST + 2
    assert series.values[0] == 1
    assert (np.diff(series.at) > 0).all()
    assert series.at[-1] > 999_000


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_means_stay_means(values: list[float]) -> None:
    series = recorded(values).series()
    assert len(series) <= 10
    assert series.values[0] == values[0]
    size = (len(values) - 1) // max(1, len(series) - 1)
    size = 1 << (size.bit_length() - 1) if size else 1
    rest = values[1 : 1 + size * (len(series) - 1)]
    assert np.allclose(series.values[1:], np.mean(np.reshape(rest, (-1, size)), axis=1), atol=1e-6)


@given(st.integers(10, 100), st.integers(10, 100))
def test_a_number_that_is_left_out_once_is_no_end(before: int, after: int) -> None:
    series = recorded([1.0] * before + [math.nan] + [1.0] * after).series()
    assert np.isfinite(series.values[-1])


@given(st.integers(1, 100), st.sampled_from([math.inf, math.nan]))
def test_the_newest_that_is_not_finite_is_shown_at_once(before: int, value: float) -> None:
    series = recorded([1.0] * before + [value]).series()
    assert not np.isfinite(series.values[-1])
    assert series.at[-1] == before + 1


def test_nothing_is_an_empty_series() -> None:
    assert len(Recorded().series()) == 0
