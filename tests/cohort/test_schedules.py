from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, lr_scheduler

from curvewise.cohort.schedules import learning_rates
from curvewise.space.decay import Decay
from tests.cohort.problems import CLASSIFICATION, recipe_for

PEAK = 0.3


def all_rates(decay: str, horizon: int, steps: int) -> np.ndarray:
    recipe = recipe_for(CLASSIFICATION, decay=decay, horizon=horizon, learning_rate=PEAK)
    return np.concatenate([learning_rates(recipe, epoch, steps) for epoch in range(1, horizon + 1)])


def torchs_rates(make, count: int) -> np.ndarray:
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=PEAK)
    scheduler = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@pytest.mark.parametrize(
    ("decay", "make"),
    [
        ("exponential", lambda o: lr_scheduler.ExponentialLR(o, 0.01 ** (1 / 490))),
        ("linear", lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 490)),
        ("cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, 490)),
    ],
)
def test_smooth_decays_are_torchs_after_one_epoch_of_warm_up(decay, make):
    rates = all_rates(decay, horizon=50, steps=10)
    assert rates[:10] == pytest.approx(PEAK * np.arange(1, 11) / 10)
    assert rates[10:] == pytest.approx(torchs_rates(make, 490), rel=1e-5, abs=1e-8)


def test_step_is_torchs_step_lr_over_epochs():
    rates = all_rates("step", horizon=40, steps=3)
    expected = torchs_rates(lambda o: lr_scheduler.StepLR(o, 8 * 3, 0.1), 120)
    assert rates == pytest.approx(expected, rel=1e-5)


def test_wsd_warms_up_stays_and_cools_down():
    rates = all_rates("wsd", horizon=50, steps=10)
    assert (rates[9:400] == np.float32(PEAK)).all()
    assert rates[400:] == pytest.approx(PEAK * (1 - np.sqrt(np.arange(100) / 100)), rel=1e-5)


@settings(deadline=None)
@given(decay=st.sampled_from(get_args(Decay)), horizon=st.integers(1, 60), steps=st.integers(1, 20))
def test_no_step_within_the_horizon_is_lost_at_rate_zero(decay, horizon, steps):
    rates = all_rates(decay, horizon, steps)
    assert rates.dtype == np.float32 and rates.shape == (horizon * steps,)
    assert (rates > 0).all() and (rates <= np.float32(PEAK)).all()


@pytest.mark.parametrize("decay", ["exponential", "linear", "cosine", "wsd"])
def test_a_warm_up_shorter_than_a_step_leaves_the_peak(decay):
    assert all_rates(decay, horizon=1, steps=4)[0] == np.float32(PEAK)


def test_after_the_horizon_the_last_rate_stays():
    recipe = recipe_for(CLASSIFICATION, decay="cosine", horizon=5)
    assert learning_rates(recipe, 6, 4) == pytest.approx(0, abs=1e-9)
