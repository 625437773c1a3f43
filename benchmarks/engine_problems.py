"""What the engine's benchmarks train: networks, their data, and the operations that a step needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import engine_data
from curvewise.data.examples import Split
from curvewise.records import Configuration, Value

Family = Literal["perceptron", "convolutional", "recurrent"]
MINIBATCHES = 32
"""Steps of an epoch of a perceptron."""
IMAGE, KERNEL, CHORALES = 28, 3, 14

LIKE_EAGER: dict[str, Value] = {
    "encoding": "",
    "label_smoothing": 0.0,
    "dropout": 0.0,
    "embedding": 1,
    "normalisation": "none",
    "optimizer": "adamw",
    "learning_rate": 1e-3,
    "decay": "constant",
    "momentum": 0.9,
    "beta2": 0.999,
    "weight_decay": 0.01,
    "clip": 0.0,
}
"""What all configurations have alike: AdamW by torch's defaults, and nothing else."""


@dataclass(frozen=True)
class Problem:
    """A network, a minibatch size and data.

    ``sizes`` are the perceptron's widths D, H, ..., C, a recurrent network's D, H, C, or the filters of
    convolutions, each stage having twice those of the one before.
    """

    name: str
    family: Family
    sizes: tuple[int, ...]
    minibatch: int
    cell: Literal["", "tanh", "gru", "lstm"] = ""
    minibatches: int = MINIBATCHES

    @property
    def configuration(self) -> Configuration:
        """The same network and optimizer as the configuration of a trial."""
        return Configuration({**LIKE_EAGER, **_MODELS[self.family](self), "minibatch": self.minibatch})

    def split(self) -> Split:
        """The data; made, or read, anew."""
        rows = self.minibatches * self.minibatch
        if self.family == "perceptron":
            return engine_data.rows_of_numbers(rows, self.sizes[0], self.sizes[-1])
        if self.family == "convolutional":
            return engine_data.images(rows, IMAGE, 10)
        return engine_data.chorales(rows)

    def operations(self, split: Split) -> float:
        """Useful floating-point operations of a step's products, the mean over an epoch.

        Two for each multiplication forward, two for the weights' gradient, and two for the inputs'
        but where the inputs are the data.
        """
        count, of_data = multiplications(self)
        applied = split.train.rows if split.train.steps is None else int(split.train.steps.sum())
        return applied / self.minibatches * (6.0 * count - 2.0 * of_data)


def multiplications(problem: Problem) -> tuple[int, int]:
    """On the way forward, of one row (or one step of a sequence): all, and those by the data itself.

    A convolution of 3 x 3, padded by 1, multiplies 9 x channels before x channels after at each place;
    two of them are followed by a maximum over 2 x 2. A recurrent layer of G gates multiplies
    G H (D + H), and its output H C; padding beyond a sequence's length is no useful operation.
    """
    if problem.family == "perceptron":
        weights = [a * b for a, b in pairwise(problem.sizes)]
        return sum(weights), weights[0]
    if problem.family == "convolutional":
        side, before, counts = IMAGE, 1, []
        for channels in problem.sizes:
            counts.append(side**2 * KERNEL**2 * before * channels)
            side, before = side // 2, channels
        return sum(counts) + side**2 * before * 10, counts[0]
    inputs, units, outputs = problem.sizes
    gates = {"tanh": 1, "gru": 3, "lstm": 4}[problem.cell]
    return gates * units * (inputs + units) + units * outputs, gates * units * inputs


def perceptron(width: int, minibatch: int, minibatches: int = MINIBATCHES) -> Problem:
    """64 inputs, two hidden layers, 10 classes."""
    widths = (64, width, width, 10)
    return Problem("-".join(map(str, widths)), "perceptron", widths, minibatch, minibatches=minibatches)


def recurrent(cell: Literal["tanh", "gru", "lstm"], units: int) -> Problem:
    """One layer over the chorales, an output at every step, minibatches of 16."""
    sizes = (engine_data.KEYS, units, engine_data.KEYS)
    return Problem(f"{cell}-{units}-jsb", "recurrent", sizes, 16, cell, CHORALES)


def _perceptron_values(problem: Problem) -> Mapping[str, Value]:
    units, layers = problem.sizes[1], len(problem.sizes) - 2
    return {"layers": layers, "units": units, "first_ratio": 1.0, "activation": "relu"}


def _recurrent_values(problem: Problem) -> Mapping[str, Value]:
    return {"layers": 1, "units": problem.sizes[1], "cell": problem.cell, "forget_bias": 1.0}


def _convolutional_values(problem: Problem) -> Mapping[str, Value]:
    stages = {"stages": len(problem.sizes), "filters": problem.sizes[0], "convolutions": 1}
    return {"block": "plain", "activation": "relu", **stages}


_MODELS: dict[Family, Callable[[Problem], Mapping[str, Value]]] = {
    "perceptron": _perceptron_values,
    "convolutional": _convolutional_values,
    "recurrent": _recurrent_values,
}

PROBLEMS = (
    perceptron(64, 32),
    perceptron(256, 128),
    Problem("cnn-28x28-16-32", "convolutional", (16, 32), 64, minibatches=8),
    recurrent("tanh", 100),
    recurrent("gru", 46),
    recurrent("lstm", 36),
)
"""The networks that the engine is judged by."""
