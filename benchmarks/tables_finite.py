"""Tables in which only what was recorded can be asked for: TaskSet and DeepOBS.

TaskSet (Metz et al. 2020, arXiv 2002.11887): text classifiers trained by Adam with eight hyperparameters, of
which 1,000 configurations drawn at random, evaluated 51 times, before training and then every 200 steps: an
"epoch" is 200 steps. DeepOBS (Schneider et al. 2019, arXiv 1903.05499): three optimizers at 36 rates each,
evaluated before training and after every epoch; the runs of seed 42, test set for validation set. What was
evaluated before training is no epoch of the curve: it tells what knowing nothing is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tables_lcbench import folder
from tables_problem import Configuration, Dimension, Floats, Problem, Value

TASKSET = (
    Dimension("learning_rate", "real", 1e-8, 10.0, log=True),
    Dimension("beta1", "real", 0.0, 1 - 1e-4, complement=True),
    Dimension("beta2", "real", 1e-3, 1 - 1e-6, complement=True),
    Dimension("epsilon", "real", 1e-10, 1e3, log=True),
    Dimension("l1", "real", 1e-8, 10.0, log=True),
    Dimension("l2", "real", 1e-8, 10.0, log=True),
    Dimension("linear_decay", "real", 1e-7, 1e-4, log=True),
    Dimension("exponential_decay", "real", 1e-6, 1e-3, log=True),
)
"""The ranges of the paper's Adam8p (appendix C.2), which its 1,000 configurations fill."""

OPTIMIZERS = ("AdamOptimizer", "GradientDescentOptimizer", "MomentumOptimizer")
DEEPOBS = (
    Dimension("optimizer", "choice", choices=OPTIMIZERS),
    Dimension("learning_rate", "real", 1e-5, 1e2, log=True),
)
SEED = 42
"""Of DeepOBS's runs: the one that was made at every rate; the others repeat the best."""


class Finite:
    """Recorded configurations with their curves; whatever else is asked for is not known."""

    def __init__(self, problem: Problem, curves: Floats) -> None:
        self.problem = problem
        self._curves: dict[tuple[Value, ...], Floats] = {
            problem.key(each): row for each, row in zip(problem.configurations, curves, strict=True)
        }

    def curve(self, configuration: Configuration, epochs: int | None = None) -> Floats:
        """Shape (horizon, 4), whatever ``epochs``; raises KeyError for what was not recorded."""
        return self._curves[self.problem.key(configuration)]


def taskset_names() -> tuple[str, ...]:
    """The six tasks by name."""
    return _names("taskset")


def deepobs_names() -> tuple[str, ...]:
    """The five problems by name."""
    return _names("deepobs")


def taskset(name: str) -> Finite:
    """One of TaskSet's tasks: 50 "epochs"; the error is the validation loss."""
    with np.load(folder() / "taskset" / f"{name}.npz") as file:
        table = dict(file)
    names = [str(each) for each in table["hp_names"]]
    assert tuple(names) == tuple(each.name for each in TASKSET)
    configurations = [dict(zip(names, map(float, row), strict=True)) for row in table["config"]]
    valid = table["valid"].astype(np.float64)
    return _finite(f"taskset/{name}", TASKSET, configurations, valid, valid, table["train"])


def deepobs(name: str) -> Finite:
    """One of DeepOBS's problems; the error is the share wrong where there are classes, else the loss."""
    with np.load(folder() / "deepobs" / f"{name}.npz") as file:
        table = dict(file)
    rows = np.flatnonzero(table["seed"] == SEED)
    configurations: list[dict[str, Value]] = [
        {"optimizer": str(optimizer), "learning_rate": min(max(float(rate), 1e-5), 1e2)}
        for optimizer, rate in zip(table["optimizer"][rows], table["lr"][rows], strict=True)
    ]
    losses = table["test_loss"][rows].astype(np.float64)
    accuracies = table["test_acc"][rows].astype(np.float64)
    errors = 1 - accuracies if np.isfinite(accuracies).any() else losses
    errors = np.where(np.isfinite(losses), errors, np.nan)
    return _finite(f"deepobs/{name}", DEEPOBS, configurations, errors, losses, table["train_loss"][rows])


def _finite(
    name: str,
    dimensions: tuple[Dimension, ...],
    configurations: Sequence[Mapping[str, Value]],
    errors: Any,
    losses: Any,
    train: Any,
) -> Finite:
    """A table; from the first value on that is not finite a curve stays lost."""
    lost = np.logical_or.accumulate(~np.isfinite(errors) | ~np.isfinite(losses), axis=1)
    columns = [
        np.where(lost, np.nan, errors),
        np.where(lost, np.nan, losses),
        train,
        np.full_like(errors, np.nan),
    ]
    curves = np.stack([np.asarray(column, np.float64)[:, 1:] for column in columns], axis=-1)
    ceiling = float(np.nanmedian(errors[:, 0]))
    problem = Problem(name, curves.shape[1], dimensions, ceiling, tuple(configurations))
    return Finite(problem, curves)


def _names(kind: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (folder() / kind).glob("*.npz")))
