"""What the race decided, with its rule and its numbers."""

from __future__ import annotations

from typing import Literal

import msgspec

from curvewise.records.finding import Finding
from curvewise.records.trial import Trial

Action = Literal["plan", "start", "stop", "finish", "promote", "finalise", "choose", "end"]
"""plan: horizon and number of slots from here on · start: a new trial (a refill when a slot was
freed) · stop: not worth more epochs · finish: trained as far as its curve or horizon goes ·
promote: reached an age and goes on · finalise: the search is over, these configurations are
re-seeded · choose: this trial is the answer · end: the study is over."""


class Decision(msgspec.Struct, frozen=True):
    """One decision: data, rendered elsewhere."""

    action: Action
    rule: str
    """A short name, the key under which decisions are counted: ``behind at equal age``."""
    reason: str
    """One sentence with the numbers in it."""
    numbers: dict[str, float] = {}
    trial: int | None = None
    start: Trial | None = None
    """The trial to start, for ``start``."""
    finding: Finding | None = None
    """What the trial's curve shows, for ``stop`` and ``finish``; None where that is no more than a rank."""
