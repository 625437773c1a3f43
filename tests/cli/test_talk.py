"""How often a running study speaks."""

from __future__ import annotations

import io

from rich.console import Console

from curvewise.cli.lines import Lines
from curvewise.cli.live import LiveTable
from curvewise.curves.ledger import Ledger
from curvewise.records import Event
from tests.report.histories import finished, race


def spoken(events: list[Event], seconds_per_event: float) -> list[str]:
    """The lines, where events come at this pace."""
    screen, now = Console(file=io.StringIO(), width=80), 0.0
    lines = Lines(screen, False, clock=lambda: now)
    ledger = Ledger()
    for event in events:
        now += seconds_per_event
        ledger.apply(event)
        lines.tell(ledger, [event])
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue().splitlines()


def test_a_line_at_the_start_and_the_notes() -> None:
    lines = spoken(race()[:3], 0.01)
    assert len(lines) == 2


def test_a_line_every_ten_seconds_where_little_happens() -> None:
    stale = race()[:6] + [event for event in race()[6:] for _ in range(1)]
    lines = spoken(stale, 1.0)
    told = [line for line in lines if "trials (" in line]
    assert 2 <= len(told) <= 2 + len(stale) // 2


def test_never_two_lines_within_two_seconds() -> None:
    told = [line for line in spoken(race(), 0.1) if "trials (" in line]
    assert len(told) <= 0.1 * len(race()) / 2


def test_the_live_table_is_drawn_from_what_it_was_told() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    table = LiveTable(screen, verbose=True, clock=lambda: 0.0)
    ledger = Ledger()
    with table:
        for event in finished(40):
            ledger.apply(event)
        table.tell(ledger, finished(40)[-3:])
        table.say("finishing this epoch")
        screen.file.write("")
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert "46 trials" in shown
    assert "finishing this epoch" in shown
    assert "choose: simplest within one standard error" in shown
