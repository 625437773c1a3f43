"""Known functions, sampled as a race samples, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.report.importance.decomposition import Decomposition, decompose
from curvewise.report.importance.importance import ODDS
from tests.report.importance.made_up import Effect, Unit, race

NAMES = "abcW"


def apart(effect: Effect, trials: int = 240, seed: int = 0) -> Decomposition:
    return decompose(race(effect, NAMES, trials, seed))


def shares(found: Decomposition) -> dict[str, float]:
    return dict(zip(NAMES, found.shares(found.fitted.coefficients).tolist(), strict=True))


def test_one_that_is_all_gets_all_and_the_others_nothing() -> None:
    for seed in range(4):
        seen = shares(apart(lambda u: 0.1 + (u["a"] - 0.4) ** 2, seed=seed))
        assert seen["a"] > 0.9
        assert max(seen["b"], seen["c"], seen["W"]) < 0.06


def test_words_count_as_numbers_do() -> None:
    seen = shares(apart(lambda u: (0.1, 0.2, 0.4)[int(u["W"] * 3)]))
    assert seen["W"] > 0.8


def test_where_nothing_matters_nothing_is_told() -> None:
    told = []
    for seed in range(12):
        found = apart(lambda u: 0.2, seed=seed)
        told += [found.evidence(i) >= ODDS for i in range(len(NAMES))]
    assert np.mean(told) < 0.1


def test_what_two_do_together_is_halved_between_them() -> None:
    found = apart(lambda u: 0.1 + 0.4 * ((u["a"] > 0.5) == (u["b"] > 0.5)), trials=480)
    seen = shares(found)
    assert (0, 1) in found.pairs
    assert seen["a"] + seen["b"] > 0.8
    assert min(seen["a"], seen["b"]) > 0.3
    partner = found.partner(0)
    assert partner is not None
    assert partner[0] == 1
    assert partner[1] >= ODDS


def test_a_larger_effect_has_a_larger_share() -> None:
    seen = shares(apart(lambda u: 0.1 + 0.4 * u["a"] + 0.15 * u["b"] + 0.04 * u["c"], trials=480))
    assert seen["a"] > seen["b"] > seen["c"]


def test_what_helps_late_is_not_hidden_by_trials_that_never_grew_old() -> None:
    """The worst at the start are stopped, whatever b would have done: among those left it still shows."""
    seen = shares(apart(lambda u: 0.1 + 0.1 * (u["a"] > 0.7) + 0.08 * u["b"], trials=480))
    assert seen["b"] > 0.15


@pytest.mark.parametrize("trials", [16, 60])
def test_the_same_trials_say_the_same(trials: int) -> None:
    def effect(u: Unit) -> float:
        return 0.1 + u["a"]

    first, again = apart(effect, trials), apart(effect, trials)
    assert np.array_equal(first.fitted.coefficients, again.fitted.coefficients)
    assert np.array_equal(first.fitted.replicates, again.fitted.replicates)


def test_shares_add_up_to_one() -> None:
    found = apart(lambda u: 0.1 + 0.4 * u["a"] * u["b"] + 0.1 * u["c"])
    assert found.shares(found.fitted.coefficients).sum() == pytest.approx(1)
    assert np.allclose(found.shares(found.fitted.replicates).sum(axis=1), 1)


def test_a_cost_is_what_the_function_says() -> None:
    """Of a quadratic in one hyperparameter the cheapest place is its lowest."""
    found = apart(lambda u: 0.05 + (u["a"] - 0.3) ** 2, trials=480)
    axis = found.axes[0]
    places = np.linspace(0.05, 0.95, 19)
    costs = found.cost(0, axis.columns(10 ** (4 * places - 4)), found.fitted.coefficients)
    assert places[costs.argmin()] == pytest.approx(0.3, abs=0.11)
    assert costs[-1] > costs.min()
