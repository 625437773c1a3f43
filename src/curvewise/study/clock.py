"""Wall seconds of a study, summed over the times that it was taken up."""

from __future__ import annotations

import time


class Clock:
    """Counts on from the seconds that earlier runs of the study took."""

    def __init__(self, spent: float = 0.0, started: float | None = None) -> None:
        """``spent``: seconds of earlier runs; ``started``: ``time.perf_counter()`` at this one's start."""
        self._spent = spent
        self._started = time.perf_counter() if started is None else started

    def elapsed(self) -> float:
        """Seconds so far."""
        return self._spent + time.perf_counter() - self._started
