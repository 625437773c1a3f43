"""The article's policy, told move by move: what was tried and why, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Decided, Event
from curvewise.report.numerals import count_text

KEPT = "article: kept"
"""The rule of a move that was better than all before."""


class Move(msgspec.Struct, frozen=True):
    """One move of the article's expert."""

    number: int
    """From 1."""
    trial: int
    why: str
    """What was set to what, and why."""
    epochs: int
    outcome: str
    """What came of it; empty while it trains."""
    kept: bool | None
    """Null while it trains, and where the budget was over before it could be told."""


def moves(ledger: Ledger) -> list[Move]:
    """Every move so far, in order; empty where the race decides."""
    if not _narrates(ledger):
        return []
    tried = [entry for entry in ledger.entries.values() if entry.trial.origin != "finalist"]
    return [_move(number, entry) for number, entry in enumerate(tried, 1)]


def move_lines(ledger: Ledger, event: Event) -> list[str]:
    """A line for every move that ``event``, which is part of ``ledger``, has ended; and for the finals."""
    if not isinstance(event, Decided) or not _narrates(ledger):
        return []
    ended = {d.trial for d in event.decisions if d.action in ("stop", "finish")}
    lines = [move_line(move) for move in moves(ledger) if move.trial in ended]
    return lines + [f"     {d.reason}" for d in event.decisions if d.action == "finalise"]


def move_line(move: Move) -> str:
    """`` 2  learning rate 0.1: the next suspect up; 60 epochs: 4.07 % -> 1.85 %, better: kept``."""
    return f"{move.number:>3}  {move.why}; {count_text(move.epochs, 'epoch')}: {move.outcome or 'training'}"


def narration(ledger: Ledger) -> list[RenderableType]:
    """All moves as a table; empty where the race decides."""
    told = moves(ledger)
    if not told:
        return []
    return [Text(), _table(told)]


def _table(told: Sequence[Move]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("move, and why", ratio=5)
    table.add_column("epochs", justify="right", no_wrap=True)
    table.add_column("what came of it: validation error, curve", ratio=6)
    for move in told:
        table.add_row(
            str(move.number),
            move.why,
            str(move.epochs),
            Text(move.outcome or "training", style="green" if move.kept else ""),
        )
    return table


def _narrates(ledger: Ledger) -> bool:
    return ledger.opened is not None and ledger.opened.policy == "article"


def _move(number: int, entry: Entry) -> Move:
    told = entry.rule.startswith("article: ")
    return Move(
        number=number,
        trial=entry.trial.number,
        why=entry.why,
        epochs=entry.curve.age,
        outcome=entry.reason,
        kept=entry.rule == KEPT if told else None,
    )
