"""How large a network is that a configuration describes: its weights, and what one example takes.

The networks themselves stand higher in the tree; tests hold these counts to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from curvewise.records import Configuration
from curvewise.records.extent import ImageExtent

_BLOCKS = {"tanh": 1, "relu": 1, "gru": 3, "lstm_nig": 3, "lstm_nfg": 3, "lstm_nog": 3, "lstm_cifg": 3}
"""Blocks of units in a cell's linear maps; 4 in those not named."""
_KERNEL = 9
"""Weights of a kernel of 3 x 3."""


class Count(NamedTuple):
    """The size of a network."""

    parameters: int
    """Weights, biases and embeddings, norms aside."""
    multiplications: int
    """Of one row, step or image on its way forward; of a perceptron its parameters."""


class Embedded(NamedTuple):
    """The embedded columns of a configuration."""

    weights: int
    width: int


def embedded(configuration: Configuration, cardinalities: Sequence[int]) -> Embedded:
    """Columns of k codes get min(embedding, ceil(k / 2)) dimensions each."""
    if not cardinalities:
        return Embedded(0, 0)
    most = int(configuration.number("embedding"))
    sizes = [min(most, (codes + 1) // 2) for codes in cardinalities]
    weights = sum(codes * size for codes, size in zip(cardinalities, sizes, strict=True))
    return Embedded(weights, sum(sizes))


def perceptron(
    configuration: Configuration, inputs: int, cardinalities: Sequence[int], outputs: int
) -> Count:
    """Of a perceptron that reads ``inputs`` numbers and the embedded columns."""
    layers, units = int(configuration.number("layers")), int(configuration.number("units"))
    tables = embedded(configuration, cardinalities)
    widths = [inputs + tables.width]
    if layers:
        widths += [max(1, round(units * configuration.number("first_ratio"))), *[units] * (layers - 1)]
    widths.append(outputs)
    count = tables.weights + sum((a + 1) * b for a, b in pairwise(widths))
    return Count(count, count)


def recurrent(configuration: Configuration, inputs: int, cardinalities: Sequence[int], outputs: int) -> Count:
    """Of a recurrent network; multiplications are those of one step."""
    layers, units = int(configuration.number("layers")), int(configuration.number("units"))
    cell = configuration.word("cell")
    tables = embedded(configuration, cardinalities)
    blocks = _BLOCKS.get(cell, 4)
    weights = blocks * units * (inputs + tables.width + units * (2 * layers - 1))
    small = blocks * units
    if cell == "gru":
        small += units
    if cell.startswith("lstm_"):
        small += (blocks - 1) * units
    if cell == "lstm_fgr":
        weights += layers * 9 * units * units
    maps = weights + units * outputs
    return Count(tables.weights + maps + layers * small + outputs, maps)


def convolutional(configuration: Configuration, extent: ImageExtent, outputs: int) -> Count:
    """Of a convolutional network; multiplications are those of one image."""
    names = ("stages", "convolutions", "filters")
    stages, convolutions, first = (int(configuration.number(name)) for name in names)
    residual = configuration.word("block") == "residual"
    convolutions += convolutions % 2 if residual else 0
    biased = int(configuration.word("normalisation") == "none")
    height, width, channels = extent.height, extent.width, extent.channels
    parameters = multiplications = 0

    def add(reads: int, writes: int, kernel: int) -> None:
        nonlocal parameters, multiplications
        parameters += writes * (kernel * reads + biased)
        multiplications += height * width * kernel * reads * writes

    if residual:
        add(channels, first, _KERNEL)
        channels = first
    for stage in range(stages):
        filters = first << stage
        if residual and stage:
            height, width = (height + 1) // 2, (width + 1) // 2
            add(channels, filters, 1)
        for _ in range(convolutions):
            add(channels, filters, _KERNEL)
            channels = filters
        if not residual:
            height, width = height // 2, width // 2
    features = channels if residual else channels * height * width
    return Count(parameters + (features + 1) * outputs, multiplications + features * outputs)
