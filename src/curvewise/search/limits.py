"""What the race may spend, and how far the study has come."""

from __future__ import annotations

import math
from dataclasses import dataclass

from curvewise.curves.ledger import Ledger
from curvewise.records.budget import Budget

RESERVE = 0.4
"""Seconds kept back for scoring and saving the answer: 18 finalists on 10,000 rows took 0.3 s here."""


@dataclass(frozen=True)
class Limits:
    """The study's budget: wall seconds or slot-epochs, exactly one of them finite."""

    seconds: float
    slot_epochs: float
    threads: int
    """Trials that train at the same moment; 1 where the budget is in slot-epochs."""
    reserve: float
    """Wall seconds kept back for scoring and saving the answer."""

    @classmethod
    def of(cls, budget: str, threads: int) -> Limits:
        """The limits of a budget as written; raises BudgetError where it is none."""
        parsed = Budget.parse(budget)
        if parsed.seconds is None:
            return cls(math.inf, float(parsed.slot_epochs or 0), 1, 0.0)
        return cls(parsed.seconds, math.inf, threads, RESERVE)

    @property
    def timed(self) -> bool:
        """True where the budget is in seconds."""
        return self.seconds < float("inf")

    def spent(self, ledger: Ledger) -> float:
        """What is gone, in the budget's unit."""
        return ledger.elapsed if self.timed else float(ledger.slot_epochs)

    def left(self, ledger: Ledger) -> float:
        """What may still be spent on training, in the budget's unit; not below 0."""
        total = self.seconds - self.reserve if self.timed else self.slot_epochs
        return max(0.0, total - self.spent(ledger))
