"""Where a running study stands: the little that a live view shows, taken from the ledger at one moment."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass

from curvewise.curves.ledger import Entry, Ledger
from curvewise.errors import BudgetError
from curvewise.records import Configuration
from curvewise.records.budget import Budget
from curvewise.report.stops import stops


@dataclass(frozen=True)
class Row:
    """One of the best trials."""

    trial: int
    status: str
    configuration: Configuration
    error: float
    epoch: int
    """Of the best error."""
    age: int
    losses: tuple[float, ...]
    """Validation loss by epoch."""


@dataclass(frozen=True)
class Standing:
    """One moment of a study; holds nothing that changes later, so another thread may draw it."""

    task: str
    phase: str
    elapsed: float
    budget: Budget | None
    slot_epochs: int
    running: int
    finished: int
    stopped: dict[str, int]
    """Trials that were stopped or failed, by rule."""
    signs: dict[str, int]
    """Of those that were stopped, the ones that showed a sign, by sign."""
    examples_per_second: float
    """Training examples x epochs per wall second, since the study began."""
    rows: tuple[Row, ...]
    """The best first."""

    @property
    def best_error(self) -> float:
        """Least validation error so far; infinite while there is none."""
        return self.rows[0].error if self.rows else math.inf

    @property
    def trials(self) -> int:
        """Started so far."""
        return self.running + self.finished + sum(self.stopped.values())

    def share(self, since: float = 0.0) -> float:
        """Share of the budget spent, 0 to 1, ``since`` seconds after this was taken."""
        if self.budget is None:
            return 0.0
        return min(1.0, self.budget.share(self.elapsed + since, self.slot_epochs))

    def seconds_left(self, since: float = 0.0) -> float | None:
        """Wall seconds left; None where the budget is in epochs."""
        if self.budget is None or self.budget.seconds is None:
            return None
        return max(0.0, self.budget.seconds - self.elapsed - since)


def standing(ledger: Ledger, best: int = 5) -> Standing:
    """Take the ``best`` trials and the counts of all."""
    status: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    candidates: list[tuple[float, float, int]] = []
    for number, entry in ledger.entries.items():
        status[entry.status] += 1
        if entry.status in ("stopped", "failed"):
            stopped[entry.rule] += 1
        if (point := entry.curve.best) is not None and not point.diverged:
            candidates.append((point.valid_error, point.valid_loss, number))
    leaders = [ledger.entries[number] for _, _, number in heapq.nsmallest(best, candidates)]
    trained = ledger.slot_epochs * (ledger.opened.rows.get("train", 0) if ledger.opened else 0)
    return Standing(
        task=ledger.opened.task if ledger.opened else "",
        phase=_phase(ledger),
        elapsed=ledger.elapsed,
        budget=_budget(ledger.budget),
        slot_epochs=ledger.slot_epochs,
        running=status["running"],
        finished=status["finished"],
        stopped=dict(stopped.most_common()),
        signs={each.sign: each.trials for each in stops(ledger)},
        examples_per_second=trained / ledger.elapsed if ledger.elapsed > 0 else 0.0,
        rows=tuple(_row(entry) for entry in leaders),
    )


def _phase(ledger: Ledger) -> str:
    if ledger.ended is not None:
        return "ended"
    return "training the finalists with more seeds" if ledger.finalised else "searching"


def _budget(text: str) -> Budget | None:
    try:
        return Budget.parse(text)
    except BudgetError:
        return None


def _row(entry: Entry) -> Row:
    best = entry.curve.best
    assert best is not None  # only trials with a best point are candidates
    return Row(
        trial=entry.trial.number,
        status=entry.status,
        configuration=entry.trial.configuration,
        error=best.valid_error,
        epoch=best.epoch,
        age=entry.curve.age,
        losses=tuple(point.valid_loss for point in entry.curve.points),
    )
