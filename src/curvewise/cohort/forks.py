"""What a fork takes over from its parent."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.cohort.averaging import averaged, between
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
    that keeps other moments, it begins anew; from where Schedule-Free's average is, if it was that.
    """
    anew = MOMENTS[before.optimizer] != MOMENTS[after.optimizer]
    dropped = ("best.", "optimizer.") if anew else ("best.",)
    child = {name: array for name, array in state.items() if not name.startswith(dropped)}
    if before.optimizer == "schedule_free" and (anew or before.momentum != after.momentum):
        child |= _elsewhere(state, before.momentum, None if anew else after.momentum)
    counters = np.array(state["counters"], dtype=np.float64)
    counters[[COUNTERS.index("best_error"), COUNTERS.index("best_loss")]] = math.inf
    if anew:
        counters[COUNTERS.index("updates")] = 0
    child["counters"] = counters
    return child


def _elsewhere(state: State, momentum: float, after: float | None) -> State:
    """The weights at Schedule-Free's average, or between it and z by the momentum ``after``."""
    moved: State = {}
    for name, y in state.items():
        z = state.get(f"optimizer.{name.removeprefix('weights.')}.z")
        if name.startswith("weights.") and z is not None:
            x, walked = averaged(_floats(y), _floats(z), momentum), _floats(z)
            moved[name] = x if after is None else between(x, walked, after)
    return moved


def _floats(array: NDArray[np.generic]) -> NDArray[np.float32]:
    return array.astype(np.float32, copy=False)
