"""A network and tensors to trace a step with: no two of their sizes are equal, and none is a count."""

from __future__ import annotations

import torch
from torch import Tensor

from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.stacked.compiled.inputs import Inputs, Weights
from curvewise.cohort.stacked.compiled.structure import Structure
from curvewise.cohort.stacked.layout import layout_of
from curvewise.cohort.stacked.stack import Stack


def _primes(least: int, count: int) -> list[int]:
    found: list[int] = []
    number = least
    while len(found) < count:
        if all(number % divisor for divisor in range(2, int(number**0.5) + 1)):
            found.append(number)
        number += 1
    return found


PRIMES = _primes(131, 256)
"""Sizes to trace with, one for each dimension: tracing takes equal sizes for the same one."""
SLOTS, ROWS, MINIBATCH, *_ = _primes(79, 3)
"""Of the traced step: larger than any count of parameters or coefficients, so that none is taken for one."""


def example_shape(structure: Structure) -> PerceptronShape:
    """A shape of this structure, no two of whose sizes are equal; of ``MOST_COLUMNS`` at most."""
    each = iter(PRIMES)
    return PerceptronShape(
        inputs=next(each) if structure.numeric else 0,
        cardinalities=tuple(next(each) for _ in range(structure.columns)),
        embedding_sizes=tuple(next(each) for _ in range(structure.columns)),
        units=tuple(next(each) for _ in range(structure.layers)),
        outputs=next(each),
        activation=structure.activation,
        normalisation=structure.normalisation if structure.layers else "none",
        dropout=0.0,
    )


def example(structure: Structure) -> list[Tensor]:
    """Tensors to trace a step of this structure with."""
    shape = example_shape(structure)
    layout = layout_of(shape)
    codes = structure.task == "classification"
    targets = torch.zeros(ROWS, dtype=torch.int64) if codes else torch.zeros(ROWS, shape.outputs)
    parts, column = len(layout.trained), torch.ones(SLOTS, 1)
    whole = torch.zeros(SLOTS, 1, dtype=torch.int32)
    inputs = Inputs(
        numbers=torch.zeros(ROWS, shape.inputs),
        categories=torch.zeros(ROWS, structure.columns, dtype=torch.int64),
        targets=targets,
        rows=torch.zeros(SLOTS, MINIBATCH, dtype=torch.int64),
        keys=torch.zeros(structure.layers + 1, SLOTS, 1, dtype=torch.int32),
        limits=whole,
        scales=column,
        units=column.clone(),
        smoothing=column.clone(),
        largest=torch.ones(SLOTS),
        constant=torch.ones(8, parts, SLOTS),
        changing=torch.ones(4, parts, SLOTS),
        totals=torch.zeros(3, SLOTS, dtype=torch.float64),
    )
    names = {name: torch.ones(SLOTS, size) for name, size in layout.statistics}
    row = torch.ones(SLOTS, layout.size)
    moments = torch.ones(SLOTS, layout.trained_size)
    return [*inputs, *Weights.of(Stack(layout, row, moments, moments, names)).flat()]
