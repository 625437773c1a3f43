"""The place of every trial among all of them, though most were stopped young."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STRIDE = 1.5
"""Ages at which trials are compared are this factor apart."""

FEWEST = 4
"""Trials observed at two ages from which a usual gain between them is read; with fewer there is none."""


def ladder(horizon: int) -> tuple[int, ...]:
    """Ages 1, 2, 3, 4, 6, 9, ... up to ``horizon`` itself."""
    ages = [1]
    while ages[-1] < horizon:
        ages.append(min(horizon, max(ages[-1] + 1, round(ages[-1] * STRIDE))))
    return tuple(ages)


def places(merits: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""The share of all trials that is better (n,), from each one's best until each age of the ladder.

    ``merits`` (n, ages, 2): error, then loss, which breaks ties; NaN from where a trial was stopped. Trials
    are compared at equal age only: with r_a a trial's mean rank, as a share, among those that reached the
    oldest age a that it reached itself,

    .. math:: q = r_a \cdot \frac{\text{trials that reached } a}{\text{all trials}}

    as those that did not get there had been behind. No curve is extrapolated: lines through the few that grow
    old promised a good end to wrong learning rates (docs/evidence.md, section 15).
    """
    found = np.zeros(len(merits))
    for rung in range(merits.shape[1]):
        reached = np.flatnonzero(~np.isnan(merits[:, rung, 0]))
        if len(reached):
            ranks = _ranks(merits[reached, rung])
            found[reached] = (ranks + 0.5) / len(reached) * (len(reached) / len(merits))
    return found


def _ranks(merits: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0, of pairs (n, 2); equal ones share the mean of theirs."""
    order = np.lexsort((merits[:, 1], merits[:, 0]))
    ordered = merits[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    group = np.cumsum(new) - 1
    means = np.bincount(group, np.arange(len(order))) / np.bincount(group)
    ranks = np.empty(len(order))
    ranks[order] = means[group]
    return ranks


def errors_by_place(
    places: NDArray[np.float64], merits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places in rising order (m,), and the errors (m,) to expect there at the horizon, never falling.

    A trial that was stopped is expected to gain the factor that the middle one of those that went on gained.
    """
    errors = merits[:, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(errors)
        gains = logs[:, 1:] - logs[:, :-1]
    final = np.full(len(places), np.inf)
    ahead = 0.0
    for rung in range(errors.shape[1] - 1, -1, -1):
        last = ~np.isnan(errors[:, rung]) & ~np.isfinite(final)
        final[last] = errors[last, rung] * np.exp(ahead)
        if rung:
            known = gains[np.isfinite(gains[:, rung - 1]), rung - 1]
            ahead += float(np.median(known)) if len(known) >= FEWEST else 0.0
    finite = np.isfinite(final)
    order = np.argsort(places[finite], kind="stable")
    return places[finite][order], np.maximum.accumulate(_smooth(final[finite][order]))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over a tenth of the values around each."""
    half = len(values) // 20
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(0, at - half), np.minimum(len(values), at + half + 1)
    return np.asarray((sums[high] - sums[low]) / (high - low))


def merits_at(series: Sequence[Sequence[tuple[float, float]]], horizon: int) -> NDArray[np.float64]:
    """(n, ages, 2) from each trial's best error and loss after every epoch that it had, one at least."""
    ages = ladder(horizon)
    table = np.full((len(series), len(ages), 2), np.nan)
    reached = [
        (row, rung) for row, seen in enumerate(series) for rung, age in enumerate(ages) if age <= len(seen)
    ]
    rows, rungs = np.array(reached).T
    table[rows, rungs] = [series[row][ages[rung] - 1] for row, rung in reached]
    return table
