from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from curvewise.search.surrogate.covariance import Covariance, Places, Prior
from curvewise.search.surrogate.process import JITTER, Fitting, Process, fit
from tests.search.surrogate.test_covariance import by_formula, drawn

FAR = 1e12
"""Epochs by which nothing is left of the fall."""


@given(seed=st.integers(0, 10_000), count=st.integers(1, 90))
def test_predicts_as_the_direct_formula_does(seed: int, count: int) -> None:
    covariance, places = drawn(seed, count)
    _, asked = drawn(seed + 1, 7)
    levels = np.random.default_rng(seed).standard_normal(count)
    together = covariance.between(places, places) + (covariance.noise + JITTER) * np.eye(count)
    between = covariance.between(asked, places)
    solved = np.linalg.solve(together, between.T).T
    variance = np.diag(by_formula(covariance, asked, asked)) - np.sum(solved * between, axis=1)
    mean, deviation = Process.conditioned(covariance, places, levels).predict(asked)
    assert np.allclose(mean, solved @ levels, atol=1e-4 * max(1.0, np.abs(levels).max()))
    assert np.allclose(deviation, np.sqrt(np.maximum(variance, JITTER)), atol=1e-3)


def test_is_a_common_process_where_all_trials_are_old() -> None:
    generator = np.random.default_rng(0)
    parameters = Prior.of(2).mean.copy()
    level, own, noise = np.exp(parameters[[2, 5, 7]])
    seen = Places(generator.random((12, 2)), np.arange(12), np.full(12, FAR))
    asked = Places(generator.random((5, 2)), -np.arange(1, 6), np.full(5, FAR))
    levels = generator.standard_normal(12)
    kernel = ConstantKernel(level, "fixed") * Matern(np.exp(parameters[:2]), "fixed", nu=2.5)
    twin = GaussianProcessRegressor(kernel, alpha=own + noise + JITTER, optimizer=None).fit(
        seen.columns, levels
    )
    expected, spread = twin.predict(asked.columns, return_std=True)
    mean, deviation = Process.conditioned(Covariance(parameters, np.arange(2)), seen, levels).predict(asked)
    assert np.allclose(mean, expected, atol=1e-6)
    assert np.allclose(deviation, np.sqrt(spread**2 + own), atol=1e-6)


def test_a_singular_matrix_is_said_to_be_one_and_costs_without_end() -> None:
    parameters, prior = Prior.of(3).mean.copy(), Prior.of(3)
    parameters[3:9] = 60, 60, 60, 60, 60, -60
    places = Places(np.tile(np.random.default_rng(0).random((2, 3)), (3, 1)), np.zeros(6, int), np.ones(6))
    with pytest.raises(np.linalg.LinAlgError):
        Process.conditioned(Covariance(parameters, np.arange(3)), places, np.zeros(6))
    assert Fitting(places, np.zeros(6), prior, np.arange(3)).cost(parameters) == np.inf


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_is_never_worse_than_where_it_began_and_draws_from_its_generator_alone(seed: int) -> None:
    start, places = drawn(seed, 40)
    levels = np.random.default_rng(seed).standard_normal(40)
    task = Fitting(places, levels, Prior.of(3), np.arange(3))
    first, again = (fit(start, task, np.random.default_rng(1), 25) for _ in range(2))
    assert task.cost(first.parameters) < task.cost(start.parameters)
    assert (first.parameters == again.parameters).all()


def test_the_cost_is_minus_the_logarithm_of_the_density() -> None:
    covariance, places = drawn(5, 20)
    levels, prior = np.random.default_rng(5).standard_normal(20), Prior.of(3)
    together = covariance.between(places, places) + (covariance.noise + JITTER) * np.eye(20)
    sign, log = np.linalg.slogdet(together)
    expected = (
        0.5 * levels @ np.linalg.solve(together, levels) + 0.5 * log + prior.penalty(covariance.parameters)
    )
    found = Fitting(places, levels, prior, np.arange(3)).cost(covariance.parameters)
    assert sign == 1 and np.isclose(found, expected)
