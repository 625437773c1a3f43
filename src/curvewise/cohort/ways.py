"""The ways in which a slot can be trained here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from curvewise.cohort.recipe import Recipe
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.slots import Slot
from curvewise.data.examples import Split

Way = Literal["native", "reference"]

_SLOTS: dict[Way, Callable[[int, Recipe, Split, int], Slot]] = {"reference": ReferenceSlot}


def available() -> tuple[Way, ...]:
    """The ways that this machine has, the usually fastest first."""
    return tuple(way for way in _SLOTS if missing(way) is None)


def missing(way: Way) -> str | None:
    """Why this machine lacks ``way``, as a sentence; None where it has it."""
    return None if way in _SLOTS else f"there is no way {way!r}"


def open_slot(way: Way, number: int, recipe: Recipe, split: Split, seed: int) -> Slot:
    """A slot for trial ``number``, untrained; ``way`` must be ``available``."""
    return _SLOTS[way](number, recipe, split, seed)
