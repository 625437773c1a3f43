"""Plain lines now and then, where stderr is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console

from curvewise.curves.ledger import Ledger
from curvewise.records import Event, Noted, Opened
from curvewise.report.narration import move_lines
from curvewise.report.progress import decision_lines, opening_line, progress_line
from curvewise.report.standing import Standing, standing

EVERY = 10.0
"""Seconds between lines when nothing special happens."""

SOONEST = 2.0
"""Seconds between lines at least."""

LEAP = 0.8
"""The best error falling below this share of what was last told is worth a line of its own."""


class Lines:
    """One line at the start, then at most one every 10 s, or 2 s when the best improves by a fifth."""

    def __init__(self, screen: Console, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._verbose = verbose
        self._clock = clock
        self._told_at = clock()
        self._told_error = float("inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """Print what is due."""
        for event in events:
            if isinstance(event, Opened):
                self.say(opening_line(event))
            elif isinstance(event, Noted):
                self.say(f"note: {event.text}")
            else:
                told = decision_lines(event) if self._verbose else move_lines(ledger, event)
                for line in told:
                    self.say(line)
        waited = self._clock() - self._told_at
        if waited < SOONEST:
            return
        seen = standing(ledger)
        if waited >= EVERY or seen.best_error < LEAP * self._told_error:
            self._progress(seen)

    def say(self, text: str) -> None:
        """One line, now."""
        self._screen.print(text, soft_wrap=True)

    def _progress(self, seen: Standing) -> None:
        self._told_at = self._clock()
        self._told_error = seen.best_error
        self.say(progress_line(seen))
