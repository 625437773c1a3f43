"""The article's policy on a recorded problem: start at 0.01, read the curve, move one thing at a time.

What a table does not have cannot be moved: no decay where none is recorded, no units where the network is
given. Names are matched by the words in them. A reading of the article in plain code, not curvewise's own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from tables_problem import Configuration, Dimension, Problem, Value
from tables_recorder import Recorder

START = 0.01
STEP = 10.0
"""From one of the usual suspects to the next."""
EARLY = 0.1
"""Share of the horizon after which a curve is read for the first time."""
SLOW = 0.02
"""Fall over the early epochs, as a share of the first error, below which a curve is too slow."""
USUAL: dict[str, tuple[str, Sequence[float]]] = {
    "units": ("start", (2.0, 4.0, 8.0, 16.0)),
    "layers": ("add", (1.0, 2.0, 3.0, 4.0)),
    "batch": ("value", (32.0, 64.0, 128.0, 256.0)),
    "dropout": ("value", (0.2, 0.5, 0.0)),
    "weight_decay": ("value", (1e-2, 1e-3, 1e-4, 1e-5)),
    "l2": ("value", (1e-4, 1e-3, 1e-2)),
    "decay": ("value", (1e-3, 1e-4, 1e-5, 1e-6)),
    "momentum": ("value", (0.9, 0.99, 0.5)),
}
"""Moves by the word in a hyperparameter's name, in the article's order: capacity first, then the minibatch,
then what helps against overfitting, decay, momentum. "start" multiplies the first value, "add" adds to it,
"value" is tried as it is."""


def article(problem: Problem, recorder: Recorder, rng: np.random.Generator) -> None:
    """The rate; then each other move in turn, kept while it helps; then neighbours of the best, at random."""
    policy = _Policy(recorder)
    policy.settle_rate()
    for dimension, values in _moves(problem, policy.best):
        for value in values:
            if not policy.tried({**policy.best, dimension.name: value}):
                break
        policy.settle_rate()
    while True:  # all moves are made: one step of one hyperparameter, up or down, again and again
        dimension = problem.dimensions[int(rng.integers(len(problem.dimensions)))]
        place = dimension.to_unit(policy.best[dimension.name]) + rng.uniform(-0.2, 0.2)
        policy.tried({**policy.best, dimension.name: dimension.from_unit(min(max(place, 0.0), 1.0))})


class _Policy:
    """The best configuration so far, and how a next one is tried."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._numbers = itertools.count()
        self._known: set[tuple[Value, ...]] = set()
        self.best: Configuration = first(recorder.problem)
        self.error = math.inf

    def tried(self, configuration: Configuration) -> bool:
        """True where it beats the best; a curve that is bad early is left alone there."""
        return self._try(configuration) == "better"

    def settle_rate(self) -> None:
        """To suspects below where the rate diverges or is stuck, above where it is too slow."""
        rate = next((each for each in self._recorder.problem.dimensions if "rate" in each.name), None)
        if rate is None:
            self.tried(self.best)
            return
        told = self._try(self.best)
        factors = (
            (STEP,) if told == "slow" else (1 / STEP,) if told == "diverges" else (1 / STEP**0.5, STEP**0.5)
        )
        for factor in factors:
            value = float(self.best[rate.name])
            while rate.low <= (value := value * factor) <= rate.high:
                again = self._try({**self.best, rate.name: value})
                if again == "worse" and math.isfinite(self.error):
                    break

    def _try(self, configuration: Configuration) -> str:
        """How it went: better, worse, diverges or slow."""
        recorder, key = self._recorder, self._recorder.problem.key(configuration)
        if key in self._known:
            return "worse"
        self._known.add(key)
        trial, horizon = next(self._numbers), recorder.horizon
        recorder.train(trial, configuration, max(2, round(EARLY * horizon)))
        errors = recorder.seen(trial)[:, 0]
        if not math.isfinite(errors[-1]) or errors[-1] > errors[0] * (1 + SLOW):
            return "diverges"
        if errors[0] - errors.min() < SLOW * errors[0] and errors.min() > self.error:
            return "slow"
        least = recorder.train(trial, configuration, horizon)
        if least >= self.error:
            return "worse"
        self.best, self.error = configuration, least
        return "better"


def first(problem: Problem) -> dict[str, Value]:
    """Where the article begins: rate 0.01, nothing against overfitting; else the middle."""
    usual = {"rate": START, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "batch": 32.0}
    usual |= {"dropout": 0.0, "weight_decay": 1e-5, "l1": 1e-8, "l2": 1e-8, "linear_decay": 1e-7}
    usual |= {"exponential_decay": 1e-6}
    found: dict[str, Value] = {}
    for each in problem.dimensions:
        word = max((word for word in usual if word in each.name), key=len, default="")
        found[each.name] = _inside(each, usual[word]) if word else each.from_unit(0.5)
    return found


def _moves(problem: Problem, first: Configuration) -> Iterator[tuple[Dimension, list[Value]]]:
    """Hyperparameters in the article's order, with the values to try one after the other."""
    for each in problem.dimensions:
        if each.kind == "choice":
            yield each, list(each.choices)
    for word, (kind, steps) in USUAL.items():
        for each in problem.dimensions:
            if word in each.name and "rate" not in each.name and each.kind != "choice":
                start = float(first[each.name])
                values = {"start": [start * s for s in steps], "add": [start + s for s in steps]}
                yield each, [_inside(each, value) for value in values.get(kind, list(steps))]


def _inside(dimension: Dimension, value: float) -> Value:
    """The value, moved into the range."""
    inside = min(max(value, dimension.low), dimension.high)
    return round(inside) if dimension.kind == "integer" else inside
