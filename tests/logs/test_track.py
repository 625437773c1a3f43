"""Values of one name: restarts, order and thinning, held to the plain way."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.curves.thinning import PLACES
from curvewise.logs.track import Track


def after_restarts(steps: list[int]) -> list[tuple[int, int]]:
    """TensorBoard's rule, one by one: a step back drops what stands there or later. (step, number) pairs."""
    kept: list[tuple[int, int]] = []
    for number, step in enumerate(steps):
        if number and step < steps[number - 1]:
            kept = [pair for pair in kept if pair[0] < step]
        kept.append((step, number))
    return kept


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(5, 30)), min_size=1, max_size=4))
def test_restarts_drop_what_they_overlap(stretches: list[tuple[int, int]]) -> None:
    steps = [step for start, length in stretches for step in range(start, start + length)]
    track = Track("loss")
    for number, step in enumerate(steps):
        track.extend(*(np.array([each]) for each in (float(number), float(step), np.nan)))
    assert not track.unordered
    assert list(zip(track.steps, track.values, strict=True)) == after_restarts(steps)


@settings(max_examples=15)
@given(st.integers(0, 3), st.integers(1, 30_000))
def test_it_does_not_matter_how_many_values_come_at_once(seed: int, at_once: int) -> None:
    values = np.random.default_rng(seed).normal(size=50_000)
    steps = np.arange(50_000.0)
    whole, parts = Track("loss"), Track("loss")
    whole.extend(values, steps, np.full(50_000, np.nan))
    for start in range(0, 50_000, max(at_once, 500)):
        stop = start + max(at_once, 500)
        parts.extend(values[start:stop], steps[start:stop], np.full(len(values[start:stop]), np.nan))
    assert len(parts.values) <= PLACES + 3
    assert set(whole.steps) - {0, 49_999} <= set(parts.steps)
    assert (parts.values.min(), parts.values.max()) == (values.min(), values.max())
