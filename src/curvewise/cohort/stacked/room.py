"""How many numbers a training step keeps for its backward pass, by family, and how many it may.

Of one slot, in floats, of what is larger than the weights; H units, C outputs, B rows of the minibatch:

    perceptron       B (D + (2 + n + d) sum of H + 3 C)
    recurrent        B T (D + (2 G + 2 + d) L H + 3 C)
    convolutional    B (pixels + (2 + n) sum of F h w over all convolutions + 3 C)
    translation      B H (S L (4 G_e + 6) + 3 S + T L (2 G + 2 + d) + 3 T + S T) + 3 B T C

n is 1 where sums are normalised, d where there is dropout, else 0; L layers of G gates (G_e the encoder's),
S and T the longest source and target, or T the longest sequence; S T is of additive attention. A layer's
sums, what is made of them and what it puts out are each kept, unless one is another; a cell's gates before
and after their curves. What autograd really keeps is 0.5 to 1.2 times as much.
"""

from __future__ import annotations

import torch

from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape, blocks
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.stacked.device import device
from curvewise.data.examples import Examples
from curvewise.data.pairs import Pairs
from curvewise.data.sequences import Sequences
from curvewise.records.model import Cell

KEPT = 64_000_000
"""Numbers that the slots of a call may keep on a processor: 256 MB."""
SHARE = 0.25
"""Of a GPU's memory, what they may keep there: beside them lie temporary tensors of about that size, the
examples, weights and moments, and what another thread trains."""
BESIDE = 1 << 20
"""Numbers that the largest maps of all slots of a call may have on a processor: 4 MB, its caches. With so
many, networks of 8 and 16 filters on images of 14 x 14 and 28 x 28 took a fifth to a half of the reference's
time; past it 16 slots gained 23 % more at most, and those of 28 x 28, (16, 32), minibatch 64, took 1.3 times
as long as the reference (benchmarks/stacking.py)."""


def most_in_memory(recipe: Recipe, examples: Examples) -> int:
    """How many slots of ``recipe`` activations let one call train on ``examples``; at least 1."""
    where, shape = device(), recipe.shape
    if where.type == "cpu":
        most = KEPT // kept(recipe, examples)
        if isinstance(shape, ConvolutionalShape):
            most = min(most, BESIDE // (recipe.minibatch * shape.largest_maps))
    else:
        memory = torch.cuda.get_device_properties(where).total_memory
        most = int(SHARE * memory / 4) // kept(recipe, examples)
    return max(1, most)


def kept(recipe: Recipe, examples: Examples) -> int:
    """Numbers that a step of one slot keeps for its backward pass."""
    shape = recipe.shape
    match shape:
        case PerceptronShape():
            of_row = _perceptron(shape)
        case RecurrentShape():
            assert isinstance(examples, Sequences)
            of_row = int(examples.lengths.max(initial=1)) * _recurrent(shape)
        case ConvolutionalShape():
            of_row = _convolutional(shape)
        case TranslationShape():
            assert isinstance(examples, Pairs)
            read, written = examples.source_lengths, examples.target_lengths
            of_row = _translation(shape, int(read.max(initial=1)), int(written.max(initial=1)))
    return recipe.minibatch * of_row


def _perceptron(shape: PerceptronShape) -> int:
    layer = 2 + (shape.normalisation != "none") + (shape.dropout > 0)
    entering = shape.inputs + sum(shape.embedding_sizes)
    return entering + layer * sum(shape.units) + 3 * shape.outputs


def _recurrent(shape: RecurrentShape) -> int:
    """Of one step."""
    layers = shape.layers * shape.units * (_of_cell(shape.cell) + (shape.dropout > 0))
    return shape.entering + layers + 3 * shape.outputs


def _of_cell(cell: Cell) -> int:
    return 2 * len(blocks(cell)) + 2


def _convolutional(shape: ConvolutionalShape) -> int:
    pixels = shape.channels * shape.height * shape.width
    maps = sum(layer.filters * layer.height * layer.width for layer in shape.layers())
    return pixels + (2 + (shape.normalisation != "none")) * maps + 3 * shape.outputs


def _translation(shape: TranslationShape, read: int, written: int) -> int:
    layers, dropped = shape.layers, int(shape.dropout > 0)
    reading = read * (layers * (2 * _of_cell(shape.encoder_cell) + 2) + 3)
    writing = written * (layers * (_of_cell(shape.cell) + dropped) + 3)
    compared = read * written if shape.attention == "additive" else 0
    return shape.units * (reading + writing + compared) + 3 * written * shape.outputs
