"""Times every way of training on small networks, for ``doctor``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import get_args

import numpy as np
import torch

from curvewise.cohort import ways
from curvewise.cohort.families.convolutional_shape import ConvolutionalShape
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.families.shape import Shape
from curvewise.cohort.planner import Measure
from curvewise.cohort.recipe import Loss, Recipe
from curvewise.data.examples import Examples, Split, TableRows
from curvewise.data.images import Images
from curvewise.data.sequences import Sequences
from curvewise.errors import EngineError
from curvewise.report.machine import Measured, Way

TOGETHER = 16
"""Slots that are stacked in one call."""
REPEATS = 3
CLASSES, TIME, KEYS, SIDE = 10, 20, 88, 14


def measured() -> list[Measured]:
    """The small perceptron and GRU of the engine's benchmark, and a small convolutional network."""
    chance = np.random.default_rng(0)
    workshop = ways.Workshop(1)
    try:
        with _one_thread():
            return [
                Measured(network, [_way(way, recipe, split, workshop) for way in get_args(ways.Way)])
                for network, recipe, split in (
                    _perceptron(chance),
                    _recurrent(chance),
                    _convolutional(chance),
                )
            ]
    finally:
        workshop.close()


def _way(way: ways.Way, recipe: Recipe, split: Split, workshop: ways.Workshop) -> Way:
    missing = ways.missing(way)
    if missing is None and not ways.serves(way, recipe):
        missing = "does not train such networks"
    if missing is None and way == "compiled" and not workshop.find_step(recipe, split, make=False):
        missing = "no step for these is compiled yet: a study that lasts has it done in the background"
    if missing is not None:
        return Way(way, missing, None)
    together = TOGETHER if way in ways.TOGETHER else 1
    try:
        measure = Measure(recipe, split, workshop)
        timed = min(measure.microseconds(way, together) for _ in range(REPEATS))
    except EngineError as error:
        return Way(way, str(error), None)
    return Way(way, None, round(timed, 1))


def _perceptron(chance: np.random.Generator) -> tuple[str, Recipe, Split]:
    rows = 256
    numbers = chance.standard_normal((rows, 64), dtype=np.float32)
    examples = TableRows(numbers, np.zeros((rows, 0), np.int32), chance.integers(0, CLASSES, rows))
    shape = PerceptronShape(
        inputs=64,
        cardinalities=(),
        embedding_sizes=(),
        units=(64, 64),
        outputs=CLASSES,
        activation="relu",
        normalisation="none",
        dropout=0.0,
    )
    split = Split(examples, examples, (), CLASSES, 1.0, "classification")
    return "perceptron 64-64-64-10, minibatches of 32", _recipe(shape, "cross_entropy", 32), split


def _recurrent(chance: np.random.Generator) -> tuple[str, Recipe, Split]:
    rows = 64
    numbers = (chance.random((rows, TIME, KEYS)) < 0.05).astype(np.float32)
    lengths = np.full(rows, TIME, dtype=np.int32)
    examples: Examples = Sequences(numbers, np.zeros((rows, TIME, 0), np.int32), lengths, numbers, True)
    shape = RecurrentShape(
        inputs=KEYS,
        cardinalities=(),
        embedding_sizes=(),
        cell="gru",
        units=46,
        layers=1,
        outputs=KEYS,
        per_step=True,
        dropout=0.0,
        forget_bias=1.0,
    )
    split = Split(examples, examples, (), KEYS, 1.0, "multilabel")
    return f"GRU of 46 units over {TIME} steps, minibatches of 16", _recipe(shape, "binary", 16), split


def _convolutional(chance: np.random.Generator) -> tuple[str, Recipe, Split]:
    rows = 64
    pixels = chance.standard_normal((rows, 1, SIDE, SIDE), dtype=np.float32)
    examples: Examples = Images(pixels, chance.integers(0, CLASSES, rows))
    shape = ConvolutionalShape(
        channels=1,
        height=SIDE,
        width=SIDE,
        filters=(8, 16),
        convolutions=1,
        residual=False,
        outputs=CLASSES,
        activation="relu",
        normalisation="none",
        dropout=0.0,
    )
    split = Split(examples, examples, (), CLASSES, 1.0, "classification")
    name = f"two convolutions of 8 and 16 filters on {SIDE} x {SIDE} pixels, minibatches of 32"
    return name, _recipe(shape, "cross_entropy", 32), split


def _recipe(shape: Shape, loss: Loss, minibatch: int) -> Recipe:
    return Recipe(
        shape=shape,
        encoding="plain",
        loss=loss,
        label_smoothing=0.0,
        optimizer="adamw",
        learning_rate=1e-3,
        decay="constant",
        horizon=10,
        momentum=0.9,
        beta2=0.999,
        weight_decay=0.01,
        minibatch=minibatch,
        clip=0.0,
    )


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
