"""What the races come to: mean regret with intervals, ranks, and whether differences are more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tables_problem import Floats
from tables_recorder import TRAININGS
from tables_scales import Scale

GRID = np.arange(1, 2 * TRAININGS + 1) / 2
"""Where regret is read, in full trainings: every half of one."""
TENTHS = tuple(TRAININGS * k // 10 for k in range(1, 11))
TOLD = (5, 10, 20)
"""Trainings after which the summary tells the mean regret."""
RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Race:
    """One method on one problem: regret by seed and place of the grid, shape (seeds, 40)."""

    method: str
    problem: str
    regret: Floats


def regrets(
    cells: Mapping[tuple[str, str], Sequence[Any]], scales: Mapping[str, Scale], horizons: Any
) -> list[Race]:
    """Races out of cells, which are lists of (epochs spent, incumbent), by method and problem.

    The best known of a problem is lowered to what any method saw.
    """
    seen: dict[str, float] = {}
    for (_, problem), runs in cells.items():
        for improvements in runs:
            seen[problem] = min([seen.get(problem, math.inf), *(error for _, error in improvements)])
    return [
        Race(method, problem, _regret(runs, scales[problem], seen[problem], horizons[problem]))
        for (method, problem), runs in cells.items()
    ]


def _regret(runs: Sequence[Any], scale: Scale, best: float, horizon: int) -> Floats:
    found = np.ones((len(runs), len(GRID)))
    for row, improvements in zip(found, runs, strict=True):
        spent = np.array([epochs for epochs, _ in improvements])
        places = np.searchsorted(spent, GRID * horizon, side="right") - 1
        known = [scale.regret(error, best) for _, error in improvements]
        row[places >= 0] = np.array(known)[places[places >= 0]]
    return found


def place(trainings: float) -> int:
    """Of the grid, where so many trainings are."""
    return int(np.flatnonzero(trainings == GRID)[0])


def summarise(races: Sequence[Race], problems: Sequence[str], ours: str) -> dict[str, Any]:
    """One group of problems: mean regret, intervals, ranks, and tests of ``ours`` against each.

    Only methods that raced on every problem count. ``mean_rank`` is over problems and tenths of the budget.
    """
    by_method: dict[str, dict[str, Floats]] = {}
    for race in races:
        if race.problem in problems:
            by_method.setdefault(race.method, {})[race.problem] = race.regret
    whole = {name: found for name, found in by_method.items() if len(found) == len(problems)}
    if not whole:
        return {}
    means = {name: np.array([found[p].mean(axis=0) for p in problems]) for name, found in whole.items()}
    ranks = _ranks(means)
    intervals = {name: _bootstrap([found[p] for p in problems]) for name, found in whole.items()}
    return {
        "problems": len(problems),
        "regret": {
            name: {str(at): float(mean[:, place(at)].mean()) for at in TOLD} for name, mean in means.items()
        },
        "mean_rank": {name: float(np.mean(list(each.values()))) for name, each in ranks.items()},
        "interval": {
            name: {str(at): each[:, place(at)].tolist() for at in TOLD} for name, each in intervals.items()
        },
        "rank_by_trainings": ranks,
        "tests": {str(at): _tests(means, place(at), ours) for at in TOLD} if len(problems) > 2 else {},
        "curves": {
            name: {"mean": mean.mean(axis=0).tolist(), "low": low.tolist(), "high": high.tolist()}
            for name, mean in means.items()
            for low, high in (intervals[name],)
        },
    }


def _ranks(means: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    """Mean rank over problems, by method and tenth; ties share theirs."""
    found: dict[str, dict[str, float]] = {name: {} for name in means}
    for at in TENTHS:
        values = np.array([mean[:, place(at)] for mean in means.values()])
        for name, rank in zip(means, stats.rankdata(values, axis=0).mean(axis=1), strict=True):
            found[name][str(at)] = float(rank)
    return found


def _bootstrap(regret: Sequence[Floats]) -> NDArray[np.float64]:
    """Interval of the mean, shape (2, 40): problems are drawn, then the seeds of each."""
    rng = np.random.default_rng(0)
    found = np.empty((RESAMPLES, len(GRID)))
    for resample in found:
        drawn = [regret[place] for place in rng.integers(len(regret), size=len(regret))]
        resample[:] = np.mean(
            [each[rng.integers(len(each), size=len(each))].mean(axis=0) for each in drawn], axis=0
        )
    return np.asarray(np.percentile(found, INTERVAL, axis=0))


def _tests(means: Mapping[str, Floats], at: int, ours: str) -> dict[str, Any]:
    """Friedman over all methods; Wilcoxon's signed ranks of ``ours`` against each, by Holm's correction."""
    columns = [mean[:, at] for mean in means.values()]
    friedman = float(stats.friedmanchisquare(*columns).pvalue) if len(columns) > 2 else math.nan
    if ours not in means:
        return {"friedman": friedman}
    raw = {name: _wilcoxon(means[ours][:, at], mean[:, at]) for name, mean in means.items() if name != ours}
    return {"friedman": friedman, "wilcoxon_holm": holm(raw)}


def _wilcoxon(first: Floats, second: Floats) -> float:
    """Two-sided; 1 where there is no difference at all."""
    return float(stats.wilcoxon(first, second).pvalue) if np.any(first != second) else 1.0


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted for their number, step-down (Holm 1979, Scandinavian Journal of Statistics 6)."""
    found, least = {}, 0.0
    for done, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        least = max(least, min(1.0, (len(p_values) - done) * p_values[name]))
        found[name] = least
    return {name: found[name] for name in p_values}
