"""The ways in which a slot can be trained here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort import kernels
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.native import NativeSlot, native_outputs
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import Slot, State
from curvewise.data.examples import Examples, Split

Way = Literal["native", "reference"]
"""native: C++ kernels, one slot per call · reference: plain PyTorch, one step at a time."""

NATIVE_FAMILIES = (PerceptronShape,)
"""Shapes that the kernels know."""


def _reference(number: int, recipe: Recipe, split: Split, seed: int) -> Slot:
    from curvewise.cohort.reference import ReferenceSlot  # loads torch, which native training needs not

    return ReferenceSlot(number, recipe, split, seed)


_SLOTS: dict[Way, Callable[[int, Recipe, Split, int], Slot]] = {"native": NativeSlot, "reference": _reference}


def available() -> tuple[Way, ...]:
    """The ways that this machine has, the usually fastest first; builds the kernels where need be."""
    return tuple(way for way in get_args(Way) if missing(way) is None)


@functools.cache
def missing(way: Way) -> str | None:
    """Why this machine lacks ``way``, as a sentence; None where it has it."""
    if way == "native":
        return kernels.unavailable()
    return None if way in _SLOTS else f"there is no way {way!r} of training; there are {', '.join(_SLOTS)}"


def open_slot(way: Way, number: int, recipe: Recipe, split: Split, seed: int) -> Slot:
    """A slot for trial ``number``, untrained; ``way`` must be ``available``.

    A family that the kernels do not know is trained by the reference instead.
    """
    return _SLOTS[_serving(way, recipe)](number, recipe, split, seed)


def outputs(
    way: Way, recipe: Recipe, split: Split, weights: State, examples: Examples
) -> NDArray[np.float32]:
    """Logits (N, C) or standardised predictions (N, 1) by these weights, computed in ``way``."""
    if _serving(way, recipe) == "native":
        return native_outputs(recipe, split, weights, examples)
    from curvewise.cohort.families.network import network_of  # loads torch
    from curvewise.cohort.inference import infer

    return infer(network_of(recipe.shape, weights), examples)


def _serving(way: Way, recipe: Recipe) -> Way:
    return way if isinstance(recipe.shape, NATIVE_FAMILIES) else "reference"
