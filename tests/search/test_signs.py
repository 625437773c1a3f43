"""What the race reads off a trial: why it is behind, and that it will not come back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Decided, Event, Point, Trial, Value
from curvewise.search import rules
from curvewise.search.limits import Limits
from curvewise.search.signs import beyond_recovery, previous_look, why_behind
from curvewise.search.standings import AgeTable, Standings
from tests.search import analytic

OPENED = analytic.opened(analytic.space(), "600e", 1)
GUESSING = math.log(3)
LEARNED = AgeTable([0.1] * 8, [0.05] * 8, [0.2] * 8)


def entry(
    losses: Sequence[float], *, valid: Sequence[float] | None = None, update: float = 1e-3, **changes: Value
) -> Entry:
    configuration = Configuration({**analytic.space().default().values, **changes})
    made = Entry(Trial(7, configuration, 7, 81, "prior"))
    for epoch, (train, held_out) in enumerate(zip(losses, valid or losses, strict=True), start=1):
        made.curve.add(
            Point(
                trial=7,
                epoch=epoch,
                step=30 * epoch,
                seconds=0.01 * epoch,
                train_loss=train,
                train_error=min(1.0, train / 2),
                valid_loss=held_out,
                valid_error=min(1.0, held_out / 2),
                learning_rate=configuration.number("learning_rate"),
                gradient_norm=1.0,
                update_ratio=update,
            )
        )
    return made


def test_a_trial_at_guessing_is_not_learning_and_its_rate_is_named() -> None:
    found = why_behind(entry([1.12, 1.10, 1.09], learning_rate=1e-5, optimizer="adamw"), OPENED, LEARNED)
    assert found is not None and found.sign == "not learning" and found.trial == 7
    assert (found.hyperparameter, found.direction, found.span) == ("learning_rate", "raise", (1.0, 3.0))
    assert found.evidence == pytest.approx({"loss": 1.09, "guessing": GUESSING, "median": 0.2})
    assert "guessing costs 1.1, and half have 0.2" in found.reason


def test_a_trial_above_guessing_took_steps_that_are_too_large() -> None:
    found = why_behind(entry([40.0]), OPENED, LEARNED)
    assert found is not None
    assert (found.sign, found.hyperparameter, found.direction) == ("not learning", "learning_rate", "lower")
    assert "after an epoch" in found.reason


def test_small_updates_make_it_too_slow() -> None:
    found = why_behind(entry([1.09, 1.0, 0.95], update=1e-5), OPENED, LEARNED)
    assert found is not None
    assert (found.sign, found.hyperparameter, found.direction) == ("too slow", "learning_rate", "raise")


@pytest.mark.parametrize(
    ("losses", "table"),
    [
        ([1.0, 0.7, 0.5], LEARNED),  # behind, and has gone more than a third of what the others have
        ([1.09, 1.0, 0.95], LEARNED),  # slow, and nothing in its settings or updates says why
        ([1.1, 1.1, 1.1], AgeTable([1.0] * 8, [0.5] * 8, [0.9] * 8)),  # nobody has learned anything yet
        ([1.1, 1.1, 1.1], AgeTable()),
    ],
)
def test_a_trial_is_merely_behind_where_there_is_no_evidence(losses: list[float], table: AgeTable) -> None:
    assert why_behind(entry(losses), OPENED, table) is None


@pytest.mark.parametrize("losses", [[1.09], [0.9], [40.0]])
def test_a_reason_never_decides(losses: list[float]) -> None:
    """The comparison stops the same trials for the same rank, whatever their curves show."""
    standings = Standings(81, rules.ages(81))
    ledger = Ledger()
    for loss in [0.1] * 6 + losses:
        made = entry([loss], learning_rate=1e-5)
        ledger.entries[7] = made
        standings._entered.clear()
        standings.observe(ledger, 7)
    decision = rules.compared(made, standings, OPENED)
    assert decision is not None and decision.action == "stop" and decision.rule == "behind at equal age"
    assert decision.finding is None or decision.finding.reason in decision.reason


def rising(points: int) -> list[float]:
    """Falls for a while, then loses it all for good."""
    return [max(0.2, 1.1 - 0.1 * k) if k < 10 else 5.0 + 0.01 * (k % 3) for k in range(points)]


def test_a_trial_that_lost_what_it_had_learned_is_finished_with_its_best_weights() -> None:
    ages = [age for age in range(1, 60) if beyond_recovery(entry(rising(age)), OPENED) is not None]
    assert ages and all(previous_look(age) is not None for age in ages)
    decision = rules.hopeless(entry(rising(ages[0])), OPENED)
    assert decision is not None and decision.finding is not None
    assert (decision.action, decision.rule) == ("finish", "beyond recovery")
    assert decision.finding.sign == "diverging" and decision.finding.trial == 7
    assert decision.reason == f"diverging: {decision.finding.reason}"


def test_a_trial_that_learns_nothing_is_stopped() -> None:
    losses = [1.1 + 0.003 * (-1) ** k for k in range(80)]
    age = next(age for age in range(40, 80) if beyond_recovery(entry(losses[:age]), OPENED) is not None)
    decision = rules.hopeless(entry(losses[:age]), OPENED)
    assert decision is not None and decision.action == "stop"
    assert decision.reason.startswith("not learning: ")


@pytest.mark.parametrize("age", range(1, 70))
def test_a_trial_that_falls_or_overfits_is_left_alone(age: int) -> None:
    falling = [1.0 / (1 + 0.2 * k) for k in range(age)]
    overfitted = [0.5 + 0.02 * max(0, k - 8) for k in range(age)]
    assert beyond_recovery(entry(falling), OPENED) is None
    assert beyond_recovery(entry(falling, valid=overfitted), OPENED) is None


def test_looks_are_fifteen_per_cent_apart() -> None:
    ages = [age for age in range(1, 100) if previous_look(age) is not None]
    assert ages[:5] == [14, 17, 20, 23, 27]
    assert previous_look(14) == 12


def test_reasons_are_in_the_history_and_in_the_ledger() -> None:
    events = analytic.run(Limits(math.inf, 600, 1, 0.0))
    decided = [d for e in events if isinstance(e, Decided) for d in e.decisions if d.finding is not None]
    assert all(decision.finding.trial == decision.trial for decision in decided if decision.finding)
    assert Ledger.of(events).findings == [decision.finding for decision in decided]
    for event, again in analytic.replayed(events):
        assert event.decisions == again


def test_the_race_decides_the_same_without_reading_why(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(math.inf, 600, 1, 0.0)
    with_signs = _decided(analytic.run(limits))
    monkeypatch.setattr(rules, "why_behind", lambda entry, opened, table: None)
    assert _decided(analytic.run(limits)) == with_signs


def _decided(events: Sequence[Event]) -> list[tuple[str, str, int | None, Trial | None]]:
    decisions = [each for event in events if isinstance(event, Decided) for each in event.decisions]
    return [(each.action, each.rule, each.trial, each.start) for each in decisions]
