from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise.space.decay import UNPLANNED, Decay, decay_begins, factors, step_epochs, warmup_epochs

DECAYS = get_args(Decay)


@settings(deadline=None)
@given(decay=st.sampled_from(DECAYS), horizon=st.integers(1, 300))
def test_a_decay_never_rises_and_stays_within_the_peak(decay, horizon):
    shares = factors(decay, np.linspace(0, 1.5 * horizon, 400), horizon)
    assert (np.diff(shares) <= 0).all()
    assert (shares >= -1e-12).all() and (shares <= 1).all()
    assert shares[0] == 1


@pytest.mark.parametrize("decay", ["linear", "cosine", "wsd"])
def test_decays_to_zero_reach_it_at_the_horizon(decay):
    assert factors(decay, np.array([10.0, 12.0]), 10) == pytest.approx(0, abs=1e-12)


def test_exponential_reaches_a_hundredth_at_the_horizon():
    assert factors("exponential", np.array([40.0]), 40) == pytest.approx(0.01)


def test_step_drops_by_ten_every_eight_epochs_as_the_article_says():
    shares = factors("step", np.array([0.0, 7.99, 8.0, 15.99, 16.0, 24.0]), 30)
    assert shares == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.001])


@pytest.mark.parametrize(("horizon", "period"), [(1, 1), (2, 1), (6, 2), (10, 4), (23, 8), (24, 8), (200, 8)])
def test_a_short_horizon_still_holds_three_steps(horizon, period):
    assert step_epochs(horizon) == period


def test_wsd_is_flat_for_four_fifths_then_falls_as_one_minus_root():
    assert factors("wsd", np.array([0.0, 39.9, 40.0]), 50) == pytest.approx(1)
    assert factors("wsd", np.array([42.5, 45.0]), 50) == pytest.approx([0.5, 1 - 0.5**0.5])


def test_the_articles_own_schedules_have_no_warm_up():
    assert warmup_epochs("constant", 50) == warmup_epochs("step", 50) == 0
    assert warmup_epochs("cosine", 10) == pytest.approx(0.2)
    assert warmup_epochs("cosine", 500) == 1


@settings(deadline=None)
@given(decay=st.sampled_from([d for d in DECAYS if d not in UNPLANNED]), horizon=st.integers(2, 200))
def test_a_decay_has_begun_where_the_rate_has_halved(decay, horizon):
    """Against the definition: the first epoch that ends at half the peak or lower."""
    ends = np.arange(1, horizon + 1, dtype=float)
    # A step decay drops at an epoch's start: its epoch's rate is the one at its beginning
    moments = ends - 1 if decay == "step" else ends
    low = np.flatnonzero(factors(decay, moments, horizon) <= 0.5 + 1e-9)
    assert decay_begins(decay, horizon) == (low[0] + 1 if len(low) else horizon)


def test_a_constant_rate_plans_no_decay():
    assert decay_begins("constant", 50) == 1


def test_a_plateau_is_waited_for():
    """One epoch sets a loss, eleven are no better, the thirteenth has the lower rate."""
    assert decay_begins("plateau", 50) == 13
    assert decay_begins("plateau", 50, patience=2) == 5
    assert decay_begins("plateau", 8) == 8


@pytest.mark.parametrize("decay", DECAYS)
def test_a_longer_warm_up_may_be_asked_for(decay):
    assert warmup_epochs(decay, 50, 5.0) == 5
    assert warmup_epochs(decay, 50, 0.001) == max(0.001, warmup_epochs(decay, 50))
    assert warmup_epochs(decay, 6, 100.0) == 3
    assert decay_begins(decay, 50, warmup=25.0) >= decay_begins(decay, 50)
