from __future__ import annotations

import pytest

from curvewise.cohort import planner, ways
from curvewise.cohort.cohort import Cohort
from curvewise.cohort.planner import Plan, operations, plan
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, REGRESSION, TINY, recipe_for, trial_of

WAYS = ways.available()


@pytest.mark.parametrize("split", [CLASSIFICATION, REGRESSION, CATEGORIES, TINY])
@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_timed_on_any_problem(split, way):
    recipe = recipe_for(split, normalisation="batch", minibatch=150)
    assert 0 < planner.step_microseconds(way, recipe, split) < 1e6


def test_the_fastest_way_is_chosen(monkeypatch):
    taken = {"native": 30.0, "reference": 20.0}
    monkeypatch.setattr(planner, "step_microseconds", lambda way, recipe, split: taken[way])
    assert plan(("native", "reference"), recipe_for(TINY), TINY) == Plan("reference", taken)


def test_a_single_way_is_not_measured(monkeypatch):
    monkeypatch.delattr(planner, "step_microseconds")
    assert plan(("reference",), recipe_for(TINY), TINY) == Plan("reference", {})


@pytest.mark.skipif(len(WAYS) < 2, reason="one way only: no compiler for the native kernels")
@pytest.mark.parametrize(("deterministic", "widths"), [(False, {1024}), (True, set())])
def test_wide_networks_are_measured_once_unless_deterministic(deterministic, widths):
    cohort = Cohort(lambda encoding: TINY, 1, deterministic=deterministic)
    cohort.start([trial_of(0), trial_of(1, units=1024), trial_of(2, units=1100)])
    assert cohort.failures() == {}
    assert set(cohort.plans) == widths
    assert cohort.way(0) == WAYS[0]
    assert all(cohort.way(n) == p.way for p in cohort.plans.values() for n in (1, 2))
    cohort.close()


def test_more_units_rows_and_steps_are_more_operations():
    def of(rows=75, **changes):
        recipe = recipe_for(CLASSIFICATION, **changes)
        return operations(recipe, CLASSIFICATION.train.first(rows))

    assert of() < of(units=(32, 32))
    assert of() < of(rows=150)
    assert of() < of(minibatch=4)
