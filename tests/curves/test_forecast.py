from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.curves.forecast import forecast

losses = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60)


def test_a_power_law_is_extrapolated_with_half_of_its_slope() -> None:
    curve = [t**-0.8 for t in range(1, 21)]
    assert forecast(curve, 100).value == pytest.approx(20**-0.8 * 5**-0.4)


def test_a_flat_curve_stays_where_it_is() -> None:
    seen = forecast([0.5] * 10, 100)
    assert (seen.low, seen.value, seen.high) == pytest.approx((0.5, 0.5, 0.5))


@given(losses, st.integers(1, 200))
def test_the_interval_holds_the_forecast_and_a_loss_never_rises(curve: list[float], horizon: int) -> None:
    seen = forecast(curve, horizon)
    assert seen.low <= seen.value <= seen.high
    assert seen.value <= min(curve) * (1 + 1e-9)


@pytest.mark.parametrize("curve", [[math.inf], [math.inf, math.inf, math.inf, 2.0, 1.0], [1.0, -2.0, -3.0]])
def test_losses_without_a_logarithm_give_the_best_so_far(curve: list[float]) -> None:
    assert forecast(curve, 50).value == min(curve)


@given(losses)
def test_the_forecast_does_not_look_past_an_age(curve: list[float]) -> None:
    assert forecast(curve, len(curve)).value == pytest.approx(float(np.min(curve)))
