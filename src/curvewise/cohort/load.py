"""Notices when the machine's load has changed, so that what was measured of it counts no longer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import final

from curvewise.cohort.member import Member

DRIFT = 3.0
"""How many times longer than their quickest epochs take when the load has changed. Two torch threads on
two busy cores were seen to take 20 times longer than one (docs/architecture.md)."""
ROUNDS = 2
"""Rounds in a row that must be so slow: one may be a hiccup."""
PAUSE = 10.0
"""Seconds between two measurements on this account at least."""


@final
class Load:
    """Watches how long members' epochs take, round by round."""

    def __init__(self) -> None:
        self._slow = 0
        self._acted = -PAUSE

    def has_changed(self, members: Sequence[Member]) -> bool:
        """True where half of these members took far longer than they can, for some rounds now."""
        paces = [m.seconds / m.quickest for m in members if m.seconds > 0]
        self._slow = self._slow + 1 if paces and statistics.median(paces) > DRIFT else 0
        now = time.monotonic()
        if self._slow < ROUNDS or now - self._acted < PAUSE:
            return False
        self._slow, self._acted = 0, now
        return True
