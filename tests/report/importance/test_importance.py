"""What a study says of its hyperparameters, from its history."""

from __future__ import annotations

import math
import time

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.report.importance.importance import Importance, importances
from curvewise.report.next_steps import warnings
from curvewise.search.limits import Limits
from tests.report.histories import finished, opened, race
from tests.search import analytic


def by_name(ledger: Ledger) -> dict[str, Importance]:
    return {each.hyperparameter: each for each in importances(ledger)}


def test_the_learning_rate_decides_the_made_up_histories() -> None:
    found = importances(Ledger.of(finished(60)))
    rate = found[0]
    assert rate.hyperparameter == "learning_rate"
    assert rate.told
    assert rate.share is not None
    assert rate.share > 0.5
    low, high = (float(end) for end in rate.good)
    assert low < 0.02
    assert high > 0.002
    assert not any(each.told for each in found[1:])
    assert "activation" not in {each.hyperparameter for each in found}


def test_intervals_hold_the_share_and_costs_start_at_nothing() -> None:
    for each in importances(Ledger.of(finished(60))):
        assert each.share is not None
        assert each.share_low is not None
        assert each.share_high is not None
        assert each.share_low <= each.share_high
        assert min(cost.error for cost in each.costs) == 0
        assert all(0 <= cost.low <= cost.high for cost in each.costs)


def test_too_few_trials_say_nothing() -> None:
    found = importances(Ledger.of(race(12)))
    assert found
    assert {each.sentence for each in found} == {"too few trials to say (12 trials)"}
    assert importances(Ledger.of([opened()])) == []
    assert importances(Ledger.of([])) == []


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_any_prefix_of_a_history_can_be_asked(length: int) -> None:
    found = importances(Ledger.of(finished(40)[:length]))
    assert all(each.sentence for each in found)
    assert "NaN" not in msgspec.json.encode(found).decode()


def test_a_race_by_formula_finds_what_the_formula_holds() -> None:
    """Best at a learning rate of 0.003 and 100 units; nothing else matters."""
    ledger = Ledger.of(analytic.run(Limits(math.inf, 1500, 1, 0.0)))
    seen = by_name(ledger)
    rate = seen["learning_rate"]
    assert importances(ledger)[0] == rate
    assert rate.told
    assert float(rate.good[0]) < 0.01
    assert float(rate.good[-1]) > 0.001
    others = {name for name, each in seen.items() if each.told} - {"learning_rate", "units"}
    assert len(others) <= 1


def test_values_that_change_nothing_do_not_count() -> None:
    shallow = analytic.space().narrow({"layers": [0, 1], "optimizer": ["sgd", "adamw"]})
    ledger = Ledger.of(analytic.run(Limits(math.inf, 600, 1, 0.0), searched=shallow))
    seen = by_name(ledger)
    assert "first_ratio" not in seen  # of one hidden layer there is no first among others
    assert seen["units"].condition == "layers ≥ 1"
    assert seen["units"].trials < seen["layers"].trials
    assert seen["beta2"].trials < seen["optimizer"].trials


def test_a_best_value_at_the_end_of_what_was_tried_is_marked() -> None:
    ledger = Ledger.of(race(60))
    for entry in ledger.entries.values():
        rate = entry.trial.configuration.number("learning_rate")
        for index, seen in enumerate(entry.curve.points):
            error = 0.5 + 0.05 * math.log10(rate)
            changed = {"valid_error": error, "valid_loss": error}
            entry.curve.points[index] = msgspec.structs.replace(seen, **changed)
        entry.curve.cut(entry.curve.age)
    rate_found = by_name(ledger)["learning_rate"]
    assert rate_found.edge == "lowest"
    assert any("lowest edge" in text for text in warnings(ledger, importances(ledger)))


def test_the_order_in_which_trials_are_kept_changes_nothing_that_is_told() -> None:
    ledger = Ledger.of(finished(60))
    first = importances(ledger)
    again = importances(Ledger.of(finished(60)))
    assert first == again


def test_ten_thousand_trials_take_less_than_a_second() -> None:
    """0.3 s of processor time where nothing else runs; three times that here."""
    ledger = Ledger.of(race(10_000, epochs=9))
    started = time.process_time()
    importances(ledger)
    assert time.process_time() - started < 0.9
