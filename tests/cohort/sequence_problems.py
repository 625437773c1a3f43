"""Small synthetic sequences that every way of training recurrent networks is held to."""

from __future__ import annotations

from typing import Literal

import numpy as np

from curvewise.cohort.families.configured import embedding_sizes
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.recipe import LOSSES, Recipe
from curvewise.data.examples import Split, Task
from curvewise.data.sequences import Sequences
from tests.cohort.problems import read_only

Lengths = Literal["full", "varied", "one"]
"""All of T steps · from 1 to T · all of 1 step, but for one of T."""


def sequences(
    rows: int,
    *,
    task: Task,
    per_step: bool,
    lengths: Lengths,
    time=5,
    inputs=4,
    cardinalities=(),
    outputs=3,
    zeros=0.0,
    seed=0,
) -> Sequences:
    """Targets are a function of what entered up to their step, and noise; beyond a length stands rubbish.

    ``zeros``: the share of the numbers that are 0.
    """
    draw = np.random.Generator(np.random.Philox(key=[seed, rows]))
    numbers = draw.normal(size=(rows, time, inputs)).astype(np.float32)
    if zeros:
        numbers[draw.random(numbers.shape) < zeros] = 0.0
    columns = [draw.integers(0, k, size=(rows, time)) for k in cardinalities]
    categories = np.stack(columns, axis=2) if columns else np.zeros((rows, time, 0))
    lasting = np.full(rows, time)
    if lengths == "varied":
        lasting = draw.integers(1, time + 1, size=rows)
    elif lengths == "one":
        lasting = np.where(np.arange(rows) == 2, time, 1)
    fixed = np.random.Generator(np.random.Philox(key=[seed, 0]))  # the same of training and validation
    scores = np.tanh(numbers.cumsum(axis=1) @ fixed.normal(size=(inputs, outputs)))
    for codes, k in zip(columns, cardinalities, strict=True):
        scores = scores + fixed.normal(size=(k, outputs))[codes]
    scores = scores + 0.1 * draw.normal(size=scores.shape)
    numbers[np.arange(time) >= lasting[:, None]] = 1e4
    if not per_step:
        scores = scores[np.arange(rows), lasting - 1]
    targets = {
        "classification": lambda: scores.argmax(axis=-1).astype(np.int64),
        "regression": lambda: scores[..., :1].astype(np.float32),
        "multilabel": lambda: (scores > 0.5).astype(np.float32),
    }[task]()
    return Sequences(
        read_only(numbers),
        read_only(categories.astype(np.int32)),
        read_only(lasting.astype(np.int32)),
        read_only(targets),
        per_step,
    )


def sequence_split(
    *,
    task: Task = "classification",
    per_step=True,
    lengths: Lengths = "varied",
    rows=(13, 7),
    outputs=3,
    cardinalities=(),
    target_scale=2.5,
    **changes,
) -> Split:
    """Sequences of validation are longer by a step than those of training."""
    outputs = 1 if task == "regression" else outputs
    kinds = {
        "task": task,
        "per_step": per_step,
        "lengths": lengths,
        "outputs": outputs,
        "cardinalities": cardinalities,
    }
    time = changes.pop("time", 5)
    train, valid = (
        sequences(count, time=time + more, **kinds, **changes)
        for count, more in zip(rows, (0, 1), strict=True)
    )
    return Split(
        train, valid, tuple(cardinalities), outputs, target_scale if task == "regression" else 1.0, task
    )


def recurrent_recipe(split: Split, **changes) -> Recipe:
    """A recipe that trains calmly on these problems, with some values changed."""
    plain = {
        "cell": "gru",
        "units": 9,
        "layers": 1,
        "dropout": 0.0,
        "embedding": 4,
        "forget_bias": 1.0,
        "encoding": "standard",
        "loss": LOSSES[split.task][0],
        "label_smoothing": 0.0,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "decay": "constant",
        "horizon": 10,
        "momentum": 0.9,
        "beta2": 0.999,
        "weight_decay": 0.0,
        "minibatch": 5,
        "clip": 0.0,
    }
    values = plain | changes
    shape = RecurrentShape(
        inputs=split.train.numbers.shape[2],
        cardinalities=split.cardinalities,
        embedding_sizes=embedding_sizes(split.cardinalities, values.pop("embedding")),
        outputs=split.outputs,
        per_step=split.train.per_step,
        **{name: values.pop(name) for name in ("cell", "units", "layers", "dropout", "forget_bias")},
    )
    return Recipe(shape=shape, **values)
