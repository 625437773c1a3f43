from __future__ import annotations

import math

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Decided, Observed
from curvewise.search import probe
from curvewise.search.limits import Limits
from curvewise.space.domain import Choice
from tests.search import analytic


def test_the_probe_finds_the_rate_of_least_loss_and_the_diverging_edge() -> None:
    ledger = Ledger.of(analytic.run(Limits(20.0, math.inf, 2, 0.4)))
    edge = probe.edges(ledger)["adamw"]
    assert 0.002 < edge.best < 0.005  # the formula's optimum is 0.003
    assert edge.diverging == 0.3  # worse than hardly learning at all; above 0.5 nothing is finite
    rates = [
        e.trial.configuration.number("learning_rate")
        for e in ledger.entries.values()
        if e.trial.origin == "prior" and e.trial.configuration["optimizer"] == "adamw"
    ]
    assert rates and max(rates) < edge.diverging


def test_rates_that_few_rows_cannot_tell_apart_are_averaged() -> None:
    luck = {0.1: 0.70, 0.01: 0.69, 0.001: 0.70, 0.0001: 0.66}
    assert probe._edge(luck, rows=36, epochs=2).best > 0.0005
    assert probe._edge(luck, rows=10_000, epochs=2).best == pytest.approx(0.0001, rel=0.05)


def test_longer_horizons_take_smaller_rates() -> None:
    edge = probe.Edge(best=0.01, diverging=math.inf, epochs=2)
    assert edge.centre("adamw", 2) == pytest.approx(0.01)
    assert edge.centre("adamw", 64) == pytest.approx(0.01 * 32**-0.32)
    assert edge.centre("sgd", 2) == pytest.approx(0.1)


def test_a_small_budget_probes_the_likeliest_rates_only() -> None:
    ledger = Ledger.of(analytic.run(Limits(math.inf, 100, 1, 0.0)))
    probed = [e.trial.configuration for e in ledger.entries.values() if e.trial.origin == "suspect"]
    assert 2 <= len(probed) <= 10
    assert {c["optimizer"] for c in probed} == {"adamw"}
    assert 0.01 in {c["learning_rate"] for c in probed}
    events = analytic.run(Limits(math.inf, 100, 1, 0.0))
    first = next(event for event in events if isinstance(event, Observed))
    assert len(first.points) == len(probed)


def test_every_suspect_is_within_the_users_range() -> None:
    narrowed = analytic.space().narrow({"learning_rate": {"low": 0.001, "high": 0.05, "log": True}})
    trials = probe.suspects(narrowed, analytic.ROWS, 0)
    assert trials
    assert all(0.001 <= t.configuration.number("learning_rate") <= 0.05 for t in trials)


def test_a_dear_probe_is_cut_short_and_compared_at_equal_age() -> None:
    events = analytic.run(Limits(30.0, math.inf, 2, 0.4), seconds=1.2)
    ledger = Ledger.of(events)
    suspects = [e for e in ledger.entries.values() if e.trial.origin == "suspect"]
    cut = [e for e in suspects if e.rule == "probe cut short"]
    assert cut and ledger.decisions["planned"] == 1
    assert any(e.trial.origin == "default" and e.curve.age for e in ledger.entries.values())
    plan = next(i for i, e in enumerate(events) if isinstance(e, Decided) and e.decisions[0].action == "plan")
    assert events[plan].elapsed < 0.35 * 30  # type: ignore[union-attr]
    edge = probe.edges(Ledger.of(events[:plan]))["adamw"]
    ages = {e.curve.age for e in suspects if e.curve.last and not e.curve.last.diverged}
    assert edge.epochs == min(ages)
    assert 0.001 < edge.best < 0.01
    assert all(event.decisions == again for event, again in analytic.replayed(events))


def test_every_optimizer_that_may_be_chosen_belongs_to_a_probed_one() -> None:
    legal = analytic.space()["optimizer"].legal
    assert isinstance(legal, Choice) and "schedule_free" in legal.values
    assert {probe.family(str(optimizer)) for optimizer in legal.values} == {"adamw", "momentum"}
