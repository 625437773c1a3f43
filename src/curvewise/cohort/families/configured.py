"""The shape of the network that a configuration asks for on some data."""

from __future__ import annotations

from typing import cast

from curvewise.cohort.families.convolutional_shape import ConvolutionalNormalisation, ConvolutionalShape
from curvewise.cohort.families.perceptron_shape import Activation, Normalisation, PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.families.translation_shape import Attention, TranslationShape
from curvewise.data.examples import Split, TableRows
from curvewise.data.images import Images
from curvewise.data.pairs import Pairs
from curvewise.data.sequences import Sequences
from curvewise.errors import EngineError
from curvewise.records import Configuration
from curvewise.records.model import Cell


def shape_of(configuration: Configuration, split: Split) -> Shape:
    """The kind of data decides the family.

    Rows of a table are read by a perceptron, sequences by a recurrent network, images by a convolutional
    one, pairs of sequences by an attention encoder-decoder.
    """
    match split.train:
        case TableRows():
            return _perceptron(configuration, split, split.train)
        case Sequences():
            return _recurrent(configuration, split, split.train)
        case Images():
            return _convolutional(configuration, split, split.train)
        case Pairs():
            return _translation(configuration, split)
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


def _convolutional(configuration: Configuration, split: Split, images: Images) -> ConvolutionalShape:
    """Each stage has twice the filters of the one before (arXiv 1409.1556, section 2.1).

    Residual stages have an even number of convolutions: one is added where need be.
    """
    _, channels, height, width = images.pixels.shape
    residual = configuration.word("block") == "residual"
    filters, convolutions = (int(configuration.number(name)) for name in ("filters", "convolutions"))
    return ConvolutionalShape(
        channels=channels,
        height=height,
        width=width,
        filters=tuple(filters << stage for stage in range(int(configuration.number("stages")))),
        convolutions=convolutions + (convolutions % 2 if residual else 0),
        residual=residual,
        outputs=split.outputs,
        activation=cast(Activation, configuration.word("activation")),
        normalisation=cast(ConvolutionalNormalisation, configuration.word("normalisation")),
        dropout=configuration.number("dropout"),
    )


def _translation(configuration: Configuration, split: Split) -> TranslationShape:
    """``split`` has the cardinalities of sources and targets, in this order."""
    sizes = embedding_sizes(split.cardinalities, int(configuration.number("embedding")))
    return TranslationShape(
        source_codes=split.cardinalities[0],
        target_codes=split.cardinalities[1],
        source_embedding=sizes[0],
        target_embedding=sizes[1],
        encoder_cell=cast(Cell, configuration.word("encoder_cell")),
        cell=cast(Cell, configuration.word("cell")),
        units=int(configuration.number("units")),
        layers=int(configuration.number("layers")),
        attention=cast(Attention, configuration.word("attention")),
        dropout=configuration.number("dropout"),
        forget_bias=configuration.number("forget_bias"),
    )
