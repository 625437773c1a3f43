"""Who is trained again with new seeds, and who of them is the answer."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curvewise.curves.ledger import Entry, Ledger
from curvewise.records import Decision, Trial

SEEDS = 3
"""Seeds per finalist: the least that shows a spread (docs/evidence.md, 5.4)."""

MOST_SEEDS = 9
"""Seeds per finalist where early stopping leaves time for more: a third of one seed's standard deviation."""


@dataclass(frozen=True)
class Finalist:
    """One configuration with all its seeds."""

    source: int
    """The trial whose configuration this is."""
    trials: tuple[int, ...]
    errors: tuple[float, ...]
    """Least validation error, seed by seed, in the order of the seeds."""
    losses: tuple[float, ...]
    """Validation loss of the same points."""

    @property
    def mean(self) -> float:
        """Mean validation error."""
        return statistics.fmean(self.errors)

    @property
    def mean_loss(self) -> float:
        """Mean validation loss."""
        return statistics.fmean(self.losses)

    @property
    def best_trial(self) -> int:
        """The trial of the seed with the least error, then loss (docs/evidence.md, 5.4)."""
        ranked = sorted(range(len(self.trials)), key=lambda i: (self.errors[i], self.losses[i], i))
        return self.trials[ranked[0]]


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


def finalists(ledger: Ledger) -> list[Finalist]:
    """The finalists that can be compared, by the seeds that all of them have.

    One that never had a finite loss with some seed is none, nor is one that the budget left fewer than
    others of the first ``SEEDS`` seeds. Of the seeds after those, only the ones trained to their end count.
    """
    trained = {
        source: {seed: e for k, (seed, e) in enumerate(seeds.items()) if k < SEEDS or e.status == "finished"}
        for source, seeds in ledger.finalists().items()
        if all(entry.curve.best and not entry.curve.best.diverged for entry in seeds.values())
    }
    enough = max((min(SEEDS, len(seeds)) for seeds in trained.values()), default=0)
    full = {source: seeds for source, seeds in trained.items() if len(seeds) >= enough}
    common = sorted(set.intersection(*(set(seeds) for seeds in full.values()))) if full else []
    return [_finalist(source, [seeds[seed] for seed in common]) for source, seeds in full.items() if common]


def _finalist(source: int, entries: Sequence[Entry]) -> Finalist:
    bests = [entry.curve.best for entry in entries if entry.curve.best]
    return Finalist(
        source,
        tuple(best.trial for best in bests),
        tuple(best.valid_error for best in bests),
        tuple(best.valid_loss for best in bests),
    )


def best_of(candidates: Sequence[Finalist]) -> Finalist:
    """The least mean error, then the least mean loss; raises ValueError without candidates."""
    return min(candidates, key=lambda f: (f.mean, f.mean_loss))


def choose(
    candidates: Sequence[Finalist], rows_error: Mapping[int, float], parameters: Mapping[int, int]
) -> Decision:
    r"""The simplest within one standard error of the best mean.

    With d_s the difference to the best mean's error at seed s, a finalist stays where mean(d) <= SE,

    .. math:: SE = \max(sd(d) / \sqrt S, SE_{rows})

    with SE_rows the bootstrap standard error of mean(d) over validation rows. Among those that
    stay the fewest parameters win, then the lower mean (docs/architecture.md, "The contracts"; the rule is
    Breiman et al. 1984, section 3.4.3). ``rows_error`` and ``parameters`` are by source. Raises ValueError
    without candidates.
    """
    best = best_of(candidates)
    within = [f for f in candidates if f.mean - best.mean <= _standard_error(f, best, rows_error)]
    winner = min(within, key=lambda f: (parameters[f.source], f.mean, f.mean_loss))
    gap, error = winner.mean - best.mean, _standard_error(winner, best, rows_error)
    numbers = {
        "source": float(winner.source),
        "mean_error": winner.mean,
        "best_mean_error": best.mean,
        "standard_error": error,
        "candidates": float(len(candidates)),
        "within": float(len(within)),
        "parameters": float(parameters[winner.source]),
        "seeds": float(len(winner.trials)),
    }
    if winner is best:
        reason = f"trial {winner.source}'s configuration has the least mean error, {winner.mean:.4g}, "
        reason += f"over {len(winner.trials)} seeds, and none within one standard error is smaller"
    else:
        reason = f"trial {winner.source}'s configuration is {gap:.2g} above the least mean error "
        reason += f"{best.mean:.4g}, within one standard error ({error:.2g}), "
        reason += f"and has {parameters[winner.source]:,} parameters against {parameters[best.source]:,}"
    return Decision("choose", "simplest within one standard error", reason, numbers, winner.best_trial)


def _standard_error(finalist: Finalist, best: Finalist, rows_error: Mapping[int, float]) -> float:
    """Of the mean difference between the two, which are paired by seed."""
    differences = [a - b for a, b in zip(finalist.errors, best.errors, strict=True)]
    seeds = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return max(seeds, rows_error.get(finalist.source, 0.0))
