"""Small synthetic splits that every way of training is held to."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.families.configured import embedding_sizes
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.recipe import Recipe
from curvewise.data.examples import Split, TableRows
from curvewise.records import Configuration, Trial


def read_only(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """As the engine is given its arrays."""
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


def examples(numbers, categories, targets) -> TableRows:
    return TableRows(
        read_only(numbers.astype(np.float32)), read_only(categories.astype(np.int32)), read_only(targets)
    )


def split_of(
    *, rows=(150, 60), inputs=7, cardinalities=(), outputs=3, regression=False, seed=0, target_scale=2.5
) -> Split:
    """Targets that a small network can learn: a smooth function of numbers and categories, and noise."""
    draw = np.random.Generator(np.random.Philox(seed))
    total = sum(rows)
    numbers = draw.normal(size=(total, inputs))
    columns = [draw.integers(0, k, size=total) for k in cardinalities]
    categories = np.stack(columns, axis=1) if columns else np.zeros((total, 0))
    scores = np.tanh(numbers @ draw.normal(size=(inputs, outputs)))
    for codes, k in zip(columns, cardinalities, strict=True):
        scores = scores + draw.normal(size=(k, outputs))[codes]
    scores = scores + 0.1 * draw.normal(size=scores.shape)
    if regression:
        targets = ((scores - scores.mean()) / scores.std()).astype(np.float32)
    else:
        targets = scores.argmax(axis=1).astype(np.int64)
    pieces = (slice(0, rows[0]), slice(rows[0], total))
    train, valid = (examples(numbers[p], categories[p], targets[p]) for p in pieces)
    task = "regression" if regression else "classification"
    return Split(train, valid, tuple(cardinalities), outputs, target_scale if regression else 1.0, task)


CLASSIFICATION = split_of()
REGRESSION = split_of(outputs=1, regression=True, seed=1)
CATEGORIES = split_of(inputs=3, cardinalities=(5, 12), outputs=4, seed=2)
CATEGORIES_REGRESSION = split_of(inputs=2, cardinalities=(9,), outputs=1, regression=True, seed=3)
TINY = split_of(rows=(5, 4), inputs=2, outputs=2, seed=4)
SINGLE_INPUT = split_of(rows=(33, 20), inputs=1, outputs=2, seed=5)
WIDE = split_of(rows=(97, 41), inputs=130, outputs=11, seed=6)

SPLITS = {
    "classification": CLASSIFICATION,
    "regression": REGRESSION,
    "categories": CATEGORIES,
    "categories regression": CATEGORIES_REGRESSION,
    "tiny": TINY,
    "single input": SINGLE_INPUT,
    "wide": WIDE,
}


def recipe_for(split: Split, **changes) -> Recipe:
    """A recipe that trains well on these problems, with some values changed."""
    plain = {
        "units": (16, 16),
        "activation": "relu",
        "normalisation": "none",
        "dropout": 0.0,
        "embedding": 4,
        "encoding": "standard",
        "loss": "cross_entropy" if split.task == "classification" else "squared",
        "label_smoothing": 0.0,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "decay": "constant",
        "horizon": 10,
        "momentum": 0.9,
        "beta2": 0.999,
        "weight_decay": 0.0,
        "minibatch": 16,
        "clip": 0.0,
    }
    values = plain | changes
    values["minibatch"] = min(values["minibatch"], split.train.rows)
    shape = PerceptronShape(
        inputs=split.train.numbers.shape[1],
        cardinalities=split.cardinalities,
        embedding_sizes=embedding_sizes(split.cardinalities, values.pop("embedding")),
        outputs=split.outputs,
        **{name: values.pop(name) for name in ("units", "activation", "normalisation", "dropout")},
    )
    return Recipe(shape=shape, **values)


def trial_of(number: int, *, seed=None, horizon=10, parent=None, **changes) -> Trial:
    """A trial that trains well on these problems, with some hyperparameters changed."""
    plain = {
        "layers": 2,
        "units": 8,
        "first_ratio": 1.0,
        "activation": "relu",
        "normalisation": "none",
        "dropout": 0.0,
        "embedding": 4,
        "encoding": "standard",
        "loss": "squared",
        "label_smoothing": 0.0,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "decay": "constant",
        "momentum": 0.9,
        "beta2": 0.999,
        "weight_decay": 0.0,
        "minibatch": 16,
        "clip": 0.0,
    }
    return Trial(
        number, Configuration(plain | changes), number if seed is None else seed, horizon, "prior", parent
    )


def timeless(points):
    """The points without their seconds, and what follows from them: it differs from run to run."""
    return [msgspec.structs.replace(point, seconds=0.0, examples_per_second=None) for point in points]
