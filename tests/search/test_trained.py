from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.records import Trial
from curvewise.search.trained import NEWEST, WAITING, Trained
from tests.search.thawed import numbers


def began(trained: Trained, count: int) -> list[Trial]:
    units = np.random.default_rng(0).random((count, 4))
    trials = [Trial(k, numbers().from_unit(units[k]), k, 20, "model") for k in range(count)]
    for trial in trials:
        trained.begin(trial)
    return trials


@given(
    st.lists(st.tuples(st.integers(0, 30), st.lists(st.sampled_from([0.1, 0.2, 0.3, math.inf]), min_size=1)))
)
def test_the_best_are_those_of_a_sorted_list(curves: list[tuple[int, list[float]]]) -> None:
    trained, known = Trained(numbers()), dict[int, float]()
    began(trained, 31)
    for number, levels in curves:
        trained.observe(number, levels)
        known[number] = min(levels)
    assert trained.best(8) == sorted(known, key=lambda number: (known[number], number))[:8]
    assert trained.least == min(known.values(), default=math.inf)


def test_knows_what_was_tried_and_where_it_is() -> None:
    trained = Trained(numbers())
    trials = began(trained, 200)
    assert all(trial.configuration in trained for trial in trials)
    assert numbers().default() not in trained
    expected = [numbers().to_unit(trials[number].configuration) for number in (150, 3)]
    assert (trained.units([150, 3]) == expected).all()
    assert trained.units([]).shape == (0, 4)


def test_all_that_wait_are_looked_at_where_they_are_few() -> None:
    trained = Trained(numbers())
    began(trained, WAITING)
    assert trained.likeliest(range(WAITING - 1, -1, -1)) == list(range(WAITING))


def test_of_many_that_wait_the_best_and_the_newest_are_looked_at() -> None:
    trained, count = Trained(numbers()), 1000
    began(trained, count)
    errors = np.random.default_rng(1).permutation(count).tolist()
    for number, error in enumerate(errors):
        trained.observe(number, [5000.0, float(error)])
    waiting = set(range(0, count, 2))
    best = sorted(waiting, key=errors.__getitem__)[:WAITING]
    newest = sorted(waiting)[-NEWEST:]
    assert trained.likeliest(waiting) == trained.likeliest(list(waiting)) == sorted({*best, *newest})
