from __future__ import annotations

import math

import numpy as np

from curvewise.records import Configuration
from curvewise.search.surrogate.surrogate import Surrogate
from tests.search.thawed import bowl, mixed, numbers

AHEAD = 20


def taught(count: int, seed: int = 0) -> tuple[Surrogate, list[Configuration]]:
    """One that saw ten epochs of each of some configurations."""
    surrogate, generator = Surrogate(numbers(), seed), np.random.default_rng(0)
    configurations = [numbers().from_unit(generator.random(4)) for _ in range(count)]
    for number, configuration in enumerate(configurations):
        for age in range(1, 11):
            surrogate.see(number, configuration, [bowl(configuration, k) for k in range(1, age + 1)])
    return surrogate, configurations


def test_expects_curves_to_end_about_where_they_do_and_less_of_new_ones() -> None:
    surrogate, configurations = taught(30)
    units = np.array([numbers().to_unit(each) for each in configurations])
    outlook = surrogate.outlook(units, np.arange(30), AHEAD)
    unknown = surrogate.outlook(units, -np.arange(1, 31), AHEAD)
    assert outlook is not None and unknown is not None
    ends = np.array([outlook.scale.scaled(bowl(each, AHEAD)) for each in configurations])
    # Some spread of the curves' own is in the deviation: 0.3 of all levels' is near
    assert np.sqrt(np.mean((outlook.mean - ends) ** 2)) < 0.3
    assert (unknown.deviation > outlook.deviation).all()
    low, high = outlook.interval(0)
    assert low < outlook.scale.level(float(outlook.mean[0])) < high


def test_equal_points_in_equal_order_give_equal_answers_whenever_asked() -> None:
    first, _ = taught(12)
    units, numbers_ = np.random.default_rng(3).random((5, 4)), -np.arange(1, 6)
    again = Surrogate(numbers(), 0)
    generator = np.random.default_rng(0)
    for number in range(12):
        configuration = numbers().from_unit(generator.random(4))
        for age in range(1, 11):
            again.see(number, configuration, [bowl(configuration, k) for k in range(1, age + 1)])
            again.outlook(units, numbers_, AHEAD)
    found, expected = again.outlook(units, numbers_, AHEAD), first.outlook(units, numbers_, AHEAD)
    assert found is not None and expected is not None
    assert (found.mean == expected.mean).all() and (found.deviation == expected.deviation).all()


def test_one_trial_is_enough_for_an_outlook_and_none_is_not() -> None:
    surrogate, units = Surrogate(mixed(), 0), np.random.default_rng(0).random((4, mixed().dimension))
    assert surrogate.outlook(units, -np.arange(1, 5), AHEAD) is None
    surrogate.see(0, mixed().default(), [math.inf])
    assert surrogate.outlook(units, -np.arange(1, 5), AHEAD) is None
    surrogate.see(1, mixed().default(), [0.5])
    outlook = surrogate.outlook(units, -np.arange(1, 5), AHEAD)
    assert outlook is not None and np.isfinite(outlook.mean).all() and (outlook.deviation > 0).all()
