"""The weights that a recipe and a seed stand for; no torch here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.families.initialisation import matrix
from curvewise.cohort.families.recurrent_shape import RecurrentShape, blocks
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.parametrisation import HIDDEN_OF_RECURRENT, initial_factor
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import State

NO_MATRICES = ("embeddings.", "peepholes")
"""In the names of tensors with two axes that multiply no vector: they stay as their family draws them."""

Array = NDArray[np.float32]


def initial_weights(recipe: Recipe, seed: int) -> State:
    """The ``state_dict`` of a new network.

    Drawn as the family does, then, where the recipe says so: weight matrices drawn anew, each gate's block
    for itself, multiplied by ``initial_scale``, and everything by its factor of the parametrisation. The
    generator is keyed by (seed, 0); the data's order by (seed, epoch), from 1.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, 0]))
    weights = recipe.shape.initial_weights(generator)
    for name, array in _floats(weights).items():
        if _is_matrix(name, array):
            weights[name] = _redrawn(recipe, name, array, generator) * np.float32(recipe.initial_scale)
    if recipe.base_units:
        _parametrise(recipe, weights)
    return weights


def _floats(weights: State) -> dict[str, Array]:
    """Without the counters of normalisations."""
    return {name: array for name, array in weights.items() if array.dtype == np.float32}  # type: ignore[misc]


def _is_matrix(name: str, array: Array) -> bool:
    """True for weights of linear maps and convolutions."""
    return array.ndim >= 2 and not any(part in name for part in NO_MATRICES)


def _redrawn(recipe: Recipe, name: str, array: Array, generator: np.random.Generator) -> Array:
    """As a matrix (outputs, all that enters one of them); a layer of cells in blocks of its units."""
    if recipe.initialisation == "uniform":
        return array
    rows, columns = _block(recipe, name, array)
    drawn = [matrix(recipe.initialisation, rows, columns, generator) for _ in range(len(array) // rows)]
    return np.concatenate(drawn).reshape(array.shape)


def _block(recipe: Recipe, name: str, array: Array) -> tuple[int, int]:
    """Outputs of the matrices that a tensor is made of, one or one for each gate, and what enters each."""
    shape = recipe.shape
    of_cells = isinstance(shape, RecurrentShape | TranslationShape) and name.endswith(HIDDEN_OF_RECURRENT)
    return shape.widest if of_cells else len(array), array[0].size


def _parametrise(recipe: Recipe, weights: State) -> None:
    shape = recipe.shape
    for name, array in _floats(weights).items():
        factor = initial_factor(recipe, name, *_block(recipe, name, array))
        weights[name] = array * np.float32(factor)
    if isinstance(shape, RecurrentShape) and "forget" in blocks(shape.cell):
        start = blocks(shape.cell).index("forget") * shape.units
        for layer in range(shape.layers):
            weights[f"layers.{layer}.bias"][start : start + shape.units] = shape.forget_bias
