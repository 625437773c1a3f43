"""Long series keep their extremes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.curves.thinning import PLACES, kept, stretch


def test_a_million_points_become_few_and_keep_every_extreme() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000)
    values[[123_456, 777_777]] = 50.0, np.nan
    width = stretch(len(values))
    chosen = kept(values, np.arange(len(values)), width)
    assert len(chosen) <= PLACES + 3
    assert {0, 123_456, 777_777, 999_999} <= set(chosen.tolist())
    whole = values[: len(values) // width * width].reshape(-1, width)
    assert set(np.nanmin(whole, axis=1)) | set(np.nanmax(whole, axis=1)) <= set(values[chosen])


def test_few_points_stay_as_they_are() -> None:
    assert stretch(PLACES) == 1
    assert kept(np.arange(9.0), np.arange(9), 1).tolist() == list(range(9))
    assert kept(np.empty(0), np.empty(0, np.int64), 8).tolist() == []


@given(st.lists(st.floats(width=16), min_size=1, max_size=200), st.sampled_from([2, 4, 8]))
def test_thinned_twice_is_thinned_once(values: list[float], width: int) -> None:
    numbered = np.arange(len(values))
    series = np.array(values)
    once = kept(series, numbered, 2 * width)
    first = kept(series, numbered, width)
    twice = first[kept(series[first], numbered[first], 2 * width)]
    assert twice.tolist() == once.tolist()
