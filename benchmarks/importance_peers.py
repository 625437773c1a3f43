"""Other ways of saying how much a hyperparameter matters, from places on the axes and scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOP = 0.1
"""Share of the trials, the best, whose densities PED-ANOVA compares with all: its default."""
BINS = 10


def ped_anova(units: Floats, scores: Floats) -> Floats:
    """Pearson divergence of each marginal of the best trials from that of all, shares of the sum (d,).

    Watanabe et al. 2023, arXiv 2304.10255, with histograms of ten bins for its kernels, half a trial added to
    each.
    """
    best = scores <= np.quantile(scores, TOP)
    found = np.zeros(units.shape[1])
    for i, column in enumerate(units.T):
        bins = np.minimum((column * BINS).astype(int), BINS - 1)
        top = np.bincount(bins[best], minlength=BINS) + 0.5
        every = np.bincount(bins, minlength=BINS) + 0.5
        top, every = top / top.sum(), every / every.sum()
        found[i] = float((every * (top / every - 1) ** 2).sum())
    return np.asarray(found / found.sum())


def forest(units: Floats, scores: Floats) -> Floats:
    """Variance of a random forest's mean along each axis, shares of the sum (d,), as fANOVA's main effects.

    Hutter et al. 2014 (ICML): scores that are worse than the middle count as the middle.
    """
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(32, min_samples_leaf=3, random_state=0)
    model.fit(units, np.minimum(scores, np.median(scores)))
    background = np.tile(np.random.default_rng(0).random((100, units.shape[1])), (10, 1))
    places = np.repeat(np.linspace(0.05, 0.95, 10), 100)
    found = np.zeros(units.shape[1])
    for i in range(units.shape[1]):
        moved = background.copy()
        moved[:, i] = places
        found[i] = model.predict(moved).reshape(10, 100).mean(axis=1).var()
    return np.asarray(found / max(found.sum(), 1e-12))


def epsilon_squared(units: Floats, scores: Floats) -> Floats:
    """Share of the ranks' variance that quarters of each axis explain, corrected for their number (d,).

    Kelley 1935, "An unbiased correlation ratio measure".
    """
    ranks = np.argsort(np.argsort(scores)).astype(np.float64)
    total = float(((ranks - ranks.mean()) ** 2).sum())
    found = np.zeros(units.shape[1])
    for i, column in enumerate(units.T):
        levels = np.searchsorted(np.quantile(column, (0.25, 0.5, 0.75)), column)
        sizes = np.bincount(levels, minlength=4)
        means = np.bincount(levels, ranks, minlength=4) / np.maximum(sizes, 1)
        between = float((sizes * (means - ranks.mean()) ** 2).sum())
        found[i] = max(0.0, 1 - (1 - between / total) * (len(ranks) - 1) / (len(ranks) - 4))
    return np.asarray(found / max(found.sum(), 1e-12))
