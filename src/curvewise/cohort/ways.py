"""The ways in which a slot can be trained here."""

from __future__ import annotations

import functools
import platform
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from curvewise.cohort import kernels
from curvewise.cohort.families.perceptron_shape import PerceptronShape
from curvewise.cohort.families.recurrent_shape import RecurrentShape
from curvewise.cohort.native import NativeSlot, native_outputs
from curvewise.cohort.recipe import Recipe
from curvewise.cohort.slots import Slot, State
from curvewise.cohort.stacked.compiled.structure import COMPILED_FAMILIES, structure_of
from curvewise.data.examples import Examples, Split
from curvewise.records import Point

if TYPE_CHECKING:
    from curvewise.cohort.processes.pool import ProcessPool
    from curvewise.cohort.stacked.compiled.builds import Builds

Way = Literal["native", "stacked", "compiled", "processes", "reference"]
"""native: C++ kernels, one slot per call · stacked: many slots per call in PyTorch · compiled: the same by
compiled steps, as soon as there are some · processes: the reference in worker processes · reference: plain
PyTorch, one slot and one step at a time."""

NATIVE_FAMILIES = (PerceptronShape, RecurrentShape)
"""Shapes that the kernels know."""
TOGETHER: tuple[Way, ...] = ("stacked", "compiled")
"""Ways in which one call trains many slots."""


def available(recipe: Recipe | None = None) -> tuple[Way, ...]:
    """The ways that this machine has, of what ``recipe`` says where one is given; the usually fastest first.

    Builds the kernels at the first recipe that they train.
    """
    able = (way for way in get_args(Way) if recipe is None or serves(way, recipe))
    return tuple(way for way in able if missing(way) is None)


@functools.cache
def missing(way: Way) -> str | None:
    """Why this machine lacks ``way``, as a sentence; None where it has it."""
    if way == "native":
        return kernels.unavailable()
    if way == "compiled" and platform.system() == "Windows":
        return "steps are not compiled on Windows yet"
    ways = get_args(Way)
    return None if way in ways else f"there is no way {way!r} of training; there are {', '.join(ways)}"


def serves(way: Way, recipe: Recipe) -> bool:
    """True where ``way`` can train what ``recipe`` says."""
    if way == "compiled":
        return isinstance(recipe.shape, COMPILED_FAMILIES)
    return way != "native" or isinstance(recipe.shape, NATIVE_FAMILIES)


def serving(way: Way, recipe: Recipe) -> Way:
    """``way``, or the reference where ``way`` does not know the recipe's family."""
    return way if serves(way, recipe) else "reference"


@final
class Workshop:
    """Opens slots, in any way; holds the worker processes and compiled steps of those that have some.

    ``workers`` processes at most; none is started before a slot is opened in one. With ``waits`` an epoch
    in the way ``compiled`` waits for its step to be compiled; otherwise it is trained uncompiled.
    """

    def __init__(self, workers: int, waits: bool = False) -> None:
        self._workers, self._waits = workers, waits
        self._pool: ProcessPool | None = None
        self._builds: Builds | None = None

    def open(self, way: Way, number: int, recipe: Recipe, split: Split, seed: int) -> Slot:
        """A slot for trial ``number``, untrained; ``way`` must be ``available``.

        A family that ``way`` does not know is trained by the reference instead.
        """
        match serving(way, recipe):
            case "native":
                return NativeSlot(number, recipe, split, seed)
            case "stacked":
                from curvewise.cohort.stacked.slot import StackedSlot  # loads torch, as those below

                return StackedSlot(number, recipe, split, seed)
            case "compiled":
                from curvewise.cohort.stacked.slot import StackedSlot

                return StackedSlot(number, recipe, split, seed, self._compiling())
            case "processes":
                return self._processes().open(number, recipe, split, seed)
            case "reference":
                from curvewise.cohort.reference import ReferenceSlot

                return ReferenceSlot(number, recipe, split, seed)

    def is_ready(self, way: Way) -> bool:
        """False where slots in ``way`` would wait for processes to start; they start from now on."""
        if way != "processes":
            return True
        if self._pool is None:
            self._processes().warm()
        return self._processes().is_warm

    def find_step(self, recipe: Recipe, split: Split, *, make: bool) -> bool:
        """True where there is a compiled step for this recipe; else, to ``make``, it is made from now on."""
        structure = structure_of([recipe], split.task)
        if structure is None:
            return False
        builds = self._compiling()
        found = builds.program(structure) if make else builds.kept(structure)
        return found is not None or builds.kept(structure.superset()) is not None

    @property
    def changes(self) -> int:
        """How often so far something has become ready that others were trained without, or of no use."""
        compiled = 0 if self._builds is None else self._builds.changes
        return compiled + self.has_processes

    def notes(self) -> list[str]:
        """A sentence for everything that was compiled, or could not be, since the last call."""
        return [] if self._builds is None else self._builds.notes()

    def _compiling(self) -> Builds:
        if self._builds is None:
            from curvewise.cohort.stacked.compiled.builds import Builds

            self._builds = Builds(self._waits)
        return self._builds

    @property
    def has_processes(self) -> bool:
        """True where worker processes have started and answered."""
        return self._pool is not None and self._pool.is_warm

    def _processes(self) -> ProcessPool:
        if self._pool is None:
            from curvewise.cohort.processes.pool import ProcessPool

            self._pool = ProcessPool(self._workers)
        return self._pool

    def close(self) -> None:
        """Kill the worker processes, whose slots are lost, and what is being compiled."""
        if self._pool is not None:
            self._pool.close()
        if self._builds is not None:
            self._builds.close()


def companions(way: Way, slot: Slot) -> Hashable:
    """Slots for which this is equal, and not None, are trained by one call, on one thread."""
    if way in TOGETHER:
        from curvewise.cohort.stacked.slot import StackedSlot

        return slot.tile if isinstance(slot, StackedSlot) else None
    if way == "processes":
        from curvewise.cohort.processes.pool import ProcessSlot

        return id(slot.worker) if isinstance(slot, ProcessSlot) else None
    return None


def most_together(recipe: Recipe, examples: Examples, way: Way = "stacked") -> int:
    """How many slots of ``recipe`` a call in a way of ``TOGETHER`` trains on ``examples`` at once."""
    from curvewise.cohort.stacked.tile import most_slots

    return most_slots(recipe, examples, compiled=way == "compiled")


def train_stacked(slots: Sequence[Slot]) -> list[Point]:
    """One epoch of stacked slots that are ``companions``; raises MemoryError with none of them changed."""
    from curvewise.cohort.stacked.slot import StackedSlot
    from curvewise.cohort.stacked.tile import train_tile

    return train_tile([slot for slot in slots if isinstance(slot, StackedSlot)])


def outputs(
    way: Way, recipe: Recipe, split: Split, weights: State, examples: Examples
) -> NDArray[np.float32]:
    """Logits (N, C) or standardised predictions (N, 1) by these weights, computed in ``way``."""
    match serving(way, recipe):
        case "native":
            return native_outputs(recipe, split, weights, examples)
        case "stacked" | "compiled":
            from curvewise.cohort.stacked.evaluate import stacked_outputs  # loads torch, as those below

            return stacked_outputs(recipe, weights, examples)
        case _:
            from curvewise.cohort.families.network import network_of
            from curvewise.cohort.inference import infer

            return infer(network_of(recipe.shape, weights), examples)
