"""The scores of a study taken apart: what each hyperparameter does alone, and what two do together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from curvewise.report.importance.axes import Axis
from curvewise.report.importance.evidence import Evidence
from curvewise.report.importance.regression import Fitted, fit, in_turn

BETTER = 0.5
"""Share of the trials drawn from the space alone among which differences count; what is worse counts as
equally bad, or the difference between bad and hopeless would be all that matters."""

PAIRS = 8
"""Pairs of hyperparameters that may have an effect together: those that a sum of single ones misses most."""

FOR_A_PAIR = 40
"""Trials for each pair: of many pairs and few trials one always fits."""

PAIRED = 3
"""Cosines of a number in a pair."""

TOGETHER = 16
"""Trials in which both are active, for a pair to be looked at."""

ELITE = 0.1
"""Share of the trials, the best ones, at whose settings it is told what a change costs; 8 at least."""


@dataclass(frozen=True)
class Decomposition:
    """score = constant + sum of f_i(x_i) + sum of f_ij(x_i, x_j), all of mean 0 over what the space draws."""

    axes: tuple[Axis, ...]
    mains: tuple[slice, ...]
    pairs: dict[tuple[int, int], slice]
    together: NDArray[np.float64]
    """(d, d) share of the trials drawn in which both are active."""
    elite: tuple[NDArray[np.float64], ...]
    """(k,) mean columns of each hyperparameter over the best trials."""
    level: float
    """Mean score that is fitted to the best trials."""
    cap: float
    """Scores from here on count as this."""
    power: float
    """Variance of the scores."""
    candidates: int
    """Pairs that were looked at."""
    fitted: Fitted

    def shares(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each one's share (..., d) of the variance by hyperparameters, among trials where it is active.

        What two make together is halved between them: the Shapley effects of such a sum (Owen 2014, doi
        10.1137/130936233). ``coefficients`` are (..., p).
        """
        own = np.zeros((*coefficients.shape[:-1], len(self.axes)))
        total = np.full_like(own, 1e-300)
        usual = np.maximum(np.diag(self.together), 1e-12)
        for members, variance in self._variances(coefficients):
            active = self.together[:, members].min(axis=1) / usual
            total += variance[..., None] * active
            for i in members:
                own[..., i] += variance * active[i] / len(members)
        return np.asarray(own / total)

    def cost(
        self, i: int, columns: NDArray[np.float64], coefficients: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Score (..., G) at G values of hyperparameter i, given by ``columns`` (G, k), up to a constant.

        All else is as in the best trials.
        """
        score = coefficients[..., self.mains[i]] @ columns.T
        for (first, second), block in self.pairs.items():
            if i not in (first, second):
                continue
            here, there = paired(self.axes[i]), paired(self.axes[second if i == first else first])
            shape = (here, there) if i == first else (there, here)
            matrix = coefficients[..., block].reshape(*coefficients.shape[:-1], *shape)
            matrix = matrix if i == first else np.swapaxes(matrix, -1, -2)
            other = self.elite[second if i == first else first][:there]
            score = score + (matrix @ other) @ columns[:, :here].T
        return np.asarray(score)

    def partner(self, i: int) -> tuple[int, float] | None:
        """The hyperparameter that i has the strongest effect together with, and the log odds of that effect.

        Any of the candidates was as likely as this one before.
        """
        odds = {pair: self.fitted.evidence(block) for pair, block in self.pairs.items() if i in pair}
        if not odds:
            return None
        pair = max(odds, key=lambda each: odds[each])
        picked = float(np.log(max(1, self.candidates)))
        return (pair[1] if pair[0] == i else pair[0]), odds[pair] - picked

    def evidence(self, i: int) -> float:
        """Log odds, in nats, that hyperparameter i has an effect, alone or with another."""
        alone = self.fitted.evidence(self.mains[i])
        partner = self.partner(i)
        return max(alone, partner[1]) if partner else alone

    def possible(
        self, i: int, columns: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Score (G,) at values given by ``columns`` (G, k), its covariance (G, G), and the share of i.

        As they may be if i mattered as much as others do on average.
        """
        gram = self.axes[i].gram
        variance = self.power / len(self.axes) / max(float(np.trace(gram)), 1e-12)
        mean, spread = self.fitted.unshrunk(self.mains[i], variance)
        share = (mean @ gram @ mean + np.sum(gram * spread)) / self.power
        return columns @ mean, columns @ spread @ columns.T, min(1.0, float(share))

    def _variances(self, coefficients: NDArray[np.float64]) -> list[tuple[list[int], NDArray[np.float64]]]:
        found = [
            ([i], _quadratic(coefficients[..., block], self.axes[i].gram))
            for i, block in enumerate(self.mains)
        ]
        for (i, j), block in self.pairs.items():
            first, second = paired(self.axes[i]), paired(self.axes[j])
            gram = np.kron(self.axes[i].gram[:first, :first], self.axes[j].gram[:second, :second])
            found.append(([i, j], _quadratic(coefficients[..., block], np.asarray(gram, dtype=np.float64))))
        return found


def paired(axis: Axis) -> int:
    """Columns of an axis that go into pairs."""
    return axis.size if axis.levels else min(PAIRED, axis.size)


def decompose(seen: Evidence) -> Decomposition:
    """Fit each hyperparameter alone, then again with the pairs that this misses most."""
    cap = float(np.quantile(seen.scores[seen.drawn], BETTER))
    scores = np.minimum(seen.scores, cap)
    sizes = [axis.size for axis in seen.axes]
    table = np.concatenate(seen.columns, axis=1)
    fitted = fit(table, sizes, scores)
    left = scores - table @ fitted.coefficients
    chosen, candidates = _missed(seen, left - left.mean())
    if chosen:
        narrow = [c[:, : paired(axis)] for c, axis in zip(seen.columns, seen.axes, strict=True)]
        products = [_product(narrow[i], narrow[j]) for i, j in chosen]
        every = [*sizes, *(each.shape[1] for each in products)]
        table = np.concatenate([table, *products], axis=1)
        fitted = fit(table, every, scores)
        blocks = in_turn(every)
    else:
        blocks = in_turn(sizes)
    active = seen.active[seen.drawn].astype(np.float64)
    best = np.argsort(seen.scores, kind="stable")[: max(8, int(ELITE * len(scores)))]
    explained = (table - table.mean(axis=0)) @ fitted.coefficients
    return Decomposition(
        axes=seen.axes,
        mains=blocks[: len(sizes)],
        pairs=dict(zip(chosen, blocks[len(sizes) :], strict=True)),
        together=active.T @ active / max(1, len(active)),
        elite=tuple(columns[best].mean(axis=0) for columns in seen.columns),
        level=float(scores.mean() + explained[best].mean()),
        cap=cap,
        power=float(scores.var()),
        candidates=candidates,
        fitted=fitted,
    )


def _product(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)


def _quadratic(c: NDArray[np.float64], gram: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sum((c @ gram) * c, axis=-1))


def _missed(seen: Evidence, left: NDArray[np.float64]) -> tuple[list[tuple[int, int]], int]:
    """The pairs whose products go along best with what is left (n,): the score tests of all, in two products.

    And the number of pairs that were looked at.
    """
    sizes = [paired(axis) for axis in seen.axes]
    narrow = np.concatenate([c[:, :size] for c, size in zip(seen.columns, sizes, strict=True)], axis=1)
    along = narrow.T @ (narrow * left[:, None])
    test = along**2 / np.maximum((narrow**2).T @ narrow**2, 1e-12)
    both = seen.active.astype(np.float64).T @ seen.active
    edges = in_turn(sizes)
    strengths = {
        (i, j): float(test[edges[i], edges[j]].mean())
        for i, j in combinations(range(len(sizes)), 2)
        if both[i, j] >= TOGETHER
    }
    most = min(PAIRS, len(left) // FOR_A_PAIR)
    return sorted(sorted(strengths, key=lambda pair: (-strengths[pair], pair))[:most]), len(strengths)
