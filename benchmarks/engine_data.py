"""The examples that the engine's benchmarks train on: as many whole minibatches as an epoch has."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curvewise.data.examples import Examples, Split, TableRows, Task
from curvewise.data.images import Images
from curvewise.data.sequences import Sequences

STEPS = 60
"""Steps of a sequence made up where the chorales are absent: their mean length."""
KEYS = 88
"""Of a piano: what sounds at a step of a chorale, and what will at the next."""


def rows_of_numbers(rows: int, inputs: int, classes: int) -> Split:
    """Normal numbers and labels that mean nothing."""
    draw = np.random.default_rng(0)
    numbers = draw.standard_normal((rows, inputs), dtype=np.float32)
    labels = draw.integers(0, classes, rows)
    return _split(TableRows(numbers, np.zeros((rows, 0), dtype=np.int32), labels), classes)


def images(rows: int, size: int, classes: int) -> Split:
    """Normal pixels of one channel, size x size, and labels that mean nothing."""
    draw = np.random.default_rng(0)
    pixels = draw.standard_normal((rows, 1, size, size), dtype=np.float32)
    return _split(Images(pixels, draw.integers(0, classes, rows)), classes)


def chorales(rows: int) -> Split:
    """The first of J. S. Bach's chorales in their training set (Boulanger-Lewandowski et al. 2012).

    At every step the keys that sound, to tell those of the next; sequences that are made up, of
    ``STEPS`` steps, where the file is absent (see ``have_chorales``).
    """
    found = _chorales()
    if found is None:
        draw = np.random.default_rng(0)
        found = [draw.random((STEPS + 1, KEYS)) < 0.05 for _ in range(rows)]
    return split_of(found[:rows])


def split_of(rolls: Sequence[Any]) -> Split:
    """Piano rolls (T + 1, keys) as sequences of T steps: what sounds, and as targets what sounds next."""
    sounding = [np.asarray(each, dtype=np.float32) for each in rolls]
    rows, keys = len(sounding), sounding[0].shape[1]
    lengths = np.array([len(each) - 1 for each in sounding], dtype=np.int32)
    numbers = np.zeros((rows, lengths.max(), keys), dtype=np.float32)
    targets = np.zeros_like(numbers)
    for row, each in enumerate(sounding):
        numbers[row, : len(each) - 1], targets[row, : len(each) - 1] = each[:-1], each[1:]
    categories = np.zeros((*numbers.shape[:2], 0), dtype=np.int32)
    return _split(Sequences(numbers, categories, lengths, targets, per_step=True), keys, "multilabel")


def have_chorales() -> bool:
    """True where JSB_Chorales.mat is to be had.

    It is looked for below ``$CURVEWISE_DATA``, else ../shared/data beside the repository.
    """
    return _chorales() is not None


@functools.cache
def _chorales() -> list[Any] | None:
    beside = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("CURVEWISE_DATA", beside)) / "polyphonic" / "JSB_Chorales.mat"
    if not path.exists():
        return None
    from scipy.io import loadmat

    return list(loadmat(path)["traindata"][0])


def _split(train: Examples, outputs: int, task: Task = "classification") -> Split:
    """One row is for validation, so that it is training that is timed."""
    return Split(train, train.first(1), (), outputs, 1.0, task)
