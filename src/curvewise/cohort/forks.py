"""What a fork takes over from its parent."""

from __future__ import annotations

import math

import numpy as np

from curvewise.cohort.recipe import MOMENTS, Recipe
from curvewise.cohort.slots import COUNTERS, State
from curvewise.errors import EngineError

FIXED = ("units", "activation", "normalisation", "embedding", "encoding")
"""What weights belong to: they mean nothing in a network where one of these differs."""


def check_fork(parent: int, before: Recipe, child: int, after: Recipe) -> None:
    """Raise EngineError where weights trained by ``before`` cannot go on under ``after``."""
    for name in FIXED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            raise EngineError(
                f"trial {child} cannot be forked from trial {parent} with {name} changed from {old} to "
                f"{new}: weights cannot move to another network; start a new trial instead, or change "
                "optimizer hyperparameters and dropout only"
            )


def forked_state(state: State, before: Recipe, after: Recipe) -> State:
    """The child's state: its parent's, bit for bit, without the parent's best weights.

    A trial's best weights are those of its own curve's best point. Where the optimizer changed to one
    that keeps other moments, it begins anew.
    """
    anew = MOMENTS[before.optimizer] != MOMENTS[after.optimizer]
    dropped = ("best.", "optimizer.") if anew else ("best.",)
    child = {name: array for name, array in state.items() if not name.startswith(dropped)}
    counters = np.array(state["counters"], dtype=np.float64)
    counters[[COUNTERS.index("best_error"), COUNTERS.index("best_loss")]] = math.inf
    if anew:
        counters[COUNTERS.index("updates")] = 0
    child["counters"] = counters
    return child
