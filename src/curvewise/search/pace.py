"""How much of the wall time is training: what decisions, the history and a busy machine leave of it."""

from __future__ import annotations

from dataclasses import dataclass

from curvewise.curves.ledger import Ledger
from curvewise.records import Observed

LEAST = 0.2
"""Never believed to be lower: the first rounds load libraries, which says nothing of later ones."""


@dataclass
class Pace:
    """A fold over the rounds: seconds trained in them, and wall seconds times the threads that they used."""

    trained: float = 0.0
    offered: float = 0.0
    spent: float = 0.0
    """Seconds of all epochs, those of the first round too."""
    epochs: int = 0
    _since: float | None = None

    def see(self, ledger: Ledger, round_: Observed) -> None:
        """Take in one round; ``ledger`` has its points already."""
        spent = 0.0
        for point in round_.points:
            curve = ledger.entries[point.trial].curve
            spent += point.seconds - (curve.points[point.epoch - 2].seconds if point.epoch > 1 else 0.0)
        self.spent += spent
        self.epochs += len(round_.points)
        if self._since is not None and round_.elapsed > self._since:
            self.trained += spent
            used = min(ledger.threads, len(round_.points))  # a policy may train one trial at a time
            self.offered += (round_.elapsed - self._since) * used
        self._since = round_.elapsed

    @property
    def epoch(self) -> float:
        """Mean seconds of an epoch; 0 while nothing is known."""
        return self.spent / self.epochs if self.epochs else 0.0

    @property
    def efficiency(self) -> float:
        """Share of the threads' wall time that was training, 0.2 to 1; 1 while nothing is known."""
        return min(1.0, max(LEAST, self.trained / self.offered)) if self.offered > 0 else 1.0
