"""A Gaussian process: what was seen of some places, and what follows for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.search.surrogate.covariance import Covariance, Floats, Places, Prior

JITTER = 1e-6
"""Added to every variance, so that rounding leaves the matrix positive definite: a millionth of the levels'
variance, far below any noise."""

CHANGED = 0.35
"""Chance of a parameter to be changed in one step of the fit: of 14, five at a time. Ours."""

STEP, LONGEST, SHORTEST = 0.4, 1.0, 0.05
"""First, longest and shortest standard deviation of a step, in units of the logarithms."""

WIDER, NARROWER = 1.3, 0.95
"""Of the step after it has paid, and after it has not: level where one step in six pays, much as in the rule
of one fifth (Rechenberg 1973)."""

SMALL = 40
"""Rows of a triangular matrix from which on it is inverted by halves. Ours."""


@dataclass(frozen=True)
class Process:
    """A process that has seen ``levels`` (n,), of mean 0, at ``places``."""

    covariance: Covariance
    places: Places
    whitened: Floats
    """(n, n): the inverse L^{-1} of the lower factor of K + noise = L L'."""
    weights: Floats
    """(n,): (K + noise)^{-1} levels."""

    @classmethod
    def conditioned(cls, covariance: Covariance, places: Places, levels: Floats) -> Process:
        """Condition on what was seen; raises numpy's LinAlgError where the matrix is singular."""
        whitened = _inverse(_factor(covariance, places))
        return cls(covariance, places, whitened, whitened.T @ (whitened @ levels))

    def predict(self, places: Places) -> tuple[Floats, Floats]:
        r"""Means and standard deviations (m,) of the levels there, without the noise of a single point.

        .. math:: \mu = k' K^{-1} y, \quad \sigma^2 = k_{xx} - |L^{-1} k|^2

        (Rasmussen and Williams 2006, algorithm 2.1.)
        """
        between = self.covariance.between(places, self.places)
        explained = between @ self.whitened.T
        variance = self.covariance.variance(places) - np.sum(explained * explained, axis=1)
        return between @ self.weights, np.sqrt(np.maximum(variance, JITTER))


@dataclass(frozen=True)
class Fitting:
    """What a covariance's parameters are fitted to."""

    places: Places
    levels: Floats
    """(n,), of mean 0 and variance 1."""
    prior: Prior
    owner: NDArray[np.intp]
    """The hyperparameter of every column."""

    def cost(self, parameters: Floats) -> float:
        r"""Minus the logarithm of their posterior density, up to a constant; inf where singular.

        .. math:: \tfrac12 y' K^{-1} y + \sum_i \log L_{ii} - \log p
        """
        try:
            factor = _factor(Covariance(parameters, self.owner), self.places)
        except np.linalg.LinAlgError:
            return np.inf
        whitened = np.linalg.solve(factor, self.levels)
        fitted = 0.5 * float(whitened @ whitened) + float(np.sum(np.log(np.diag(factor))))
        return fitted + self.prior.penalty(parameters)


def fit(start: Covariance, task: Fitting, generator: np.random.Generator, steps: int) -> Covariance:
    """The likeliest covariance, searched from ``start`` on by an evolution strategy (1 + 1).

    Without gradients: a step costs one factorisation, and the prior leaves little to find.
    """
    best, sigma = start.parameters, STEP
    least = task.cost(best)
    for _ in range(steps):
        changed = generator.random(len(best)) < CHANGED
        tried = best + changed * sigma * generator.standard_normal(len(best))
        found = task.cost(tried)
        if found < least:
            best, least, sigma = tried, found, min(LONGEST, sigma * WIDER)
        else:
            sigma = max(SHORTEST, sigma * NARROWER)
    return Covariance(best, task.owner)


def _factor(covariance: Covariance, places: Places) -> Floats:
    together = covariance.between(places, places)
    together[np.diag_indices_from(together)] += covariance.noise + JITTER
    return np.asarray(np.linalg.cholesky(together), dtype=np.float64)


def _inverse(lower: Floats) -> Floats:
    """Of a lower triangular matrix, by halves: a general inverse takes twice as long."""
    size, half = len(lower), len(lower) // 2
    if size <= SMALL:
        return np.asarray(np.linalg.inv(lower), dtype=np.float64)
    found = np.zeros_like(lower)
    found[:half, :half], found[half:, half:] = _inverse(lower[:half, :half]), _inverse(lower[half:, half:])
    found[half:, :half] = -found[half:, half:] @ (lower[half:, :half] @ found[:half, :half])
    return found
