"""Takes steps of an epoch by a compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from curvewise.cohort.stacked.chance import Chance
from curvewise.cohort.stacked.compiled.coefficients import PartCoefficients
from curvewise.cohort.stacked.compiled.inputs import Inputs, Weights, layers
from curvewise.cohort.stacked.compiled.structure import structure_of
from curvewise.cohort.stacked.stack import Stack
from curvewise.cohort.stacked.update import Coefficients

if TYPE_CHECKING:
    from curvewise.cohort.stacked.compiled.builds import Builds
    from curvewise.cohort.stacked.compiled.program import Program
    from curvewise.cohort.stacked.compiled.structure import Structure
    from curvewise.cohort.stacked.slot import StackedSlot

WINDOW = 64
"""Steps for which coefficients and keys are worked out at once."""


@dataclass(frozen=True)
class Compiled:
    """The program for some slots, and what it was compiled for."""

    structure: Structure
    program: Program

    @classmethod
    def of(cls, slots: Sequence[StackedSlot], builds: Builds | None) -> Compiled | None:
        """For slots of one tile; None where there is none (yet)."""
        if builds is None:
            return None
        task = slots[0].split.task
        structure = structure_of([slot.recipe for slot in slots], task)
        if structure is None:
            return None
        # Where slots differ, another epoch's tile may be any mixture of them: one program for all
        mixed = len({structure_of([slot.recipe], task) for slot in slots}) > 1
        wanted, other = structure, structure.superset()
        if mixed:
            wanted, other = other, wanted
        if (program := builds.program(wanted)) is not None:
            return cls(wanted, program)
        return None if (program := builds.kept(other)) is None else cls(other, program)


@dataclass
class Reads:
    """What the steps of an epoch's slots read besides weights."""

    columns: tuple[Tensor, Tensor, Tensor]
    """Numbers, categories and targets of all rows."""
    order: NDArray[np.int64]
    """(K, N) row numbers in the order of the epoch."""
    minibatch: int
    coefficients: Coefficients
    chance: Chance
    smoothing: Tensor | None
    totals: Tensor
    """(3, K), brought up to date."""


class Steps:
    """Holds copies of a stack's weights for as many steps as are taken in a row."""

    def __init__(self, compiled: Compiled, stack: Stack, reads: Reads) -> None:
        self._compiled, self._stack, self._reads = compiled, stack, reads
        self._weights = Weights.of(stack)
        self._flat = self._weights.flat()
        self._coefficients = PartCoefficients(reads.coefficients, stack.layout)
        zeros = torch.zeros(len(stack.weights), 1)
        self._smoothing = zeros if reads.smoothing is None else reads.smoothing
        self._first, self._end = 0, 0

    def take(self, index: int) -> tuple[Tensor, Tensor]:
        """Step ``index`` of the epoch: losses and gradients' norms (K,); where infinite, weights stay."""
        if not self._first <= index < self._end:
            self._work_out(index)
        reads, at = self._reads, index - self._first
        start = index * reads.minibatch
        rows = np.ascontiguousarray(reads.order[:, start : start + reads.minibatch])
        inputs = Inputs(
            *reads.columns,
            rows=torch.from_numpy(rows),
            keys=self._keys[at],
            limits=reads.chance.limits,
            scales=reads.chance.scales,
            units=reads.chance.units,
            smoothing=self._smoothing,
            largest=self._coefficients.largest,
            constant=self._coefficients.constant,
            changing=self._changing[at],
            totals=reads.totals,
        )
        losses, norms = self._compiled.program([*inputs, *self._flat]).unbind(0)
        return losses, norms

    def rows(self) -> Tensor:
        """The weights as rows (K, P), as they are now."""
        return self._weights.rows(self._stack)

    def settle(self) -> None:
        """Write what was trained into the stack."""
        self._weights.give_to(self._stack)

    def _work_out(self, index: int) -> None:
        self._first, self._end = index, index + WINDOW
        self._changing = self._coefficients.changing(index, self._end)
        taken = range(index, self._end)
        self._keys = self._reads.chance.keys(layers(self._compiled.structure), taken)
