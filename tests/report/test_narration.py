"""The article's moves as a person reads them."""

from __future__ import annotations

import pytest

from curvewise.curves.ledger import Ledger
from curvewise.records import Decided, Event
from curvewise.report.narration import KEPT, move_line, move_lines, moves, narration
from curvewise.report.plain import as_plain
from curvewise.report.summary import summarise
from curvewise.report.text import plain
from tests.report.histories import finished
from tests.search.article.formula import run


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return run()


def test_every_move_has_a_line_with_why_epochs_and_outcome(events: list[Event]) -> None:
    ledger = Ledger.of(events)
    told = moves(ledger)
    assert [move.number for move in told] == list(range(1, len(told) + 1))
    assert told[0].why == "learning rate 0.01: where the article starts" and told[0].kept
    for move in told:
        entry = ledger.entries[move.trial]
        assert entry.trial.origin != "finalist"
        assert (move.epochs, move.outcome) == (entry.curve.age, entry.reason)
        assert move.kept == (entry.rule == KEPT) or move.kept is None
        assert move_line(move).lstrip().startswith(f"{move.number}  {move.why}; {move.epochs:,} epoch")


def test_lines_come_when_moves_end_and_when_the_finals_begin(events: list[Event]) -> None:
    ledger, lines = Ledger(), []
    for event in events:
        ledger.apply(event)
        lines += move_lines(ledger, event)
    told = moves(ledger)
    assert lines[: len(told)] == [move_line(move) for move in told]
    assert "trained again" in lines[len(told)]
    assert len(lines) == len(told) + 1


def test_a_move_that_trains_says_so(events: list[Event]) -> None:
    begun = next(number for number, event in enumerate(events) if isinstance(event, Decided))
    ledger = Ledger.of(events[: begun + 1])
    assert moves(ledger)[0].kept is None
    assert move_line(moves(ledger)[0]).endswith("0 epochs: training")


def test_the_summary_tells_the_moves_within_80_columns(events: list[Event]) -> None:
    text = plain(Ledger.of(events), "runs/x")
    assert "move, and why" in text and "learning rate 0.01: where the" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_race_has_no_moves() -> None:
    ledger = Ledger.of(finished())
    assert moves(ledger) == [] and narration(ledger) == []
    assert "move, and why" not in plain(ledger, "runs/x")
    assert all(move_lines(ledger, event) == [] for event in finished())


def test_the_record_has_the_moves_too(events: list[Event]) -> None:
    summary = summarise(Ledger.of(events), "runs/x")
    assert summary.policy == "article"
    assert summary.moves == moves(Ledger.of(events))
    assert summarise(Ledger.of(finished())).policy == "race"


def test_the_table_is_drawn_on_narrow_paper(events: list[Event]) -> None:
    drawn = as_plain(narration(Ledger.of(events))[-1], 60)
    assert "epochs" in drawn
