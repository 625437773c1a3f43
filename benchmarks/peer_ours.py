"""Ours, for peers.py: native slots, stacked ones, and those by compiled steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.recipe import recipe
from curvewise.cohort.slots import Slot
from curvewise.cohort.ways import Way, Workshop, most_together, train_stacked
from curvewise.data.examples import Split, TableRows
from curvewise.records import Configuration, Value
from engine_problems import LIKE_EAGER
from peer_problem import LEARNING_RATE, MINIBATCH, WIDTHS, Problem, Weights

LAYERS = ("hidden.0.linear", "hidden.1.linear", "output")


class Slots:
    """A slot for each network; the order of rows is that of seed 0, which the problem's was made with."""

    def __init__(self, problem: Problem, way: Way, train: Callable[[list[Slot]], object]) -> None:
        categories = np.zeros((len(problem.numbers), 0), dtype=np.int32)
        rows = TableRows(problem.numbers, categories, problem.labels)
        split = Split(rows, rows.first(1), (), WIDTHS[-1], 1.0, "classification")
        resolved, workshop = recipe(configuration(), 1, split), Workshop(1, waits=True)
        self.most = most_together(resolved, rows, way) if way == "compiled" else len(problem.weights[0])
        self._train = train
        self._slots = [workshop.open(way, k, resolved, split, seed=0) for k in range(len(problem.weights[0]))]
        for k, slot in enumerate(self._slots):
            weights = {f"weights.{name}": each[k] for name, each in zip(NAMES, problem.weights, strict=True)}
            slot.load({"counters": slot.state()["counters"], **weights})

    def train(self, order: NDArray[np.int64]) -> None:
        """An epoch of every slot, whose order of rows is its own."""
        self._train(self._slots)

    def weights(self) -> Weights:
        """Stacked again."""
        each = [slot.weights(best=False) for slot in self._slots]
        return [np.stack([weights[name] for weights in each]).astype(np.float32) for name in NAMES]


def native(problem: Problem) -> Slots:
    """The kernels, one slot after the other."""
    return Slots(problem, "native", lambda slots: [slot.train_epoch() for slot in slots])


def stacked(problem: Problem) -> Slots:
    """All slots in one call of PyTorch: for a GPU, and where there are no kernels."""
    return Slots(problem, "stacked", train_stacked)


def compiled(problem: Problem) -> Slots:
    """As many slots per call as the planner takes, by compiled steps: compiling them comes first."""

    def train(slots: list[Slot]) -> None:
        for start in range(0, len(slots), made.most):
            train_stacked(slots[start : start + made.most])

    made = Slots(problem, "compiled", train)
    return made


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
