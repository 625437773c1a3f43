from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.search.improvement import log_improvement


def integrated(mean: float, deviation: float, best: float) -> float:
    """The expectation as a sum over what lies below ``best``."""
    value = np.linspace(min(best, mean - 12 * deviation) - 12 * deviation, best, 400_001)
    density = np.exp(-0.5 * ((value - mean) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
    return float(np.trapezoid((best - value) * density, value))


@given(mean=st.floats(-3, 3), deviation=st.floats(0.01, 3), z=st.floats(-5.5, 6))
def test_is_the_integral_of_what_is_better(mean: float, deviation: float, z: float) -> None:
    best = mean + z * deviation
    found = log_improvement(np.array([mean]), np.array([deviation]), best)[0]
    assert math.isclose(found, math.log(integrated(mean, deviation, best)), abs_tol=1e-4)


def test_far_tails_are_finite_and_rise_all_the_way() -> None:
    z = np.concatenate([np.geomspace(-1e8, -51, 500), np.linspace(-50, 20, 300_000)])
    found = log_improvement(-z, np.ones_like(z), 0.0)
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()


def test_a_far_tail_is_what_its_series_says() -> None:
    z = 40.0
    series = 1 - 3 / z**2 + 15 / z**4 - 105 / z**6
    expected = -0.5 * z * z - 0.5 * math.log(2 * math.pi) - 2 * math.log(z) + math.log(series)
    assert math.isclose(log_improvement(np.array([z]), np.ones(1), 0.0)[0], expected, abs_tol=1e-4)


def test_nothing_gives_nothing() -> None:
    assert log_improvement(np.zeros(0), np.zeros(0), 0.0).shape == (0,)
