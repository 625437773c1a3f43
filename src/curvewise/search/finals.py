"""Who is trained again with new seeds, and who of them is the answer."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Decision, Trial

SEEDS = 3
"""Seeds per finalist: the least that shows a spread (docs/evidence.md, 5.4)."""


@dataclass(frozen=True)
class Finalist:
    """One configuration with all its seeds."""

    source: int
    """The trial whose configuration this is."""
    trials: tuple[int, ...]
    errors: tuple[float, ...]
    """Least validation error, seed by seed, in the order of the seeds."""
    losses: tuple[float, ...]
    parameters: int

    @property
    def mean(self) -> float:
        """Mean validation error."""
        return statistics.fmean(self.errors)

    @property
    def median_trial(self) -> int:
        """The trial of the median seed (the better of the two middle ones where seeds are even)."""
        ranked = sorted(range(len(self.trials)), key=lambda i: (self.errors[i], self.losses[i], i))
        return self.trials[ranked[(len(ranked) - 1) // 2]]


def starts(ledger: Ledger, sources: Sequence[int], seeds: Sequence[int]) -> list[Decision]:
    """Every source's configuration with every seed; all finalists get the same seeds.

    Those that an earlier end of the study has trained already, before its budget grew, are not
    trained again.
    """
    entries = [e for e in ledger.entries.values() if e.trial.origin == "finalist"]
    known = {(e.trial.parent, e.trial.seed) for e in entries if e.status in ("finished", "running")}
    number = len(ledger.entries)
    decisions = []
    for seed in seeds:
        for source in sources:
            if (source, seed) in known:
                continue
            trial = ledger.entries[source].trial
            again = Trial(number, trial.configuration, seed, trial.horizon, "finalist", source)
            reason = f"trial {source}'s configuration again with seed {seed}"
            decisions.append(Decision("start", "re-seeded finalist", reason, {"seed": seed}, number, again))
            number += 1
    return decisions


def finalists(ledger: Ledger, count_parameters: dict[int, int]) -> list[Finalist]:
    """The finalists that have all their seeds; ``count_parameters`` maps a source to its size.

    A seed that diverged counts with an infinite error; where the budget cut seeds off, those that
    every remaining finalist has are compared.
    """
    by_source: dict[int, list[Entry]] = {}
    for entry in ledger.entries.values():
        if entry.trial.origin == "finalist" and entry.trial.parent in count_parameters:
            by_source.setdefault(entry.trial.parent, []).append(entry)
    trained = {s: [e for e in entries if e.curve.best is not None] for s, entries in by_source.items()}
    fewest = max((len(entries) for entries in trained.values()), default=0)
    complete = {s: entries for s, entries in trained.items() if fewest and len(entries) == fewest}
    return [
        Finalist(
            source,
            tuple(e.trial.number for e in entries),
            tuple(e.curve.best.valid_error if e.curve.best else math.inf for e in entries),
            tuple(e.curve.best.valid_loss if e.curve.best else math.inf for e in entries),
            count_parameters[source],
        )
        for source, entries in complete.items()
    ]


def choose(candidates: Sequence[Finalist], rows_error: dict[int, float]) -> Decision:
    r"""The simplest within one standard error of the best mean.

    With d_s the difference to the best mean's error at seed s, a finalist stays where mean(d) <= SE,

    .. math:: SE = \max(sd(d) / \sqrt S, SE_{rows})

    with SE_rows the bootstrap standard error of mean(d) over validation rows. Among those that
    stay the fewest parameters win, then the lower mean (docs/architecture.md, "The contracts"; the rule is
    Breiman et al. 1984, section 3.4.3). Raises ValueError without candidates.
    """
    best = min(candidates, key=lambda f: (f.mean, statistics.fmean(f.losses)))
    within = [f for f in candidates if _gap(f, best) <= _standard_error(f, best, rows_error)]
    winner = min(within, key=lambda f: (f.parameters, f.mean, statistics.fmean(f.losses)))
    gap, error = _gap(winner, best), _standard_error(winner, best, rows_error)
    numbers = {
        "source": float(winner.source),
        "mean_error": winner.mean,
        "best_mean_error": best.mean,
        "standard_error": error if math.isfinite(error) else 0.0,
        "candidates": float(len(candidates)),
        "within": float(len(within)),
        "parameters": float(winner.parameters),
        "seeds": float(len(winner.trials)),
    }
    if winner is best:
        reason = f"trial {winner.source}'s configuration has the least mean error, {winner.mean:.4g}, "
        reason += f"over {len(winner.trials)} seeds, and none within one standard error is smaller"
    else:
        reason = f"trial {winner.source}'s configuration is {gap:.2g} above the least mean error "
        reason += f"{best.mean:.4g}, within one standard error ({error:.2g}), "
        reason += f"and has {winner.parameters:,} parameters against {best.parameters:,}"
    return Decision("choose", "simplest within one standard error", reason, numbers, winner.median_trial)


def _gap(finalist: Finalist, best: Finalist) -> float:
    return finalist.mean - best.mean if finalist is not best else 0.0


def _standard_error(finalist: Finalist, best: Finalist, rows_error: dict[int, float]) -> float:
    if finalist is best:
        return 0.0
    differences = [a - b for a, b in zip(finalist.errors, best.errors, strict=True)]
    if any(not math.isfinite(d) for d in differences):
        return 0.0  # a seed that diverged: not a candidate
    seeds = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return max(seeds, rows_error.get(finalist.source, 0.0))
