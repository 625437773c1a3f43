from __future__ import annotations

import math
from typing import get_args

import msgspec
import numpy as np
import pytest

from curvewise.cohort.families.initialisation import Initialisation, matrix
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.initial_weights import initial_weights
from tests.cohort.image_problems import convolutional_shape
from tests.cohort.problems import CATEGORIES, CLASSIFICATION, recipe_for

LSTM = RecurrentShape(
    inputs=3, cardinalities=(), embedding_sizes=(), cell="lstm", units=20, layers=2, outputs=4, per_step=True,
    dropout=0.0, forget_bias=1.0,
)  # fmt: skip


def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_by_default_a_family_draws_its_own():
    recipe = recipe_for(CATEGORIES, normalisation="batch")
    drawn = initial_weights(recipe, 3)
    own = recipe.shape.initial_weights(np.random.Generator(np.random.Philox(key=[3, 0])))
    assert drawn.keys() == own.keys()
    assert all(np.array_equal(drawn[name], own[name]) for name in own)


@pytest.mark.parametrize(
    ("method", "deviation"),
    [("he_normal", math.sqrt(2 / 300)), ("glorot_uniform", math.sqrt(2 / 500)), ("orthogonal", 300**-0.5)],
)
def test_a_matrix_has_the_deviation_of_its_source(method, deviation):
    drawn = matrix(method, 200, 300, generator())
    assert drawn.dtype == np.float32 and drawn.shape == (200, 300)
    assert drawn.std() == pytest.approx(deviation, rel=0.02)
    assert abs(drawn.mean()) < 0.001


@pytest.mark.parametrize(("rows", "columns"), [(5, 9), (9, 5), (7, 7)])
def test_orthogonal_is(rows, columns):
    drawn = matrix("orthogonal", rows, columns, generator()).astype(float)
    product = drawn @ drawn.T if rows <= columns else drawn.T @ drawn
    assert product == pytest.approx(np.eye(min(rows, columns)), abs=1e-6)


@pytest.mark.parametrize("method", get_args(Initialisation))
def test_only_matrices_are_drawn_anew_and_scaled(method):
    plain = initial_weights(recipe_for(CATEGORIES), 3)
    drawn = initial_weights(recipe_for(CATEGORIES, initialisation=method, initial_scale=10.0), 3)
    for name, array in plain.items():
        changes = name.endswith("weight") and not name.startswith("embeddings")
        assert np.array_equal(drawn[name], array) != changes
    if method == "uniform":
        assert drawn["output.weight"] == pytest.approx(10 * plain["output.weight"])


def test_gates_are_drawn_one_by_one():
    recipe = msgspec.structs.replace(recipe_for(CLASSIFICATION, initialisation="orthogonal"), shape=LSTM)
    drawn = initial_weights(recipe, 3)
    for gate in np.split(drawn["layers.1.recurrent_weight"].astype(float), 4):
        assert gate @ gate.T == pytest.approx(np.eye(20), abs=1e-6)


def deviations(units: int, base_units: int) -> dict[str, float]:
    recipe = recipe_for(CLASSIFICATION, units=(units, units), base_units=base_units)
    return {name: float(array.std()) for name, array in initial_weights(recipe, 1).items()}


def test_at_the_base_the_maximal_update_parametrisation_is_the_standard_one():
    assert deviations(64, 64) == deviations(64, 0)


def test_width_changes_initial_sizes_as_the_papers_table_says():
    base, wide = deviations(64, 64), deviations(1024, 64)
    shares = {name: wide[name] / base[name] for name in base}
    assert shares["hidden.0.linear.weight"] == pytest.approx(1, rel=0.1)
    assert shares["hidden.1.linear.weight"] == pytest.approx(1 / 4, rel=0.1)  # 1 / sqrt(m), m = 16
    assert shares["output.weight"] == pytest.approx(1 / 16, rel=0.1)
    for vector in ("hidden.0.linear.bias", "hidden.1.linear.bias"):
        assert shares[vector] == pytest.approx(1, rel=0.35)  # of 64 draws only


GROWING = {
    "perceptron": lambda units: recipe_for(CLASSIFICATION, units=(units, units)).shape,
    "recurrent": lambda units: msgspec.structs.replace(LSTM, units=units),
    "convolutional": lambda filters: convolutional_shape(filters=(filters, 2 * filters)),
}


@pytest.mark.parametrize("family", GROWING)
@pytest.mark.parametrize("method", get_args(Initialisation))
def test_matrices_follow_the_table_however_they_are_drawn(family, method):
    def drawn(units: int, base_units: int) -> dict[str, float]:
        recipe = recipe_for(CLASSIFICATION, base_units=base_units, initialisation=method)
        weights = initial_weights(msgspec.structs.replace(recipe, shape=GROWING[family](units)), 1)
        return {name: float(array.std()) for name, array in weights.items() if array.ndim > 1}

    base, wide = drawn(16, 16), drawn(64, 16)
    assert base == drawn(16, 0)
    first, *hidden, output = base
    assert wide[first] == pytest.approx(base[first], rel=0.15)
    for name in hidden:
        assert wide[name] == pytest.approx(base[name] / 2, rel=0.15), name  # 1 / sqrt(m), m = 4
    assert wide[output] == pytest.approx(base[output] / 4, rel=0.15)


def test_a_recurrent_network_keeps_its_forget_bias_under_it():
    wide = msgspec.structs.replace(LSTM, units=200)
    recipe = msgspec.structs.replace(recipe_for(CLASSIFICATION, base_units=20), shape=wide)
    drawn = initial_weights(recipe, 1)
    assert (drawn["layers.0.bias"][200:400] == 1.0).all()
    assert drawn["layers.0.input_weight"].std() == pytest.approx(20**-0.5 / math.sqrt(3), rel=0.1)
    assert drawn["layers.0.recurrent_weight"].std() == pytest.approx(200**-0.5 / math.sqrt(3), rel=0.05)
    assert drawn["output.weight"].std() == pytest.approx(200**-0.5 / math.sqrt(3) / 10**0.5, rel=0.1)
