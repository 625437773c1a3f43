"""What a fork takes over from its parent."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.cohort.recipe import MOMENTS, Recipe
from curvewise.cohort.slots import COUNTERS, State
from curvewise.errors import EngineError

FREE = ("dropout", "forget_bias")
"""In what two shapes may differ that have the same weights."""


def check_fork(parent: int, before: Recipe, child: int, after: Recipe) -> None:
    """Raise EngineError where weights trained by ``before`` cannot go on under ``after``."""
    old, new = _ties(before), _ties(after)
    for name in old | new:
        if old.get(name) != new.get(name):
            raise EngineError(
                f"trial {child} cannot be forked from trial {parent} with {name} changed from "
                f"{old.get(name)} to {new.get(name)}: weights cannot move to another network; start a new "
                "trial instead, or change optimizer hyperparameters and dropout only"
            )


def _ties(recipe: Recipe) -> dict[str, object]:
    """What weights belong to: they mean nothing in a network where one of these differs."""
    shape = msgspec.structs.asdict(recipe.shape)
    tied = {name: value for name, value in shape.items() if name not in FREE}
    return {"family": type(recipe.shape).__name__, "encoding": recipe.encoding, **tied}


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
