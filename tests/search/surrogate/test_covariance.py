from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.search.surrogate.covariance import Covariance, Places, Prior


def drawn(seed: int, count: int, dimension: int = 3) -> tuple[Covariance, Places]:
    """A covariance from the prior, and places some of which are of the same trial."""
    generator, prior = np.random.default_rng(seed), Prior.of(dimension)
    trials = generator.integers(-2, max(1, count // 2), count)
    columns = np.random.default_rng(9).random((count + 3, dimension))[trials + 2]
    ages = generator.choice([1, 2, 3, 10, 50], count).astype(float)
    parameters = generator.normal(prior.mean, prior.spread)
    return Covariance(parameters, np.arange(dimension)), Places(columns, trials.astype(np.int64), ages)


def by_formula(covariance: Covariance, some: Places, others: Places) -> list[list[float]]:
    """A pair at a time, as the module's docstring has it."""
    values = np.exp(covariance.parameters)
    count = some.columns.shape[1]
    lengths, (level, fall, bend, own, drift, _, half) = values[:count], values[count:]
    table = []
    for i in range(len(some)):
        row = []
        for j in range(len(others)):
            r = math.sqrt(5 * float(np.sum(((some.columns[i] - others.columns[j]) / lengths) ** 2)))
            alike = (1 + r + r * r / 3) * math.exp(-r)
            young = half / (some.ages[i] + others.ages[j] + half)
            same = float(some.trials[i] == others.trials[j])
            row.append(level * alike + (fall + bend * alike) * young + same * (own + drift * young))
        table.append(row)
    return table


@given(seed=st.integers(0, 10_000))
def test_is_the_formula_of_each_pair(seed: int) -> None:
    covariance, some = drawn(seed, 8)
    _, others = drawn(seed + 1, 5)
    assert np.allclose(covariance.between(some, others), by_formula(covariance, some, others), rtol=1e-6)


def test_is_the_formula_where_all_are_of_one_age() -> None:
    covariance, some = drawn(3, 8)
    level = Places(some.columns, some.trials, np.full(8, 50.0))
    assert np.allclose(covariance.between(level, some), by_formula(covariance, level, some), rtol=1e-6)


@given(seed=st.integers(0, 10_000), count=st.integers(1, 40))
def test_is_symmetric_and_positive_semi_definite(seed: int, count: int) -> None:
    covariance, places = drawn(seed, count)
    together = covariance.between(places, places)
    assert np.allclose(together, together.T)
    assert np.linalg.eigvalsh(together).min() >= -1e-6 * together.max()


@given(seed=st.integers(0, 10_000))
def test_variance_is_the_diagonal(seed: int) -> None:
    covariance, places = drawn(seed, 9)
    diagonal = np.diag(covariance.between(places, places))
    assert np.allclose(covariance.variance(places), diagonal, rtol=1e-6)


def test_places_are_not_changed() -> None:
    covariance, places = drawn(0, 6)
    before = places.columns.copy(), places.trials.copy(), places.ages.copy()
    covariance.between(places, places)
    assert all(
        (a == b).all() for a, b in zip(before, (places.columns, places.trials, places.ages), strict=True)
    )


def test_nothing_has_an_empty_matrix() -> None:
    covariance, places = drawn(0, 4)
    none = Places(places.columns[:0], places.trials[:0], places.ages[:0])
    assert covariance.between(none, places).shape == (0, 4) and len(none) == 0


@pytest.mark.parametrize("dimension", [0, 1, 7, 28])
def test_the_prior_has_its_least_penalty_at_its_mean(dimension: int) -> None:
    prior = Prior.of(dimension)
    assert prior.mean.shape == prior.spread.shape == (dimension + 7,)
    assert prior.penalty(prior.mean) == 0 < prior.penalty(prior.mean + 0.1)
    if dimension == 28:
        assert np.allclose(np.exp(prior.mean[0]) / np.exp(Prior.of(7).mean[0]), 2)
