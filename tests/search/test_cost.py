from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import nnls

from curvewise.cohort.recipe import recipe
from curvewise.records import Configuration
from curvewise.search.cost import Cost, Sizes, least_squares
from tests.cohort.problems import split_of
from tests.search import analytic

ROWS = 5000
SIZES = Sizes(ROWS, {"plain": 20, "piecewise": 80}, (), 3)


def configuration(units: int, layers: int, minibatch: int) -> Configuration:
    changes = {"units": units, "layers": layers, "minibatch": minibatch, "first_ratio": 1.0}
    return analytic.space().default().replace(changes)


@pytest.mark.parametrize(("units", "layers", "expected"), [(10, 0, 63), (10, 1, 243), (10, 2, 353)])
def test_parameters_are_counted(units: int, layers: int, expected: int) -> None:
    assert SIZES.parameters(configuration(units, layers, 32)) == expected


def test_embeddings_and_encodings_count() -> None:
    sizes = Sizes(ROWS, {"plain": 20, "piecewise": 80}, (30,), 3)
    plain = configuration(10, 0, 32).replace({"embedding": 8, "encoding": "plain"})
    assert sizes.parameters(plain) == 30 * 8 + (20 + 8 + 1) * 3
    assert sizes.parameters(plain.replace({"encoding": "piecewise"})) == 30 * 8 + (80 + 8 + 1) * 3


def test_the_count_is_that_of_the_network_which_is_trained() -> None:
    chosen = analytic.space().default().replace({"units": 33, "layers": 3, "first_ratio": 1.27})
    resolved = recipe(chosen, 10, split_of(rows=(ROWS, 10), inputs=20))
    assert SIZES.parameters(chosen) == sum((a + 1) * b for a, b in pairwise(resolved.shape.widths))


def test_costs_are_learnt_and_carry_over_to_sizes_not_seen() -> None:
    def truth(c: Configuration) -> float:
        weights, steps = SIZES.parameters(c), -(-ROWS // int(c.number("minibatch")))
        return 2e-9 * ROWS * weights + 1e-9 * steps * weights + 5e-6 * steps + 1e-4

    cost = Cost(SIZES)
    assert cost.seconds(configuration(64, 2, 32)) == 0.0
    for units in (16, 64, 256):
        for layers in (1, 3):
            for minibatch in (8, 64, 512):
                seen = configuration(units, layers, minibatch)
                cost.observe(seen, truth(seen))
    unseen = configuration(128, 2, 128)
    assert cost.seconds(unseen) == pytest.approx(truth(unseen), rel=0.05)


def test_costs_depend_on_what_was_observed_not_on_who_asks() -> None:
    asked, quiet = Cost(SIZES), Cost(SIZES)
    for index in range(20):
        seen = configuration(8 + index, 1 + index % 3, 32)
        for cost in (asked, quiet):
            cost.observe(seen, 1e-3 * (index + 1))
        asked.seconds(seen)
    assert asked.seconds(seen) == quiet.seconds(seen)


@pytest.mark.parametrize("seed", range(10))
def test_least_squares_are_those_of_scipy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    terms = generator.random((12, 4)) * [1e9, 1e6, 1e3, 1.0]
    values = generator.normal(size=12)
    ours, theirs = least_squares(terms, values), nnls(terms, values)[0]
    assert (ours >= 0).all()
    assert np.linalg.norm(terms @ ours - values) == pytest.approx(np.linalg.norm(terms @ theirs - values))
