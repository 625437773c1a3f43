"""How many slots are trained in one call, and what happens where memory does not suffice."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.stacked.device import device
from curvewise.cohort.stacked.layout import layout_of
from curvewise.cohort.stacked.room import most_in_memory
from curvewise.cohort.stacked.slot import StackedSlot
from curvewise.cohort.stacked.training import train_together
from curvewise.cohort.torch_memory import is_of_memory
from curvewise.data.examples import Examples
from curvewise.records import Point

MOST = {"cpu": 64, "cuda": 1024}
"""Slots per call at most. On a processor nothing was gained beyond 32 to 64 (docs/architecture.md)."""
MOST_COMPILED = 16
"""The same of compiled steps, whose calls cost less: 87 us a step of one model, and 93 with 64 slots, whose
weights leave the caches."""
FLOATS = {"cpu": 2_500_000, "cuda": 500_000_000}
"""Weights and both moments of a call's slots at most: 10 MB, past which a processor's caches are left;
2 GB on a GPU."""


def most_slots(recipe: Recipe, examples: Examples, compiled: bool = False) -> int:
    """How many slots of ``recipe`` are trained on ``examples`` in one call at most."""
    kind = device().type
    by_weights = FLOATS[kind] // (3 * layout_of(recipe.shape).size)
    most = MOST_COMPILED if compiled else MOST[kind]
    return max(1, min(most, by_weights, most_in_memory(recipe, examples)))


def train_tile(slots: Sequence[StackedSlot]) -> list[Point]:
    """One epoch of slots of one tile. Where memory does not suffice: raises MemoryError, no slot changed."""
    try:
        return train_together(slots)
    except RuntimeError as error:  # torch.OutOfMemoryError is one; on a processor it is no more than that
        if not is_of_memory(error):
            raise
        raise MemoryError(str(error)) from error
