"""For which signs trials were stopped, in the summary and on the live display."""

from __future__ import annotations

import msgspec
import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Decided, Direction, Event, Finding
from curvewise.report.live_table import live_table
from curvewise.report.plain import as_plain
from curvewise.report.progress import decision_lines
from curvewise.report.standing import standing
from curvewise.report.stops import stop_sentences, stops
from curvewise.report.text import plain
from tests.report.histories import race
from tests.report.runs import finding


def seen(trial: int, sign: str, hyperparameter: str | None, direction: Direction) -> Finding:
    return msgspec.structs.replace(
        finding(sign), trial=trial, hyperparameter=hyperparameter, direction=direction, reason="it is so"
    )


@pytest.fixture
def events() -> list[Event]:
    """17 trials are behind: of the first four 3 were not learning and one was too slow."""
    told: list[tuple[str, str, Direction]] = [
        ("not learning", "learning_rate", "raise"),
        ("not learning", "learning_rate", "raise"),
        ("not learning", "minibatch", "lower"),
        ("too slow", "learning_rate", "raise"),
    ]
    return [_with_signs(event, told) for event in race(40)]


def _with_signs(event: Event, told: list[tuple[str, str, Direction]]) -> Event:
    """The event with signs for the first trials that it stops for being behind."""
    if not isinstance(event, Decided):
        return event
    decisions = list(event.decisions)
    behind = [place for place, each in enumerate(decisions) if each.rule == "behind at equal age"]
    for place, (sign, name, direction) in zip(behind, told, strict=False):
        old = decisions[place]
        found = seen(old.trial or 0, sign, name, direction)
        reason = f"{old.reason}; {sign}: {found.reason}"
        decisions[place] = msgspec.structs.replace(old, finding=found, reason=reason)
    return Decided(event.elapsed, decisions)


def test_every_trial_is_told_once_with_what_would_have_helped(events: list[Event]) -> None:
    assert stop_sentences(Ledger.of(events)) == [
        "3 of 40 trials were stopped as not learning: raise the learning rate in 2, lower the minibatch in 1",
        "1 of 40 trials was stopped as too slow: raise the learning rate",
    ]
    assert stop_sentences(Ledger.of(race(40))) == []


def test_a_second_sign_of_a_trial_and_signs_of_those_that_go_on_do_not_count(events: list[Event]) -> None:
    ledger = Ledger.of(events)
    first = ledger.findings[0]
    running = ledger.running()[0]
    ledger.findings += [
        msgspec.structs.replace(first, sign="diverging"),
        seen(running, "overfitting", None, "change"),
    ]
    assert [(each.sign, each.trials) for each in stops(ledger)] == [("not learning", 3), ("too slow", 1)]


def test_the_summary_the_live_table_and_the_lines_have_them(events: list[Event]) -> None:
    ledger = Ledger.of(events)
    summary = " ".join(plain(ledger, "runs/digits-1").split())
    assert "3 of 40 trials were stopped as not learning: raise the learning rate in 2" in summary
    shown = " ".join(as_plain(live_table(standing(ledger))).split())
    assert "; of these 3 not learning, 1 too slow" in shown
    lines = [line for event in events for line in decision_lines(event)]
    assert sum("not learning: it is so" in line for line in lines) == 3
