"""How much a hyperparameter mattered, and where its best value lies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.curves.ledger import Ledger
from curvewise.report.effects import average_ranks, effects, strength_between
from curvewise.search.limits import Limits
from tests.report.histories import finished, race
from tests.search import analytic


def test_a_level_that_decides_everything_explains_everything() -> None:
    errors = np.repeat([0.1, 0.2], 8)
    levels = np.repeat([0, 1], 8)
    assert strength_between(errors, levels) == 1.0


def test_levels_at_random_explain_about_nothing() -> None:
    chance = np.random.default_rng(0)
    seen = [strength_between(chance.random(100), chance.integers(0, 4, 100)) for _ in range(50)]
    assert np.mean(seen) < 0.03


@given(st.lists(st.floats(0, 1), min_size=8, max_size=40), st.integers(0, 9))
def test_a_strength_is_a_share(errors: list[float], seed: int) -> None:
    levels = np.random.default_rng(seed).permutation(np.arange(len(errors)) % 3)
    strength = strength_between(np.array(errors), levels)
    assert strength is None or 0 <= strength <= 1


def test_too_few_trials_say_nothing() -> None:
    assert strength_between(np.arange(7.0), np.array([0, 1, 0, 1, 0, 1, 0])) is None


def test_equal_values_share_their_rank() -> None:
    assert average_ranks(np.array([3.0, 1.0, 3.0, np.inf])).tolist() == [1.5, 0.0, 1.5, 3.0]


def test_the_learning_rate_decides_the_made_up_histories() -> None:
    found = effects(Ledger.of(finished(40)))
    assert found[0].name == "learning_rate"
    low, high = (float(end) for end in found[0].favours.split(" – "))
    assert low < 0.01 < high
    assert found[-1].name == "activation"
    assert found[-1].range_text == "relu"


def test_trials_that_still_run_are_not_compared_with_those_that_ended() -> None:
    ledger = Ledger.of(finished(40))
    before = {effect.name: effect.strength for effect in effects(ledger)}
    behind = [entry for entry in ledger.entries.values() if entry.trial.origin == "sobol"][:5]
    for entry in behind:
        entry.status = "running"
    after = {effect.name: effect.strength for effect in effects(ledger)}
    for entry in behind:
        entry.curve.cut(1)
    assert before != after == {effect.name: effect.strength for effect in effects(ledger)}


@pytest.mark.parametrize("top", [True, False])
def test_a_best_value_at_the_end_of_what_was_tried_is_marked(top: bool) -> None:
    events = race(12)
    ledger = Ledger.of(events)
    by_rate = sorted(ledger.entries.values(), key=lambda e: e.trial.configuration.number("learning_rate"))
    for place, entry in enumerate(by_rate if top else by_rate[::-1]):
        for index, seen in enumerate(entry.curve.points):
            error = 0.5 - 0.01 * place
            entry.curve.points[index] = type(seen)(
                **{f: getattr(seen, f) for f in seen.__struct_fields__}
                | {"valid_error": error, "valid_loss": error}
            )
        entry.curve.cut(entry.curve.age)
    rate = next(effect for effect in effects(ledger) if effect.name == "learning_rate")
    assert rate.edge == ("highest" if top else "lowest")


def test_values_that_change_nothing_do_not_count() -> None:
    shallow = analytic.space().narrow({"layers": [0, 1], "optimizer": ["sgd", "adamw"]})
    ledger = Ledger.of(analytic.run(Limits(math.inf, 600, 1, 0.0), searched=shallow))
    seen = {effect.name: effect for effect in effects(ledger)}
    assert "first_ratio" not in seen  # of one hidden layer there is no first among others
    used = [e.trial.configuration for e in ledger.entries.values() if e.curve.age]
    assert set(seen["units"].tried) == {c["units"] for c in used if c["layers"] == 1}
    assert set(seen["beta2"].tried) == {c["beta2"] for c in used if c["optimizer"] == "adamw"}
