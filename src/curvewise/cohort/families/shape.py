"""What a perceptron is before it is a module: its shape, and the weights that a seed stands for.

No torch here: native training starts while torch is still being loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.recipe import Activation, Normalisation, Recipe
from curvewise.cohort.slots import State
from curvewise.data.examples import Split


@dataclass(frozen=True)
class PerceptronShape:
    """Everything that must be known to build a perceptron, its weights aside."""

    inputs: int
    """D, the width of ``numbers``."""
    cardinalities: tuple[int, ...]
    """Codes of each embedded category column."""
    embedding_sizes: tuple[int, ...]
    """Dimensions of each embedded category column."""
    units: tuple[int, ...]
    """Hidden units of each layer; empty for a linear model."""
    outputs: int
    """C: classes, or 1 for a regression."""
    activation: Activation
    normalisation: Normalisation
    dropout: float
    """Share of hidden units silenced in training, [0, 1)."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers that enter each linear map, and at the end those that leave the last."""
        return (self.inputs + sum(self.embedding_sizes), *self.units, self.outputs)


def shape_of(recipe: Recipe, split: Split) -> PerceptronShape:
    """The shape of the network that ``recipe`` asks for on ``split``."""
    return PerceptronShape(
        inputs=split.inputs,
        cardinalities=split.cardinalities,
        embedding_sizes=recipe.embedding_sizes(split.cardinalities),
        units=recipe.units,
        outputs=split.outputs,
        activation=recipe.activation,
        normalisation=recipe.normalisation,
        dropout=recipe.dropout,
    )


def initial_weights(shape: PerceptronShape, seed: int) -> State:
    """The ``state_dict`` of a new network, drawn in order: embeddings, hidden layers, output.

    Linear as torch.nn draws it: U(-k, k) with ``k = 1 / sqrt(inputs)`` for weight and bias.
    Embedding normal with standard deviation ``1 / sqrt(size)``: a column's vector has length about 1,
    like a standardised number (torch's N(0, 1) grows with the size). Gains 1, shifts 0, running mean 0
    and variance 1. The generator is keyed by (seed, 0); the data's order by (seed, epoch), from 1.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, 0]))
    weights: State = {}
    for q, (codes, size) in enumerate(zip(shape.cardinalities, shape.embedding_sizes, strict=True)):
        scale = np.float32(1 / math.sqrt(size))
        weights[f"embeddings.{q}.weight"] = generator.standard_normal((codes, size), dtype=np.float32) * scale
    for layer, units in enumerate(shape.units):
        weights |= _linear(f"hidden.{layer}.linear", shape.widths[layer], units, generator)
        weights |= _normalisation(f"hidden.{layer}.normalisation", units, shape.normalisation)
    return weights | _linear("output", shape.widths[-2], shape.outputs, generator)


def _linear(name: str, inputs: int, outputs: int, generator: np.random.Generator) -> State:
    bound = np.float32(1 / math.sqrt(inputs))

    def uniform(*size: int) -> NDArray[np.float32]:
        drawn: NDArray[np.float32] = (2 * generator.random(size, dtype=np.float32) - 1) * bound
        return drawn

    return {f"{name}.weight": uniform(outputs, inputs), f"{name}.bias": uniform(outputs)}


def _normalisation(name: str, units: int, kind: Normalisation) -> State:
    ones, zeros = np.ones(units, dtype=np.float32), np.zeros(units, dtype=np.float32)
    if kind == "none":
        return {}
    gains: State = {f"{name}.weight": ones, f"{name}.bias": zeros}
    if kind == "layer":
        return gains
    tracked = np.zeros((), dtype=np.int64)
    running: State = {f"{name}.running_mean": zeros.copy(), f"{name}.running_var": ones.copy()}
    return gains | running | {f"{name}.num_batches_tracked": tracked}
