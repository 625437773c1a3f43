"""The article's policy on recorded curves: the trainer sets the horizon, names are the table's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Decided, Event, Observed, Value
from curvewise.search.article.article import Article
from curvewise.search.limits import Limits
from curvewise.tables import Recorded
from tests.search.article.formula import opened, tried
from tests.search.article.test_roles import lcbench

HORIZON = 20


class Table:
    """Best at a rate of 0.03 and 256 units; percent wrong, no training loss."""

    horizon = HORIZON

    def curve(self, configuration: Mapping[str, Value]) -> Sequence[Sequence[float]]:
        away = abs(math.log10(float(configuration["learning_rate"]) / 0.03))
        small = max(0.0, math.log2(256 / float(configuration["max_units"])))
        ends = 10 + 8 * away + 3 * small
        return [(ends + 60 / (1 + e), (ends + 60 / (1 + e)) / 50, math.nan, 1.0 * e) for e in range(HORIZON)]


def played(trainings: int) -> list[Event]:
    begin = opened(Limits(math.inf, trainings * HORIZON, 1, 0.0), lcbench(), horizon=HORIZON, rows={})
    policy, trainer = Article(), Recorded(Table())
    events: list[Event] = [begin]
    policy.see(events)
    while policy.ledger.ended is None:
        decisions = policy.decide(0.0)
        if decisions:
            trainer.start([each.start for each in decisions if each.start is not None])
            event: Event = Decided(0.0, decisions)
        else:
            event = Observed(0.0, trainer.advance(policy.round()))
        policy.see([event])
        events.append(event)
    return events


@pytest.mark.parametrize("trainings", [1, 5, 40])
def test_the_budget_is_kept_and_the_least_error_is_the_answer(trainings: int) -> None:
    ledger = Ledger.of(played(trainings))
    assert ledger.slot_epochs <= trainings * HORIZON
    assert ledger.chosen is not None and ledger.chosen.trial is not None and not ledger.running()
    best = {number: entry.curve.best for number, entry in ledger.entries.items()}
    least = min(point.valid_error for point in best.values() if point)
    chosen = best[ledger.chosen.trial]
    assert chosen is not None and chosen.valid_error == least
    assert all(entry.trial.horizon == HORIZON for entry in ledger.entries.values())


def test_units_grow_and_rates_are_refined_under_the_tables_own_names() -> None:
    events = played(40)
    assert tried(events, "learning_rate")[0] == 0.01
    assert {255, 510} <= set(tried(events, "max_units"))
    assert any(0.02 < float(str(rate)) < 0.045 for rate in tried(events, "learning_rate"))


def test_replaying_gives_equal_decisions() -> None:
    again = Article()
    for event in played(10):
        if isinstance(event, Decided):
            assert again.decide(event.elapsed) == event.decisions
        again.see([event])
