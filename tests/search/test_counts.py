"""The sizes that the race reckons with are those of the networks that are trained."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from curvewise.cohort.families.configured import shape_of
from curvewise.cohort.families.shape import Shape, initial_weights
from curvewise.data.examples import Split
from curvewise.data.images import Images
from curvewise.data.sequences import Sequences
from curvewise.records import Configuration
from curvewise.records.extent import ImageExtent, SequenceExtent
from curvewise.records.model import CELLS
from curvewise.search.cost import Sizes
from curvewise.space.defaults import convolutional_space, recurrent_space


def weights(shape: Shape) -> int:
    """Norms aside."""
    state = initial_weights(shape, 0)
    return sum(array.size for name, array in state.items() if "normalisation" not in name)


def sequences(per_step: bool) -> Split:
    shape = (6, 5, 4) if per_step else (6, 4)
    examples = Sequences(
        np.zeros((6, 5, 3), np.float32),
        np.zeros((6, 5, 0), np.int32),
        np.full(6, 5, np.int32),
        np.zeros(shape, np.float32),
        per_step,
    )
    return Split(examples, examples, (), 4, 1.0, "multilabel")


def recurrent(cell: str, layers: int, units: int) -> Configuration:
    space = recurrent_space(task="multilabel", rows=6, steps=30, model_named="rnn", embedded_columns=0)
    return space.default().replace({"cell": cell, "layers": layers, "units": units})


@pytest.mark.parametrize(("cell", "layers"), [*product(CELLS, (1, 2, 3))])
def test_recurrent_networks_are_counted(cell: str, layers: int) -> None:
    configuration = recurrent(cell, layers, 7)
    sizes = Sizes(6, {"plain": 3}, (), 4, SequenceExtent(5, 30, True))
    shape = shape_of(configuration, sequences(per_step=True))
    assert sizes.parameters(configuration) == weights(shape)
    if cell != "lstm_fgr":  # its gates' own map is not among the shape's multiplications
        assert sizes.products(configuration) == 30 * shape.multiplications


@pytest.mark.parametrize(
    ("block", "normalisation", "stages", "convolutions"),
    [*product(("plain", "residual"), ("none", "batch", "group"), (1, 2, 3), (1, 2, 3))],
)
def test_convolutional_networks_are_counted(
    block: str, normalisation: str, stages: int, convolutions: int
) -> None:
    space = convolutional_space(task="classification", rows=6, side=9)
    changes = {"block": block, "normalisation": normalisation, "stages": stages, "convolutions": convolutions}
    configuration = space.default().replace({**changes, "filters": 4})
    examples = Images(np.zeros((6, 3, 11, 9), np.float32), np.zeros(6, np.int64))
    shape = shape_of(configuration, Split(examples, examples, (), 5, 1.0, "classification"))
    sizes = Sizes(6, {"plain": 3}, (), 5, ImageExtent(3, 11, 9))
    assert sizes.parameters(configuration) == weights(shape)
    assert sizes.products(configuration) == 6 * shape.multiplications


def test_larger_and_longer_is_dearer() -> None:
    short = Sizes(100, {"plain": 3}, (), 4, SequenceExtent(10, 1000, True))
    long = Sizes(100, {"plain": 3}, (), 4, SequenceExtent(100, 10_000, True))
    small, large = recurrent("lstm", 1, 16), recurrent("lstm", 2, 64)
    assert short.effort(small) < short.effort(large) < long.effort(large)
    assert short.effort(small) < long.effort(small)
