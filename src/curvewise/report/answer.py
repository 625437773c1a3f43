"""Which trial is the answer, and which trials trained the same configuration with other seeds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Configuration, Point


@dataclass(frozen=True)
class Answer:
    """The best trial: chosen where the study has chosen, else the least validation error so far."""

    trial: int
    configuration: Configuration
    point: Point
    """The best point of its curve."""
    replicates: tuple[Entry, ...]
    """The trials of this configuration, one per seed, by number; the answer is among them."""
    chosen: bool
    """The study chose it among its finalists; False: merely the best so far."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the replicates."""
        return tuple(entry.trial.seed for entry in self.replicates)

    @property
    def errors(self) -> tuple[float, ...]:
        """Best validation error of each replicate, in the metric's unit."""
        return tuple(entry.curve.best.valid_error for entry in self.replicates if entry.curve.best)

    @property
    def mean(self) -> float:
        """Mean of ``errors``."""
        return fmean(self.errors)

    @property
    def standard_error(self) -> float | None:
        """sd(errors) / sqrt(S) over S seeds; None where S = 1."""
        errors = self.errors
        return stdev(errors) / len(errors) ** 0.5 if len(errors) > 1 else None


def answer(ledger: Ledger) -> Answer | None:
    """The answer, or the best so far; None until a trial has a point that is finite."""
    number = _chosen(ledger)
    chosen = number is not None
    if number is None:
        number = _leader(ledger)
    if number is None:
        return None
    entry = ledger.entries[number]
    best = entry.curve.best
    if best is None:
        return None
    return Answer(number, entry.trial.configuration, best, _replicates(ledger, entry), chosen)


def _chosen(ledger: Ledger) -> int | None:
    if ledger.chosen is not None:
        return ledger.chosen.trial
    return ledger.scored.trial if ledger.scored is not None else None


def _leader(ledger: Ledger) -> int | None:
    """Trial of the least validation error, ties to the lower loss; None where all diverged or failed."""
    best = [
        (point.merit, number)
        for number, entry in ledger.entries.items()
        if entry.status != "failed" and (point := entry.curve.best) is not None and not point.diverged
    ]
    return min(best)[1] if best else None


def _replicates(ledger: Ledger, of: Entry) -> tuple[Entry, ...]:
    """Finalists with the configuration of ``of`` that have ended, and ``of`` itself.

    Finalists all train equally long, whether to their horizon or until the budget is over; the
    trials that the race stopped earlier say little about where their configuration ends.
    """
    ended = {
        entry.trial.number: entry
        for seeds in ledger.finalists().values()
        for entry in seeds.values()
        if entry.status in ("finished", "stopped") and entry.trial.configuration == of.trial.configuration
    }
    ended[of.trial.number] = of
    return tuple(ended[number] for number in sorted(ended))
