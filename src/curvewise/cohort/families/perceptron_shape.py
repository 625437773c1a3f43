"""What a perceptron is before it is a module: its shape, and the weights that a seed stands for.

No torch here: native training starts while torch is still being loaded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import msgspec
import numpy as np

from curvewise.cohort.families.drawing import embeddings, gains, linear
from curvewise.cohort.slots import State

Activation = Literal["relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu"]
Normalisation = Literal["none", "batch", "layer"]


class PerceptronShape(msgspec.Struct, frozen=True, tag_field="family", tag="perceptron"):
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

    @property
    def needs_rows(self) -> int:
        """Rows that a minibatch must have: batch normalisation has no variance over a single one."""
        return 2 if self.normalisation == "batch" and self.units else 1

    @property
    def widest(self) -> int:
        """Units of the widest hidden layer; 0 without any."""
        return max(self.units, default=0)

    @property
    def multiplications(self) -> int:
        """Of one row on its way forward: the weights of the linear maps."""
        return sum(a * b for a, b in pairwise(self.widths))

    def initial_weights(self, generator: np.random.Generator) -> State:
        """The ``state_dict`` of a new network, drawn in order: embeddings, hidden layers, output."""
        weights = embeddings(self.cardinalities, self.embedding_sizes, generator)
        for layer, units in enumerate(self.units):
            weights |= linear(f"hidden.{layer}.linear", self.widths[layer], units, generator)
            if self.normalisation != "none":
                name = f"hidden.{layer}.normalisation"
                weights |= gains(name, units, running=self.normalisation == "batch")
        return weights | linear("output", self.widths[-2], self.outputs, generator)
