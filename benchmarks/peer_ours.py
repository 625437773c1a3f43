"""Ours, for peers.py: native slots, one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import recipe
from curvewise.data.examples import Split, TableRows
from curvewise.records import Configuration, Value
from engine_problems import LIKE_EAGER
from peer_problem import LEARNING_RATE, MINIBATCH, WIDTHS, Problem, Weights

LAYERS = ("hidden.0.linear", "hidden.1.linear", "output")


class Native:
    """A slot for each network; the order of rows is that of seed 0, which the problem's was made with."""

    def __init__(self, problem: Problem) -> None:
        categories = np.zeros((len(problem.numbers), 0), dtype=np.int32)
        rows = TableRows(problem.numbers, categories, problem.labels)
        split = Split(rows, rows.first(1), (), WIDTHS[-1], 1.0, "classification")
        resolved = recipe(configuration(), 1, split)
        self._slots = [NativeSlot(k, resolved, split, seed=0) for k in range(len(problem.weights[0]))]
        for k, slot in enumerate(self._slots):
            slot.adopt({name: each[k] for name, each in zip(NAMES, problem.weights, strict=True)})

    def train(self, order: NDArray[np.int64]) -> None:
        """An epoch of every slot, whose order of rows is its own."""
        for slot in self._slots:
            slot.train_epoch()

    def weights(self) -> Weights:
        """Stacked again."""
        each = [slot.weights(best=False) for slot in self._slots]
        return [np.stack([weights[name] for weights in each]).astype(np.float32) for name in NAMES]


NAMES = tuple(f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias"))
"""Of the weights, in the problem's order."""


def configuration() -> Configuration:
    """What everybody trains."""
    trained: dict[str, Value] = {
        "layers": len(WIDTHS) - 2,
        "units": WIDTHS[1],
        "first_ratio": 1.0,
        "activation": "relu",
        "learning_rate": LEARNING_RATE,
        "weight_decay": 0.0,
        "minibatch": MINIBATCH,
    }
    return Configuration(LIKE_EAGER | trained)
