from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise.search.surrogate.covariance import Floats
from curvewise.search.surrogate.evidence import EACH, MOST, RUNGS, Evidence, Scale

LEVELS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def told(curves: list[list[float]]) -> Evidence:
    """Evidence that saw curve k, of trial 3 k at the place (k, k), point by point."""
    evidence = Evidence(2)
    for number, curve in enumerate(curves):
        for age in range(1, len(curve) + 1):
            evidence.see(3 * number, lambda number=number: np.full(2, float(number)), curve[:age])  # type: ignore[misc]
    return evidence


def chosen(evidence: Evidence) -> tuple[list[int], list[float], Floats]:
    """Trials, ages and scaled levels."""
    found = evidence.chosen(np.random.default_rng(0))
    assert found is not None
    places, levels, _ = found
    assert (places.columns == places.trials[:, None] / 3).all()
    return places.trials.tolist(), places.ages.tolist(), levels


@given(st.integers(1, 330))
def test_keeps_the_newest_point_and_the_last_rungs_before(age: int) -> None:
    trials, ages, _ = chosen(told([[1.0 / k for k in range(1, age + 1)]]))
    expected = [*[rung for rung in RUNGS if rung < age][-(EACH - 1) :], age]
    assert ages == expected and trials == [0] * len(expected)


@pytest.mark.parametrize("count", [1, 39, 41, 70, 300])
def test_never_gives_more_than_most_and_grows_beyond_its_first_buffers(count: int) -> None:
    curves = [[2.0, 1.5, 1.0, 0.5 + 1 / (k + 1)] for k in range(count)]
    trials, ages, levels = chosen(told(curves))
    assert len(trials) == len(ages) == len(levels) == min(MOST, EACH * count)
    assert len({*zip(trials, ages, strict=True)}) == len(trials)


def test_of_many_the_lowest_are_kept_and_some_of_the_others() -> None:
    curves = [[float(k)] for k in range(1, 401)]
    trials, _, _ = chosen(told(curves))
    numbers = sorted(trial // 3 for trial in trials)
    assert numbers[:100] == list(range(100)) and max(numbers) > 300


def test_a_curve_that_was_cut_forgets_what_came_after() -> None:
    evidence = told([[1.0, 0.9, 0.8, 0.7, 0.6, 0.5]])
    evidence.see(0, lambda: np.zeros(2), [1.0, 0.9])
    assert chosen(evidence)[1] == [1, 2]


def test_what_diverged_is_at_the_worst_finite_level() -> None:
    trials, _, levels = chosen(told([[1.0], [2.0], [math.inf], [math.nan], [1.5]]))
    by_trial = dict(zip(trials, levels.tolist(), strict=True))
    assert by_trial[6] == by_trial[9] == by_trial[3] == max(by_trial.values())


def test_nothing_finite_is_nothing_to_go_by() -> None:
    assert told([]).chosen(np.random.default_rng(0)) is None
    assert told([[math.inf], [math.nan]]).chosen(np.random.default_rng(0)) is None


@given(LEVELS)
def test_a_scale_keeps_the_order_and_gives_levels_back(levels: list[float]) -> None:
    scale = Scale.of(np.array(levels))
    scaled = [scale.scaled(level) for level in sorted(levels)]
    assert np.isfinite(scaled).all() and scaled == sorted(scaled)
    within = [level for level in levels if math.log(max(level - scale.base, 1e-12)) < scale.most]
    for level in within:
        if level - scale.base > 1e-9:
            assert math.isclose(scale.level(scale.scaled(level)), level, rel_tol=1e-6, abs_tol=1e-6)


@given(LEVELS)
@example([1.64453125] * 3)
def test_what_a_scale_was_made_of_has_mean_0_and_variance_1_or_0(levels: list[float]) -> None:
    scale = Scale.of(np.array(levels))
    scaled = np.array([scale.scaled(level) for level in levels])
    assert abs(scaled.mean()) < 1e-3
    assert abs(scaled.std() - 1) < 1e-3 or scaled.std() < 1e-9


@pytest.mark.parametrize("level", [0.1, 0.0, -3.0, 1e-30, 1e30])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_equal_levels_are_all_at_the_middle(level: float, count: int) -> None:
    scale = Scale.of(np.full(count, level))
    assert scale.spread == 1.0 and abs(scale.scaled(level)) < 1e-9


def test_a_level_below_all_that_were_seen_stays_finite() -> None:
    scale = Scale.of(np.array([0.0, 0.1, 0.2]))
    assert math.isfinite(scale.scaled(-5.0)) and scale.scaled(-5.0) < scale.scaled(0.0)
