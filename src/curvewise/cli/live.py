"""The live table on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from curvewise.curves.ledger import Ledger
from curvewise.records import Event, Noted, Opened
from curvewise.report.live_table import live_table
from curvewise.report.narration import move_lines
from curvewise.report.progress import decision_lines, opening_line
from curvewise.report.standing import Standing, standing

PER_SECOND = 4
"""Redraws at most: more flicker over slow connections and tell no more."""


class LiveTable:
    """Redrawn by a thread of its own from a frozen standing; vanishes when the study ends.

    Notes and, with ``verbose``, decisions scroll by above it.
    """

    def __init__(self, screen: Console, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._verbose = verbose
        self._clock = clock
        self._seen: Standing | None = None
        self._taken_at = 0.0
        self._message = ""
        self._live = Live(
            console=screen, get_renderable=self._draw, refresh_per_second=PER_SECOND, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def tell(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """Take a new standing, at most as often as it is drawn."""
        for event in events:
            if isinstance(event, Opened):
                self._print(opening_line(event))
            elif isinstance(event, Noted):
                self._print(f"note: {event.text}")
            else:
                told = decision_lines(event) if self._verbose else move_lines(ledger, event)
                for line in told:
                    self._print(line)
        now = self._clock()
        if self._seen is None or now - self._taken_at >= 1 / PER_SECOND:
            self._seen, self._taken_at = standing(ledger), now

    def say(self, text: str) -> None:
        """Shown below the table from now on; called from a signal handler, so it takes no lock."""
        self._message = text

    def _print(self, text: str) -> None:
        self._screen.print(Text(text), soft_wrap=True)

    def _draw(self) -> RenderableType:
        if self._seen is None:
            return Text("starting", style="dim") + Text(f"  {self._message}", style="bold yellow")
        return live_table(self._seen, self._clock() - self._taken_at, self._message)
