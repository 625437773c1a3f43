"""A sum of functions of one and of two hyperparameters, each as rough as the trials say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

ROUNDS = 20
"""Updates of the variances; the last ones change shares by less than a percent."""

LEAST_VARIANCE = 1e-7
"""Of a function's coefficients, relative to the scores' variance: it is then nothing."""

DOUBT = 10.0
"""Trials that the belief "half of the variance is noise" counts for: with few of them anything explains
everything."""

GROUPS = 50
"""Groups of trials that a replicate draws together; with fewer trials each is a group of its own."""

REPLICATES = 60
"""Bootstrap replicates: 5 % and 95 % quantiles are then the third from either end."""


@dataclass(frozen=True)
class Problem:
    """Least squares in blocks of columns: all that its solution depends on."""

    gram: NDArray[np.float64]
    """(p, p) columns' products, summed over trials."""
    target: NDArray[np.float64]
    """(p,) their products with the scores."""
    power: float
    """Sum of the squared scores."""
    trials: int
    blocks: tuple[slice, ...]


@dataclass(frozen=True)
class Fitted:
    """Coefficients (p,), and how sure they are."""

    coefficients: NDArray[np.float64]
    replicates: NDArray[np.float64]
    """(R, p): the same from trials weighted anew."""
    covariance: NDArray[np.float64]
    """(p, p) of the coefficients given the variances."""
    prior: NDArray[np.float64]
    """Variance expected of each coefficient (p,)."""

    def evidence(self, block: slice) -> float:
        r"""Log odds, in nats, that the block is not nothing, where both were as likely before.

        The ratio of the density at zero before to that after (Savage and Dickey: Dickey 1971, doi
        10.1214/aoms/1177693507), with the variances as fitted: of mean m, covariance S and prior P

        .. math:: \tfrac12 (m' S^{-1} m + \log|S| - \log|P|)
        """
        mean, spread = self.coefficients[block], self.covariance[block, block]
        scale = np.sqrt(self.prior[block])
        _, volume = np.linalg.slogdet(spread / scale[:, None] / scale[None, :])
        return 0.5 * float(mean @ np.linalg.solve(spread, mean) + volume)

    def unshrunk(self, block: slice, variance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean (k,) and covariance (k, k) of the block if ``variance`` had been expected of each coefficient.

        An effect that the trials do not show is fitted as nothing at all; this says how large it may yet be.
        """
        inverse = np.linalg.inv(self.covariance[block, block])
        spread = np.linalg.inv(inverse + np.diag(1 / variance - 1 / self.prior[block]))
        return spread @ (inverse @ self.coefficients[block]), np.asarray(spread, dtype=np.float64)


def in_turn(sizes: Sequence[int]) -> tuple[slice, ...]:
    """Slices of these sizes, one after another from 0."""
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple(slice(a, b) for a, b in pairwise(ends))


def fit(
    columns: NDArray[np.float64],
    sizes: Sequence[int],
    scores: NDArray[np.float64],
) -> Fitted:
    """The posterior mean of c in scores = columns c + noise, one variance per block; all are centred inside.

    ``columns`` (n, p), ``scores`` (n,). The replicates are of a Bayesian bootstrap (Rubin 1981, doi
    10.1214/aos/1176345338) over groups of trials, under the variances found for all.
    """
    columns = columns - columns.mean(axis=0)
    scores = scores - scores.mean()
    products, targets = _sums(columns, scores)
    problem = Problem(
        products.sum(axis=0), targets.sum(axis=0), float(scores @ scores), len(scores), in_turn(sizes)
    )
    prior, noise = _variances(problem)
    covariance = np.asarray(np.linalg.inv(problem.gram / noise + np.diag(1 / prior)), dtype=np.float64)
    chance = np.random.Generator(np.random.Philox(0)).exponential(size=(REPLICATES, len(products)))
    chance /= chance.mean(axis=1, keepdims=True)
    drawn = np.tensordot(chance, products, axes=1) + np.diag(noise / prior)
    return Fitted(
        coefficients=covariance @ problem.target / noise,
        replicates=np.asarray(
            np.linalg.solve(drawn, (chance @ targets)[:, :, None])[:, :, 0], dtype=np.float64
        ),
        covariance=covariance,
        prior=prior,
    )


def _sums(
    columns: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """X'X (g, p, p) and X'y (g, p) of every group; neighbours in time are in different groups."""
    count = min(GROUPS, len(scores))
    parts = [slice(group, None, count) for group in range(count)]
    products = np.stack([columns[part].T @ columns[part] for part in parts])
    return products, np.stack([columns[part].T @ scores[part] for part in parts])


def _variances(problem: Problem) -> tuple[NDArray[np.float64], float]:
    r"""Expected variance of every coefficient (p,), one per block, and that of the noise.

    By MacKay's updates (1992, doi 10.1162/neco.1992.4.3.415): of a block of k coefficients with mean m and
    covariance S it is |m|^2 / (k - tr S / variance); of the noise, the squared residuals over the trials that
    are left by the coefficients that were determined.
    """
    total = problem.power / problem.trials + 1e-15
    prior, noise = np.full(len(problem.target), total / max(1, len(problem.blocks))), total / 2
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(problem.gram / noise + np.diag(1 / prior))
        found = covariance @ problem.target / noise
        determined = 1 - np.diag(covariance) / prior
        for block in problem.blocks:
            expected = float(found[block] @ found[block]) / max(1e-6, float(determined[block].sum()))
            prior[block] = max(LEAST_VARIANCE * total, expected)
        residual = problem.power - 2 * float(found @ problem.target) + float(found @ problem.gram @ found)
        left = max(0.0, problem.trials - float(determined.sum()))
        noise = max(1e-6 * total, (residual + DOUBT * total / 2) / (left + DOUBT))
    return prior, noise
