"""The shape of the network that a configuration asks for on some data."""

from __future__ import annotations

from typing import cast

from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape
from curvewise.cohort.families.recurrent_shape import Cell, RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.data.examples import Split, TableRows
from curvewise.data.sequences import Sequences
from curvewise.errors import EngineError
from curvewise.records import Configuration


def shape_of(configuration: Configuration, split: Split) -> Shape:
    """The kind of data decides the family: rows of a table a perceptron, sequences a recurrent network."""
    match split.train:
        case TableRows():
            return _perceptron(configuration, split, split.train)
        case Sequences():
            return _recurrent(configuration, split, split.train)
        case other:
            raise EngineError(f"no family of networks reads {type(other).__name__}")


def embedding_sizes(cardinalities: tuple[int, ...], most: int) -> tuple[int, ...]:
    """Dimensions of each embedded column: a column of k codes gets min(``most``, ceil(k / 2))."""
    return tuple(min(most, (k + 1) // 2) for k in cardinalities)


def _perceptron(configuration: Configuration, split: Split, rows: TableRows) -> PerceptronShape:
    """The first hidden layer has ``units x first_ratio`` units, rounded, at least 1 (article row 11)."""
    layers, units = int(configuration.number("layers")), int(configuration.number("units"))
    first = max(1, round(units * configuration.number("first_ratio")))
    return PerceptronShape(
        inputs=rows.numbers.shape[1],
        cardinalities=split.cardinalities,
        embedding_sizes=embedding_sizes(split.cardinalities, int(configuration.number("embedding"))),
        units=(first, *[units] * (layers - 1)) if layers else (),
        outputs=split.outputs,
        activation=cast(Activation, configuration.word("activation")),
        normalisation=cast(Normalisation, configuration.word("normalisation")),
        dropout=configuration.number("dropout"),
    )


def _recurrent(configuration: Configuration, split: Split, sequences: Sequences) -> RecurrentShape:
    return RecurrentShape(
        inputs=sequences.numbers.shape[2],
        cardinalities=split.cardinalities,
        embedding_sizes=embedding_sizes(split.cardinalities, int(configuration.number("embedding"))),
        cell=cast(Cell, configuration.word("cell")),
        units=int(configuration.number("units")),
        layers=int(configuration.number("layers")),
        outputs=split.outputs,
        per_step=sequences.per_step,
        dropout=configuration.number("dropout"),
        forget_bias=configuration.number("forget_bias"),
    )
